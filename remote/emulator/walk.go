package emulator

import (
	"sort"
	"strings"
)

// walker goes through a bucket's uploads in listing order: its synthetic
// population and its real uploads merged. Every jump is a search, so that a
// common prefix over a million uploads costs as little as one over two.
//
// It is used under the bucket's lock.
type walker struct {
	b *bucket
	// syn and real are positions in the population and in the table.
	syn, real int
	// synKey is the key at syn, where synLoaded.
	synKey    []byte
	synLoaded bool
	scratch   []byte
}

func (b *bucket) walk() *walker {
	return &walker{b: b, synKey: make([]byte, 0, 128), scratch: make([]byte, 0, 256)}
}

// load computes the population's next key, past aborted uploads.
func (w *walker) load() bool {
	p := w.b.population
	if p == nil {
		return false
	}
	if w.synLoaded {
		return true
	}
	for w.syn < p.uploads && w.b.aborted[w.syn] {
		w.syn++
	}
	if w.syn >= p.uploads {
		return false
	}
	w.synKey = p.appendKey(w.synKey[:0], w.syn)
	w.synLoaded = true
	return true
}

// realFirst reports whether the next upload is a real one. ok is false at the end.
func (w *walker) realFirst() (real, ok bool) {
	synthetic := w.load()
	if w.real >= len(w.b.table.sorted) {
		return false, synthetic
	}
	if !synthetic {
		return true, true
	}
	u := w.b.table.sorted[w.real]
	switch {
	case u.key < string(w.synKey):
		return true, true
	case u.key > string(w.synKey):
		return false, true
	}
	s := w.b.population.at(w.syn)
	return w.b.table.order(u, &s) < 0, true
}

// key returns the next upload's key, valid until the walker moves.
func (w *walker) key() ([]byte, bool) {
	real, ok := w.realFirst()
	if !ok {
		return nil, false
	}
	if real {
		return []byte(w.b.table.sorted[w.real].key), true
	}
	return w.synKey, true
}

// take returns the next upload and moves past it. It is not called at the end.
func (w *walker) take() upload {
	real, _ := w.realFirst()
	if real {
		u := *w.b.table.sorted[w.real]
		w.real++
		return u
	}
	var u upload
	u, w.scratch = w.b.population.read(w.syn, w.scratch)
	w.syn++
	w.synLoaded = false
	return u
}

// to moves forward to the first upload whose key is k or greater.
func (w *walker) to(k string) {
	w.real = w.b.table.firstKey(w.real, k)
	if p := w.b.population; p != nil {
		w.syn = p.firstKey(w.syn, k)
		w.synLoaded = false
	}
}

// after moves to the first upload that comes after mark in the bucket's order.
func (w *walker) after(mark *upload) {
	t := w.b.table
	w.real = sort.Search(len(t.sorted), func(i int) bool { return t.order(t.sorted[i], mark) > 0 })
	p := w.b.population
	if p == nil {
		return
	}
	w.synLoaded = false
	w.syn = p.firstKey(0, mark.key)
	for w.syn < p.uploads {
		u := p.at(w.syn)
		if u.key != mark.key || t.order(&u, mark) > 0 {
			return
		}
		w.syn++
	}
}

// successor is the least string that is greater than every string with the
// prefix p; ok is false where there is none.
func successor(p string) (s string, ok bool) {
	b := []byte(p)
	for len(b) > 0 {
		if last := len(b) - 1; b[last] < 0xFF {
			b[last]++
			return string(b), true
		}
		b = b[:len(b)-1]
	}
	return "", false
}

// group is the common prefix of a key, or "" where it stands for itself.
func group(key, prefix, delimiter string) string {
	if delimiter == "" {
		return ""
	}
	i := strings.Index(key[len(prefix):], delimiter)
	if i < 0 {
		return ""
	}
	return key[:len(prefix)+i+len(delimiter)]
}
