package transport

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"time"

	"uploadfs/remote"
)

const (
	// baseDelay and baseThrottled are the first backoff's upper bound; it
	// doubles with every attempt, to maxDelay. The vendors' SDKs wait likewise
	// (dialects.md 6.3). No slot is held meanwhile.
	baseDelay     = 100 * time.Millisecond
	baseThrottled = 500 * time.Millisecond
	// soonThrottled is the wait after a refusal that came after many answers: the
	// limiter has made room by then, and a walk waits for this very request.
	soonThrottled = 50 * time.Millisecond
	maxDelay      = 20 * time.Second
	// maxAfter bounds a Retry-After: stores send up to 90 seconds
	// (dialects.md 6.2), a hostile one anything.
	maxAfter = 60 * time.Second
	// maxCorrections is how often one request may be corrected: two causes can
	// be wrong at once, such as the region and the clock.
	maxCorrections = 2
)

// retry sends a request again while its failure may pass. All of the requests
// here may be repeated: GETs, and an abort whose second answer is NoSuchUpload.
type retry struct {
	next     http.RoundTripper
	attempts int
	correct  Corrector
}

func (r *retry) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	var last *fault
	corrections, malformed := 0, 0
	for attempt := 1; ; {
		resp, err := r.next.RoundTrip(req)
		if err == nil {
			return resp, nil
		}
		f, ok := errors.AsType[*fault](err)
		if !ok {
			e, final := unreached(err, req.URL.Host)
			f = &fault{err: e, final: final}
		}
		if f.ended {
			return nil, outOfTime(f, last)
		}
		last = f
		if corrections < maxCorrections && correctable(f) && r.correct(ctx, f.err, f.resp) {
			corrections++
			continue
		}
		if f.err.Kind == remote.KindMalformed {
			malformed++ // what cannot be read is asked for once more
		}
		if f.final || malformed > 1 || attempt >= r.attempts {
			return nil, f
		}
		if !pause(ctx, delay(f, attempt)) {
			if ctx.Err() != nil {
				return nil, outOfTime(ended(ctx.Err()), f)
			}
			return nil, f // the wait is longer than the caller has time
		}
		attempt++
	}
}

// correctable reports whether a refusal may have a cause on our side.
func correctable(f *fault) bool {
	return f.resp != nil && !f.throttled && f.resp.StatusCode < 500
}

// delay is how long to wait after attempt number n: exponential, with full
// jitter so that requests that failed together do not come back together. One
// that was refused for load waits half of that at least: a store that counts by
// the second must not refuse it to the end before the pace is found. Once it is,
// a refusal is an exception and the request comes back soon.
func delay(f *fault, n int) time.Duration {
	base, least := baseDelay, time.Duration(0)
	if f.throttled {
		base, least = baseThrottled/2, baseThrottled/2
	}
	if f.after > 0 {
		return min(f.after, maxAfter) + rand.N(base)
	}
	doubled := min(n-1, 16)
	if f.lone && n <= 2 {
		return soonThrottled/2<<doubled + rand.N(soonThrottled<<doubled)
	}
	return min(least<<doubled+rand.N(base<<doubled), maxDelay)
}

// pause waits, and reports false if ctx ends first or would.
func pause(ctx context.Context, d time.Duration) bool {
	if t, ok := ctx.Deadline(); ok && time.Until(t) <= d || ctx.Err() != nil {
		return false
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// outOfTime is the error of a request whose context ended: it wraps the
// context's error, and after a deadline also says what was wrong until then.
func outOfTime(end, last *fault) *fault {
	if last == nil || !errors.Is(end.err, context.DeadlineExceeded) {
		return end
	}
	e := *last.err
	e.Err = errors.Join(end.err.Err, last.err.Err)
	if last.err.Err != nil {
		e.Err = &cause{last.err.Err.Error(), e.Err}
	}
	return &fault{err: &e, resp: last.resp, final: true, ended: true}
}
