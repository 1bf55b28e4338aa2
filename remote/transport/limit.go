package transport

import (
	"errors"
	"net/http"
)

// limit holds every attempt until the limiter lets it go, and tells the
// limiter how the store took it. A backoff is spent above this layer: it holds
// no slot.
type limit struct {
	next    http.RoundTripper
	limiter *limiter
}

func (l *limit) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	c := callFrom(ctx)
	t, err := l.limiter.acquire(ctx, c.op.Background, c.try > 0)
	if err != nil {
		return nil, ended(err)
	}
	c.inflight, c.limit = t.inflight, t.limit
	answer := silent
	defer func() { l.limiter.release(t, answer) }()
	resp, err := l.next.RoundTrip(req)
	answer = verdict(err)
	if f, ok := errors.AsType[*fault](err); ok && answer == refused {
		f.lone = l.limiter.calmly(t)
	}
	return resp, err
}

// verdict is what an attempt's outcome says about the store's load.
func verdict(err error) answer {
	if err == nil {
		return served
	}
	f, ok := errors.AsType[*fault](err)
	switch {
	case ok && f.throttled:
		return refused
	case ok && f.resp != nil && f.resp.StatusCode < 500:
		return served // a denial or a missing upload was served all the same
	}
	return silent
}
