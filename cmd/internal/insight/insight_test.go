package insight

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/cache"
	"uploadfs/remote"
)

var when = time.Date(2026, 11, 20, 1, 2, 3, 4e6, time.UTC)

func attempt(n int) remote.Attempt {
	return remote.Attempt{
		Start: when, Source: "s3://b", Provider: "s3", Op: "ListParts", Bucket: "b", Key: fmt.Sprintf("key %d\x1b\n", n),
		Try: 1, Status: 200, Duration: 1500 * time.Microsecond, Bytes: 10, RequestID: "R", InFlight: 2, Limit: 64,
	}
}

func TestRequestIsOnePrintableLine(t *testing.T) {
	got := string(appendAttempt(nil, attempt(7)))
	want := `time=2026-11-20T01:02:03.004Z source=s3://b api=ListParts bucket=b key="key 7\x1b\n" status=200 ms=1.5 bytes=10 try=1 in_flight=2 limit=64 request_id=R` + "\n"
	if got != want {
		t.Errorf("line\n got %q\nwant %q", got, want)
	}
	a := attempt(1)
	a.Failed, a.Kind, a.Status, a.Code, a.Try = true, remote.KindThrottled, 503, "Slow\nDown", 3
	got = string(appendAttempt(nil, a))
	if strings.Count(got, "\n") != 1 || !strings.Contains(got, ` try=3 kind=throttled code="Slow\nDown"`) {
		t.Errorf("line of a failure %q; want kind and code, quoted, in one line", got)
	}
}

func TestStreamWaitsForLinesAndEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		i := New("v", when)
		r := i.Requests()
		go func() {
			<-time.After(time.Second)
			i.Observe(attempt(1))
			i.Observe(attempt(2))
		}()
		lines, err := r.Next(t.Context())
		if err != nil || bytes.Count(lines, []byte("\n")) == 0 {
			t.Errorf("Next: %q, %v; want lines", lines, err)
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if bytes.Count(lines, []byte("\n")) == 1 {
			if _, err := r.Next(ctx); err != nil {
				t.Errorf("Next for the second line: %v", err)
			}
		}
		if _, err := r.Next(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("Next with nothing to say: %v; want the context's end", err)
		}
		go func() {
			<-time.After(time.Second)
			i.Close()
		}()
		if _, err := r.Next(t.Context()); err != io.EOF {
			t.Errorf("Next at the end of the mount: %v; want io.EOF", err)
		}
		if err := r.Close(); err != nil {
			t.Errorf("Close after the end: %v", err)
		}
		if _, err := i.Requests().Next(t.Context()); err != io.EOF {
			t.Errorf("Next of a stream that was opened after the end: %v; want io.EOF", err)
		}
		if n := i.streams.count.Load(); n != 0 {
			t.Errorf("%d streams are left; want none", n)
		}
	})
}

func TestSlowReaderIsToldWhatItMissed(t *testing.T) {
	i := New("v", when)
	slow, other := i.Requests(), i.Requests()
	defer slow.Close()
	defer other.Close()
	line := len(appendAttempt(nil, attempt(1)))
	sent := maxPending/line + 25
	for range sent {
		i.Observe(attempt(1))
	}
	lines, err := slow.Next(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(lines) > maxPending+64 {
		t.Errorf("%d bytes were kept for one reader; want at most %d", len(lines), maxPending)
	}
	kept := bytes.Count(lines, []byte("time="))
	if !bytes.HasSuffix(lines, fmt.Appendf(nil, "\ndropped=%d\n", sent-kept)) || sent == kept {
		t.Errorf("the end is %q; want dropped=%d", lines[max(0, len(lines)-40):], sent-kept)
	}
	i.Observe(attempt(2))
	if lines, err := slow.Next(t.Context()); err != nil || bytes.Count(lines, []byte("\n")) != 1 {
		t.Errorf("after it caught up: %q, %v; want one line", lines, err)
	}
}

func TestErrorsAreTheLastHundredWithAdvice(t *testing.T) {
	i := New("v", when)
	shared := &remote.Error{Kind: remote.KindDenied, Provider: "s3", Source: "s3://b", Op: "ListParts", Bucket: "b", Key: "a\nb", UploadID: "u", Status: 403, Code: "AccessDenied", Message: "no\x1b[2J", RequestID: "R1"}
	for n := range 105 {
		i.Failed(&remote.Error{Kind: remote.KindTimeout, Op: "ListParts", RequestID: fmt.Sprint("N", n)})
	}
	i.Failed(fmt.Errorf("reading: %w", shared))
	i.Failed(shared)
	i.Failed(context.Canceled)
	i.Failed(nil)
	i.Failed(errors.Join(&remote.Error{Kind: remote.KindUsage, RequestID: "J1"}, &remote.Error{Kind: remote.KindUsage, RequestID: "J2"}))
	var b bytes.Buffer
	if err := i.Errors(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
	if len(lines) != 100 || !strings.Contains(lines[0], "request_id=N8") || !strings.Contains(lines[99], "request_id=J2") {
		t.Errorf("%d lines, first %q, last %q; want 100, from N8 to J2", len(lines), lines[0], lines[len(lines)-1])
	}
	line := lines[97]
	for _, want := range []string{"kind=denied", "source=s3://b", "api=ListParts", `key="a\nb"`, "upload_id=u", "status=403", "code=AccessDenied", `message="no\x1b[2J"`, "request_id=R1", "advice=\"allow s3:ListMultipartUploadParts"} {
		if !strings.Contains(line, want) {
			t.Errorf("line %q; want %s", line, want)
		}
	}
	var stats bytes.Buffer
	if err := i.Stats(&stats); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(stats.String(), `uploadfs_errors_total{kind="denied"} 1`) || !strings.Contains(stats.String(), `uploadfs_errors_total{kind="usage"} 2`) {
		t.Errorf("errors are not counted once each:\n%s", stats.String())
	}
}

func TestStatsShowCacheTreeAndLimits(t *testing.T) {
	i := New("v1", when)
	var before bytes.Buffer
	if err := i.Stats(&before); err != nil {
		t.Fatal(err)
	}
	i.Watch(func() Sources {
		return Sources{Cache: cache.Stats{Hits: 7, Ahead: 5, AheadUsed: 3}, OpenDirs: 2, Inodes: 9, Limits: []Limit{{Source: "s3://b", Current: 32, Most: 64, InFlight: 4}}}
	})
	a := attempt(1)
	a.Try, a.Throttled, a.Status = 2, true, 503
	i.Observe(a)
	var b bytes.Buffer
	if err := i.Stats(&b); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"uploadfs_cache_hits_total 7", "uploadfs_readahead_used_total 3", "uploadfs_readahead_wasted 2", "uploadfs_open_directories 2", "uploadfs_inodes 9",
		`uploadfs_requests_in_flight{source="s3://b"} 4`, `uploadfs_concurrency_limit{source="s3://b"} 32`,
		`uploadfs_requests_total{api="ListParts",source="s3://b",status="503"} 1`, `uploadfs_retries_total{api="ListParts",source="s3://b"} 1`,
		`uploadfs_throttled_total{api="ListParts",source="s3://b"} 1`, `uploadfs_received_bytes_total{api="ListParts",source="s3://b"} 10`,
		`uploadfs_build_info{version="v1"} 1`,
	} {
		if !strings.Contains(b.String(), "\n"+want+"\n") && !strings.HasPrefix(b.String(), want+"\n") {
			t.Errorf("stats have no line %q:\n%s", want, b.String())
		}
	}
	if strings.Contains(before.String(), "uploadfs_cache_hits_total") {
		t.Error("gauges are shown before there is anything to read them from")
	}
}

func BenchmarkObserveWithoutReaders(b *testing.B) {
	i := New("v", when)
	a := attempt(1)
	b.ReportAllocs()
	for b.Loop() {
		i.Observe(a)
	}
}
