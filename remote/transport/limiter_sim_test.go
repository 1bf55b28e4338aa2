package transport

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

const ms = time.Millisecond

// steps is a limit that changes with time: pairs of a second and a value.
func steps(start time.Time, pairs ...float64) func(time.Time) float64 {
	return func(now time.Time) (v float64) {
		for i := 0; i+1 < len(pairs); i += 2 {
			if now.Sub(start).Seconds() >= pairs[i] {
				v = pairs[i+1]
			}
		}
		return v
	}
}

// span is a stretch of the run in which a limit has settled, in seconds, and
// what that limit is.
type span struct {
	from, to int
	limit    float64
}

// TestHoldsRate says that a store which refuses above a rate is held at 85 % of
// it at least, with less than 5 % of the requests refused, once settled: however
// the store counts, at any latency, and after the rate has changed. No request
// of a user fails for it.
func TestHoldsRate(t *testing.T) {
	hundred := []span{{12, 40, 100}}
	bucketOf := func(depth float64) func(func(time.Time) float64) func(time.Time, int) bool {
		return func(rate func(time.Time) float64) func(time.Time, int) bool { return bucket(rate, depth) }
	}
	slidingBy := func(strict bool) func(func(time.Time) float64) func(time.Time, int) bool {
		return func(rate func(time.Time) float64) func(time.Time, int) bool { return sliding(rate, strict) }
	}
	for _, c := range []struct {
		name        string
		counts      func(func(time.Time) float64) func(time.Time, int) bool
		rate        []float64
		least, most time.Duration
		workers     int
		settled     []span
	}{
		{"a bucket without burst", bucketOf(1), []float64{0, 100}, 5 * ms, 50 * ms, 100, []span{{30, 60, 100}}},
		{"a bucket of 10", bucketOf(10), []float64{0, 100}, 5 * ms, 50 * ms, 100, hundred},
		{"a bucket of 100", bucketOf(100), []float64{0, 100}, 5 * ms, 50 * ms, 100, hundred},
		{"by the calendar second", fixed, []float64{0, 100}, 5 * ms, 50 * ms, 100, hundred},
		{"by the last second", slidingBy(false), []float64{0, 100}, 5 * ms, 50 * ms, 100, hundred},
		{"by the last second, refused ones too", slidingBy(true), []float64{0, 100}, 5 * ms, 50 * ms, 100, hundred},
		{"constant latency", bucketOf(10), []float64{0, 100}, 30 * ms, 30 * ms, 100, hundred},
		{"long latency", bucketOf(10), []float64{0, 100}, 300 * ms, 500 * ms, 100, []span{{25, 60, 100}}},
		{"10 a second", bucketOf(5), []float64{0, 10}, 5 * ms, 50 * ms, 100, []span{{20, 80, 10}}},
		{"1000 a second", bucketOf(100), []float64{0, 1000}, 5 * ms, 50 * ms, 200, []span{{8, 20, 1000}}},
		{"as many workers as concurrency", bucketOf(10), []float64{0, 100}, 5 * ms, 50 * ms, 64, hundred},
		{"few workers", bucketOf(10), []float64{0, 100}, 5 * ms, 50 * ms, 8, hundred},
		{"falling", bucketOf(10), []float64{0, 300, 20, 60}, 5 * ms, 50 * ms, 100, []span{{12, 20, 300}, {32, 60, 60}}},
		{"rising", bucketOf(10), []float64{0, 50, 20, 400}, 5 * ms, 50 * ms, 100, []span{{12, 20, 50}, {40, 60, 400}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{allow: c.counts(steps(time.Now(), c.rate...)), least: c.least, most: c.most}
				failed := load(t, s, c.workers, c.settled[len(c.settled)-1].to, remote.Config{})
				for _, p := range c.settled {
					sum := s.between(p.from, p.to)
					held(t, s, p, float64(sum.served)/float64(p.to-p.from), "served a second")
				}
				if failed != 0 {
					t.Errorf("the transport gave up %d requests as throttled, want it to wait", failed)
				}
			})
		})
	}
}

// TestHoldsInFlight says the same of a store that refuses above a number in
// flight.
func TestHoldsInFlight(t *testing.T) {
	for _, c := range []struct {
		name        string
		limit       []float64
		least, most time.Duration
		workers     int
		settled     []span
	}{
		{"20 of 64", []float64{0, 20}, 5 * ms, 50 * ms, 100, []span{{10, 30, 20}}},
		{"as many workers as concurrency", []float64{0, 20}, 5 * ms, 50 * ms, 64, []span{{10, 30, 20}}},
		{"constant latency", []float64{0, 20}, 30 * ms, 30 * ms, 100, []span{{10, 30, 20}}},
		{"long latency", []float64{0, 20}, 300 * ms, 500 * ms, 100, []span{{20, 60, 20}}},
		{"50", []float64{0, 50}, 5 * ms, 50 * ms, 100, []span{{10, 30, 50}}},
		{"3", []float64{0, 3}, 5 * ms, 50 * ms, 100, []span{{20, 50, 3}}},
		{"one", []float64{0, 1}, 5 * ms, 50 * ms, 100, []span{{10, 40, 1}}},
		{"falling", []float64{0, 40, 15, 10}, 5 * ms, 50 * ms, 100, []span{{8, 15, 40}, {25, 50, 10}}},
		{"rising", []float64{0, 10, 20, 50}, 5 * ms, 50 * ms, 100, []span{{12, 20, 10}, {35, 55, 50}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{allow: atMost(steps(time.Now(), c.limit...)), least: c.least, most: c.most}
				failed := load(t, s, c.workers, c.settled[len(c.settled)-1].to, remote.Config{})
				for _, p := range c.settled {
					sum := s.between(p.from, p.to)
					held(t, s, p, sum.busy/float64(p.to-p.from), "in flight on average")
				}
				if failed != 0 {
					t.Errorf("the transport gave up %d requests as throttled, want it to wait", failed)
				}
			})
		})
	}
}

// held checks one stretch of a run.
func held(t *testing.T, s *store, p span, got float64, what string) {
	t.Helper()
	sum := s.between(p.from, p.to)
	refused := float64(sum.refused) / float64(sum.served+sum.refused)
	line := fmt.Sprintf("seconds %d to %d: %.1f %s of the store's %.0f, %.2f %% refused", p.from, p.to, got, what, p.limit, 100*refused)
	t.Log(line)
	if got < 0.85*p.limit {
		t.Errorf("%s: the limiter must hold 85 %%", line)
	}
	if refused >= 0.05 {
		t.Errorf("%s: the limiter must have less than 5 %% refused", line)
	}
}

// TestUnthrottled says that a store which never refuses gets all that
// --concurrency allows, from the first moment, and no more.
func TestUnthrottled(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &store{allow: func(time.Time, int) bool { return true }, least: 30 * ms, most: 30 * ms}
		load(t, s, 200, 3, remote.Config{Concurrency: 64})
		if s.highest != 64 {
			t.Errorf("the limiter sent %d requests at once, want 64", s.highest)
		}
		if sum := s.between(0, 3); sum.busy < 0.98*3*64 {
			t.Errorf("the limiter kept %.1f requests in flight on average, want 64", sum.busy/3)
		}
	})
}

// TestOverlooksStrays says that refusals which have nothing to do with load, at
// most one in two hundred, do not slow a source down.
func TestOverlooksStrays(t *testing.T) {
	for _, one := range []int{200, 1000} {
		synctest.Test(t, func(t *testing.T) {
			s := &store{allow: func(time.Time, int) bool { return rand.IntN(one) > 0 }, least: 30 * ms, most: 30 * ms}
			failed := load(t, s, 100, 20, remote.Config{})
			if sum := s.between(2, 20); sum.busy/18 < 0.9*64 {
				t.Errorf("one in %d refused at random: the limiter kept %.1f in flight, want nearly 64", one, sum.busy/18)
			}
			if failed > 0 {
				t.Errorf("one in %d refused at random: %d requests failed, want none", one, failed)
			}
		})
	}
}

// TestRecoversFromOutage says that a store which refuses everything for a while
// is asked rarely meanwhile, and has its old share three seconds later.
func TestRecoversFromOutage(t *testing.T) {
	for _, c := range []struct {
		name  string
		allow func(start time.Time) func(time.Time, int) bool
	}{
		{"100 a second", func(s time.Time) func(time.Time, int) bool {
			return bucket(steps(s, 0, 100, 20, 0, 40, 100), 10)
		}},
		{"20 in flight", func(s time.Time) func(time.Time, int) bool { return atMost(steps(s, 0, 20, 20, 0, 40, 20)) }},
		{"no limit", func(s time.Time) func(time.Time, int) bool { return atMost(steps(s, 0, 1000, 20, 0, 40, 1000)) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{allow: c.allow(time.Now()), least: 5 * ms, most: 50 * ms}
				load(t, s, 100, 60, remote.Config{})
				before, during, after := s.between(10, 20), s.between(23, 39), s.between(43, 53)
				if during.refused > 16*10 {
					t.Errorf("the limiter sent %d requests in 16 seconds of refusals, want fewer than 10 a second", during.refused)
				}
				if float64(after.served) < 0.85*float64(before.served) {
					t.Errorf("the store served %d in ten seconds after the outage and %d before: the limiter must recover", after.served, before.served)
				}
			})
		})
	}
}
