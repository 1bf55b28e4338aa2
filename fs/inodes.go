package fs

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// node is a file or directory that the kernel knows of. Which other requests a
// kind of node answers shows in the interfaces below.
type node interface {
	self() *base
	Getattr(ctx context.Context, out *fuse.AttrOut) syscall.Errno
}

type (
	// lookuper finds a child, which is counted as told to the kernel.
	lookuper interface {
		Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*base, syscall.Errno)
	}
	// dirOpener opens a directory, with flags for the kernel (FOPEN_...).
	dirOpener interface {
		Opendir(ctx context.Context, flags uint32) (*handle, uint32, syscall.Errno)
	}
	// opener opens a file, with flags for the kernel.
	opener interface {
		Open(ctx context.Context, flags uint32) (openFile, uint32, syscall.Errno)
	}
	// xattrer has extended attributes. Both methods give the length where dest
	// is empty, and ERANGE where it is too short.
	xattrer interface {
		Getxattr(ctx context.Context, name string, dest []byte) (uint32, syscall.Errno)
		Listxattr(ctx context.Context, dest []byte) (uint32, syscall.Errno)
	}
	// rmdirer removes a child directory.
	rmdirer interface {
		Rmdir(ctx context.Context, name string) syscall.Errno
	}
)

// base is what every node is made from. A node holds who it is and no data, so
// an old node that the kernel still has can never be stale.
type base struct {
	t *tree
	// up is the directory that the node was found in, nil for the root.
	up *base
	id identity
	// number is what the kernel calls the node by.
	number uint64

	// These are guarded by the lock of inodes. lookups is how often the kernel
	// was told of the node and has not forgotten it since. The children that it
	// knows are a list from down on.
	lookups          uint64
	down, next, prev *base
}

func (n *base) self() *base { return n }

// tell completes the answer that tells the kernel of the node.
func (n *base) tell(out *fuse.EntryOut) {
	out.NodeId, out.Generation, out.Attr.Ino = n.number, n.id.gen, n.id.ino
}

// inodes is every node that the kernel may name, by number. Its lock is held
// over no other and over no wait.
type inodes struct {
	mu    sync.Mutex
	nodes map[uint64]node
	count atomic.Int64
}

// root adds the mount point, which is never forgotten.
func (s *inodes) root(n node, id identity) {
	b := n.self()
	b.id, b.number, b.lookups = id, fuse.FUSE_ROOT_ID, 1
	s.nodes = map[uint64]node{b.number: n}
	s.count.Store(1)
}

// get returns the node of a number, nil where the kernel was not told of it.
func (s *inodes) get(number uint64) node {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.nodes[number]
}

// take returns the node of that identity, the one that is there or the one that
// fresh makes below up, and counts that the kernel is told of it. The number is
// the inode's. Where another identity has that one, which takes a search for two
// paths whose hashes agree in half their bits, it is the next that is free.
func (s *inodes) take(up *base, id identity, fresh func() node) (found node, made bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	number := id.ino
	for ; ; number++ {
		if number == 0 || number == fuse.FUSE_ROOT_ID || number == ^uint64(0) {
			continue
		}
		n, taken := s.nodes[number]
		if !taken {
			break
		}
		if b := n.self(); b.id == id {
			b.lookups++
			return n, false
		}
	}
	n := fresh()
	b := n.self()
	b.t, b.up, b.id, b.number, b.lookups = up.t, up, id, number, 1
	if b.next = up.down; b.next != nil {
		b.next.prev = b
	}
	up.down = b
	s.nodes[number] = n
	s.count.Add(1)
	return n, true
}

// forget takes back that the kernel was told of a node so many times.
func (s *inodes) forget(number, times uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	n, ok := s.nodes[number]
	if !ok {
		return
	}
	b := n.self()
	b.lookups -= min(times, b.lookups)
	if b.lookups > 0 || b.up == nil {
		return
	}
	delete(s.nodes, number)
	s.count.Add(-1)
	if b.next != nil {
		b.next.prev = b.prev
	}
	if b.prev != nil {
		b.prev.next = b.next
	} else {
		b.up.down = b.next
	}
	b.next, b.prev = nil, nil
}

// below returns the children of n that the kernel knows.
func (s *inodes) below(n *base) []*base {
	s.mu.Lock()
	defer s.mu.Unlock()
	var list []*base
	for b := n.down; b != nil; b = b.next {
		list = append(list, b)
	}
	return list
}

// known returns every node but the root, each after all that are below it.
func (s *inodes) known() []*base {
	s.mu.Lock()
	defer s.mu.Unlock()
	type placed struct {
		n     *base
		depth int
	}
	var all []placed
	for _, n := range s.nodes {
		p := placed{n: n.self()}
		for up := p.n.up; up != nil; up = up.up {
			p.depth++
		}
		if p.depth > 0 {
			all = append(all, p)
		}
	}
	slices.SortFunc(all, func(a, b placed) int { return cmp.Compare(b.depth, a.depth) })
	list := make([]*base, len(all))
	for i := range all {
		list[i] = all[i].n
	}
	return list
}

// child tells the kernel of the child with that identity: the one that is there,
// or a new one that fresh makes.
func (n *base) child(id identity, fresh func() node) node {
	ch, made := n.t.inodes.take(n, id, fresh)
	if p := n.t.pruner; made && p != nil {
		p.grew(n, n.t.inodes.count.Load())
	}
	return ch
}
