package transport

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/iotest"

	"uploadfs/remote"
)

// body answers with r and that Content-Length, -1 for none.
func body(status int, r io.Reader, length int64) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) {
		return &http.Response{StatusCode: status, Header: http.Header{}, Request: req, ContentLength: length, Body: io.NopCloser(r)}, nil
	}
}

// endless gives bytes without end and counts them.
type endless struct{ n int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.n += int64(len(p))
	return len(p), nil
}

// TestBodyIsWholeOrAnError says that what comes up is every byte of the body,
// of any length and however it arrives, or a typed error.
func TestBodyIsWholeOrAnError(t *testing.T) {
	const bound = 200_000
	text := func(n int) string { return strings.Repeat("0123456789", n/10+1)[:n] }
	for _, n := range []int{0, 1, minScratch - 1, minScratch, minScratch + 1, 2 * minScratch, bound - 1, bound, bound + 1, bound + minScratch} {
		for _, length := range []int64{-1, int64(n), int64(n) + 1, int64(n) - 1} {
			for _, trickle := range []bool{false, true} {
				if length < -1 || trickle && n > minScratch+1 {
					continue
				}
				r := io.Reader(strings.NewReader(text(n)))
				if trickle {
					r = iotest.OneByteReader(r)
				}
				b := &buffer{next: newScript(body(200, r, length)), success: bound, failure: 10}
				resp, err := b.RoundTrip(get(t.Context(), address))
				good := n <= bound && (length < 0 || length == int64(n))
				if good != (err == nil) {
					t.Errorf("a body of %d bytes with Content-Length %d and a bound of %d: %v", n, length, bound, err)
					continue
				}
				if !good {
					if k := remote.KindOf(err); k != remote.KindMalformed && k != remote.KindUnavailable {
						t.Errorf("a body of %d bytes with Content-Length %d: kind %v, want malformed or unavailable", n, length, k)
					}
					continue
				}
				read, _ := io.ReadAll(resp.Body)
				if string(Body(resp)) != text(n) || string(read) != text(n) {
					t.Errorf("a body of %d bytes came up as %d and %d", n, len(Body(resp)), len(read))
				}
			}
		}
	}
}

// TestEndlessBody says that no more is read of a body than its bound, that a
// page over it is malformed and not asked for again, and that an error keeps
// its meaning however long its document is.
func TestEndlessBody(t *testing.T) {
	for _, c := range []struct {
		status int
		bound  int64
		kind   remote.Kind
	}{{200, maxSuccess, remote.KindMalformed}, {403, maxFailure, remote.KindDenied}} {
		e := &endless{}
		s := newScript(body(c.status, e, -1))
		_, err := New(remote.Config{Base: s}, "s3", nil, plain).RoundTrip(get(t.Context(), address))
		if remote.KindOf(err) != c.kind || len(s.at) != 1 {
			t.Errorf("an endless body under %d: %v after %d attempts, want %v after one", c.status, err, len(s.at), c.kind)
		}
		if e.n > 2*c.bound {
			t.Errorf("%d bytes of an endless body under %d were read, want about %d", e.n, c.status, c.bound)
		}
	}
}

// TestAnnouncedLengthIsNotBelieved says that memory follows what comes, not
// what a server says will come.
func TestAnnouncedLengthIsNotBelieved(t *testing.T) {
	b := &buffer{success: maxSuccess, failure: maxFailure}
	largest := &sizes{}
	b.read(largest, maxSuccess, maxSuccess)
	if largest.n > maxScratch {
		t.Errorf("%d bytes were set aside for an empty body that was announced as %d", largest.n, maxSuccess)
	}
}

// TestFreedBodiesAreUsedAgain says that a body's memory serves the next one once
// it was given back and no sooner, and that what it held before is never read.
func TestFreedBodiesAreUsedAgain(t *testing.T) {
	const bound = 1 << 20
	for _, announced := range []bool{false, true} {
		b := &buffer{success: bound, failure: 10}
		fetch := func(n int, char string) *http.Response {
			length := int64(-1)
			if announced {
				length = int64(n)
			}
			b.next = newScript(body(200, strings.NewReader(strings.Repeat(char, n)), length))
			resp, err := b.RoundTrip(get(t.Context(), address))
			if err != nil {
				t.Fatal(err)
			}
			return resp
		}
		held, freed := fetch(300_000, "h"), fetch(300_000, "f")
		Free(freed)
		Free(freed)
		if got := Body(freed); got != nil {
			t.Errorf("%d bytes of a body that was given back, want none", len(got))
		}
		for _, n := range []int{200_000, 250_000, 0, 1, 300_000, 600_000, 299_999} {
			resp := fetch(n, "n")
			if want := strings.Repeat("n", n); string(Body(resp)) != want {
				t.Errorf("a body of %d bytes after others is not what was sent", n)
			}
			if string(Body(held)) != strings.Repeat("h", 300_000) {
				t.Fatalf("a body that was not given back changed when %d bytes came", n)
			}
			Free(resp)
		}
	}
}

// sizes is an empty body that notes the largest buffer it is given.
type sizes struct{ n int }

func (s *sizes) Read(p []byte) (int, error) { s.n = max(s.n, cap(p)); return 0, io.EOF }

// TestCutErrorKeepsItsMeaning says that an error document cut short is tried
// again, and is still that error in the end.
func TestCutErrorKeepsItsMeaning(t *testing.T) {
	s := newScript(func(req *http.Request) (*http.Response, error) {
		return body(403, io.MultiReader(strings.NewReader("AccessDenied"), iotest.ErrReader(io.ErrUnexpectedEOF)), -1)(req)
	})
	_, err := New(remote.Config{Base: s, Retries: 2}, "s3", nil, plain).RoundTrip(get(t.Context(), address))
	if remote.KindOf(err) != remote.KindDenied || len(s.at) != 2 {
		t.Errorf("%v after %d attempts, want denied after 2", err, len(s.at))
	}
}

// TestInflatedBodyIsBounded says that the bound holds for what a compressed
// body inflates to, and that a damaged one is an error.
func TestInflatedBodyIsBounded(t *testing.T) {
	var bomb bytes.Buffer
	w := gzip.NewWriter(&bomb)
	io.CopyN(w, &endless{}, maxSuccess+1)
	w.Close()
	for _, c := range []struct {
		name string
		data []byte
		kind remote.Kind
	}{
		{"a bomb", bomb.Bytes(), remote.KindMalformed},
		{"cut short", bomb.Bytes()[:bomb.Len()/2], remote.KindUnavailable},
		{"no gzip at all", []byte("plain text, not gzip"), remote.KindMalformed},
	} {
		srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			w.Write(c.data)
		}))
		_, err := New(remote.Config{Retries: 1}, "s3", nil, plain).RoundTrip(get(t.Context(), srv.URL))
		if remote.KindOf(err) != c.kind {
			t.Errorf("%s: %v, want %v", c.name, err, c.kind)
		}
		srv.Close()
	}
}
