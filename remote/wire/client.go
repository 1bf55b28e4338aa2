package wire

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"

	"uploadfs/remote"
	"uploadfs/remote/transport"
	"uploadfs/remote/xmlpage"
)

// Client is one source's connection to its provider: remote.Client for any
// [Dialect], but for Describe, which each dialect has of its own.
type Client struct {
	cfg       remote.Config
	dialect   Dialect
	stores    *Stores
	transport *transport.Transport
	log       *slog.Logger
	places    Places
	clock     Clock
}

// New returns the client of one source.
func New(cfg remote.Config, d Dialect, stores *Stores) *Client {
	c := &Client{cfg: cfg, dialect: d, stores: stores, log: cfg.Logger}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	c.transport = transport.New(cfg, d.Provider(), c.sign, c.classify)
	c.transport.Correct = c.correct
	return c
}

// Profile is the profile in force for the bucket.
func (c *Client) Profile(bucket string) remote.Profile { return c.stores.Profile(bucket) }

// Limit returns how many requests may be in flight now, how many at most, and
// how many are.
func (c *Client) Limit() (current, most, inflight int) { return c.transport.Limit() }

// CloseIdle closes the connections that no request uses.
func (c *Client) CloseIdle() { c.transport.CloseIdle() }

// Place returns where a bucket is addressed now, as an error or a log says it.
func (c *Client) Place(bucket string) (Address, error) {
	return c.dialect.Address(bucket, c.places.Region(bucket))
}

// Uploads returns one page of List Multipart Uploads. See remote.Client.
func (c *Client) Uploads(ctx context.Context, bucket string, req remote.UploadsRequest) (*remote.UploadPage, error) {
	p := c.stores.Profile(bucket)
	page, err := c.uploads(ctx, bucket, req, p)
	// The first answer may have told which store this is, and that it wants to
	// be asked in another way.
	if now := c.stores.Profile(bucket); now.Name != p.Name && now.AskURL != p.AskURL && (err == nil || remote.KindOf(err) == remote.KindMalformed) {
		return c.uploads(ctx, bucket, req, now)
	}
	switch {
	case !p.AskURL && unreadable(page, err) && c.stores.tryURL():
		// Keys that XML cannot hold come whole only when url encoded
		// (dialects.md 2.4).
		p.AskURL = true
		encoded, urlErr := c.uploads(ctx, bucket, req, p)
		if urlErr == nil && (encoded.URLEncoded || err != nil) {
			c.stores.keepURL()
			return encoded, nil
		}
		return page, err
	case remote.KindOf(err) == remote.KindMalformed:
		// A page that was cut on its way is asked for once more (dialects.md 6.3).
		return c.uploads(ctx, bucket, req, p)
	case remote.KindOf(err) == remote.KindNoUpload:
		return c.emptyBucket(ctx, bucket, req, p, err)
	}
	return page, err
}

// unreadable reports a page that is malformed or shows keys that lost bytes.
func unreadable(page *remote.UploadPage, err error) bool {
	if err != nil {
		return remote.KindOf(err) == remote.KindMalformed
	}
	for i := range page.Uploads {
		if page.Uploads[i].Mangled {
			return true
		}
	}
	return false
}

// emptyBucket decides what NoSuchUpload means as the answer to a listing:
// gofakes3, and rclone on it, answer so for a bucket without any upload
// (dialects.md 6.2). It is believed where the whole bucket is asked from its
// start. A listing of less is believed when the whole bucket says so too, or
// when the source is not allowed to ask that; one that continues after an
// upload id is not, since the id may be what is missing.
func (c *Client) emptyBucket(ctx context.Context, bucket string, req remote.UploadsRequest, p remote.Profile, err error) (*remote.UploadPage, error) {
	if req.Marker.UploadID != "" {
		return nil, err
	}
	whole := req.Prefix == "" && req.Marker.IsZero()
	if !whole && c.cfg.Prefix == "" {
		if _, wholeErr := c.uploads(ctx, bucket, remote.UploadsRequest{Max: 1}, p); remote.KindOf(wholeErr) != remote.KindNoUpload {
			return nil, err
		}
	}
	return &remote.UploadPage{Bucket: bucket, Prefix: req.Prefix, KeyMarker: req.Marker.Key}, nil
}

func (c *Client) uploads(ctx context.Context, bucket string, req remote.UploadsRequest, p remote.Profile) (*remote.UploadPage, error) {
	var q Query
	q.Flag("uploads")
	q.Add("delimiter", req.Delimiter)
	if p.AskURL {
		q.Add("encoding-type", "url")
	}
	q.Add("key-marker", req.Marker.Key)
	q.Int("max-uploads", pageSize(req.Max, p.PageSize))
	q.Add("prefix", req.Prefix)
	q.Add("upload-id-marker", req.Marker.UploadID)
	call := &call{op: OpUploads, method: http.MethodGet, bucket: bucket, prefix: req.Prefix, marker: req.Marker.Key, query: q.String()}
	body, err := c.send(ctx, call)
	if err != nil {
		return nil, err
	}
	page, err := xmlpage.Uploads(body, options(p, p.AskURL, req.Prefix))
	return page, c.read(call, err)
}

// Parts returns one page of List Parts. See remote.Client.
func (c *Client) Parts(ctx context.Context, bucket, key, uploadID string, req remote.PartsRequest) (*remote.PartPage, error) {
	p := c.stores.Profile(bucket)
	page, err := c.parts(ctx, bucket, key, uploadID, req, p)
	if remote.KindOf(err) == remote.KindMalformed {
		return c.parts(ctx, bucket, key, uploadID, req, c.stores.Profile(bucket))
	}
	return page, err
}

func (c *Client) parts(ctx context.Context, bucket, key, uploadID string, req remote.PartsRequest, p remote.Profile) (*remote.PartPage, error) {
	var q Query
	q.Add("uploadId", uploadID)
	if p.AskURLParts {
		q.Add("encoding-type", "url")
	}
	q.Int("max-parts", pageSize(req.Max, cmp.Or(p.PartsPage, p.PageSize)))
	q.Int("part-number-marker", req.Marker)
	call := &call{op: OpParts, method: http.MethodGet, bucket: bucket, key: key, uploadID: uploadID, query: q.String()}
	if req.Marker != 0 {
		call.marker = strconv.Itoa(req.Marker)
	}
	body, err := c.send(ctx, call)
	if err != nil {
		return nil, err
	}
	page, err := xmlpage.Parts(body, options(p, p.AskURLParts, ""))
	return page, c.read(call, err)
}

// Abort sends AbortMultipartUpload. An upload that is not there is
// KindNoUpload; MinIO and others answer 204 for one, too (dialects.md 0.13).
func (c *Client) Abort(ctx context.Context, bucket, key, uploadID string) error {
	var q Query
	q.Add("uploadId", uploadID)
	_, err := c.send(ctx, &call{op: OpAbort, method: http.MethodDelete, bucket: bucket, key: key, uploadID: uploadID, query: q.String()})
	return err
}

// Buckets returns one page of the account's buckets, and remembers where they
// are. See remote.Client.
func (c *Client) Buckets(ctx context.Context, req remote.BucketsRequest) (*remote.BucketPage, error) {
	page, err := c.buckets(ctx, req)
	if remote.KindOf(err) == remote.KindMalformed {
		page, err = c.buckets(ctx, req)
	}
	if err != nil {
		return nil, err
	}
	for i := range page.Buckets {
		b := &page.Buckets[i]
		for _, name := range []string{b.Region, b.Endpoint} {
			if r := c.dialect.RegionOf(name); r != "" {
				b.Region = r
				c.places.Learn(b.Name, r)
				break
			}
		}
	}
	return page, nil
}

func (c *Client) buckets(ctx context.Context, req remote.BucketsRequest) (*remote.BucketPage, error) {
	var q Query
	c.dialect.BucketsQuery(&q, req)
	call := &call{op: OpBuckets, method: http.MethodGet, marker: req.Marker, query: q.String()}
	body, err := c.send(ctx, call)
	if err != nil {
		return nil, err
	}
	page, err := xmlpage.Buckets(body, xmlpage.Options{})
	return page, c.read(call, err)
}

func pageSize(wanted, most int) int {
	if wanted <= 0 || most > 0 && wanted > most {
		return most
	}
	return wanted
}

func options(p remote.Profile, asked bool, prefix string) xmlpage.Options {
	return xmlpage.Options{URLRequested: asked, Encoded: p.Encoded, EchoRequired: p.EchoRequired, Prefix: prefix}
}

// read ends the reading of an answer, whose body goes back. It names the error
// of one that could not be read as a page, and logs it as the transport logs
// what it refuses: with the request id, once.
func (c *Client) read(call *call, err error) error {
	if call.answer != nil {
		transport.Free(call.answer)
	}
	if err = c.finish(call, err); err == nil {
		return nil
	}
	e, ok := errors.AsType[*remote.Error](err)
	if !ok || call.answer == nil {
		return err
	}
	e.Status = call.answer.StatusCode
	if e.RequestID == "" {
		e.RequestID = Printable(header(call.answer.Header, requestIDHeaders[:]...))
	}
	c.log.Warn("request failed", "source", c.cfg.Name, "op", call.op, "bucket", call.bucket, "key", call.key,
		"prefix", call.prefix, "marker", call.marker, "kind", e.Kind.String(), "status", e.Status, "code", e.Code,
		"request_id", e.RequestID, "error", e.Error())
	return err
}

// finish names an error by the request it belongs to.
func (c *Client) finish(call *call, err error) error {
	if err == nil {
		return nil
	}
	if doc, ok := errors.AsType[*xmlpage.DocumentError](err); ok {
		err = &remote.Error{Kind: remote.KindInternal, Code: Printable(doc.Doc.Code), Message: Printable(doc.Doc.Message), RequestID: Printable(doc.Doc.RequestID)}
	}
	e, ok := errors.AsType[*remote.Error](err)
	if !ok {
		e = &remote.Error{Kind: remote.KindInternal, Err: err}
	}
	named := *e
	named.Source, named.Provider, named.Op = c.cfg.Name, c.dialect.Provider(), call.op
	named.Bucket, named.Key, named.UploadID = call.bucket, call.key, call.uploadID
	if call.op == OpUploads {
		named.Key = call.prefix
	}
	// An answer does not always lead back to its request where it is read, and
	// what a 404 means depends on what was asked.
	if _, known := codeKind(named.Code); !known && (named.Status == http.StatusNotFound || named.Status == http.StatusGone) {
		named.Kind = missingKind(call.op)
	}
	if named.Kind == remote.KindNoKey && call.uploadID != "" {
		named.Kind = remote.KindNoUpload
	}
	return &named
}
