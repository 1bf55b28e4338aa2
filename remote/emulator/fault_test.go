package emulator

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"
)

func faulty(t *testing.T, dialect string, rules ...Rule) *testClient {
	t.Helper()
	s := New(Options{})
	t.Cleanup(func() { s.Close() })
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: dialect, Faults: rules, Population: Population{Uploads: 20}}); err != nil {
		t.Fatal(err)
	}
	return newClient(t, s, dialect, "b")
}

// TestBrokenAnswers holds how each fault looks to a client.
func TestBrokenAnswers(t *testing.T) {
	wellFormed := func(b []byte) bool { return xml.Unmarshal(b, new(xmlUploads)) == nil }
	for _, tc := range []struct {
		name  string
		fault Fault
		check func(a answer, err error) bool
	}{
		{"reset", Fault{Reset: true}, func(a answer, err error) bool { return err != nil && a.status == 0 }},
		{"cut in half", Fault{CutHalf: true}, func(a answer, err error) bool {
			return a.status == 200 && errors.Is(err, io.ErrUnexpectedEOF) && len(a.body) > 1000 && !wellFormed(a.body)
		}},
		{"cut after ten", Fault{Cut: 10}, func(a answer, err error) bool { return errors.Is(err, io.ErrUnexpectedEOF) && len(a.body) == 10 }},
		{"a silent cut", Fault{Lose: 40}, func(a answer, err error) bool { return err == nil && !wellFormed(a.body) }},
		{"200 with an error", OKErrorFault("InternalError"), func(a answer, err error) bool {
			return err == nil && a.status == 200 && bytes.Contains(a.body, []byte("<Code>InternalError</Code>"))
		}},
		{"200 with HTML", HTMLFault(200), func(a answer, err error) bool {
			return a.status == 200 && bytes.HasPrefix(a.body, []byte("<!DOCTYPE html>")) && a.header.Get("Content-Type") == "text/html"
		}},
		{"500", ErrorFault(500, "InternalError"), func(a answer, err error) bool { return a.status == 500 }},
		{"429 with Retry-After", ErrorFault(429, "TooManyRequests").RetryAfter(7 * time.Second), func(a answer, err error) bool {
			return a.status == 429 && a.header.Get("Retry-After") == "7"
		}},
		{"throttled", Fault{Throttle: true}, func(a answer, err error) bool {
			return a.status == 503 && bytes.Contains(a.body, []byte("SlowDown"))
		}},
		{"expired", ErrorFault(400, "ExpiredToken"), func(a answer, err error) bool { return a.status == 400 }},
		{"redirected", RedirectFault("http://elsewhere.invalid/"), func(a answer, err error) bool {
			return a.status == 307 && a.header.Get("Location") == "http://elsewhere.invalid/"
		}},
		{"entities", EntityFault(), func(a answer, err error) bool { return a.status == 200 && bytes.Contains(a.body, []byte("<!DOCTYPE")) }},
		{"invalid UTF-8", InvalidUTF8Fault(), func(a answer, err error) bool {
			return bytes.Contains(a.body, []byte("<Key>\xff")) && !wellFormed(a.body)
		}},
		{"oversized", Fault{Oversize: 5 << 20}, func(a answer, err error) bool { return len(a.body) > 5<<20 && wellFormed(a.body) }},
		{"clock", DateFault(time.Hour, base), func(a answer, err error) bool {
			return a.status == 200 && a.header.Get("Date") == "Fri, 20 Nov 2026 13:00:00 GMT"
		}},
		{"a rewritten body", Fault{Rewrite: func(b []byte) []byte { return []byte("<x/>") }}, func(a answer, err error) bool { return string(a.body) == "<x/>" }},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := faulty(t, "s3", Rule{Fault: tc.fault, Times: 1})
			a, err := c.try("GET", "", "uploads", nil)
			if !tc.check(a, err) {
				t.Errorf("status %d, %v, %d bytes: %.300s", a.status, err, len(a.body), a.body)
			}
			if a := c.do("GET", "", "uploads", nil); a.status != 200 || !wellFormed(a.body) {
				t.Errorf("the request after it: %d, want 200 and a page", a.status)
			}
		})
	}
}

// TestPaddedThrottle holds OSS's throttling error with its texts padded.
func TestPaddedThrottle(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "oss", Quirks: Quirks{PadErrors: true}, Faults: []Rule{{Fault: Fault{Throttle: true}}}}); err != nil {
		t.Fatal(err)
	}
	a := newClient(t, s, "oss", "b").do("GET", "", "uploads", nil)
	if a.status != 503 || !bytes.Contains(a.body, []byte("<Code>\n        TotalQpsLimitExceeded\n    </Code>")) {
		t.Errorf("%d %s", a.status, a.body)
	}
}

// TestBodiless holds an error that only a header of OSS tells.
func TestBodiless(t *testing.T) {
	f := ErrorFault(403, "AccessDenied")
	f.Bodiless = true
	a := faulty(t, "oss", Rule{Fault: f}).do("GET", "", "uploads", nil)
	doc, err := base64.StdEncoding.DecodeString(a.header.Get("X-Oss-Err"))
	if len(a.body) > 0 || err != nil || !bytes.Contains(doc, []byte("<Code>AccessDenied</Code>")) {
		t.Errorf("%d %q, x-oss-err %q", a.status, a.body, doc)
	}
}

// TestEndlessAndStalled holds that both end when the client has had enough.
func TestEndlessAndStalled(t *testing.T) {
	for _, f := range []Fault{{Endless: true}, {Stall: true}} {
		c := faulty(t, "s3", Rule{Fault: f})
		resp, err := c.rt.RoundTrip(c.request("GET", "", "uploads", nil))
		if err != nil {
			t.Fatal(err)
		}
		if f.Endless {
			if n, err := io.CopyN(io.Discard, resp.Body, 20<<20); n != 20<<20 {
				t.Errorf("an endless body ended after %d bytes: %v", n, err)
			}
		} else if b := make([]byte, 100); true {
			if _, err := io.ReadFull(resp.Body, b); err != nil {
				t.Errorf("a stalled body gives its beginning: %v", err)
			}
		}
		resp.Body.Close()
	}
}

// TestRules holds which requests a rule spoils.
func TestRules(t *testing.T) {
	fault := ErrorFault(500, "InternalError")
	for _, tc := range []struct {
		name string
		rule Rule
		want string // statuses of six listings
	}{
		{"always", Rule{Fault: fault}, "[500 500 500 500 500 500]"},
		{"twice", Rule{Fault: fault, Times: 2}, "[500 500 200 200 200 200]"},
		{"after one, twice", Rule{Fault: fault, Skip: 1, Times: 2}, "[200 500 500 200 200 200]"},
		{"every second", Rule{Fault: fault, Every: 2}, "[200 500 200 500 200 500]"},
		{"of an operation", Rule{Fault: fault, Op: OpListParts}, "[200 200 200 200 200 200]"},
		{"of a marker", Rule{Fault: fault, Marker: "m"}, "[200 200 200 200 200 200]"},
		{"of a key", Rule{Fault: fault, Key: "k"}, "[200 200 200 200 200 200]"},
	} {
		c := faulty(t, "s3", tc.rule)
		var got []int
		for range 6 {
			got = append(got, c.do("GET", "", "uploads", nil).status)
		}
		if fmt.Sprint(got) != tc.want {
			t.Errorf("%s: %v, want %s", tc.name, got, tc.want)
		}
	}
}

// TestFaultHook holds that a hook sees every request and wins over rules.
func TestFaultHook(t *testing.T) {
	c := faulty(t, "s3")
	s := New(Options{Fault: func(r *http.Request, n int) *Fault {
		if n == 2 {
			f := ErrorFault(403, "AccessDenied")
			return &f
		}
		return nil
	}})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	c.rt = s.Transport()
	for i, want := range []int{200, 403, 200} {
		if a := c.do("GET", "", "uploads", nil); a.status != want {
			t.Errorf("request %d: %d, want %d", i+1, a.status, want)
		}
	}
	s.SetFault(func(*http.Request, int) *Fault { s.RemoveBucket("b"); return nil })
	if a := c.do("GET", "", "uploads", nil); a.status != 200 {
		t.Errorf("a bucket removed by the hook is already found: %d, want 200", a.status)
	}
	if a := c.do("GET", "", "uploads", nil); a.status != 404 || errorCode(t, a).Code != "NoSuchBucket" {
		t.Errorf("after it: %d %s, want 404 NoSuchBucket", a.status, a.body)
	}
}
