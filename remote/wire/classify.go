package wire

import (
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/xmlpage"
)

// The APIs, by the name that errors, logs and metrics give them.
const (
	OpBuckets = "ListBuckets"
	OpUploads = "ListMultipartUploads"
	OpParts   = "ListParts"
	OpAbort   = "AbortMultipartUpload"
)

// requestIDHeaders are where the providers say what their support asks for.
var requestIDHeaders = [...]string{"x-amz-request-id", "x-oss-request-id", "x-cos-request-id", "x-request-id"}

// Classify reads a failed answer into an error: from an error document in the
// body, from base64 of one in the x-oss-err header, from JSON of a front end, or
// from the status alone (dialects.md 6.1). op is the API that was asked.
// It returns nil for a success that carries no error document.
func Classify(op string, resp *http.Response, body []byte) *remote.Error {
	f, found := readDocument(resp.Header, body)
	ok := resp.StatusCode >= 200 && resp.StatusCode < 300
	if ok && !found {
		return nil
	}
	e := &remote.Error{
		Op:        op,
		Status:    resp.StatusCode,
		Code:      Printable(f.Code),
		Message:   Printable(f.Message),
		RequestID: Printable(firstOf(f.RequestID, header(resp.Header, requestIDHeaders[:]...))),
		Region:    firstRegion(f.Region, header(resp.Header, "x-amz-bucket-region")),
		Endpoint:  Printable(f.Endpoint),
		Argument:  Printable(f.ArgumentName),
	}
	e.Kind = faultKind(e, resp.Header)
	if SkewCode(e.Code) {
		if date, err := http.ParseTime(resp.Header.Get("Date")); err == nil {
			e.Skew = time.Until(date).Round(time.Second)
		}
	}
	if e.Message == "" && e.Code == "" {
		e.Message = http.StatusText(resp.StatusCode)
	}
	return e
}

// faultKind is the kind of an error by its code, its operation and its status,
// in this order.
func faultKind(e *remote.Error, h http.Header) remote.Kind {
	kind, known := codeKind(e.Code)
	if !known {
		kind = statusKind(e.Status, h, e.Op)
	}
	switch {
	case e.Code == "AuthorizationHeaderMalformed":
		kind = remote.KindDenied
		if e.Region != "" {
			kind = remote.KindWrongRegion
		}
	case e.Code == "AccessDenied" && e.Endpoint != "":
		// OSS answers a wrong region with 403 and the right endpoint
		// (dialects.md 0.16).
		kind = remote.KindWrongRegion
	case kind == remote.KindNoKey && (e.Op == OpParts || e.Op == OpAbort):
		// Some stores say NoSuchKey for an unknown upload id.
		kind = remote.KindNoUpload
	case known && kind == remote.KindUnavailable && e.Code == "OperationAborted" && e.Op == OpAbort:
		kind = remote.KindBusy
	}
	return kind
}

// readDocument finds the error document of an answer, in the body or, where OSS
// sends none, in the x-oss-err header.
func readDocument(h http.Header, body []byte) (xmlpage.ErrorDoc, bool) {
	if doc, ok := xmlpage.ErrorDocument(body); ok {
		return doc, true
	}
	const most = 64 << 10
	if s := h.Get("x-oss-err"); s != "" && len(s) <= most {
		if raw, err := base64.StdEncoding.DecodeString(s); err == nil {
			return xmlpage.ErrorDocument(raw)
		}
	}
	return xmlpage.ErrorDoc{}, false
}

func header(h http.Header, names ...string) string {
	for _, n := range names {
		if v := h.Get(n); v != "" {
			return v
		}
	}
	return ""
}

func firstOf(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); v != "" {
			return v
		}
	}
	return ""
}

func firstRegion(values ...string) string {
	for _, v := range values {
		if v = strings.TrimSpace(v); ValidRegion(v) {
			return v
		}
	}
	return ""
}

// Printable trims a server's words and replaces what could move a terminal's
// cursor or break a line, and cuts what is too long to be read.
func Printable(s string) string {
	const most = 1000
	s = strings.ToValidUTF8(strings.TrimSpace(s), "\uFFFD")
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069' {
			return ' '
		}
		return r
	}, s)
}
