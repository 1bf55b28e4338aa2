package emulator

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP answers one request: address, operation, limits, latency,
// signature, bucket, operation, fault, in this order. It is counted and told
// before its last byte is sent, so that a client that has its answer finds it
// counted.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.active.RLock()
	defer s.active.RUnlock()
	t := ticket{inFlight: s.counters.begin(), start: time.Now()}
	x := s.exchange(r)
	resp, f := s.prepare(x, &t)
	if resp == nil {
		s.record(x, &t)
		panic(http.ErrAbortHandler)
	}
	s.head(w.Header(), x, resp)
	t.status, t.code = resp.status, resp.code
	if f != nil && f.breaksBody() {
		t.bytes = f.send(s, w, r, resp)
		s.record(x, &t)
		panic(http.ErrAbortHandler)
	}
	if r.Method != http.MethodHead {
		t.bytes = int64(len(resp.body))
	}
	s.record(x, &t)
	if resp.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(resp.body)))
	}
	w.WriteHeader(resp.status)
	if t.bytes > 0 {
		_, _ = w.Write(resp.body) // a client that has left needs no answer
	}
	s.recycle(resp.body)
}

// ticket is what is counted and told of one request.
type ticket struct {
	start    time.Time
	inFlight int
	status   int
	code     string
	bytes    int64
	refused  bool
}

// record counts a request and tells whoever observes.
func (s *Store) record(x *exchange, t *ticket) {
	s.counters.end(x.op, t.status, t.bytes, t.refused)
	s.mu.RLock()
	f := s.observe
	s.mu.RUnlock()
	if f == nil {
		return
	}
	f(Request{
		N: x.n, Op: x.op, Dialect: x.dialect.name(), Bucket: x.at.bucket, Key: x.at.key, UploadID: x.q.get("uploadId"),
		Method: x.r.Method, Host: x.r.Host, Query: x.r.URL.RawQuery, Header: x.r.Header,
		Status: t.status, Code: t.code, Start: t.start, Duration: time.Since(t.start), Bytes: t.bytes, InFlight: t.inFlight,
	})
}

// prepare makes the answer, nil where the connection is to be dropped, and the
// fault that may still break its body.
func (s *Store) prepare(x *exchange, t *ticket) (*response, *Fault) {
	f := s.faultFor(x)
	var resp *response
	if !s.limiter.allow(t.start, t.inFlight) {
		resp, t.refused = x.refuse(x.dialect.throttled(x)), true
	} else {
		delay := time.Duration(s.latency.Load())
		if f != nil {
			delay += f.Delay
		}
		if !s.wait(x.r.Context(), delay) {
			return nil, f
		}
		resp = x.serve()
	}
	if f != nil {
		resp = f.spoil(x, resp)
	}
	return resp, f
}

// exchange reads what the request addresses and asks for.
func (s *Store) exchange(r *http.Request) *exchange {
	x := &exchange{r: r, store: s, n: int(s.requests.Add(1)), now: s.clock(), op: OpUnknown}
	x.id = requestID(s.seed, x.n)
	x.at = s.resolve(r.Host, r.URL.Path)
	hint := x.at.dialect
	if hint == "" {
		hint = schemeDialect(scheme(r))
	}
	if x.at.bucket != "" {
		if x.bucket = s.find(hint, x.at.bucket); x.bucket == nil && x.at.dialect == "" {
			x.bucket = s.find("", x.at.bucket)
		}
	}
	if x.bucket != nil {
		x.dialect = x.bucket.dialect
	} else if d, ok := dialectOf(hint); ok {
		x.dialect = d
	} else {
		x.dialect = dialectS3{}
	}
	var ok bool
	if x.q, ok = parseQuery(r.URL.RawQuery); ok {
		x.op = x.operation()
	} else {
		x.badQuery = true
	}
	return x
}

// head sets the headers that every answer has, unless a fault set its own.
func (s *Store) head(h http.Header, x *exchange, resp *response) {
	x.dialect.headers(h, x)
	h.Set("Date", x.now.UTC().Format(http.TimeFormat))
	if name := x.quirks().Server; name != "" {
		h.Set("Server", name)
	}
	for name, values := range resp.header {
		h[name] = values
	}
}

// serve checks the request and runs its operation.
func (x *exchange) serve() *response {
	if x.badQuery {
		return x.refuse(fail(http.StatusBadRequest, "InvalidURI", "Couldn't parse the specified URI."))
	}
	if e := x.dialect.precheck(x); e != nil {
		return x.refuse(e)
	}
	if e := x.authenticate(); e != nil {
		return x.refuse(e)
	}
	if x.at.bucket == "" {
		if x.op != OpListBuckets {
			return x.refuse(fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource."))
		}
		if x.store.denyService {
			return x.refuse(fail(http.StatusForbidden, "AccessDenied", "Access Denied"))
		}
		return x.listBuckets()
	}
	if x.op == OpCreateBucket {
		return x.createBucket()
	}
	if x.bucket == nil {
		return x.refuse(x.dialect.noBucket(x))
	}
	if e := x.dialect.checkPlace(x); e != nil {
		return x.refuse(e)
	}
	if e := x.checkScope(); e != nil {
		return x.refuse(e)
	}
	return x.run()
}

// checkScope holds a request of credentials that may see one prefix to it.
func (x *exchange) checkScope() *apiError {
	only := x.bucket.onlyPrefix
	if only == "" || x.op == OpHeadBucket || x.op == OpLocation {
		return nil
	}
	name := x.at.key
	if name == "" {
		name = x.q.get("prefix")
	}
	if strings.HasPrefix(name, only) {
		return nil
	}
	return fail(http.StatusForbidden, "AccessDenied", "Access Denied")
}

// run is the table of operations on a bucket.
func (x *exchange) run() *response {
	switch x.op {
	case OpListUploads:
		return x.listUploads()
	case OpListParts, OpGetPart:
		return x.listParts() // S3 has refused the latter by now (dialects.md 4)
	case OpAbort:
		return x.abort()
	case OpCreate:
		return x.create()
	case OpUploadPart:
		return x.uploadPart()
	case OpComplete:
		return x.complete()
	case OpDeleteBucket:
		x.store.RemoveBucket(x.bucket.name)
		return &response{status: http.StatusNoContent, header: http.Header{}}
	case OpHeadBucket:
		return &response{status: http.StatusOK, header: http.Header{"X-Amz-Bucket-Region": {x.bucket.region}}}
	case OpLocation:
		return x.location()
	case OpListObjects:
		return x.listObjects()
	case OpGetObject:
		return x.refuse(fail(http.StatusNotFound, "NoSuchKey", "The specified key does not exist.", element{"Key", x.at.key}))
	}
	return x.refuse(fail(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented"))
}

// wait holds a request up. It returns false where the client left or the store
// was closed meanwhile.
func (s *Store) wait(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return true
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
	case <-s.done:
	}
	return false
}

// operation is the API that a request calls, by its method and the parameters
// that select a sub-resource.
func (x *exchange) operation() string {
	q, key := x.dialect.selectors(x), x.at.key != ""
	if x.at.bucket == "" {
		if x.r.Method == http.MethodGet {
			return OpListBuckets
		}
		return OpUnknown
	}
	switch x.r.Method {
	case http.MethodGet, http.MethodHead:
		return x.reading(q, key)
	case http.MethodPost:
		switch {
		case q.has("uploads") && key:
			return OpCreate
		case q.has("uploadId") && key:
			return OpComplete
		}
	case http.MethodPut:
		switch {
		case q.has("uploadId") && key:
			return OpUploadPart
		case !key && len(x.q) == 0:
			return OpCreateBucket
		}
	case http.MethodDelete:
		switch {
		case q.has("uploadId") && key:
			return OpAbort
		case !key && len(x.q) == 0:
			return OpDeleteBucket
		}
	}
	return OpUnknown
}

func (x *exchange) reading(q query, key bool) string {
	switch {
	case q.has("uploads"):
		return OpListUploads
	case q.has("uploadId") && q.has("partNumber"):
		return OpGetPart
	case q.has("uploadId"):
		return OpListParts
	case key:
		return OpGetObject
	case q.has("location"):
		return OpLocation
	case x.r.Method == http.MethodHead:
		return OpHeadBucket
	}
	return OpListObjects
}

// requestID is a request's id: its number, hashed.
func requestID(seed uint64, n int) string {
	h := mix(seed + mix(uint64(n)+0x6A09E667F3BCC908))
	b := make([]byte, 16)
	for i := range b {
		b[i] = upperHex[h>>(60-4*i)&15]
	}
	return string(b)
}
