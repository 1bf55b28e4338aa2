package transport

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

var someOp = Operation{Op: "ListParts", Bucket: "b", Key: "k", Prefix: "p/", Marker: "7"}

// TestAttempts says that every attempt is told of once, with what it was for
// and what came of it.
func TestAttempts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var got []remote.Attempt
		slow := func(req *http.Request) (*http.Response, error) {
			time.Sleep(40 * ms)
			return reply(req, 200, "page", "X-Oss-Request-Id", "R2"), nil
		}
		s := newScript(says(503, "SlowDown", "X-Oss-Request-Id", "R1"), slow)
		tr := New(remote.Config{Name: "oss://b", Base: s, Concurrency: 8, Observe: func(a remote.Attempt) { got = append(got, a) }}, "oss", nil, plain)
		if _, err := tr.RoundTrip(get(With(t.Context(), someOp), address)); err != nil {
			t.Fatal(err)
		}
		same := remote.Attempt{Source: "oss://b", Provider: "oss", Op: "ListParts", Bucket: "b", Key: "k", Prefix: "p/", Marker: "7", InFlight: 1}
		first, second := same, same
		first.Try, first.Status, first.Kind, first.Failed, first.Throttled = 1, 503, remote.KindThrottled, true, true
		first.Bytes, first.RequestID, first.Code, first.Limit = 8, "R1", "SlowDown", 8
		second.Try, second.Status, second.Bytes, second.RequestID, second.Duration, second.Limit = 2, 200, 4, "R2", 40*ms, 4
		for i, want := range []remote.Attempt{first, second} {
			if i >= len(got) {
				t.Fatalf("%d attempts were told of, want 2", len(got))
			}
			got[i].Start = time.Time{}
			if got[i] != want {
				t.Errorf("attempt %d is\n%+v, want\n%+v", i+1, got[i], want)
			}
		}
	})
}

// TestAttemptIsNotTheWait says that an attempt's time does not hold the wait
// for its turn, and that a request which never had its turn is no attempt.
func TestAttemptIsNotTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		attempts := make(chan remote.Attempt, 10)
		s := newScript(func(req *http.Request) (*http.Response, error) {
			if err := sleep(req.Context(), time.Second); err != nil {
				return nil, err
			}
			return reply(req, 200, ""), nil
		})
		tr := New(remote.Config{Base: s, Concurrency: 1, Observe: func(a remote.Attempt) { attempts <- a }}, "s3", nil, plain)
		for range 2 {
			go tr.RoundTrip(get(t.Context(), address))
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), 100*ms)
		defer cancel()
		if _, err := tr.RoundTrip(get(ctx, address)); remote.KindOf(err) != remote.KindTimeout {
			t.Errorf("%v, want the caller's deadline", err)
		}
		time.Sleep(3 * time.Second)
		synctest.Wait()
		close(attempts)
		n := 0
		for a := range attempts {
			n++
			if a.Duration != time.Second {
				t.Errorf("an attempt took %v, want 1s without the wait", a.Duration)
			}
		}
		if n != 2 {
			t.Errorf("%d attempts were told of, want 2", n)
		}
	})
}

// TestLog says that a failure is logged once at warn whatever it took, with
// what is needed to ask the provider about it, and nothing secret; and that
// what is nobody's failure is not.
func TestLog(t *testing.T) {
	for _, c := range []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		warns  int
		holds  []string
	}{
		{"throttled to the end", says(503, "SlowDown", "X-Amz-Request-Id", "RID"), 1, []string{"RID", "source=s3://b", "bucket=b", "key=k", "prefix=p/", "throttled", "attempts=5", "duration=", "op=ListParts"}},
		{"denied", says(403, "AccessDenied"), 1, []string{"denied", "attempts=1"}},
		{"gone", says(404, ""), 0, nil},
		{"served", says(200, ""), 0, nil},
		{"an error that prints its URL", fails(errors.New("Get https://u:SECRET@h/?sig=SECRET: no")), 1, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				sign := func(_ context.Context, req *http.Request) error {
					req.Header.Set("Authorization", "SECRET")
					req.URL.RawQuery += "&X-Amz-Signature=SECRET"
					return nil
				}
				log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}))
				tr := New(remote.Config{Name: "s3://b", Base: newScript(c.answer), Logger: log}, "s3", sign, plain)
				_, err := tr.RoundTrip(get(With(t.Context(), someOp), address))
				if n := strings.Count(out.String(), "level=WARN"); n != c.warns {
					t.Errorf("%d lines at warn, want %d:\n%s", n, c.warns, &out)
				}
				for line := range strings.Lines(out.String()) {
					for _, want := range c.holds {
						if strings.Contains(line, "level=WARN") && !strings.Contains(line, want) {
							t.Errorf("the line %q lacks %q", line, want)
						}
					}
				}
				if strings.Contains(out.String(), "SECRET") || err != nil && strings.Contains(err.Error(), "SECRET") {
					t.Errorf("a secret is in the log or in the error %v:\n%s", err, &out)
				}
			})
		})
	}
}

// TestErrorIsNamed says that an error tells what was asked of whom.
func TestErrorIsNamed(t *testing.T) {
	shared := &remote.Error{Kind: remote.KindDenied, Code: "AccessDenied"}
	tr := New(remote.Config{Name: "cos://b-1", Base: newScript(says(403, ""))}, "cos", nil,
		func(*http.Response, []byte) *remote.Error { return shared })
	_, err := tr.RoundTrip(get(With(t.Context(), someOp), address))
	e, _ := errors.AsType[*remote.Error](err)
	if e == nil || e.Source != "cos://b-1" || e.Provider != "cos" || e.Op != "ListParts" || e.Bucket != "b" || e.Key != "k" || e.Status != 403 {
		t.Errorf("the error is %+v, want it to name source, provider, operation, bucket, key and status", e)
	}
	if shared.Source != "" || shared.Status != 0 {
		t.Error("the classifier's own value was changed")
	}
}
