package transport

import (
	"context"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// store is a fake network with a bounded store behind it, on virtual time.
type store struct {
	mu sync.Mutex
	// allow says whether a request that arrives now is served: its argument is
	// the number in flight with it.
	allow func(now time.Time, inflight int) bool
	// least and most bound the uniform latency.
	least, most time.Duration

	inflight, highest int
	start             time.Time
	slot              []tally // by the second
	last              time.Time
}

// tally is one second's: busy is the integral of the number being served, in
// request seconds.
type tally struct {
	served, refused int
	busy            float64
}

func (s *store) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	now := time.Now()
	s.account(now)
	ok := s.allow(now, s.inflight+1)
	c := s.second(now)
	latency := s.least + rand.N(s.most-s.least+1)
	if ok {
		c.served++
		s.inflight++
		s.highest = max(s.highest, s.inflight)
	} else {
		c.refused++
		latency = s.least
	}
	s.mu.Unlock()
	err := sleep(req.Context(), latency)
	s.mu.Lock()
	if ok {
		s.account(time.Now())
		s.inflight--
	}
	s.mu.Unlock()
	if err != nil {
		return nil, err
	}
	if !ok {
		return reply(req, 503, "SlowDown"), nil
	}
	return reply(req, 200, "page"), nil
}

func (s *store) account(now time.Time) {
	for !s.last.IsZero() && s.last.Before(now) {
		end := s.last.Truncate(time.Second).Add(time.Second)
		if end.After(now) {
			end = now
		}
		s.second(s.last).busy += float64(s.inflight) * end.Sub(s.last).Seconds()
		s.last = end
	}
	s.last = now
}

func (s *store) second(now time.Time) *tally {
	n := int(now.Sub(s.start) / time.Second)
	for len(s.slot) <= n {
		s.slot = append(s.slot, tally{})
	}
	return &s.slot[n]
}

// between sums the seconds [from, to).
func (s *store) between(from, to int) (sum tally) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.slot[from:min(to, len(s.slot))] {
		sum.served, sum.refused, sum.busy = sum.served+c.served, sum.refused+c.refused, sum.busy+c.busy
	}
	return sum
}

func sleep(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// reply is an answer with a body of that text.
func reply(req *http.Request, status int, body string, header ...string) *http.Response {
	h := http.Header{}
	for i := 0; i+1 < len(header); i += 2 {
		h.Add(header[i], header[i+1])
	}
	return &http.Response{StatusCode: status, Header: h, Request: req, ContentLength: int64(len(body)),
		Body: io.NopCloser(strings.NewReader(body))}
}

// plain reads an error document that is a code and nothing else.
func plain(resp *http.Response, body []byte) *remote.Error {
	code := string(body)
	switch {
	case resp.StatusCode/100 == 2 && !strings.HasPrefix(code, "Error:"):
		return nil
	case code == "SlowDown":
		return &remote.Error{Kind: remote.KindThrottled, Code: code}
	case code == "AccessDenied":
		return &remote.Error{Kind: remote.KindDenied, Code: code}
	case code == "RequestTimeout":
		return &remote.Error{Kind: remote.KindInvalid, Code: code}
	}
	return &remote.Error{Code: strings.TrimPrefix(code, "Error:")}
}

// load runs workers that each ask again as soon as they are answered, for
// seconds of virtual time, and returns how many of their requests failed.
func load(t *testing.T, s *store, workers, seconds int, cfg remote.Config) (failed int) {
	t.Helper()
	cfg.Base = s
	tr := New(cfg, "s3", nil, plain)
	// The end of the run is no failure.
	ctx, cancel := context.WithTimeout(t.Context(), time.Duration(seconds)*time.Second)
	defer cancel()
	s.start = time.Now()
	var mu sync.Mutex
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for ctx.Err() == nil {
				_, err := tr.RoundTrip(get(context.WithoutCancel(ctx), "https://store.test/b?uploads"))
				if err != nil {
					mu.Lock()
					failed++
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	synctest.Wait()
	return failed
}

func get(ctx context.Context, url string) *http.Request {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		panic(err)
	}
	return req
}

// The ways in which stores count a rate.

// bucket refills by the rate, and holds depth.
func bucket(rate func(time.Time) float64, depth float64) func(time.Time, int) bool {
	var last time.Time
	tokens := depth
	return func(now time.Time, _ int) bool {
		if !last.IsZero() {
			tokens = min(tokens+now.Sub(last).Seconds()*rate(now), depth)
		}
		last = now
		if tokens < 1 {
			return false
		}
		tokens--
		return true
	}
}

// fixed counts by the calendar second.
func fixed(rate func(time.Time) float64) func(time.Time, int) bool {
	var second int64
	var n float64
	return func(now time.Time, _ int) bool {
		if s := now.Unix(); s != second {
			second, n = s, 0
		}
		n++
		return n <= rate(now)
	}
}

// sliding counts what came within the last second; strict counts what was
// refused too.
func sliding(rate func(time.Time) float64, strict bool) func(time.Time, int) bool {
	var log []time.Time
	return func(now time.Time, _ int) bool {
		for len(log) > 0 && now.Sub(log[0]) >= time.Second {
			log = log[1:]
		}
		ok := float64(len(log)) < rate(now)
		if ok || strict {
			log = append(log, now)
		}
		return ok
	}
}

// atMost refuses above n in flight.
func atMost(n func(time.Time) float64) func(time.Time, int) bool {
	return func(now time.Time, inflight int) bool { return float64(inflight) <= n(now) }
}
