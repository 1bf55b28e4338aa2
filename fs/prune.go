package fs

import (
	"slices"
	"sync"
	"sync/atomic"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// The kernel keeps each inode that it has seen until it runs short of memory, and
// a node of about 170 bytes stays here for each of them (BenchmarkInodes). A walk
// over ten million uploads would leave gigabytes. So past mostInodes the kernel is
// asked to drop what a walk has left behind.
const (
	mostInodes = 256 << 10
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
	closed []*base
	// grown is the directory that a child was last found in while there were
	// too many, and asked how many inodes there were when it was last pruned.
	grown *base
	asked int64
}

func newPruner(t *tree) *pruner {
	p := &pruner{t: t, wake: make(chan struct{}, 1)}
	p.most.Store(mostInodes)
	return p
}

// released notes that a directory was closed. It never waits.
func (p *pruner) released(n *base) {
	p.mu.Lock()
	if len(p.closed) == mostClosed {
		p.closed = append(p.closed[:0], p.closed[mostClosed/4:]...)
	}
	p.closed = append(p.closed, n)
	p.mu.Unlock()
	if p.t.inodes.count.Load() > p.most.Load() {
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
func (p *pruner) grew(n *base, inodes int64) {
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
	for most := p.t.inodes.count.Load() - p.most.Load()/2; most > 0; {
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
func (p *pruner) largest() *base {
	p.mu.Lock()
	defer p.mu.Unlock()
	n, inodes := p.grown, p.t.inodes.count.Load()
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

func (p *pruner) oldest() *base {
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
func pruneBelow(n *base) int64 {
	children := n.t.inodes.below(n)
	list := children
	for up := n; up.up != nil; up = up.up {
		list = append(list, up)
	}
	if !n.t.prune(list) {
		return dropFiles(n, children)
	}
	return int64(len(list))
}

// prune asks the kernel to drop inodes, the first ones first. It reports false
// where the kernel is too old to be asked.
func (t *tree) prune(list []*base) bool {
	for batch := range slices.Chunk(list, pruneBatch) {
		numbers := make([]uint64, len(batch))
		for i, n := range batch {
			numbers[i] = n.number
		}
		if t.server.PruneNotify(numbers) != fuse.OK {
			return false
		}
	}
	return true
}

// dropFiles is for kernels before 6.18, which know no prune. The older notice
// takes a name away from those who use it too, which a file does not mind and
// somebody's working directory would.
func dropFiles(n *base, children []*base) int64 {
	var named int64
	for _, ch := range children {
		if f, ok := n.t.inodes.get(ch.number).(interface{ name() string }); ok {
			// ENOENT says that the kernel has dropped it already.
			_ = n.t.server.EntryNotify(n.number, f.name())
			named++
		}
	}
	return named
}
