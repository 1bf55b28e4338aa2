package wire

import (
	"context"
	"net/http"
	"net/url"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/transport"
)

// call is one request on its way: what is asked, and what its last attempt was
// sent with. The attempts of a request follow one another, so it needs no lock.
type call struct {
	op, method            string
	bucket, key, uploadID string
	prefix, marker        string
	query                 string

	// region and identity are those of the last attempt.
	region, identity string
	// answer is what came back in the end, nil where nothing did.
	answer *http.Response
	// moved, clocked and renewed are the corrections this request has had.
	moved, clocked, renewed bool
}

type callKey struct{}

func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// send sends one request and returns its body.
func (c *Client) send(ctx context.Context, call *call) ([]byte, error) {
	if err := c.guard(call); err != nil {
		return nil, c.finish(call, err)
	}
	op := transport.Operation{
		Source: c.cfg.Name, Provider: c.dialect.Provider(), Op: call.op,
		Bucket: call.bucket, Key: call.key, Prefix: call.prefix, Marker: call.marker,
		Background: remote.IsBackground(ctx) || transport.From(ctx).Background,
	}
	ctx = context.WithValue(transport.With(ctx, op), callKey{}, call)
	req := (&http.Request{Method: call.method, Header: http.Header{}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	// The address is tried here too: a request that cannot be addressed is
	// refused before it counts or waits.
	if _, err := c.address(req, call); err != nil {
		return nil, c.finish(call, err)
	}
	resp, err := c.transport.RoundTrip(req)
	if err != nil {
		return nil, c.finish(call, err)
	}
	call.answer = resp
	return transport.Body(resp), nil
}

// guard refuses what would turn into another operation: List Parts without a
// key lists the bucket, AbortMultipartUpload without an id deletes the object
// (dialects.md 2.1).
func (c *Client) guard(call *call) error {
	switch call.op {
	case OpBuckets:
		return nil
	case OpParts, OpAbort:
		if call.key == "" || call.uploadID == "" {
			return &remote.Error{Kind: remote.KindInvalid, Message: "an upload is named by a key and an upload id, and one is empty"}
		}
	}
	if call.bucket == "" {
		return &remote.Error{Kind: remote.KindInvalid, Message: "no bucket is named"}
	}
	return nil
}

// address points req to where the bucket is known to be now.
func (c *Client) address(req *http.Request, call *call) (Address, error) {
	a, err := c.dialect.Address(call.bucket, c.places.Region(call.bucket))
	if err != nil {
		return a, err
	}
	raw := a.Base + "/"
	if call.key != "" {
		path, err := c.dialect.KeyPath(call.key)
		if err != nil {
			return a, err
		}
		raw += path
	}
	decoded, err := url.PathUnescape(raw)
	if err != nil {
		return a, &remote.Error{Kind: remote.KindInternal, Err: err}
	}
	req.URL = &url.URL{Scheme: a.Scheme, Host: a.Host, Path: decoded, RawPath: raw, RawQuery: call.query}
	req.Host = a.Host
	return a, nil
}

// sign is the transport's Signer: it addresses and signs one attempt.
func (c *Client) sign(ctx context.Context, req *http.Request) error {
	call := callFrom(ctx)
	if call == nil {
		return &remote.Error{Kind: remote.KindInternal, Message: "a request that no client made"}
	}
	a, err := c.address(req, call)
	if err != nil {
		return err
	}
	call.region = a.Region
	call.identity, err = c.dialect.Sign(ctx, req, Signing{Bucket: call.bucket, Key: call.key, Address: a, Time: time.Now().Add(c.clock.Offset())})
	return err
}

// classify is the transport's Classifier.
func (c *Client) classify(resp *http.Response, body []byte) *remote.Error {
	c.stores.See(resp, body)
	op := ""
	if resp.Request != nil {
		op = transport.From(resp.Request.Context()).Op
	}
	return Classify(op, resp, body)
}
