package emulator

import (
	"cmp"
	"slices"
	"sort"
	"strings"
	"time"

	"uploadfs/remote"
)

// upload is one pending upload as the store keeps or computes it.
type upload struct {
	key, id   string
	initiated time.Time
	// seq is the order of arrival, which breaks ties of time.
	seq  uint64
	info *remote.UploadInfo
	// parts are sorted by number; those of a synthetic upload are computed.
	parts []remote.Part
	// surviving counts the aborts that this upload outlives, for parts in
	// flight (dialects.md 0.13).
	surviving int
	// synthetic is 1 + the index in the population, 0 for a real one.
	synthetic int
}

func (u *upload) public() remote.Upload {
	return remote.Upload{Key: u.key, UploadID: u.id, Initiated: u.initiated, Info: u.info}
}

// order tells which of two uploads is listed first.
type order func(a, b *upload) int

// byTime is S3's: key, then initiation (dialects.md 3.1).
func byTime(a, b *upload) int {
	if c := strings.Compare(a.key, b.key); c != 0 {
		return c
	}
	if c := a.initiated.Compare(b.initiated); c != 0 {
		return c
	}
	return cmp.Compare(a.seq, b.seq)
}

// byID is that of COS and OSS: key, then upload id.
func byID(a, b *upload) int {
	if c := strings.Compare(a.key, b.key); c != 0 {
		return c
	}
	return strings.Compare(a.id, b.id)
}

// name is what identifies an upload within a bucket.
type name struct{ key, id string }

// table holds real uploads in listing order. A lookup costs a map access, a
// position a binary search, an insertion a move of pointers.
type table struct {
	sorted []*upload
	named  map[name]*upload
	order  order
}

func newTable(o order) *table {
	return &table{named: make(map[name]*upload), order: o}
}

// add takes an upload in, in place of one of the same name.
func (t *table) add(u *upload) {
	t.remove(u.key, u.id)
	t.named[name{u.key, u.id}] = u
	if n := len(t.sorted); n == 0 || t.order(t.sorted[n-1], u) < 0 {
		t.sorted = append(t.sorted, u)
		return
	}
	i, _ := slices.BinarySearchFunc(t.sorted, u, t.order)
	t.sorted = slices.Insert(t.sorted, i, u)
}

func (t *table) remove(key, id string) *upload {
	u := t.named[name{key, id}]
	if u == nil {
		return nil
	}
	delete(t.named, name{key, id})
	if i, found := slices.BinarySearchFunc(t.sorted, u, t.order); found {
		t.sorted = slices.Delete(t.sorted, i, i+1)
	}
	return u
}

// firstKey is the position of the first upload from position from on whose key
// is k or greater.
func (t *table) firstKey(from int, k string) int {
	return from + sort.Search(len(t.sorted)-from, func(i int) bool { return t.sorted[from+i].key >= k })
}
