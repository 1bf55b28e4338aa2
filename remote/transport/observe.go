package transport

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"uploadfs/remote"
)

// report is the outermost layer: it opens a request's call, names its error,
// and logs once what failed for good.
type report struct {
	next             http.RoundTripper
	source, provider string
	log              *slog.Logger
}

func (r *report) RoundTrip(req *http.Request) (*http.Response, error) {
	c := &call{op: From(req.Context()), start: time.Now()}
	c.op.Source = cmp.Or(c.op.Source, r.source)
	c.op.Provider = cmp.Or(c.op.Provider, r.provider)
	ctx := context.WithValue(req.Context(), callKey{}, c)
	resp, err := r.next.RoundTrip(req.WithContext(ctx))
	if err == nil {
		return resp, nil
	}
	e, ok := errors.AsType[*remote.Error](err)
	if !ok {
		e = &remote.Error{Kind: remote.KindInternal, Err: err}
	}
	e.Source, e.Provider = cmp.Or(e.Source, c.op.Source), cmp.Or(e.Provider, c.op.Provider)
	e.Op, e.Bucket, e.Key = cmp.Or(e.Op, c.op.Op), cmp.Or(e.Bucket, c.op.Bucket), cmp.Or(e.Key, c.op.Key)
	r.failed(ctx, c, e)
	return nil, e
}

// failed logs at warn, except what is no fault of anybody's: a caller that
// went away, and an upload or key that is gone.
func (r *report) failed(ctx context.Context, c *call, e *remote.Error) {
	level := slog.LevelWarn
	if e.Kind == remote.KindNoUpload || e.Kind == remote.KindNoKey || errors.Is(e, context.Canceled) {
		level = slog.LevelDebug
	}
	if !r.log.Enabled(ctx, level) {
		return
	}
	r.log.LogAttrs(ctx, level, "request failed", append(c.attrs(),
		slog.String("kind", e.Kind.String()), slog.Int("status", e.Status), slog.String("code", e.Code),
		slog.String("request_id", e.RequestID), slog.Int("attempts", c.try),
		slog.Duration("duration", time.Since(c.start)), slog.String("error", e.Error()))...)
}

// attrs are what a log line names a request by: never its URL or headers.
func (c *call) attrs() []slog.Attr {
	attrs := make([]slog.Attr, 0, 16)
	for _, a := range [...]slog.Attr{
		slog.String("source", c.op.Source), slog.String("op", c.op.Op), slog.String("bucket", c.op.Bucket),
		slog.String("key", c.op.Key), slog.String("prefix", c.op.Prefix), slog.String("marker", c.op.Marker),
	} {
		if a.Value.String() != "" {
			attrs = append(attrs, a)
		}
	}
	return attrs
}

// watch is told of every HTTP attempt, as it was after waiting for its turn.
type watch struct {
	next    http.RoundTripper
	observe func(remote.Attempt)
	log     *slog.Logger
}

func (w *watch) RoundTrip(req *http.Request) (*http.Response, error) {
	ctx := req.Context()
	c := callFrom(ctx)
	c.try++
	start := time.Now()
	resp, err := w.next.RoundTrip(req)
	debug := w.log.Enabled(ctx, slog.LevelDebug)
	if w.observe == nil && !debug {
		return resp, err
	}
	a := remote.Attempt{
		Start: start, Duration: time.Since(start), Try: c.try, InFlight: c.inflight, Limit: c.limit,
		Source: c.op.Source, Provider: c.op.Provider, Op: c.op.Op,
		Bucket: c.op.Bucket, Key: c.op.Key, Prefix: c.op.Prefix, Marker: c.op.Marker,
	}
	if err == nil {
		a.Status, a.Bytes, a.RequestID = resp.StatusCode, int64(len(Body(resp))), requestID(resp.Header)
	} else {
		a.Failed = true
		fill(&a, err)
	}
	if w.observe != nil {
		w.observe(a)
	}
	if debug {
		w.debug(ctx, c, a, err)
	}
	return resp, err
}

func fill(a *remote.Attempt, err error) {
	f, ok := errors.AsType[*fault](err)
	if !ok {
		return
	}
	a.Kind, a.Status, a.Code, a.RequestID = f.err.Kind, f.err.Status, f.err.Code, f.err.RequestID
	a.Throttled, a.Bytes = f.throttled, f.bytes
	if f.resp != nil {
		a.Status = f.resp.StatusCode // what came over the wire, where the error was under 200
	}
}

func (w *watch) debug(ctx context.Context, c *call, a remote.Attempt, err error) {
	attrs := append(c.attrs(), slog.Int("try", a.Try), slog.Int("status", a.Status), slog.Duration("duration", a.Duration),
		slog.Int64("bytes", a.Bytes), slog.String("request_id", a.RequestID))
	if err != nil {
		attrs = append(attrs, slog.String("kind", a.Kind.String()), slog.String("error", err.Error()))
	}
	w.log.LogAttrs(ctx, slog.LevelDebug, "request", attrs...)
}
