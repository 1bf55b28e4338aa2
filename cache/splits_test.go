package cache

import (
	"fmt"
	"sync"
	"testing"
	"time"
)

// Walks that go through a listing at the same time share its ranges: twenty of them
// take the time and the requests of one, and a twentieth more.
func TestManyWalksShareTheirRanges(t *testing.T) {
	const n, page, delay = 12_000, 100, 30 * time.Millisecond
	for name, key := range map[string]func(i int) string{
		"one directory":       func(i int) string { return fmt.Sprintf("data/%09d", i) },
		"two uploads in each": func(i int) string { return fmt.Sprintf("dir-%09d/%d.bin", i/2, i%2) },
	} {
		keys := make([]string, n)
		for i := range keys {
			keys[i] = key(i)
		}
		requests := map[int]int{}
		for _, walkers := range []int{1, 20} {
			s, took := timed(t, page, keys, delay, func(t *testing.T, b *Bucket) {
				var wg sync.WaitGroup
				for w := range walkers {
					wg.Go(func() { treeBy(t, func(prefix string) Reader { return b.Walk(prefix, uint32(1+w)) }, nil) })
				}
				wg.Wait()
			})
			requests[walkers] = s.lists
			sequential := n / page * delay
			t.Logf("%s, %d walks: %.2f of page after page; %d requests for %d pages", name, walkers, float64(took)/float64(sequential), s.lists, n/page)
			if most := sequential / 4; took > most {
				t.Errorf("%s: %d walks took %v where page after page takes %v, want at most %v", name, walkers, took, sequential, most)
			}
		}
		// Which range comes first is another every time.
		if most := requests[1]*105/100 + 3; requests[20] > most {
			t.Errorf("%s: 20 walks sent %d requests, one %d; want at most %d", name, requests[20], requests[1], most)
		}
	}
}

// Whoever comes to the same page shares the ranges, though none has begun yet.
func TestRangesAreSharedBeforeTheFirstBegins(t *testing.T) {
	var x splits
	p := bound{key: "data/7"}
	begin := func() *split { return &split{scope: "data/", paces: paces{last: time.Now()}} }
	first := x.join("data/", p, begin)
	if x.join("data/", p, begin) != first {
		t.Error("a second walk at the same page has ranges of its own, want those of the first")
	}
	if x.join("data/", bound{key: "data/3"}, begin) == first {
		t.Error("a walk far behind shares ranges that are not read for it")
	}
}
