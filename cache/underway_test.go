package cache

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// A page under way that begins inside the one before brings what follows that too: it
// is waited for and not asked for again, by whoever reads on.
func TestAPageUnderWayThatReachesFurtherIsNotAskedForAgain(t *testing.T) {
	lost := errors.New("the page is lost")
	for _, c := range []struct {
		name string
		fail error
		want int
	}{
		{"it comes", nil, 2},
		{"it fails", lost, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := context.Background()
				s := newStore(1000, flatKeys(5000)...)
				s.delay = 30 * time.Millisecond
				var answers atomic.Int32
				s.fail = func(string, string) error {
					if answers.Add(1) == 2 {
						return c.fail
					}
					return nil
				}
				b := New(Options{TTL: time.Hour, Bytes: 1 << 27}).Bucket(s, "b", "")
				k, err := b.load(ctx, request{start: bound{}})
				if err != nil {
					t.Fatal(err)
				}
				go func() {
					if _, err := b.load(ctx, after(afterKey(k.uploads[500].Key), "", nil)); !errors.Is(err, c.fail) {
						t.Errorf("the page from the middle: %v, want %v", err, c.fail)
					}
				}()
				time.Sleep(10 * time.Millisecond)
				next, err := b.load(ctx, k.following().unlessThere())
				if err != nil || !next.covers(k.hi) {
					t.Errorf("reading on from the first page: %v; want what follows it", err)
				}
				if s.lists != c.want {
					t.Errorf("%d requests for the page after the first, want %d in all", s.lists, c.want)
				}
			})
		})
	}
}

// Whoever waits for a page that is lost asks itself, and one who is interrupted leaves.
func TestWaitingForAPageUnderWayEnds(t *testing.T) {
	for _, c := range []struct {
		name     string
		patience time.Duration
		lists    int
	}{
		{"interrupted", time.Second, 2},
		{"the page is lost", time.Minute, 3},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newStore(1000, flatKeys(5000)...)
				s.delay = time.Hour
				cache := New(Options{TTL: 24 * time.Hour, Bytes: 1 << 27})
				defer cache.Close() // which ends what nobody waits for
				b := cache.Bucket(s, "b", "")
				k, err := b.load(context.Background(), request{start: bound{}})
				if err != nil {
					t.Fatal(err)
				}
				go b.load(context.Background(), after(afterKey(k.uploads[500].Key), "", nil))
				time.Sleep(time.Second)
				ctx, cancel := context.WithTimeout(context.Background(), c.patience)
				defer cancel()
				began := time.Now()
				if _, err := b.load(ctx, k.following().unlessThere()); !errors.Is(err, context.DeadlineExceeded) || time.Since(began) != c.patience {
					t.Errorf("reading on: %v after %v, want the reader's own end after %v", err, time.Since(began), c.patience)
				}
				if lists, _ := s.counted(); lists != c.lists {
					t.Errorf("%d requests, want %d: what was waited for %v is asked for", lists, c.lists, expectMost)
				}
			})
		})
	}
}
