package cache

import (
	"testing"
	"testing/synctest"
	"time"
)

// A walk whose parts have lapsed is read ahead like the first one.
func TestPartsThatHaveLapsedAreFetchedAheadAgain(t *testing.T) {
	const n, delay, width = 2000, 30 * time.Millisecond, 64
	synctest.Test(t, func(t *testing.T) {
		s := newStore(1000, flatKeys(n)...)
		for i := range n {
			s.parts[uploadID(i)] = partsOf(1, 2)
		}
		s.delay = delay
		c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Readahead: width, Concurrency: width})
		defer c.Close()
		b := c.Bucket(s, "b", "")
		for round := range 2 {
			tree(t, b, nil)
			start := time.Now()
			walkParts(t, b, s.uploads)
			if took, most := time.Since(start), time.Duration(n/width+1)*delay*13/10; took > most {
				t.Errorf("walk %d took %v; want at most %v", round+1, took, most)
			}
			synctest.Wait()
			if want := n * (round + 1); s.partLists != want {
				t.Errorf("after walk %d: %d List Parts; want %d", round+1, s.partLists, want)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}

// A list that a reader has fetched meanwhile is not fetched ahead of it.
func TestPartsThatAreThereAreNotFetchedAhead(t *testing.T) {
	s := newStore(1000, "k")
	id := s.uploads[0].UploadID
	s.parts[id] = partsOf(1)
	b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
	if _, err := b.Parts(t.Context(), "k", id); err != nil {
		t.Fatal(err)
	}
	l, err := b.loadParts(t.Context(), partsKey{"k", id}, true)
	if err != nil || len(l.Parts) != 1 || s.partLists != 1 {
		t.Errorf("speculation for what is there: %v, %v, %d requests in all; want the list and one", l, err, s.partLists)
	}
}
