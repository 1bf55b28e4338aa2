package fs

import (
	"sync"
	"sync/atomic"

	gofs "github.com/hanwen/go-fuse/v2/fs"
)

// The kernel keeps each inode that it has seen until it runs short of memory,
// and the library keeps a node of about 400 bytes for each of them. A walk over
// ten million uploads would leave four gigabytes here. So past mostInodes the
// kernel is asked to drop what a walk has left behind.
const (
	mostInodes = 128 << 10
	// mostClosed bounds the queue of directories that were closed.
	mostClosed = 64 << 10
	// pruneBatch is the number of inodes in one notice.
	pruneBatch = 1024
)

// pruner asks the kernel to drop inodes: those of the directories that were
// closed first. A walker goes into what it has read after it has closed it, so
// the latest are left alone. Where twice as many are in directories that are open
// still, as those of find -maxdepth 1 or ls -l in one of millions, those of the
// directory that grew last go: it is not known which of them were looked at, so
// this is for when there is no other way. What a process uses stays, whatever is
// asked.
type pruner struct {
	t    *tree
	wake chan struct{}
	// most is mostInodes, or less in tests. A round leaves half of it.
	most atomic.Int64

	mu     sync.Mutex
	closed []*gofs.Inode
	// grown is the directory that a child was last found in while there were
	// too many, and asked how many inodes there were when it was last pruned.
	grown *gofs.Inode
	asked int64
}

func newPruner(t *tree) *pruner {
	p := &pruner{t: t, wake: make(chan struct{}, 1)}
	p.most.Store(mostInodes)
	return p
}

// released notes that a directory was closed. It never waits.
func (p *pruner) released(n *gofs.Inode) {
	p.mu.Lock()
	if len(p.closed) == mostClosed {
		p.closed = append(p.closed[:0], p.closed[mostClosed/4:]...)
	}
	p.closed = append(p.closed, n)
	p.mu.Unlock()
	if p.t.inodes.Load() > p.most.Load() {
		p.rouse()
	}
}

func (p *pruner) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// grew notes that a child was found in n. It never waits.
func (p *pruner) grew(n *gofs.Inode, inodes int64) {
	most := p.most.Load()
	if inodes <= most || inodes%pruneBatch != 0 {
		return
	}
	if inodes > 2*most {
		p.mu.Lock()
		p.grown = n
		p.mu.Unlock()
	}
	p.rouse()
}

// run prunes until the mount has ended. It must not be a request's goroutine: the kernel may
// wait for the request while it holds what a notice needs.
func (p *pruner) run(ended <-chan struct{}) {
	for {
		select {
		case <-ended:
			return
		case <-p.wake:
			p.round()
		}
	}
}

// round asks for as many inodes as are too many. They go with the kernel's
// FORGETs, a little later.
func (p *pruner) round() {
	for most := p.t.inodes.Load() - p.most.Load()/2; most > 0; {
		n := p.oldest()
		if n == nil {
			n = p.largest()
		}
		if n == nil {
			return
		}
		most -= pruneBelow(n)
	}
}

// largest returns the directory that grew, once for each quarter of most that is
// made: what could not be dropped is not asked for again and again.
func (p *pruner) largest() *gofs.Inode {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, inodes := p.grown, p.t.inodes.Load()
	p.grown = nil
	if inodes < p.asked {
		p.asked = 0 // they went
	}
	if n == nil || p.asked != 0 && inodes-p.asked < p.most.Load()/4 {
		return nil
	}
	p.asked = inodes
	return n
}

func (p *pruner) oldest() *gofs.Inode {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.closed) == 0 {
		return nil
	}
	n := p.closed[0]
	p.closed[0] = nil
	p.closed = p.closed[1:]
	return n
}

// pruneBelow asks the kernel to drop the children of n, and then n and the
// directories above, which go when nothing below them is left. It returns how
// many inodes it named.
func pruneBelow(n *gofs.Inode) int64 {
	var list []*gofs.Inode
	names := n.Children()
	for _, ch := range names {
		list = append(list, ch)
	}
	for up := n; up != nil && !up.IsRoot(); _, up = up.Parent() {
		list = append(list, up)
	}
	named := int64(len(list))
	for len(list) > 0 {
		k := min(pruneBatch, len(list))
		if n.NotifyPrune(list[:k]) != 0 {
			return dropFiles(n, names)
		}
		list = list[k:]
	}
	return named
}

// dropFiles is for kernels before 6.18, which know no prune. The older notice
// takes a name away from those who use it too, which a file does not mind and
// somebody's working directory would.
func dropFiles(n *gofs.Inode, names map[string]*gofs.Inode) int64 {
	var named int64
	for name, ch := range names {
		if !ch.IsDir() {
			// ENOENT says that the kernel has dropped it already.
			_ = n.NotifyEntry(name)
			named++
		}
	}
	return named
}
