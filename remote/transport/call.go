package transport

import (
	"context"
	"net/http"
	"time"

	"uploadfs/remote"
)

// call is what the layers share about one logical request. The outermost layer
// makes it; the layers run one after another, so it needs no lock.
type call struct {
	op    Operation
	start time.Time
	// try counts the HTTP attempts so far, corrections included.
	try int
	// inflight and limit are the limiter's state as this attempt was sent.
	inflight, limit int
}

type callKey struct{}

func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	if c == nil {
		return &call{op: From(ctx), start: time.Now()}
	}
	return c
}

// fault is a failed attempt on its way up from the layer that judged it: what
// the store said, and what the layers above need to decide about a retry.
type fault struct {
	err *remote.Error
	// resp is the buffered answer, nil where none came.
	resp *http.Response
	// final marks a failure that another attempt cannot mend.
	final bool
	// ended marks a request whose own context is done.
	ended bool
	// throttled marks an answer that refuses for the store's load.
	throttled bool
	// lone marks such an answer where the limiter had found what the store bears.
	lone bool
	// after is the wait that the store asks for, 0 for none.
	after time.Duration
	// bytes is how much of the body was read.
	bytes int64
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }
