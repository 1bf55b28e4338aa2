package fs

import (
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// planted is a tree whose root alone the kernel knows.
func planted(t testing.TB) (*tree, *base) {
	t.Helper()
	tr := newTree(newAccount(sample()), Options{})
	newRaw(tr)
	return tr, tr.inodes.get(fuse.FUSE_ROOT_ID).self()
}

func directory() node { return &dirNode{} }

// A node is the same one as long as the kernel knows of it, and is gone when it
// has forgotten it as often as it was told.
func TestNodesLiveAsLongAsTheKernelKnowsThem(t *testing.T) {
	tr, root := planted(t)
	id := identify(root.id, kindDir, "a")
	first := root.child(id, directory)
	if again := root.child(id, directory); again != first {
		t.Error("the same identity told twice is two nodes, want one")
	}
	b := first.self()
	if b.number != id.ino || b.up != root || tr.inodes.count.Load() != 2 {
		t.Errorf("number %d below %p of %d inodes, want %d below the root %p, and 2", b.number, b.up, tr.inodes.count.Load(), id.ino, root)
	}
	tr.inodes.forget(b.number, 1)
	if tr.inodes.get(b.number) != first {
		t.Error("told twice and forgotten once, the node is gone")
	}
	tr.inodes.forget(b.number, 7)
	if tr.inodes.get(b.number) != nil || tr.inodes.count.Load() != 1 {
		t.Errorf("forgotten, the node is there still, of %d inodes", tr.inodes.count.Load())
	}
	tr.inodes.forget(b.number, 1)
	tr.inodes.forget(fuse.FUSE_ROOT_ID, 100)
	if tr.inodes.get(fuse.FUSE_ROOT_ID) == nil {
		t.Error("the root was forgotten")
	}
	if root.child(id, directory) == first {
		t.Error("a node that was forgotten came back, want a new one")
	}
}

// Two paths whose inode numbers agree are two nodes, in whatever order they come
// and go.
func TestNodesOfOneInodeNumberAreKeptApart(t *testing.T) {
	for _, ino := range []uint64{12345, ^uint64(0) - 1} {
		tr, root := planted(t)
		one, two, three := identity{ino: ino, gen: 1}, identity{ino: ino, gen: 2}, identity{ino: ino, gen: 3}
		a, b, c := root.child(one, directory), root.child(two, directory), root.child(three, directory)
		numbers := []uint64{a.self().number, b.self().number, c.self().number}
		slices.Sort(numbers)
		if len(slices.Compact(numbers)) != 3 || slices.Contains(numbers, 0) || slices.Contains(numbers, fuse.FUSE_ROOT_ID) || slices.Contains(numbers, ^uint64(0)) {
			t.Fatalf("numbers %d, want three that are not reserved", numbers)
		}
		if root.child(two, directory) != b || root.child(three, directory) != c {
			t.Error("a node with a taken number is not found again")
		}
		tr.inodes.forget(a.self().number, 1)
		for _, id := range []identity{one, two, three} {
			if n := root.child(id, directory); n.self().id != id {
				t.Errorf("identity %v gave the node of %v", id, n.self().id)
			}
		}
	}
}

// What the kernel knows below a directory is told whole, and leaves come first
// where everything is.
func TestNodesAreFoundBelowTheirDirectory(t *testing.T) {
	tr, root := planted(t)
	names := []string{"a", "b", "c"}
	var all []*base
	for _, name := range names {
		d := root.child(identify(root.id, kindDir, name), directory).self()
		all = append(all, d)
		for _, below := range names {
			all = append(all, d.child(identify(d.id, kindDir, below), directory).self())
		}
	}
	a := all[0]
	if got := tr.inodes.below(a); len(got) != 3 {
		t.Errorf("%d nodes below the first, want 3", len(got))
	}
	for i, n := range tr.inodes.below(a) {
		tr.inodes.forget(n.number, 1)
		if got := tr.inodes.below(a); len(got) != 2-i || slices.Contains(got, n) {
			t.Errorf("%d nodes below the first after %d were forgotten, want %d", len(got), i+1, 2-i)
		}
	}
	known := tr.inodes.known()
	if len(known) != len(all)-3 {
		t.Errorf("%d nodes are known, want %d", len(known), len(all)-3)
	}
	for i, n := range known {
		if slices.Contains(known[:i], n.up) {
			t.Error("a directory comes before what is below it")
		}
	}
}

// Lookups and FORGETs of the same nodes at once leave a count that adds up.
func TestNodesAreCountedAtOnce(t *testing.T) {
	tr, root := planted(t)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := range 2000 {
				n := root.child(identity{ino: uint64(2 + i%7)}, directory)
				tr.inodes.below(root)
				tr.inodes.forget(n.self().number, 1)
			}
		})
	}
	wg.Wait()
	if got := tr.inodes.count.Load(); got != 1 || len(tr.inodes.nodes) != 1 || root.down != nil {
		t.Errorf("%d inodes and %d nodes are left, want the root alone", got, len(tr.inodes.nodes))
	}
}

// access(2) goes by the one class of the mode that the caller is of.
func TestAccessGoesByTheMode(t *testing.T) {
	const owner, group, read, write, execute = 1000, 2000, 4, 2, 1
	for _, c := range []struct {
		mode     uint32
		uid, gid uint32
		mask     uint32
		want     bool
	}{
		{0o444, owner, group, read, true},
		{0o444, owner, group, execute, false},
		{0o044, owner, group, read, false},
		{0o040, 1, group, read, true},
		{0o404, 1, group, read, false},
		{0o004, 1, 1, read, true},
		{0o550, 1, 1, read | execute, false},
		{0o444, 0, 0, read | write, true},
		{0o444, 0, 0, execute, false},
		{0o001, 0, 0, execute, true},
		{0, 5, 5, 0, true},
	} {
		a := fuse.Attr{Mode: c.mode, Owner: fuse.Owner{Uid: owner, Gid: group}}
		if got := allows(&a, fuse.Owner{Uid: c.uid, Gid: c.gid}, c.mask); got != c.want {
			t.Errorf("mode %o, uid %d, gid %d, mask %o: %v, want %v", c.mode, c.uid, c.gid, c.mask, got, c.want)
		}
	}
}

// BenchmarkInodes is what a node costs that the kernel knows, in time and bytes:
// directories of keys, as a walk of names leaves them.
func BenchmarkInodes(b *testing.B) {
	const n = 100_000
	tr, root := planted(b)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	for b.Loop() {
		for i := range n {
			root.child(identity{ino: uint64(2 + i)}, func() node { return &dirNode{prefix: string(make([]byte, 24))} })
		}
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/n, "B/inode")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/inode")
	runtime.KeepAlive(tr)
}
