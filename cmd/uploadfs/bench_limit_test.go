//go:build linux

package main

import (
	"net/http"
	"sync"
	"testing"
	"time"

	"uploadfs/remote/emulator"
)

// BenchmarkThrottled is du over a store that takes so many requests a second,
// or so many at once, and refuses the rest with 503. Of what it allows at least
// 85 % is to be used, and less than 5 % refused, once the limits are found: that
// is over the second half of the requests. du must not see any of it.
func BenchmarkThrottled(b *testing.B) {
	for _, c := range []struct {
		name     string
		rate     float64
		inFlight int
		uploads  int
	}{
		{"100_a_second", 100, 0, 2000},
		{"400_a_second", 400, 0, 6000},
		{"8_in_flight", 0, 8, 4000},
		{"24_in_flight", 0, 24, 8000},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := synthetic("s3", "bkt", emulator.ShapeFlat, c.uploads)
			var held, refused, all float64
			for b.Loop() {
				b.StopTimer()
				w := newWorld(b, []string{"--ttl=10m", "--log-level=error"}, nil, o)
				w.store.SetLatency(delay)
				w.store.SetLimits(c.rate, c.inFlight)
				var mu sync.Mutex
				var seen []emulator.Request
				w.store.OnRequest(func(r emulator.Request) {
					mu.Lock()
					defer mu.Unlock()
					seen = append(seen, r)
				})
				w.store.ResetCounters()
				b.StartTimer()
				w.run("du", "-s", w.at(o))
				b.StopTimer()
				mu.Lock()
				late := seen[len(seen)/2:]
				served, busy := 0, time.Duration(0)
				for _, r := range late {
					if r.Status == http.StatusOK {
						served++
						busy += r.Duration
					}
				}
				window := late[len(late)-1].Start.Sub(late[0].Start).Seconds()
				mu.Unlock()
				if c.rate > 0 {
					held = float64(served) / window / c.rate
				} else {
					held = busy.Seconds() / window / float64(c.inFlight)
				}
				refused = float64(len(late)-served) / float64(len(late))
				n := w.store.Counters()
				all = float64(n.Refused) / float64(n.Total)
				b.StartTimer()
			}
			b.ReportMetric(100*held, "%-of-the-limit")
			b.ReportMetric(100*refused, "%-refused-settled")
			b.ReportMetric(100*all, "%-refused-in-all")
		})
	}
}

// TestThrottlingIsNotSeen: du over a store that refuses what is above a rate,
// and then what is above a number at once, ends as over any other, with each
// upload listed once.
func TestThrottlingIsNotSeen(t *testing.T) {
	const uploads = 600
	buckets := []emulator.BucketOptions{
		synthetic("s3", "rate", emulator.ShapeFlat, uploads),
		synthetic("oss", "flight", emulator.ShapeTree, uploads),
	}
	w := newWorld(t, []string{"--log-level=error"}, nil, buckets...)
	for i, b := range buckets {
		w.store.SetLatency(10 * time.Millisecond)
		w.store.SetLimits([]float64{400, 0}[i], []int{0, 8}[i])
		c := w.spent(func() { w.run("du", "-s", w.at(b)) })
		served := c.Requests[emulator.Count{Op: emulator.OpListParts, Status: http.StatusOK}]
		t.Logf("%s: %d requests, %d refused", b.Name, c.Total, c.Refused)
		if served != uploads {
			t.Errorf("%s: %d ListParts were served; want one for each of %d uploads", b.Name, served, uploads)
		}
		if c.Refused == 0 {
			t.Errorf("%s: the limit was never reached", b.Name)
		}
	}
}

// TestRetryAfterIsHonoured holds that a request that was refused with a
// Retry-After comes again no sooner, and that nobody is told.
func TestRetryAfterIsHonoured(t *testing.T) {
	const wait = 2 * time.Second
	var buckets []emulator.BucketOptions
	ids := map[string]string{}
	for _, d := range dialects {
		buckets = append(buckets, emulator.BucketOptions{Name: bucketOf(d, d), Dialect: d, Faults: []emulator.Rule{
			{Op: emulator.OpListParts, Times: 1, Fault: emulator.Fault{Throttle: true}.RetryAfter(wait)},
		}})
	}
	w := newWorld(t, []string{"--log-level=error"}, func(s *emulator.Store) {
		for _, b := range buckets {
			ids[b.Name] = putParts(t, s, b.Name, "key", 3)
		}
	}, buckets...)
	var mu sync.Mutex
	asked := map[string][]time.Time{}
	w.store.OnRequest(func(r emulator.Request) {
		mu.Lock()
		defer mu.Unlock()
		if r.Op == emulator.OpListParts {
			asked[r.Bucket] = append(asked[r.Bucket], r.Start)
		}
	})
	for _, b := range buckets {
		if got := w.run("ls", w.at(b, "key", ids[b.Name], "parts")); got != 3 {
			t.Errorf("%s: ls shows %d parts of 3", b.Name, got)
		}
		mu.Lock()
		at := asked[b.Name]
		mu.Unlock()
		if len(at) != 2 || at[1].Sub(at[0]) < wait {
			t.Errorf("%s: ListParts was asked for at %v; want twice, the second time %v later", b.Name, at, wait)
		}
	}
}
