package transport

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"time"

	"uploadfs/remote"
)

// deadline bounds one attempt, from signing to the last byte of the body.
type deadline struct {
	next    http.RoundTripper
	timeout time.Duration
}

func (d *deadline) RoundTrip(req *http.Request) (*http.Response, error) {
	parent := req.Context()
	ctx, cancel := context.WithTimeout(parent, d.timeout)
	defer cancel() // the body is in memory by then
	resp, err := d.next.RoundTrip(req.WithContext(ctx))
	switch {
	case err == nil:
		return resp, nil
	case parent.Err() != nil:
		return nil, ended(parent.Err())
	case ctx.Err() != nil:
		return nil, d.late(err)
	}
	return nil, err
}

// late keeps what came of a late attempt, if anything.
func (d *deadline) late(err error) *fault {
	f := &fault{err: &remote.Error{
		Kind: remote.KindTimeout,
		Err:  &cause{fmt.Sprintf("no whole answer within %v", d.timeout), context.DeadlineExceeded},
	}}
	if below, ok := errors.AsType[*fault](err); ok {
		f.bytes = below.bytes
	}
	return f
}

// ended is the failure of a request whose caller went away or ran out of time.
func ended(err error) *fault {
	kind := remote.KindInternal
	if errors.Is(err, context.DeadlineExceeded) {
		kind = remote.KindTimeout
	}
	return &fault{err: &remote.Error{Kind: kind, Err: err}, final: true, ended: true}
}
