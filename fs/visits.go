package fs

import (
	"cmp"
	"slices"
	"strings"

	"uploadfs/cache"
)

// fts, which find, du and grep -r walk with, reads up to 100,000 entries of a
// directory at once, and goes into them by inode number if they are more than
// 10,000 (gnulib's FTS_MAX_READDIR_ENTRIES and
// _FTS_INODE_SORT_DIR_ENTRIES_THRESHOLD). The numbers here are hashes, so what
// is fetched ahead of such a walk in listing order is not what it comes to next:
// the bucket is told the order.
const (
	readAtOnce  = 100_000
	sortedAbove = 10_000
	// mostVisitText bounds the names of one order in bytes.
	mostVisitText = 8 << 20
	// pinned is how many names are kept as they are, at most: parts of the pages
	// that they came in, which they keep alive.
	pinned = 1024
)

// visits is what a walker has read of a directory and not gone into yet.
type visits struct {
	n *dirNode
	// by is the walker.
	by uint32
	// next is the number of the entry that it reads next.
	next uint64
	list []visit
	text int
	// lost says that the order cannot be told.
	lost bool
}

type visit struct {
	ino uint64
	cache.Visit
}

// saw notes entry i.
func (v *visits) saw(i uint64, e *entry) {
	if v == nil || v.lost || i+1 == v.next {
		return
	}
	name := e.component
	if e.isUpload {
		name = e.uploadID
	}
	v.text += len(name)
	if i != v.next || v.text > mostVisitText {
		v.lost, v.list = true, nil
		return
	}
	v.next++
	v.list = append(v.list, visit{e.id.ino, cache.Visit{Name: name, Upload: e.isUpload}})
	if n := len(v.list); n%pinned == 0 {
		unpin(v.list[n-pinned:])
	}
	if len(v.list) == readAtOnce {
		v.tell()
	}
}

// unpin copies the names of a list, all into one.
func unpin(list []visit) {
	var all strings.Builder
	for i := range list {
		all.WriteString(list[i].Name)
	}
	rest := all.String()
	for i := range list {
		n := len(list[i].Name)
		list[i].Name, rest = rest[:n], rest[n:]
	}
}

// tell says in which order the walker goes into what it has read.
func (v *visits) tell() {
	if v == nil || v.lost {
		return
	}
	if n := len(v.list); n > sortedAbove {
		unpin(v.list[n-n%pinned:])
		slices.SortFunc(v.list, func(a, b visit) int { return cmp.Compare(a.ino, b.ino) })
		order := make([]cache.Visit, len(v.list))
		for i := range v.list {
			order[i] = v.list[i].Visit
		}
		v.n.b.get().Expect(v.n.prefix, order)
	}
	v.n.b.get().Walked(v.by, v.n.prefix)
	v.list, v.text = nil, 0
}
