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

// opened is what the kernel has open of one kind, by the numbers that it was given
// for them. None is given twice. Its lock is held over no other and over no wait.
type opened[T any] struct {
	mu   sync.Mutex
	last uint64
	all  map[uint64]T
}

func (o *opened[T]) add(v T) uint64 {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.all == nil {
		o.all = map[uint64]T{}
	}
	o.last++
	o.all[o.last] = v
	return o.last
}

// get returns nil where there is none of that number.
func (o *opened[T]) get(number uint64) T {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.all[number]
}

func (o *opened[T]) remove(number uint64) T {
	o.mu.Lock()
	defer o.mu.Unlock()
	v := o.all[number]
	delete(o.all, number)
	return v
}
