package fs

import "github.com/hanwen/go-fuse/v2/fuse"

// setBlksize does nothing: the macOS protocol has no such member.
func setBlksize(*fuse.Attr) {}
