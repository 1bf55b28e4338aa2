package emulator

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestLatencyInABubble holds that a store works in a synctest bubble: its
// latency passes on the fake clock, and Close ends every goroutine.
func TestLatencyInABubble(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Latency: time.Minute})
		if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3"}); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, s, "s3", "b")
		start := time.Now()
		if a := c.do("GET", "", "uploads", nil); a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		if took := time.Since(start); took != time.Minute {
			t.Errorf("the request took %s on the fake clock, want 1m", took)
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

// TestAClientThatLeaves holds that a request ends when its client gives up, and
// that Close does not wait for latencies.
func TestAClientThatLeaves(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := New(Options{Latency: time.Hour})
		if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3"}); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, s, "s3", "b")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		r := c.request("GET", "", "uploads", nil).WithContext(ctx)
		if _, err := c.rt.RoundTrip(r); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want the context's error", err)
		}
		synctest.Wait()
		if n := s.Counters(); n.InFlight != 0 || n.Requests[Count{OpListUploads, 0}] != 1 {
			t.Errorf("%+v, want nothing in flight and one dropped", n)
		}
		go func() { _, _ = c.try("GET", "", "uploads", nil) }()
		synctest.Wait()
		start := time.Now()
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 0 {
			t.Errorf("Close took %s", took)
		}
		if _, err := s.DialContext(t.Context(), "", ""); err == nil {
			t.Error("a closed store takes a connection")
		}
	})
}

// TestPipe holds the rules of net.Conn for the connections in memory.
func TestPipe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a, b := newPipe()
		big := strings.Repeat("x", 3*pipeBuffer)
		go func() {
			if n, err := io.WriteString(a, big); n != len(big) || err != nil {
				t.Errorf("write: %d, %v", n, err)
			}
			a.Close()
		}()
		if got, err := io.ReadAll(b); string(got) != big || err != nil {
			t.Errorf("read %d bytes, %v; want %d and then EOF", len(got), err, len(big))
		}
		if _, err := b.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("writing to a closed reader: %v, want ErrClosedPipe", err)
		}

		a, b = newPipe()
		start := time.Now()
		if err := b.SetReadDeadline(start.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		var timeout net.Error
		if _, err := b.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) || !errors.As(err, &timeout) || !timeout.Timeout() {
			t.Errorf("read past its deadline: %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("the deadline came after %s, want 1s", took)
		}
		_ = b.SetReadDeadline(time.Time{})
		go func() { _, _ = a.Write([]byte("y")) }()
		if n, err := b.Read(make([]byte, 1)); n != 1 || err != nil {
			t.Errorf("read after the deadline was lifted: %d, %v", n, err)
		}
		_ = a.SetWriteDeadline(start.Add(3 * time.Second))
		if n, err := a.Write(make([]byte, 2*pipeBuffer)); n != pipeBuffer || !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("write to a full pipe: %d, %v; want %d and a timeout", n, err, pipeBuffer)
		}
		_ = b.SetDeadline(start.Add(-time.Second))
		if _, err := b.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("a deadline in the past: %v", err)
		}
		a.Close()
		b.Close()
	})
}

// TestLimits holds that requests above a rate or a number in flight are refused
// with each provider's own code, and counted.
func TestLimits(t *testing.T) {
	for dialect, code := range map[string]string{"s3": "SlowDown", "cos": "SlowDown", "oss": "TotalQpsLimitExceeded"} {
		synctest.Test(t, func(t *testing.T) {
			s := New(Options{Rate: 10})
			defer s.Close()
			if err := s.AddBucket(BucketOptions{Name: "b", Dialect: dialect}); err != nil {
				t.Fatal(err)
			}
			c := newClient(t, s, dialect, "b")
			for i := range 3 {
				a := c.do("GET", "", "uploads", nil)
				if want := map[bool]int{true: 200, false: 503}[i == 0]; a.status != want {
					t.Errorf("%s: request %d at once: %d, want %d", dialect, i, a.status, want)
				} else if i > 0 && errorCode(t, a).Code != code {
					t.Errorf("%s: %s, want %s", dialect, a.body, code)
				}
			}
			<-time.After(100 * time.Millisecond)
			if a := c.do("GET", "", "uploads", nil); a.status != 200 {
				t.Errorf("%s: after a tenth of a second: %d, want 200", dialect, a.status)
			}
			s.SetLimits(0, 2)
			s.SetLatency(time.Second)
			status := make(chan int, 3)
			for range 3 {
				go func() {
					a, err := c.try("GET", "", "uploads", nil)
					if err != nil {
						t.Error(err)
					}
					status <- a.status
				}()
			}
			sum := <-status + <-status + <-status
			if n := s.Counters(); sum != 200+200+503 || n.Refused != 3 || n.Peak != 3 {
				t.Errorf("%s: statuses sum to %d, counters %+v; want two served, one refused", dialect, sum, n)
			}
		})
	}
}

// TestObserved holds what OnRequest tells.
func TestObserved(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	var seen []Request
	s.OnRequest(func(r Request) { seen = append(seen, r) })
	c := newClient(t, s, "s3", "b")
	c.do("GET", "", "uploads", nil)
	c.do("DELETE", "a key", "uploadId=u", nil)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if len(seen) != 2 || seen[0].Op != OpListUploads || seen[0].Status != 200 || seen[0].Bytes == 0 || seen[0].N != 1 {
		t.Fatalf("%+v", seen)
	}
	if r := seen[1]; r.Op != OpAbort || r.Key != "a key" || r.UploadID != "u" || r.Status != http.StatusNotFound || r.Code != "NoSuchUpload" || r.Dialect != "s3" || r.Bucket != "b" {
		t.Errorf("%+v", r)
	}
}
