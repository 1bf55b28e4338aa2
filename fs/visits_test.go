package fs

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/cache"
	"uploadfs/remote"
)

// walked reads a directory whole with those flags of open(2), and returns the
// names that came with attributes and the inode number of each name.
func (d *driver) walked(path string, flags uint32) (looked map[string]bool, inos map[string]uint64) {
	d.t.Helper()
	node := d.must(path).NodeId
	var out fuse.OpenOut
	if st := d.raw.OpenDir(nil, &fuse.OpenIn{InHeader: d.header(node), Flags: flags}, &out); st != 0 {
		d.t.Fatalf("opendir of %q: %v, want success", path, st)
	}
	r := &dir{d: d, node: node, fh: out.Fh, plus: true, outs: map[string]fuse.EntryOut{}}
	defer r.close()
	looked, inos = map[string]bool{}, map[string]uint64{}
	for {
		entries, no := r.read()
		if no != 0 {
			d.t.Fatalf("readdir of %q: %v, want the end", path, no)
		}
		if len(entries) == 0 {
			return looked, inos
		}
		for _, e := range entries {
			inos[e.Name] = e.Ino
			if r.outs[e.Name].NodeId != 0 {
				looked[e.Name] = true
			}
		}
		clear(r.outs)
	}
}

// fill makes n keys in data/ and n uploads of the key "one".
func fill(n int) *store {
	s := newStore("b")
	for i := range n {
		s.add(remote.Upload{Key: fmt.Sprintf("data/%06d", i), UploadID: "id"})
		s.add(remote.Upload{Key: "one", UploadID: fmt.Sprintf("id%06d", i)})
	}
	s.index()
	return s
}

func TestAWalkerOfALargeDirectoryIsExpectedByInodeNumber(t *testing.T) {
	for _, n := range []int{sortedAbove, sortedAbove + 1, readAtOnce + sortedAbove + 1} {
		s := fill(n)
		d := drive(t, newAccount(s))
		d.room = 32 << 10
		for prefix, upload := range map[string]bool{"data/": false, "one/": true} {
			s.expected, s.visits = nil, nil
			_, inos := d.walked("b/uploads/"+prefix, syscall.O_NOFOLLOW)
			want := 0
			switch {
			case n > readAtOnce:
				want = 2
			case n > sortedAbove:
				want = 1
			}
			if len(s.expected) != want {
				t.Fatalf("%d children of %s: told %d times, want %d", n, prefix, len(s.expected), want)
			}
			if want == 0 {
				continue
			}
			first := n - n/readAtOnce*readAtOnce
			if len(s.visits) != first || s.expected[0] != prefix {
				t.Errorf("%d children of %s: told %d of %q last, want %d", n, prefix, len(s.visits), s.expected[0], first)
			}
			if !slices.IsSortedFunc(s.visits, func(a, b cache.Visit) int {
				return cmp.Compare(inos[a.Name], inos[b.Name])
			}) {
				t.Errorf("%d children of %s: the order told is not that of the inode numbers", n, prefix)
			}
			if s.visits[0].Upload != upload {
				t.Errorf("%d children of %s: told as uploads %t, want %t", n, prefix, s.visits[0].Upload, upload)
			}
		}
	}
}

// The bucket is told which directories a walker has read whole, and who it is.
func TestADirectoryThatAWalkerHasReadIsTold(t *testing.T) {
	const pid = 4711
	s := fill(3)
	d := drive(t, newAccount(s))
	d.pid = pid
	for _, path := range []string{"b/uploads", "b/uploads/data", "b/uploads/one"} {
		d.walked(path, 0)
	}
	if len(s.read) != 0 {
		t.Errorf("opendir(3): %q were told, want none", s.read)
	}
	for _, path := range []string{"b/uploads", "b/uploads/data", "b/uploads/one"} {
		d.walked(path, syscall.O_NOFOLLOW)
	}
	if want := []string{"4711 ", "4711 data/", "4711 one/"}; !slices.Equal(slices.Compact(s.read), want) {
		t.Errorf("fts: %q were told, want %q", s.read, want)
	}
}

// Only fts goes by inode number, and what it reads it looks at.
func TestAListingIsNoWalk(t *testing.T) {
	const n = offeredAlways + 5000
	s := fill(n)
	d := drive(t, newAccount(s))
	d.room = 32 << 10
	looked, names := d.walked("b/uploads/data", 0)
	if len(names) != n+2 || len(looked) >= n {
		t.Errorf("opendir(3): %d of %d names came with attributes, want a beginning of them", len(looked), len(names))
	}
	if len(s.expected) != 0 {
		t.Errorf("opendir(3): an order was told for %q, want none", strings.Join(s.expected, " "))
	}
	looked, _ = d.walked("b/uploads/data", syscall.O_NOFOLLOW)
	if len(looked) != n {
		t.Errorf("fts: %d of %d names came with attributes, want all", len(looked), n)
	}
}
