package transport

import (
	"errors"
	"net/http"

	"uploadfs/remote"
)

// signing clones the request and has the clone signed, so that every attempt
// has a date and credentials of its own.
type signing struct {
	next  http.RoundTripper
	sign  Signer
	agent string
}

func (s *signing) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	fresh := req.Clone(ctx)
	if req.GetBody != nil {
		body, err := req.GetBody()
		if err != nil {
			return nil, &fault{err: &remote.Error{Kind: remote.KindInternal, Err: err}, final: true}
		}
		fresh.Body = body
	} else if req.Body != nil && req.Body != http.NoBody {
		return nil, &fault{err: &remote.Error{Kind: remote.KindInternal, Err: errBody}, final: true}
	}
	if fresh.Header == nil {
		fresh.Header = make(http.Header)
	}
	if s.agent != "" {
		fresh.Header.Set("User-Agent", s.agent)
	}
	if s.sign != nil {
		if err := s.sign(ctx, fresh); err != nil {
			return nil, unsigned(err)
		}
	}
	return s.next.RoundTrip(fresh)
}

var errBody = errors.New("a request with a body cannot be sent again: it has no GetBody")

// unsigned types a signer's error: no credentials, or none that can be had.
func unsigned(err error) error {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		c := *e
		return &fault{err: &c, final: e.Kind != remote.KindUnavailable && e.Kind != remote.KindThrottled}
	}
	return &fault{err: &remote.Error{Kind: remote.KindDenied, Err: &cause{"the request could not be signed: " + scrub(err.Error()), err}}, final: true}
}
