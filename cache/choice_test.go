package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// dated makes a store of n uploads with those dates.
func dated(n int, date func(i int) time.Time) *store {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("data/%05d", i)
	}
	s := newStore(1000, keys...)
	for i := range s.uploads {
		s.uploads[i].Initiated = date(i)
		s.parts[s.uploads[i].UploadID] = partsOf(1, 2)
	}
	return s
}

// pick walks those uploads and returns how long that took and how many lists of
// parts it cost. It checks what the readahead counts as unused.
func pick(t *testing.T, s *store, wanted func(i int, u *remote.Upload) bool) (took time.Duration, asked, lists int) {
	t.Helper()
	const width = 64
	s.delay = 30 * time.Millisecond
	c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Readahead: width, Concurrency: width})
	defer c.Close()
	b := c.Bucket(s, "b", "")
	tree(t, b, nil)
	start := time.Now()
	for i := range s.uploads {
		if wanted(i, &s.uploads[i]) {
			asked++
			walkParts(t, b, s.uploads[i:i+1])
		}
	}
	took = time.Since(start)
	time.Sleep(time.Second) // what is under way lands
	synctest.Wait()
	c.mu.Lock()
	defer c.mu.Unlock()
	unused := 0
	for _, e := range b.parts {
		if e.ahead {
			unused++
		}
	}
	if b.ahead.unused != unused || len(b.ahead.flying) != 0 {
		t.Errorf("%d lists count as unused and %d as under way, want %d and 0", b.ahead.unused, len(b.ahead.flying), unused)
	}
	return took, asked, s.partLists
}

// A walk over the old ones among the uploads, or the new ones, pays for those
// and for little more, and does not wait for what it leaves out. The time is
// virtual.
func TestAWalkThatPicksByDateIsFollowed(t *testing.T) {
	const n, day = 4000, 24 * time.Hour
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for name, age := range map[string]func(i int) time.Duration{
		"every other one": func(i int) time.Duration { return day * time.Duration(1+30*(i%2)) },
		"spread at random": func(i int) time.Duration {
			return time.Duration(rand.New(rand.NewPCG(1, uint64(i))).Int64N(int64(60 * day)))
		},
		"made in the order of the keys": func(i int) time.Duration { return day*time.Duration(1+30*(i%2)) - time.Duration(i)*time.Second },
		"one in ten":                    func(i int) time.Duration { return day * time.Duration(1+30*max(0, i%10-8)) },
	} {
		for _, old := range []bool{true, false} {
			synctest.Test(t, func(t *testing.T) {
				s := dated(n, func(i int) time.Time { return now.Add(-age(i)) })
				took, asked, lists := pick(t, s, func(_ int, u *remote.Upload) bool { return (now.Sub(u.Initiated) > 7*day) == old })
				if most := asked + asked/20 + 8*64; lists > most {
					t.Errorf("%s, old %t: %d List Parts for %d uploads of %d, want at most %d", name, old, lists, asked, n, most)
				}
				if bound := time.Duration(asked/64+1)*s.delay + 12*s.delay; took > bound*13/10 {
					t.Errorf("%s, old %t: %v for %d uploads, want at most 1.3 of %v", name, old, took, asked, bound)
				}
			})
		}
	}
}

// Where what is left out has nothing to do with the date, though it looks so at
// first, the walk is about as fast as one that leaves out nothing.
func TestAWalkThatPicksOtherwiseIsNotHeldUp(t *testing.T) {
	const n, day = 4000, 24 * time.Hour
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	for name, age := range map[string]func(i int) time.Duration{
		"older and older": func(i int) time.Duration { return time.Duration(i) * time.Hour },
		"newer and newer": func(i int) time.Duration { return time.Duration(n-i) * time.Hour },
		"undated":         nil,
		"all at once":     func(int) time.Duration { return day },
	} {
		for _, one := range []int{2, 5} {
			synctest.Test(t, func(t *testing.T) {
				s := dated(n, func(i int) time.Time {
					if age == nil {
						return time.Time{}
					}
					return now.Add(-age(i))
				})
				took, asked, lists := pick(t, s, func(i int, _ *remote.Upload) bool {
					return rand.New(rand.NewPCG(2, uint64(i))).IntN(one) == 0
				})
				if lists > n {
					t.Errorf("%s, one in %d: %d List Parts for %d uploads", name, one, lists, n)
				}
				if bound := time.Duration(n/64+1) * s.delay; took > bound*13/10 {
					t.Errorf("%s, one in %d: %v for %d uploads, want at most 1.3 of %v", name, one, took, asked, bound)
				}
			})
		}
	}
}

// A rare date does not send the listing ahead without bound.
func TestAPickedDateDoesNotReadTheBucketAhead(t *testing.T) {
	const n, day = 40_000, 24 * time.Hour
	now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
	synctest.Test(t, func(t *testing.T) {
		s := dated(n, func(i int) time.Time {
			if i > 200 {
				return now
			}
			return now.Add(-day * time.Duration(1+30*(i%2)))
		})
		s.delay = 30 * time.Millisecond
		c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Readahead: 64, Concurrency: 64})
		defer c.Close()
		b := c.Bucket(s, "b", "")
		r := b.Children("data/", 0)
		for i := range 150 {
			if _, err := r.Next(context.Background()); err != nil {
				t.Fatal(err)
			}
			if i%2 == 1 {
				walkParts(t, b, s.uploads[i:i+1])
			}
		}
		time.Sleep(time.Minute)
		if lists, _ := s.counted(); lists > 12 {
			t.Errorf("%d pages were read for a walk that stopped in the first", lists)
		}
	})
}
