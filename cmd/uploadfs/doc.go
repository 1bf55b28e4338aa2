// Command uploadfs mounts the pending multipart uploads of buckets as files.
//
//	uploadfs [flags] SOURCE... MOUNTPOINT
//
// It is wiring: the command line is cmd/internal/cli, the tree is package fs,
// what is kept of the stores is package cache, and the stores are spoken to by
// the packages below remote.
//
// # A mount, step by step
//
// The command line is checked first (exit status 2). Without --foreground the
// program then starts itself again as a daemon and waits for its word. What
// follows happens in the daemon, or in front: the mount point and the FUSE
// device are checked, before anything is sent; credentials are found and a
// client is made for each source; each source is asked one question, side by
// side, within 20 seconds; the tree is mounted; the word is given. Whatever fails
// is one line on stderr for each source concerned, and exit status 1.
//
// # Its end
//
// The first SIGINT or SIGTERM ends the streams and unmounts. While that is
// refused because somebody uses the mount, requests under way are ended, so that
// a reader who waits for a stalled store lets go, and it is tried again every
// second. A second signal detaches the mount. An unmount from outside ends the
// process too.
package main
