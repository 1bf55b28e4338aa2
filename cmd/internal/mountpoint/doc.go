// Package mountpoint looks at the place where the tree is to appear, and at
// what the system offers to put it there.
//
// [Check] refuses a directory that is missing, is none, or already is a live
// uploadfs, and detaches a dead one that a crash left. No question to a file
// system that does not answer holds it up. [Device] says what is missing where
// the system has no FUSE, or does not let this process use it. [Holders] names
// who keeps a mount busy.
package mountpoint
