package emulator

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// errDropped is a fault that answers nothing and closes the connection.
var errDropped = errors.New("emulator: dropped")

// ServeHTTP answers one request: address, operation, limits, latency,
// signature, bucket, operation, fault, in this order.
func (s *Store) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	inFlight := s.counters.begin()
	start := time.Now()
	x := s.exchange(r)
	sent, refused := s.answer(w, x, inFlight)
	s.counters.end(x.op, sent.status, sent.bytes, refused)
	s.tell(x, sent, start, inFlight)
	if sent.err != nil {
		panic(http.ErrAbortHandler)
	}
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

// sent is what became of an answer.
type sent struct {
	status int
	code   string
	bytes  int64
	err    error
}

func (s *Store) answer(w http.ResponseWriter, x *exchange, inFlight int) (result sent, refused bool) {
	ctx := x.r.Context()
	f := s.faultFor(x)
	var resp *response
	if !s.limiter.allow(x.now, inFlight) {
		resp, refused = x.refuse(x.dialect.throttled(x)), true
	} else {
		delay := time.Duration(s.latency.Load())
		if f != nil {
			delay += f.Delay
		}
		if !s.wait(ctx, delay) {
			return sent{err: errDropped}, false
		}
		resp = x.serve()
	}
	if f != nil {
		resp = f.spoil(x, resp)
	}
	if resp == nil {
		return sent{err: errDropped}, refused
	}
	s.head(w.Header(), x, resp)
	result = sent{status: resp.status, code: resp.code}
	if f != nil && f.breaksBody() {
		result.bytes, result.err = f.send(s, w, x.r, resp)
		return result, refused
	}
	if resp.status != http.StatusNoContent {
		w.Header().Set("Content-Length", strconv.Itoa(len(resp.body)))
	}
	w.WriteHeader(resp.status)
	if x.r.Method != http.MethodHead && len(resp.body) > 0 {
		n, _ := w.Write(resp.body) // a client that has left needs no answer
		result.bytes = int64(n)
		s.recycle(resp.body)
	}
	return result, refused
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
func (s *Store) wait(ctx interface{ Done() <-chan struct{} }, d time.Duration) bool {
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

func (s *Store) tell(x *exchange, r sent, start time.Time, inFlight int) {
	s.mu.RLock()
	f := s.observe
	s.mu.RUnlock()
	if f == nil {
		return
	}
	f(Request{
		N: x.n, Op: x.op, Dialect: x.dialect.name(), Bucket: x.at.bucket, Key: x.at.key, UploadID: x.q.get("uploadId"),
		Method: x.r.Method, Host: x.r.Host, Query: x.r.URL.RawQuery, Header: x.r.Header,
		Status: r.status, Code: r.code, Start: start, Duration: time.Since(start), Bytes: r.bytes, InFlight: inFlight,
	})
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
	h := mix(seed ^ mix(uint64(n)))
	b := make([]byte, 16)
	for i := range b {
		b[i] = upperHex[h>>(60-4*i)&15]
	}
	return string(b)
}
