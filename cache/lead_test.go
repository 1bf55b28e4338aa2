package cache

import (
	"context"
	"fmt"
	"io"
	"testing"
	"testing/synctest"
	"time"
)

// A walker who takes his time finds what ranges have brought still there, whether
// the cache is small or the TTL short: they do not go so far ahead that it is
// evicted or lapses first, and is paid for again. Here the keys turn out to stand
// thirty times as close as they did at first.
func TestRangesDoNotOutrunASlowWalker(t *testing.T) {
	const page, sparse, n = 100, 20 * 100, 320 * 100
	// ahead is the most pages that may have been read beyond the reader's, or again.
	const ahead = splitHorizon + splitWidth
	keys := make([]string, n)
	for i, at := 0, 0; i < n; i++ {
		keys[i] = fmt.Sprintf("data/%08d", at)
		if at++; i < sparse {
			at += 29
		}
	}
	for _, c := range []struct {
		name         string
		ttl          time.Duration
		bytes        int64
		delay, spent time.Duration
	}{
		{"long pauses", time.Minute, 1 << 27, 30 * time.Millisecond, time.Second},
		{"short TTL", 20 * time.Second, 1 << 27, 300 * time.Millisecond, time.Second},
		{"slow store and slower walker", time.Minute, 1 << 27, 3 * time.Second, 5 * time.Second},
		{"TTL of four pages", 4 * time.Second, 1 << 27, time.Second, 0},
		{"small cache", time.Hour, 16 << 20 / 10, 30 * time.Millisecond, 100 * time.Millisecond},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(page, keys...)
			s.delay = c.delay
			cache := New(Options{TTL: c.ttl, Bytes: c.bytes, Concurrency: 64})
			defer cache.Close()
			r, got, most := cache.Bucket(s, "b", "").Walk("data/", 7), 0, 0
			for {
				_, err := r.Next(context.Background())
				if err == io.EOF {
					break
				}
				if err != nil {
					t.Fatal(err)
				}
				if got++; got%page == 0 {
					time.Sleep(c.spent)
					lists, _ := s.counted()
					most = max(most, lists-got/page)
				}
			}
			synctest.Wait()
			if got != n {
				t.Errorf("%s: a walk shows %d names of %d", c.name, got, n)
			}
			t.Logf("%s: %d requests for %d pages, at most %d ahead", c.name, s.lists, n/page, most)
			if most > ahead {
				t.Errorf("%s: %d pages were read ahead of a slow walker, want at most %d", c.name, most, ahead)
			}
			if budget := n/page*125/100 + 34; s.lists > budget {
				t.Errorf("%s: a walk sent %d requests for %d pages, want at most %d", c.name, s.lists, n/page, budget)
			}
		})
	}
}
