package transport

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// TestForegroundFirst says that what a reader waits for goes before what was
// asked for ahead of him, whenever it came, and that the latter is not starved.
func TestForegroundFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		s := newScript(func(req *http.Request) (*http.Response, error) {
			order = append(order, From(req.Context()).Key) // one at a time: Concurrency is 1
			time.Sleep(ms)
			return reply(req, 200, ""), nil
		})
		tr := New(remote.Config{Base: s, Concurrency: 1}, "s3", nil, plain)
		send := func(key string, background bool) {
			go tr.RoundTrip(get(With(t.Context(), Operation{Key: key, Background: background}), address))
			synctest.Wait()
		}
		send("first", true)
		for range 3 {
			send("ahead", true)
		}
		for range maxBypass + 5 {
			send("reader", false)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		want := slices.Concat([]string{"first"}, slices.Repeat([]string{"reader"}, maxBypass), []string{"ahead"},
			slices.Repeat([]string{"reader"}, 5), []string{"ahead", "ahead"})
		if !slices.Equal(order, want) {
			t.Errorf("the order was\n%s, want\n%s", strings.Join(order, " "), strings.Join(want, " "))
		}
	})
}

// TestBurstIsOneCut says that what is refused of one burst halves the limit
// once, and that it comes back when the store serves. Which refusal comes first
// decides what is blamed: the last request of the burst left no slot, so that
// the rate at which they were sent may be to blame as well.
func TestBurstIsOneCut(t *testing.T) {
	const burst = 64
	for _, c := range []struct {
		name string
		// after is how much later than the first possible one the refusal of
		// request i of the burst comes.
		after func(i int) time.Duration
		back  time.Duration
	}{
		{"the first is refused first", func(i int) time.Duration { return time.Duration(i) * time.Microsecond }, 2 * time.Second},
		{"the last is refused first", func(i int) time.Duration { return time.Duration(burst-i) * time.Microsecond }, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int64
				s := newScript(func(req *http.Request) (*http.Response, error) {
					i := int(n.Add(1))
					if i <= burst {
						time.Sleep(10*ms + c.after(i))
						return reply(req, 503, "SlowDown"), nil
					}
					time.Sleep(10 * ms)
					return reply(req, 200, ""), nil
				})
				tr := New(remote.Config{Base: s, Concurrency: burst}, "s3", nil, plain)
				var wg sync.WaitGroup
				for range burst {
					wg.Go(func() {
						if _, err := tr.RoundTrip(get(t.Context(), address)); err != nil {
							t.Errorf("a request that was refused once failed: %v", err)
						}
					})
				}
				time.Sleep(11 * ms)
				synctest.Wait()
				if now, most, inflight := tr.Limit(); now != burst/2 || most != burst || inflight != 0 {
					t.Errorf("after a burst of %d refusals the limit is %d of %d with %d in flight, want %d of %d with none: a backoff holds no slot", burst, now, most, inflight, burst/2, burst)
				}
				wg.Wait()
				ctx, cancel := context.WithTimeout(t.Context(), c.back)
				defer cancel()
				for range 2 * burst {
					wg.Go(func() {
						for ctx.Err() == nil {
							tr.RoundTrip(get(context.WithoutCancel(ctx), address))
						}
					})
				}
				wg.Wait()
				if now, _, _ := tr.Limit(); now != burst {
					t.Errorf("%v later the limit is %d, want it back at %d", c.back, now, burst)
				}
			})
		})
	}
}

// TestFloor says that at least one request is in flight whatever the store says.
func TestFloor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		tr := New(remote.Config{Base: newScript(says(503, "SlowDown")), Concurrency: 4, Retries: 50}, "s3", nil, plain)
		if _, err := tr.RoundTrip(get(t.Context(), address)); remote.KindOf(err) != remote.KindThrottled {
			t.Errorf("%v, want throttled", err)
		}
		if now, _, inflight := tr.Limit(); now != 1 || inflight != 0 {
			t.Errorf("the limit is %d with %d in flight, want 1 and none", now, inflight)
		}
	})
}

// TestLimiterLosesNothing says that requests which give up while they wait, at
// any moment, leave no slot taken and nobody waiting.
func TestLimiterLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{allow: atMost(steps(time.Now(), 0, 5)), least: ms, most: 20 * ms, start: time.Now()}
		tr := New(remote.Config{Base: s, Concurrency: 16}, "s3", nil, plain)
		var wg sync.WaitGroup
		for i := range 500 {
			wg.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i)*ms)
				defer cancel()
				_, err := tr.RoundTrip(get(ctx, address))
				if err != nil && remote.KindOf(err) != remote.KindThrottled && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v, want the deadline or the store's refusal", err)
				}
			})
		}
		wg.Wait()
		if _, _, inflight := tr.Limit(); inflight != 0 || !tr.limit.queues.empty() {
			t.Errorf("%d in flight and lines %v when all is over, want none", inflight, !tr.limit.queues.empty())
		}
	})
}

// TestPanicFreesTheSlot says that a slot is given back even if a layer below
// panics, as a server's in-process handler may.
func TestPanicFreesTheSlot(t *testing.T) {
	tr := New(remote.Config{Base: newScript(func(*http.Request) (*http.Response, error) { panic("below") })}, "s3", nil, plain)
	func() {
		defer func() { recover() }()
		tr.RoundTrip(get(t.Context(), address))
	}()
	if _, _, inflight := tr.Limit(); inflight != 0 {
		t.Errorf("%d in flight after a panic, want none", inflight)
	}
}

// The overhead of all layers for one request, with a Base in memory: of a
// small answer, and of a page whose length is not announced.
func BenchmarkRoundTrip(b *testing.B) {
	page := strings.Repeat("x", 650<<10)
	for _, c := range []struct {
		name, body string
		length     int64
	}{{"small", "page", 4}, {"page", page, -1}} {
		b.Run(c.name, func(b *testing.B) {
			base := baseFunc(func(req *http.Request) (*http.Response, error) {
				resp := reply(req, 200, c.body)
				resp.ContentLength = c.length
				return resp, nil
			})
			sign := func(context.Context, *http.Request) error { return nil }
			tr := New(remote.Config{Base: base, Observe: func(remote.Attempt) {}}, "s3", sign, nil)
			ctx := With(b.Context(), someOp)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := tr.RoundTrip(get(ctx, address)); err != nil {
						b.Fatal(err)
					}
				}
			})
		})
	}
}

type baseFunc func(*http.Request) (*http.Response, error)

func (f baseFunc) RoundTrip(req *http.Request) (*http.Response, error) { return f(req) }
