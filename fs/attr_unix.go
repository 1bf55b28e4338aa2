//go:build !darwin

package fs

import "github.com/hanwen/go-fuse/v2/fuse"

// setBlksize says in what size to read, which has no place in an Attr everywhere.
func setBlksize(a *fuse.Attr) { a.Blksize = blockSize }
