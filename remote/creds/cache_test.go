package creds

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// script is a source that gives numbered values, each good for life, and fails
// while down is set. It takes a while to answer.
type script struct {
	mu    sync.Mutex
	calls int
	down  error
	life  time.Duration
	takes time.Duration
}

func (s *script) fetch(ctx context.Context) (int, time.Time, error) {
	s.mu.Lock()
	s.calls++
	n, down, life := s.calls, s.down, s.life
	s.mu.Unlock()
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return 0, time.Time{}, ctx.Err()
	}
	if down != nil {
		return 0, time.Time{}, down
	}
	if life == 0 {
		return n, time.Time{}, nil
	}
	return n, time.Now().Add(life), nil
}

func (s *script) set(down error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = down
}

func (s *script) asked() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls
}

func want(t *testing.T, c *Cache[int], value int, when string) {
	t.Helper()
	got, err := c.Get(t.Context())
	if err != nil || got != value {
		t.Errorf("%s: Get = %d, %v; want %d of the cache", when, got, err, value)
	}
}

func TestValuesThatDoNotLapseAreFetchedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := NewCache(s.fetch, time.Second, nil)
		want(t, c, 1, "at first")
		time.Sleep(1000 * time.Hour)
		want(t, c, 1, "long after")
		if s.asked() != 1 {
			t.Errorf("the source was asked %d times, want once", s.asked())
		}
	})
}

func TestRenewalBeforeTheValueLapses(t *testing.T) {
	for _, tt := range []struct {
		name        string
		life, early time.Duration
	}{
		{"five minutes before the end of an hour", time.Hour, 5 * time.Minute},
		{"at nine tenths of a short life", 10 * time.Minute, time.Minute},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &script{life: tt.life, takes: time.Second}
				c := NewCache(s.fetch, time.Minute, nil)
				want(t, c, 1, "at first")
				time.Sleep(tt.life - tt.early - time.Second)
				want(t, c, 1, "just before the renewal is due")
				synctest.Wait()
				if s.asked() != 1 {
					t.Fatalf("the source was asked %d times before the renewal was due, want once", s.asked())
				}
				time.Sleep(time.Second)
				want(t, c, 1, "while the renewal is under way, without waiting for it")
				time.Sleep(time.Second)
				synctest.Wait()
				want(t, c, 2, "once the renewal is done")
				if s.asked() != 2 {
					t.Errorf("the source was asked %d times, want twice", s.asked())
				}
			})
		})
	}
}

func TestOldValueIsServedWhileRenewalFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		down := errors.New("down")
		s := &script{life: time.Hour}
		var told int
		c := NewCache(s.fetch, time.Second, func(err error) {
			if !errors.Is(err, down) {
				t.Errorf("the failure told was %v, want %v", err, down)
			}
			told++
		})
		want(t, c, 1, "at first")
		s.set(down)
		time.Sleep(56 * time.Minute)
		for range 100 {
			want(t, c, 1, "while the renewal fails")
			synctest.Wait()
		}
		if told != 1 || s.asked() != 2 {
			t.Errorf("a failed renewal was tried %d times and told %d times without a pause, want once each", s.asked()-1, told)
		}
		time.Sleep(time.Minute)
		want(t, c, 1, "at the next try")
		synctest.Wait()
		if told != 2 {
			t.Errorf("after the pause %d failures were told, want 2", told)
		}
		time.Sleep(3 * time.Minute)
		if _, err := c.Get(t.Context()); !errors.Is(err, down) {
			t.Errorf("Get after the value has lapsed = %v, want the source's error", err)
		}
		s.set(nil)
		if v, err := c.Get(t.Context()); err != nil || v == 1 {
			t.Errorf("Get once the source is back = %d, %v; want a new value: an error is not kept", v, err)
		}
	})
}

func TestOneFlightForAllWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{life: time.Hour, takes: time.Second}
		c := NewCache(s.fetch, time.Minute, nil)
		var wg sync.WaitGroup
		for range 64 {
			wg.Go(func() { want(t, c, 1, "one of 64 at once") })
		}
		wg.Wait()
		if s.asked() != 1 {
			t.Errorf("64 callers asked the source %d times, want once", s.asked())
		}
	})
}

func TestCallerWhoGivesUpDoesNotFailTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{takes: 10 * time.Second}
		c := NewCache(s.fetch, time.Minute, nil)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := c.Get(ctx); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("Get of the caller who gives up = %v, want its context's error", err)
			}
		})
		synctest.Wait()
		want(t, c, 1, "the caller who waits on")
		wg.Wait()
		if s.asked() != 1 {
			t.Errorf("the source was asked %d times, want once", s.asked())
		}
	})
}

func TestSourceThatHangsIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{takes: time.Hour}
		c := NewCache(s.fetch, 5*time.Second, nil)
		start := time.Now()
		if _, err := c.Get(t.Context()); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Get from a source that hangs = %v, want its deadline", err)
		}
		if took := time.Since(start); took != 5*time.Second {
			t.Errorf("Get from a source that hangs took %v, want the 5s of the cache", took)
		}
	})
}

func TestInvalidateDropsTheValue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{}
		c := NewCache(s.fetch, time.Second, nil)
		want(t, c, 1, "at first")
		c.Invalidate()
		want(t, c, 2, "after the service refused the first")
		s.set(errors.New("down"))
		c.Invalidate()
		if v, err := c.Get(t.Context()); err == nil {
			t.Errorf("Get after Invalidate with the source down = %d, want an error: what was refused is not served", v)
		}
	})
}

func TestValueThatCameLapsedIsNotKept(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{life: -time.Minute}
		c := NewCache(s.fetch, time.Second, nil)
		want(t, c, 1, "the caller who asked gets what there is")
		want(t, c, 2, "the next caller asks again")
	})
}

func BenchmarkGet(b *testing.B) {
	s := &script{life: 100 * time.Hour}
	c := NewCache(s.fetch, time.Second, nil)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if _, err := c.Get(b.Context()); err != nil {
				b.Error(err)
			}
		}
	})
}
