//go:build !darwin

package fs

import "github.com/hanwen/go-fuse/v2/fuse"

// setBlksize also keeps the library from working out Blocks by itself.
func setBlksize(a *fuse.Attr) { a.Blksize = blockSize }
