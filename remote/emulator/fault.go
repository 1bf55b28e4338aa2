package emulator

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strconv"
	"time"
)

// Fault is how one request is spoilt. The zero value does nothing, and fields
// combine: what replaces the answer comes first, what breaks its body last.
type Fault struct {
	// Delay comes before the answer, beside the store's latency.
	Delay time.Duration
	// Reset closes the connection without an answer.
	Reset bool

	// Code, with Status and Message, answers with an error document of the
	// request's dialect, whatever the status: 200 too.
	Status        int
	Code, Message string
	// Throttle answers with the dialect's own throttling error.
	Throttle bool
	// Extra are further elements of the error document, as name and value.
	Extra [][2]string
	// Body, where not nil, is the answer, of type ContentType (application/xml
	// where empty) and Status (200 where 0).
	Body        []byte
	ContentType string
	// Bodiless leaves the body out; an error of OSS then stands in the header
	// x-oss-err, in base64 (dialects.md 0.17).
	Bodiless bool
	// Header replaces headers of the answer: Retry-After, Date, Location, Server.
	Header http.Header
	// Rewrite changes the body.
	Rewrite func([]byte) []byte
	// Oversize makes the document at least so many bytes long, with a comment
	// before its root's end.
	Oversize int

	// Cut breaks the connection after so many bytes of the body, CutHalf in its
	// middle, inside an element. The length that was promised is the whole.
	Cut     int
	CutHalf bool
	// Lose leaves so many bytes out of the end of the body and promises the
	// shorter length: a cut that HTTP does not show.
	Lose int
	// Stall waits in the middle of the body until the client leaves.
	Stall bool
	// Endless goes on for ever inside the document.
	Endless bool
}

// spoil changes an answer before it is sent; nil drops the connection.
func (f *Fault) spoil(x *exchange, resp *response) *response {
	if f.Reset {
		return nil
	}
	switch {
	case f.Throttle:
		resp = x.refuse(x.dialect.throttled(x))
	case f.Code != "":
		resp = x.refuse(f.apiError())
	case f.Body != nil:
		kind := f.ContentType
		if kind == "" {
			kind = "application/xml"
		}
		resp = &response{status: http.StatusOK, header: http.Header{"Content-Type": {kind}}, body: bytes.Clone(f.Body)}
	}
	if f.Status != 0 {
		resp.status = f.Status
	}
	for name, values := range f.Header {
		resp.header[http.CanonicalHeaderKey(name)] = values
	}
	if f.Bodiless {
		if x.dialect.name() == "oss" {
			resp.header.Set("X-Oss-Err", base64.StdEncoding.EncodeToString(resp.body))
		}
		resp.body = nil
	}
	if f.Rewrite != nil {
		resp.body = f.Rewrite(resp.body)
	}
	if n := f.Oversize - len(resp.body); n > 0 {
		at := max(bytes.LastIndexByte(resp.body, '<'), 0)
		filler := append(append([]byte("<!--"), bytes.Repeat([]byte{'x'}, n)...), "-->"...)
		resp.body = append(append(append([]byte{}, resp.body[:at]...), filler...), resp.body[at:]...)
	}
	if f.Lose > 0 {
		resp.body = resp.body[:max(len(resp.body)-f.Lose, 0)]
	}
	return resp
}

func (f *Fault) apiError() *apiError {
	e := &apiError{status: f.Status, code: f.Code, message: f.Message}
	if e.status == 0 {
		e.status = http.StatusOK
	}
	if e.message == "" {
		e.message = "A fault of the embedded store."
	}
	for _, x := range f.Extra {
		e.extra = append(e.extra, element{x[0], x[1]})
	}
	return e
}

func (f *Fault) breaksBody() bool { return f.Cut > 0 || f.CutHalf || f.Stall || f.Endless }

// filler is what an endless document repeats.
const filler = "<CommonPrefixes><Prefix>endless/</Prefix></CommonPrefixes>\n"

// send sends an answer whose body breaks, and returns how much of it went out.
// The connection is dropped then.
func (f *Fault) send(s *Store, w http.ResponseWriter, r *http.Request, resp *response) int64 {
	n := len(resp.body) / 2
	if f.Cut > 0 {
		n = min(f.Cut, len(resp.body))
	} else if f.CutHalf {
		// Just inside a tag.
		if at := bytes.IndexByte(resp.body[n:], '<'); at >= 0 {
			n += at + 2
		}
		n = min(n, len(resp.body))
	}
	if !f.Endless {
		w.Header().Set("Content-Length", strconv.Itoa(len(resp.body)))
	} else if at := bytes.LastIndex(resp.body, []byte("</")); at >= 0 {
		n = at
	}
	w.WriteHeader(resp.status)
	sent, err := w.Write(resp.body[:n])
	total := int64(sent)
	if flusher, ok := w.(http.Flusher); ok {
		flusher.Flush()
	}
	if f.Endless {
		chunk := bytes.Repeat([]byte(filler), 500)
		for err == nil && r.Context().Err() == nil {
			select {
			case <-s.done:
				return total
			default:
			}
			sent, err = w.Write(chunk)
			total += int64(sent)
		}
	}
	if f.Stall {
		select {
		case <-r.Context().Done():
		case <-s.done:
		}
	}
	return total
}
