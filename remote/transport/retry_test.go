package transport

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"sync"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// script is a Base that answers by its list, the last entry again and again.
type script struct {
	mu      sync.Mutex
	answers []func(*http.Request) (*http.Response, error)
	at      []time.Time
	reqs    []*http.Request
}

func (s *script) RoundTrip(req *http.Request) (*http.Response, error) {
	s.mu.Lock()
	n := min(len(s.at), len(s.answers)-1)
	s.at, s.reqs = append(s.at, time.Now()), append(s.reqs, req)
	s.mu.Unlock()
	return s.answers[n](req)
}

func says(status int, body string, header ...string) func(*http.Request) (*http.Response, error) {
	return func(req *http.Request) (*http.Response, error) { return reply(req, status, body, header...), nil }
}

func fails(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func newScript(answers ...func(*http.Request) (*http.Response, error)) *script {
	return &script{answers: answers}
}

const address = "https://store.test/b?uploads"

// TestRetryRules is dialects.md 6.3 as a table: what is sent again, how often,
// and what the failure is in the end.
func TestRetryRules(t *testing.T) {
	const all = 5
	for _, c := range []struct {
		name     string
		answer   func(*http.Request) (*http.Response, error)
		attempts int
		kind     remote.Kind
	}{
		{"429", says(429, ""), all, remote.KindThrottled},
		{"500", says(500, "InternalError"), all, remote.KindUnavailable},
		{"502", says(502, ""), all, remote.KindUnavailable},
		{"503 SlowDown", says(503, "SlowDown"), all, remote.KindThrottled},
		{"503 of OSS by its code", says(503, "MetaOperationQpsLimitExceeded"), all, remote.KindThrottled},
		{"503 without a document", says(503, ""), all, remote.KindUnavailable},
		{"503 without a document, with Retry-After", says(503, "", "Retry-After", "1"), all, remote.KindThrottled},
		{"504", says(504, ""), all, remote.KindUnavailable},
		{"520", says(520, ""), all, remote.KindUnavailable},
		{"524", says(524, ""), all, remote.KindUnavailable},
		{"400 RequestTimeout", says(400, "RequestTimeout"), all, remote.KindInvalid},
		{"400 Throttling.User", says(400, "Throttling.User"), all, remote.KindThrottled},
		{"403 RequestLimitExceeded", says(403, "RequestLimitExceeded"), all, remote.KindThrottled},
		{"200 with an Error document of load", says(200, "Error:SlowDown"), all, remote.KindThrottled},
		{"connection reset", fails(syscall.ECONNRESET), all, remote.KindUnavailable},
		{"501", says(501, "NotImplemented"), 1, remote.KindUnsupported},
		{"505", says(505, ""), 1, remote.KindUnavailable},
		{"400", says(400, "InvalidArgument"), 1, remote.KindInvalid},
		{"401", says(401, ""), 1, remote.KindDenied},
		{"403", says(403, "AccessDenied"), 1, remote.KindDenied},
		{"404", says(404, ""), 1, remote.KindNoKey},
		{"405", says(405, ""), 1, remote.KindUnsupported},
		{"408", says(408, ""), 1, remote.KindInvalid},
		{"301 that nobody explains", says(301, "", "Location", "https://evil.test/"), 1, remote.KindMalformed},
		{"304", says(304, ""), 1, remote.KindMalformed},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(c.answer)
				tr := New(remote.Config{Base: s}, "s3", nil, plain)
				resp, err := tr.RoundTrip(get(t.Context(), address))
				if resp != nil || err == nil {
					t.Fatalf("got answer %v, want the failure of the store", resp)
				}
				if _, ok := err.(*remote.Error); !ok {
					t.Errorf("RoundTrip failed with a %T, want a *remote.Error", err)
				}
				if len(s.at) != c.attempts {
					t.Errorf("the transport sent %d attempts, want %d", len(s.at), c.attempts)
				}
				if k := remote.KindOf(err); k != c.kind {
					t.Errorf("the failure is of kind %q, want %q: %v", k, c.kind, err)
				}
			})
		})
	}
}

// TestUnreadablePageTwice says that a page which is none is asked for once more.
func TestUnreadablePageTwice(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(says(200, "<html>"))
		tr := New(remote.Config{Base: s}, "s3", nil, func(*http.Response, []byte) *remote.Error {
			return &remote.Error{Kind: remote.KindMalformed}
		})
		_, err := tr.RoundTrip(get(t.Context(), address))
		if len(s.at) != 2 || remote.KindOf(err) != remote.KindMalformed {
			t.Errorf("%d attempts and %v, want 2 and malformed", len(s.at), err)
		}
	})
}

// TestPassingFaultsAreHidden says that a failure which passes is no error, and
// that every attempt is signed afresh on a clone of the caller's request.
func TestPassingFaultsAreHidden(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newScript(says(503, "SlowDown"), fails(syscall.ECONNRESET), says(500, ""), says(200, "page"))
		signed := 0
		tr := New(remote.Config{Base: s, UserAgent: "uploadfs/1"}, "s3", func(_ context.Context, req *http.Request) error {
			signed++
			if req.Header.Get("Authorization") != "" {
				t.Error("the signer was given a request that is signed already")
			}
			req.Header.Set("Authorization", "secret")
			return nil
		}, plain)
		req := get(t.Context(), address)
		resp, err := tr.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		if string(Body(resp)) != "page" || signed != 4 {
			t.Errorf("body %q after %d signatures, want \"page\" after 4", Body(resp), signed)
		}
		if len(req.Header) != 0 {
			t.Errorf("the caller's request has headers %v, want it untouched", req.Header)
		}
		if ua := s.reqs[3].Header.Get("User-Agent"); ua != "uploadfs/1" {
			t.Errorf("User-Agent %q was sent, want uploadfs/1", ua)
		}
	})
}

// TestBackoff says how long the waits are: at least what a store asks for, at
// most a minute of that, and none at all that the caller has no time for.
func TestBackoff(t *testing.T) {
	wait := func(t *testing.T, ctx context.Context, answer func(*http.Request) (*http.Response, error)) (time.Duration, int, error) {
		s := newScript(answer, says(200, ""))
		start := time.Now()
		_, err := New(remote.Config{Base: s}, "s3", nil, plain).RoundTrip(get(ctx, address))
		return time.Since(start), len(s.at), err
	}
	for _, c := range []struct {
		name        string
		answer      func(*http.Request) (*http.Response, error)
		least, most time.Duration
	}{
		{"a network error: full jitter", fails(syscall.ECONNRESET), 0, 100 * ms},
		{"a throttled request: half of it at least", says(503, "SlowDown"), 250 * ms, 500 * ms},
		{"Retry-After in seconds", says(503, "SlowDown", "Retry-After", "7"), 7 * time.Second, 8 * time.Second},
		{"Retry-After beyond the bound", says(503, "SlowDown", "Retry-After", "86400"), time.Minute, 61 * time.Second},
		{"Retry-After that is no number", says(503, "SlowDown", "Retry-After", "soon"), 250 * ms, 500 * ms},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d, _, err := wait(t, t.Context(), c.answer)
				if err != nil || d < c.least || d > c.most {
					t.Errorf("waited %v (%v), want %v to %v", d, err, c.least, c.most)
				}
			})
		})
	}
	t.Run("Retry-After as a date", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			date := time.Now().Add(30 * time.Second).UTC().Format(http.TimeFormat)
			if d, _, err := wait(t, t.Context(), says(503, "SlowDown", "Retry-After", date)); err != nil || d < 29*time.Second || d > 31*time.Second {
				t.Errorf("waited %v (%v), want 30 s", d, err)
			}
		})
	})
	t.Run("longer than the caller has", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
			defer cancel()
			d, n, err := wait(t, ctx, says(503, "SlowDown", "Retry-After", "30"))
			if remote.KindOf(err) != remote.KindThrottled || d != 0 || n != 1 {
				t.Errorf("%v after %v and %d attempts, want throttled at once", err, d, n)
			}
		})
	})
	t.Run("bounded growth", func(t *testing.T) {
		for n := 1; n < 100; n++ {
			if d := delay(&fault{}, n); d < 0 || d > maxDelay {
				t.Errorf("attempt %d waits %v, want at most %v", n, d, maxDelay)
			}
		}
	})
}

// TestCancelled says that a caller who goes away has an error that wraps the
// context's at once, wherever the request was, and that nothing is sent after.
func TestCancelled(t *testing.T) {
	hang := func(req *http.Request) (*http.Response, error) {
		<-req.Context().Done()
		return nil, req.Context().Err()
	}
	for _, c := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		sign   Signer
		busy   bool
	}{
		{"in flight", hang, nil, false},
		{"in a backoff", says(503, "SlowDown", "Retry-After", "50"), nil, false},
		{"waiting for its turn", hang, nil, true},
		{"in the signer", says(200, ""), func(ctx context.Context, _ *http.Request) error { <-ctx.Done(); return ctx.Err() }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tr := New(remote.Config{Base: newScript(c.answer), Concurrency: 1, Timeout: time.Hour}, "s3", c.sign, plain)
				if c.busy {
					held, release := context.WithCancel(t.Context())
					defer release()
					go tr.RoundTrip(get(held, address))
					synctest.Wait()
				}
				ctx, cancel := context.WithCancel(t.Context())
				start := time.Now()
				time.AfterFunc(time.Second, cancel)
				_, err := tr.RoundTrip(get(ctx, address))
				if !errors.Is(err, context.Canceled) || time.Since(start) != time.Second {
					t.Errorf("%v after %v, want context canceled after 1s", err, time.Since(start))
				}
				if _, ok := err.(*remote.Error); !ok {
					t.Errorf("got a %T, want a *remote.Error", err)
				}
			})
		})
	}
}

// TestTimeout says that an attempt past the timeout is tried again, and is a
// timeout in the end, with the body's reading included.
func TestTimeout(t *testing.T) {
	for name, answer := range map[string]func(*http.Request) (*http.Response, error){
		"no answer": func(req *http.Request) (*http.Response, error) {
			<-req.Context().Done()
			return nil, req.Context().Err()
		},
		"a body that stalls": func(req *http.Request) (*http.Response, error) {
			resp := reply(req, 200, "")
			resp.ContentLength, resp.Body = -1, stalled{req.Context()}
			return resp, nil
		},
		"an error's body that stalls": func(req *http.Request) (*http.Response, error) {
			resp := reply(req, 403, "")
			resp.ContentLength, resp.Body = -1, stalled{req.Context()}
			return resp, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := newScript(answer)
				tr := New(remote.Config{Base: s, Timeout: 3 * time.Second, Retries: 2}, "s3", nil, plain)
				_, err := tr.RoundTrip(get(t.Context(), address))
				if remote.KindOf(err) != remote.KindTimeout || len(s.at) != 2 {
					t.Fatalf("%v after %d attempts, want a timeout after 2", err, len(s.at))
				}
				if !strings.Contains(err.Error(), "3s") {
					t.Errorf("the error %q does not say how long was waited", err)
				}
			})
		})
	}
	t.Run("the caller's own deadline keeps what was wrong until then", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			hang := func(req *http.Request) (*http.Response, error) {
				<-req.Context().Done()
				return nil, req.Context().Err()
			}
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			_, err := New(remote.Config{Base: newScript(says(503, "SlowDown"), hang)}, "s3", nil, plain).RoundTrip(get(ctx, address))
			if remote.KindOf(err) != remote.KindThrottled || !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("%v, want a throttled error that wraps the deadline's", err)
			}
		})
	})
}

// stalled is a body that never comes.
type stalled struct{ ctx context.Context }

func (s stalled) Read([]byte) (int, error) { <-s.ctx.Done(); return 0, s.ctx.Err() }
func (s stalled) Close() error             { return nil }

// TestCorrection says that a refusal whose cause was set right is signed again
// and sent at once, twice at most, and never for load or a server's fault.
func TestCorrection(t *testing.T) {
	for _, c := range []struct {
		name     string
		answers  []func(*http.Request) (*http.Response, error)
		can      bool
		asked    int
		attempts int
		ok       bool
	}{
		{"set right", []func(*http.Request) (*http.Response, error){says(403, "RequestTimeTooSkewed"), says(200, "")}, true, 1, 2, true},
		{"two causes", []func(*http.Request) (*http.Response, error){says(301, ""), says(400, "ExpiredToken"), says(200, "")}, true, 2, 3, true},
		{"never right", []func(*http.Request) (*http.Response, error){says(403, "AccessDenied")}, true, 2, 3, false},
		{"not set right", []func(*http.Request) (*http.Response, error){says(403, "AccessDenied")}, false, 1, 1, false},
		{"load", []func(*http.Request) (*http.Response, error){says(503, "SlowDown"), says(200, "")}, true, 0, 2, true},
		{"a server's fault", []func(*http.Request) (*http.Response, error){says(500, ""), says(200, "")}, true, 0, 2, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, asked := newScript(c.answers...), 0
				tr := New(remote.Config{Base: s}, "s3", nil, plain)
				tr.Correct = func(_ context.Context, err *remote.Error, resp *http.Response) bool {
					asked++
					if err == nil || resp == nil {
						t.Error("Correct was called without the error or the answer")
					}
					return c.can
				}
				start := time.Now()
				_, err := tr.RoundTrip(get(t.Context(), address))
				if (err == nil) != c.ok || asked != c.asked || len(s.at) != c.attempts {
					t.Errorf("%v after %d questions and %d attempts, want ok %v, %d, %d", err, asked, len(s.at), c.ok, c.asked, c.attempts)
				}
				if c.asked > 0 && time.Since(start) != 0 {
					t.Errorf("a corrected request waited %v, want none", time.Since(start))
				}
			})
		})
	}
}

// TestSignerFails says what becomes of a request that cannot be signed.
func TestSignerFails(t *testing.T) {
	s := newScript(says(200, ""))
	sign := func(context.Context, *http.Request) error { return errors.New("no credentials found") }
	_, err := New(remote.Config{Base: s}, "s3", sign, plain).RoundTrip(get(t.Context(), address))
	if remote.KindOf(err) != remote.KindDenied || len(s.at) != 0 || !strings.Contains(err.Error(), "no credentials found") {
		t.Errorf("%v after %d attempts, want denied after none", err, len(s.at))
	}
	sign = func(context.Context, *http.Request) error { return &remote.Error{Kind: remote.KindUsage, Message: "m"} }
	if _, err = New(remote.Config{Base: s}, "s3", sign, plain).RoundTrip(get(t.Context(), address)); remote.KindOf(err) != remote.KindUsage {
		t.Errorf("%v, want the signer's own kind", err)
	}
}

// TestBodiesNeedGetBody says that a body is sent whole with every attempt, or
// not at all.
func TestBodiesNeedGetBody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []string
		s := newScript(func(req *http.Request) (*http.Response, error) {
			b := make([]byte, 10)
			n, _ := req.Body.Read(b)
			got = append(got, string(b[:n]))
			return reply(req, map[bool]int{true: 503, false: 200}[len(got) < 2], ""), nil
		})
		tr := New(remote.Config{Base: s}, "s3", nil, plain)
		req, _ := http.NewRequestWithContext(t.Context(), "POST", address, strings.NewReader("body"))
		if _, err := tr.RoundTrip(req); err != nil || strings.Join(got, ",") != "body,body" {
			t.Errorf("sent %q (%v), want the body twice", got, err)
		}
		req.GetBody = nil
		if _, err := tr.RoundTrip(req); remote.KindOf(err) != remote.KindInternal {
			t.Errorf("%v, want a request with a body that cannot be repeated refused", err)
		}
	})
}
