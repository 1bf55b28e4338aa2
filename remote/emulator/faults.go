package emulator

import (
	"net/http"
	"strconv"
	"sync"
	"time"
)

// Rule says which of a bucket's requests a Fault spoils. Empty fields match
// everything.
type Rule struct {
	// Op is an API's name, Key and UploadID what the request names.
	Op, Key, UploadID string
	// Marker is the request's key-marker, or its part-number-marker.
	Marker string
	// Skip lets so many matching requests pass first, Times is how many are
	// spoilt then (0: all), Every spoils only each Every-th of them.
	Skip, Times, Every int
	Fault              Fault
}

// ruleState is a rule and how often it has matched.
type ruleState struct {
	Rule
	mu      sync.Mutex
	matched int
	spoilt  int
}

func (r *ruleState) matches(x *exchange) bool {
	if r.Op != "" && r.Op != x.op || r.Key != "" && r.Key != x.at.key || r.UploadID != "" && r.UploadID != x.q.get("uploadId") {
		return false
	}
	return r.Marker == "" || r.Marker == x.q.get("key-marker") || r.Marker == x.q.get("part-number-marker")
}

// use counts a match and says whether it is one to spoil.
func (r *ruleState) use() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.matched++
	if r.matched <= r.Skip || r.Times > 0 && r.spoilt >= r.Times {
		return false
	}
	if r.Every > 1 && (r.matched-r.Skip)%r.Every != 0 {
		return false
	}
	r.spoilt++
	return true
}

// faultFor asks the store's hook, then the bucket's rules.
func (s *Store) faultFor(x *exchange) *Fault {
	s.mu.RLock()
	hook := s.fault
	s.mu.RUnlock()
	if hook != nil {
		if f := hook(x.r, x.n); f != nil {
			return f
		}
	}
	if x.bucket == nil {
		return nil
	}
	for _, r := range x.bucket.faults {
		if r.matches(x) && r.use() {
			return &r.Fault
		}
	}
	return nil
}

// ErrorFault answers with a status and an error document.
func ErrorFault(status int, code string) Fault { return Fault{Status: status, Code: code} }

// RetryAfter is the fault with a Retry-After header, in whole seconds.
func (f Fault) RetryAfter(d time.Duration) Fault {
	h := f.Header.Clone()
	if h == nil {
		h = http.Header{}
	}
	h.Set("Retry-After", strconv.Itoa(int(d.Seconds())))
	f.Header = h
	return f
}

// OKErrorFault answers 200 with an error document, which is that error.
func OKErrorFault(code string) Fault { return Fault{Status: http.StatusOK, Code: code} }

// HTMLFault answers with a page of HTML, as captive portals and proxies do.
func HTMLFault(status int) Fault {
	return Fault{Status: status, ContentType: "text/html",
		Body: []byte("<!DOCTYPE html><html><head><title>Sign in</title></head><body><p>Please sign in</p></body></html>")}
}

// EntityFault answers with a document whose entities grow without bound.
func EntityFault() Fault {
	b := "<?xml version=\"1.0\"?>\n<!DOCTYPE lolz [<!ENTITY lol \"lol\">"
	last := "lol"
	for i := range 9 {
		name := "lol" + strconv.Itoa(i)
		b += "<!ENTITY " + name + " \""
		for range 10 {
			b += "&" + last + ";"
		}
		b += "\">"
		last = name
	}
	b += "]>\n<ListMultipartUploadsResult><Bucket>&" + last + ";</Bucket><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>"
	return Fault{Body: []byte(b)}
}

// InvalidUTF8Fault puts a byte that no UTF-8 holds into the first key.
func InvalidUTF8Fault() Fault {
	return Fault{Rewrite: func(b []byte) []byte { return insertAfter(b, "<Key>", "\xff\xfe") }}
}

// RedirectFault sends the client to another host, which no client may follow
// with its signature (dialects.md 1.4).
func RedirectFault(location string) Fault {
	return Fault{Status: http.StatusTemporaryRedirect, Code: "TemporaryRedirect", Header: http.Header{"Location": {location}}}
}

// DateFault answers as a server whose clock is off by d would.
func DateFault(d time.Duration, now time.Time) Fault {
	return Fault{Header: http.Header{"Date": {now.Add(d).UTC().Format(http.TimeFormat)}}}
}

// insertAfter puts s behind the first mark in b.
func insertAfter(b []byte, mark, s string) []byte {
	for i := 0; i+len(mark) <= len(b); i++ {
		if string(b[i:i+len(mark)]) == mark {
			i += len(mark)
			out := append([]byte{}, b[:i]...)
			return append(append(out, s...), b[i:]...)
		}
	}
	return b
}
