package emulator

import (
	"net/http"
	"strconv"
	"time"
)

// The operations, by their API names, as Counters and Request give them.
const (
	OpListBuckets  = "ListBuckets"
	OpListUploads  = "ListMultipartUploads"
	OpListParts    = "ListParts"
	OpAbort        = "AbortMultipartUpload"
	OpCreate       = "CreateMultipartUpload"
	OpUploadPart   = "UploadPart"
	OpComplete     = "CompleteMultipartUpload"
	OpCreateBucket = "CreateBucket"
	OpDeleteBucket = "DeleteBucket"
	OpHeadBucket   = "HeadBucket"
	OpLocation     = "GetBucketLocation"
	OpListObjects  = "ListObjects"
	OpGetObject    = "GetObject"
	OpGetPart      = "GetPart"
	OpUnknown      = "Unknown"
)

// Request is what a store tells of one request once it is answered.
type Request struct {
	// N counts the store's requests from 1.
	N int
	// Op is the API's name, Dialect s3, cos or oss.
	Op, Dialect, Bucket, Key, UploadID string
	// Query is the raw query string, which holds no secret in header signing.
	Method, Host, Query string
	Header              http.Header
	// Status is 0 where the connection was dropped instead of answered.
	Status int
	// Code is the error code of the answer, if it was one.
	Code     string
	Start    time.Time
	Duration time.Duration
	// Bytes is the length of the answer's body.
	Bytes int64
	// InFlight counts the requests under way when this one came, itself included.
	InFlight int
}

// exchange is one request as the handlers see it.
type exchange struct {
	r     *http.Request
	store *Store
	at    address
	q     query
	// badQuery says that the query could not be read.
	badQuery bool
	op       string
	// dialect is the bucket's, or for the service what the host or the
	// signature tells.
	dialect dialect
	bucket  *bucket
	n       int
	id      string
	now     time.Time
	// signedRegion is that of the signature, if it has one.
	signedRegion string
	// none are the quirks of the service.
	none Quirks
}

// quirks are those of the bucket, none for the service.
func (x *exchange) quirks() *Quirks {
	if x.bucket == nil {
		return &x.none
	}
	return &x.bucket.quirks
}

// response is an answer before it is sent, whole, so that a fault can spoil it.
type response struct {
	status int
	header http.Header
	body   []byte
	code   string
}

func (x *exchange) newDoc() *doc {
	return &doc{b: x.store.buffer(), replace: x.quirks().ReplaceControls}
}

// ok answers 200 with a document.
func (x *exchange) ok(d *doc) *response {
	return &response{status: http.StatusOK, header: http.Header{"Content-Type": {"application/xml"}}, body: d.b}
}

// apiError is a failure in a provider's own words.
type apiError struct {
	status        int
	code, message string
	// extra are further elements of the document, in order.
	extra  []element
	header http.Header
}

type element struct{ name, value string }

func fail(status int, code, message string, extra ...element) *apiError {
	return &apiError{status: status, code: code, message: message, extra: extra}
}

func (x *exchange) refuse(e *apiError) *response {
	header := http.Header{"Content-Type": {"application/xml"}}
	for name, values := range e.header {
		header[name] = values
	}
	var body []byte
	if x.r.Method != http.MethodHead {
		d := x.newDoc()
		x.dialect.errorDocument(d, x, e)
		body = d.b
	}
	return &response{status: e.status, header: header, body: body, code: e.code}
}

// number reads a count such as max-uploads as AWS does (dialects.md 3.3).
func (x *exchange) number(name string, otherwise, most int) (int, *apiError) {
	s := x.q.get(name)
	if s == "" {
		return otherwise, nil
	}
	n, err := strconv.ParseInt(s, 10, 32)
	if err != nil {
		return 0, fail(http.StatusBadRequest, "InvalidArgument", "Provided "+name+" not an integer or within integer range",
			element{"ArgumentName", name}, element{"ArgumentValue", s})
	}
	if n < 0 {
		return 0, fail(http.StatusBadRequest, "InvalidArgument", "Argument "+name+" must be an integer between 0 and 2147483647",
			element{"ArgumentName", name}, element{"ArgumentValue", s})
	}
	return min(int(n), most), nil
}
