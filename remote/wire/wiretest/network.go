package wiretest

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
)

// Answer is what a Network answers with.
type Answer struct {
	// Status is 200 where it is 0.
	Status int
	Header map[string]string
	Body   string
}

// Network is a http.RoundTripper that answers by a function and keeps the
// requests it was sent. It is safe for concurrent use.
type Network struct {
	// Answer is asked for each request, counted from 1.
	Answer func(req *http.Request, n int) Answer

	mu   sync.Mutex
	sent []*http.Request
}

// RoundTrip records req and answers it.
func (n *Network) RoundTrip(req *http.Request) (*http.Response, error) {
	n.mu.Lock()
	n.sent = append(n.sent, req.Clone(req.Context()))
	count := len(n.sent)
	n.mu.Unlock()
	a := n.Answer(req, count)
	if a.Status == 0 {
		a.Status = http.StatusOK
	}
	h := http.Header{}
	for k, v := range a.Header {
		h.Set(k, v)
	}
	return &http.Response{
		StatusCode: a.Status, Header: h, Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(a.Body)), Body: io.NopCloser(bytes.NewReader([]byte(a.Body))),
	}, nil
}

// Sent returns the requests so far.
func (n *Network) Sent() []*http.Request {
	n.mu.Lock()
	defer n.mu.Unlock()
	return append([]*http.Request(nil), n.sent...)
}

// Bodies of empty pages, by what is asked.
const (
	NoUploads = `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated></ListMultipartUploadsResult>`
	NoParts   = `<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>`
	NoBuckets = `<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>`
)

// Empty answers every request with the empty page of what it asks for.
func Empty(req *http.Request, _ int) Answer {
	q := req.URL.Query()
	switch {
	case req.Method == http.MethodDelete:
		return Answer{Status: http.StatusNoContent}
	case q.Has("uploads"):
		return Answer{Body: NoUploads}
	case q.Has("uploadId"):
		return Answer{Body: NoParts}
	}
	return Answer{Body: NoBuckets}
}

// Vector is one request of testdata/signing-vectors.json with the signature
// that the vendor's SDK gives it.
type Vector struct {
	Name, Scheme, Method, URL   string
	AccessKey, SecretKey, Token string
	Region, Bucket, Key, Time   string
	Headers                     map[string]string
	Authorization               string
}

// Vectors reads the file and fails the test unless it holds as many as wanted.
func Vectors(t *testing.T, file string, want int) []Vector {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("reading the vectors: %v", err)
	}
	var vs []Vector
	if err := json.Unmarshal(b, &vs); err != nil {
		t.Fatalf("reading the vectors: %v", err)
	}
	if len(vs) != want {
		t.Fatalf("%s holds %d vectors, want %d", file, len(vs), want)
	}
	return vs
}

// Request is the vector's request, unsigned.
func (v Vector) Request(t *testing.T) *http.Request {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), v.Method, v.URL, nil)
	if err != nil {
		t.Fatalf("vector %s: %v", v.Name, err)
	}
	return req
}

// Check compares a signed request with the vector: the authorisation and the
// headers that it covers.
func (v Vector) Check(t *testing.T, req *http.Request) {
	t.Helper()
	if got := req.Header.Get("Authorization"); got != v.Authorization {
		t.Errorf("vector %s: the signature is\n%s\nthe vendor's SDK makes\n%s", v.Name, got, v.Authorization)
	}
	for name, want := range v.Headers {
		got := req.Header.Get(name)
		if name == "Host" {
			got = req.Host
		}
		if got != want {
			t.Errorf("vector %s: header %s is %q, want %q", v.Name, name, got, want)
		}
	}
}

// canned answers every request with one body and keeps nothing.
type canned struct{ body string }

func (c *canned) RoundTrip(req *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: req, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		ContentLength: int64(len(c.body)), Body: io.NopCloser(strings.NewReader(c.body)),
	}, nil
}
