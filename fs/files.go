package fs

import (
	"context"
	"sync"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// openFile is a file that somebody has open. One with a release method is told
// when it is closed.
type openFile interface {
	Read(ctx context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno)
}

// openFiles is what the kernel has open, by the numbers that it was given for
// them. None is given twice. Its lock is held over no other and over no wait.
type openFiles struct {
	mu    sync.Mutex
	last  uint64
	dirs  map[uint64]*handle
	files map[uint64]openFile
}

func (o *openFiles) addDir(h *handle) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.dirs == nil {
		o.dirs = map[uint64]*handle{}
	}
	o.last++
	o.dirs[o.last] = h
	return o.last
}

// dir returns nil where there is none of that number.
func (o *openFiles) dir(number uint64) *handle {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.dirs[number]
}

func (o *openFiles) removeDir(number uint64) *handle {
	o.mu.Lock()
	defer o.mu.Unlock()
	h := o.dirs[number]
	delete(o.dirs, number)
	return h
}

func (o *openFiles) add(f openFile) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.files == nil {
		o.files = map[uint64]openFile{}
	}
	o.last++
	o.files[o.last] = f
	return o.last
}

// file returns nil where there is none of that number.
func (o *openFiles) file(number uint64) openFile {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.files[number]
}

func (o *openFiles) remove(number uint64) openFile {
	o.mu.Lock()
	defer o.mu.Unlock()
	f := o.files[number]
	delete(o.files, number)
	return f
}
