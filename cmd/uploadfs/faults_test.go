//go:build linux

package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"uploadfs/remote/emulator"
)

// The words that tools print for an errno, in the locale C.
const (
	sayEIO       = "Input/output error"
	sayEACCES    = "Permission denied"
	sayENOENT    = "No such file or directory"
	sayEAGAIN    = "Resource temporarily unavailable"
	sayETIMEDOUT = "Connection timed out"
)

// ailment is one row of what goes wrong on the wire, and how a reader is told.
type ailment struct {
	name    string
	dialect string
	fault   emulator.Fault
	says    string
	// advice is in .uploadfs/errors; noAnswer rows have no request id.
	advice   string
	noAnswer bool
	args     []string
}

// answerBound is what a tool may take under the flags of quick: two attempts of
// a second and the wait between them, with room for a busy machine.
const answerBound = 12 * time.Second

func ailments() []ailment {
	rows := []ailment{
		{name: "connection reset", fault: emulator.Fault{Reset: true}, says: sayEIO, advice: "check the network", noAnswer: true},
		{name: "latency past the timeout", fault: emulator.Fault{Delay: time.Hour}, says: sayETIMEDOUT, advice: "raise --timeout", noAnswer: true},
		{name: "stalled body", fault: emulator.Fault{Stall: true}, says: sayETIMEDOUT, advice: "raise --timeout", noAnswer: true},
		{name: "body cut mid-element", fault: emulator.Fault{CutHalf: true}, says: sayEIO, advice: "try again later"},
		{name: "body cut by HTTP's measure whole", fault: emulator.Fault{Lose: 40}, says: sayEIO, advice: "speak like an object store"},
		{name: "200 with an error document", fault: emulator.OKErrorFault("InternalError"), says: sayEIO, advice: "request id"},
		{name: "200 with a denial", fault: emulator.OKErrorFault("AccessDenied"), says: sayEACCES, advice: "allow s3:ListBucketMultipartUploads"},
		{name: "200 with HTML", fault: emulator.HTMLFault(200), says: sayEIO, advice: "--endpoint"},
		{name: "endless body", fault: emulator.Fault{Endless: true}, says: sayEIO, advice: "--endpoint", args: []string{"--timeout=20s"}},
		{name: "oversized page", fault: emulator.Fault{Oversize: 65 << 20}, says: sayEIO, advice: "--endpoint", args: []string{"--timeout=20s"}},
		{name: "entities that grow", fault: emulator.EntityFault(), says: sayEIO, advice: "--endpoint"},
		{name: "another document", fault: emulator.Fault{Body: []byte("<ListBucketResult><IsTruncated>false</IsTruncated></ListBucketResult>")}, says: sayEIO, advice: "--endpoint"},
		{name: "an empty body", fault: emulator.Fault{Body: []byte{}}, says: sayEIO, advice: "--endpoint"},
		{name: "500", fault: emulator.ErrorFault(500, "InternalError"), says: sayEIO, advice: "request id"},
		{name: "502 with HTML", fault: emulator.HTMLFault(502), says: sayEIO, advice: "request id"},
		{name: "503 with Retry-After", fault: emulator.ErrorFault(503, "SlowDown").RetryAfter(time.Second), says: sayEAGAIN, advice: "--concurrency"},
		{name: "503 without Retry-After", fault: emulator.ErrorFault(503, "ServiceUnavailable"), says: sayEAGAIN, advice: "--concurrency"},
		{name: "429", fault: emulator.ErrorFault(429, "TooManyRequests"), says: sayEAGAIN, advice: "--concurrency"},
		{name: "expired token", fault: emulator.ErrorFault(400, "ExpiredToken"), says: sayEACCES, advice: "have lapsed"},
		{name: "expired token", dialect: "oss", fault: emulator.ErrorFault(403, "SecurityTokenExpired"), says: sayEACCES, advice: "have lapsed"},
		{name: "skewed clock that the Date header does not explain", fault: emulator.ErrorFault(403, "RequestTimeTooSkewed"), says: sayEACCES, advice: "clock"},
		{name: "bad signature", fault: emulator.ErrorFault(403, "SignatureDoesNotMatch"), says: sayEACCES, advice: "secret"},
		{name: "403", fault: emulator.ErrorFault(403, "AccessDenied"), says: sayEACCES, advice: "allow s3:ListBucketMultipartUploads on arn:aws:s3:::sick"},
		{name: "403", dialect: "cos", fault: emulator.ErrorFault(403, "AccessDenied"), says: sayEACCES, advice: "allow cos:ListMultipartUploads"},
		{name: "403", dialect: "oss", fault: emulator.ErrorFault(403, "AccessDenied"), says: sayEACCES, advice: "allow oss:ListMultipartUploads"},
		{name: "vanished bucket", fault: emulator.ErrorFault(404, "NoSuchBucket"), says: sayENOENT, advice: "check the bucket's name"},
		{name: "501", fault: emulator.ErrorFault(501, "NotImplemented"), says: sayEIO, advice: "--store"},
		{name: "400", fault: emulator.ErrorFault(400, "InvalidArgument"), says: sayEIO, advice: "--store"},
	}
	for _, d := range dialects {
		rows = append(rows, ailment{name: "throttled in its own words", dialect: d, fault: emulator.Fault{Throttle: true}, says: sayEAGAIN, advice: "--concurrency"})
	}
	return rows
}

// TestEachFaultHasItsErrno: for each row, ls, find and du say the errno of
// interface.md within its bound and end with another status than 0, the other
// bucket is read as if nothing was, the log and .uploadfs/errors have the
// request, and the listing is whole again once the fault ends, without remount.
func TestEachFaultHasItsErrno(t *testing.T) {
	for _, row := range ailments() {
		name := row.name
		if row.dialect != "" {
			name += " on " + row.dialect
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := row.args
			if row.says == sayEAGAIN {
				// A store that throttles is asked again at a pace that rises from slow.
				args = append(args, "--ttl=1m")
			}
			r := newRig(t, rigOptions{dialect: row.dialect, args: args})
			r.fall(row.fault, nil)
			tools := [][]string{
				{"ls", r.path(r.sick, "uploads")},
				{"find", r.path(r.sick, "uploads")},
				{"du", "-a", r.path(r.sick, "uploads")},
			}
			if row.says == sayEAGAIN || row.says == sayETIMEDOUT {
				tools = tools[1:2]
			}
			r.told(row.says, tools)
			r.whole(r.well, "while the other bucket is sick")
			r.noted(row.advice, row.noAnswer)
			r.heal()
			r.whole(r.sick, "after the fault")
		})
	}
}

// told runs each tool and wants the errno's words and a status that is not 0.
func (r *rig) told(says string, tools [][]string) {
	r.t.Helper()
	for _, tool := range tools {
		res, lines, took := r.tool(tool[0], tool[1:]...)
		if res.status == 0 || !strings.Contains(res.stderr, says) {
			r.t.Errorf("%q: status %d, stdout %q, stderr %q; want a status that is not 0 and %q", tool, res.status, lines, res.stderr, says)
		}
		if took > answerBound {
			r.t.Errorf("%q took %v; want at most %v", tool, took, answerBound)
		}
	}
}

// failedLine is what a log line tells of a request that failed for good.
type failedLine struct {
	Msg       string `json:"msg"`
	Bucket    string `json:"bucket"`
	RequestID string `json:"request_id"`
	Kind      string `json:"kind"`
}

// failures are the log's lines of requests to the sick bucket.
func (r *rig) failures() []failedLine {
	r.t.Helper()
	var all []failedLine
	for _, line := range r.logLines(`"request failed"`, r.sick) {
		var f failedLine
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			r.t.Fatalf("the log's line %q: %v", line, err)
		}
		all = append(all, f)
	}
	return all
}

// noted wants one log line for each failed request, with its request id where
// there was an answer, and the advice in .uploadfs/errors.
func (r *rig) noted(advice string, noAnswer bool) {
	r.t.Helper()
	lines := r.failures()
	if len(lines) == 0 {
		r.t.Errorf("the log has no line of the failed requests:\n%s", readFile(r.t, r.log))
	}
	seen := map[string]bool{}
	for _, f := range lines {
		if noAnswer {
			continue
		}
		if f.RequestID == "" || seen[f.RequestID] {
			r.t.Errorf("the log's line %+v: want the request's id, in one line alone", f)
		}
		seen[f.RequestID] = true
	}
	text := r.errorsFile()
	if !strings.Contains(text, "bucket="+r.sick) || !strings.Contains(text, advice) {
		r.t.Errorf(".uploadfs/errors: %q; want the bucket and the advice %q", text, advice)
	}
	if !noAnswer && !strings.Contains(text, "request_id=") {
		r.t.Errorf(".uploadfs/errors: %q; want the request id", text)
	}
}

// TestConnectionRefused: the sick bucket's endpoint is gone and comes back.
func TestConnectionRefused(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.gate.close()
	r.told(sayEIO, [][]string{{"ls", r.path(r.sick, "uploads")}, {"find", r.path(r.sick, "uploads")}})
	r.whole(r.well, "while the other endpoint refuses connections")
	r.noted("the store cannot be reached", true)
	r.gate.open()
	r.whole(r.sick, "after the endpoint is back")
}

// TestFaultOfOneUpload: what is refused for one upload is said there alone; a
// walk shows all the rest, and its status is not 0.
func TestFaultOfOneUpload(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault emulator.Fault
		says  string
	}{
		{"403", emulator.ErrorFault(403, "AccessDenied"), sayEACCES},
		{"500", emulator.ErrorFault(500, "InternalError"), sayEIO},
		{"throttled", emulator.Fault{Throttle: true}, sayEAGAIN},
		{"stalled", emulator.Fault{Stall: true}, sayETIMEDOUT},
		{"cut", emulator.Fault{CutHalf: true}, sayEIO},
		{"HTML", emulator.HTMLFault(200), sayEIO},
		{"parts of an object listing", emulator.Fault{Body: []byte("<ListBucketResult/>")}, sayEIO},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{})
			key := "a/two"
			r.fall(row.fault, func(q *http.Request) bool { return ofParts(q) && strings.HasSuffix(q.URL.Path, key) })
			want := r.truth(r.sick)
			rest := slices.DeleteFunc(slices.Clone(want), func(p string) bool {
				return strings.Contains(p, "/uploads/"+key+"/") && strings.Contains(p, "/parts/")
			})
			res, lines := r.find(r.sick)
			if res.status == 0 || !strings.Contains(res.stderr, row.says) || !slices.Equal(lines, rest) {
				t.Errorf("find: status %d, stderr %q: %s; want all but that upload's parts, and %q", res.status, res.stderr, difference(lines, rest), row.says)
			}
			if du, _, _ := r.tool("du", "-s", r.path(r.sick)); du.status == 0 {
				t.Errorf("du: status 0, %q; want it to say that something is missing", du.stdout)
			}
			r.whole(r.well, "meanwhile")
			r.heal()
			r.whole(r.sick, "after the fault")
		})
	}
}

// TestFaultMidway: a listing that fails on a later page shows what was read,
// once, and then the errno. ENOENT would be the end of a directory to readdir:
// it is EIO there.
func TestFaultMidway(t *testing.T) {
	for _, row := range []struct {
		name  string
		fault emulator.Fault
		says  string
	}{
		{"500", emulator.ErrorFault(500, "InternalError"), sayEIO},
		{"403", emulator.ErrorFault(403, "AccessDenied"), sayEACCES},
		{"throttled", emulator.Fault{Throttle: true}, sayEAGAIN},
		{"vanished bucket", emulator.ErrorFault(404, "NoSuchBucket"), sayEIO},
		{"cut", emulator.Fault{CutHalf: true}, sayEIO},
		{"latency", emulator.Fault{Delay: time.Hour}, sayETIMEDOUT},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			const n = 2500
			r := newRig(t, rigOptions{args: []string{"--ttl=1m"}, fill: func(r *rig) {
				for i := range n {
					r.put(r.sick, fmt.Sprintf("d/k%04d", i), 1)
				}
			}})
			r.fall(row.fault, func(q *http.Request) bool { return ofUploads(q) && q.URL.Query().Get("key-marker") > "d/k1" })
			dir := r.path(r.sick, "uploads", "d")
			res, lines, took := r.tool("ls", "-U", dir)
			if res.status == 0 || !strings.Contains(res.stderr, row.says) || took > answerBound {
				t.Errorf("ls after %v: status %d, stderr %q; want %q and a status that is not 0", took, res.status, res.stderr, row.says)
			}
			if d := slices.Compact(slices.Clone(lines)); len(d) != len(lines) || len(lines) < 1000 || len(lines) >= n {
				t.Errorf("ls showed %d names, %d different ones; want what the first pages hold, each once", len(lines), len(d))
			}
			stream, records, _ := r.tool("cat", r.path(r.sick, "uploads.jsonl"))
			if d := slices.Compact(slices.Clone(records)); stream.status == 0 || len(d) != len(records) || len(records) >= n {
				t.Errorf("uploads.jsonl: status %d, stderr %q, %d lines, %d different ones; want an error after what was read", stream.status, stream.stderr, len(records), len(d))
			}
			r.heal()
			if res, lines, _ := r.tool("ls", "-U", dir); res.status != 0 || len(lines) != n {
				t.Errorf("ls after the fault: status %d, stderr %q, %d names; want %d", res.status, res.stderr, len(lines), n)
			}
		})
	}
}

// TestUploadsAndBucketsThatVanish: what is gone between two requests is ENOENT,
// and the listing that named it is dropped, however long it might have lasted.
func TestUploadsAndBucketsThatVanish(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{args: []string{"--ttl=2s"}})
	dir := r.path(r.sick, "uploads", "a", "two")
	res, names, _ := r.tool("ls", dir)
	if res.status != 0 || len(names) != 1 {
		t.Fatalf("ls %s: %+v", dir, res)
	}
	r.store.DropUpload(r.sick, "a/two", names[0])
	// Its parts are asked for now for the first time.
	r.told(sayENOENT, [][]string{{"ls", filepath.Join(dir, names[0], "parts")}})
	eventually(t, "a walk is the truth without the vanished upload", func() bool {
		res, lines := r.find(r.sick)
		return res.status == 0 && slices.Equal(lines, r.truth(r.sick))
	})
	r.store.RemoveBucket(r.sick)
	eventually(t, "the vanished bucket's uploads are ENOENT", func() bool {
		res, _, _ := r.tool("ls", r.path(r.sick, "uploads"))
		return res.status != 0 && strings.Contains(res.stderr, sayENOENT)
	})
	r.whole(r.well, "after the other bucket is gone")
}

// TestRetriesHideWhatPasses: a store that fails now and then shows no fault at
// all, and nothing twice.
func TestRetriesHideWhatPasses(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{args: []string{"--retries=5", "--ttl=1m"}})
	var n atomic.Int64
	faults := []emulator.Fault{
		emulator.ErrorFault(500, "InternalError"), {Reset: true}, {CutHalf: true}, {Lose: 10},
		emulator.ErrorFault(503, "SlowDown"), emulator.OKErrorFault("InternalError"),
	}
	r.store.SetFault(func(q *http.Request, _ int) *emulator.Fault {
		if i := n.Add(1); i%2 == 0 {
			return &faults[int(i/2)%len(faults)]
		}
		return nil
	})
	r.whole(r.sick, "while every second request fails")
	r.whole(r.well, "while every second request fails")
}

// TestSkewedClockIsCorrectedOnce: a store whose clock is an hour ahead refuses
// the first request, and none after it.
func TestSkewedClockIsCorrectedOnce(t *testing.T) {
	needMount(t)
	for _, dialect := range dialects {
		t.Run(dialect, func(t *testing.T) {
			t.Parallel()
			s := emulator.New(emulator.Options{Now: func() time.Time { return time.Now().Add(time.Hour) }})
			defer s.Close()
			b := emulator.BucketOptions{Name: bucketOf(dialect, "bkt"), Dialect: dialect}
			if err := s.AddBucket(b); err != nil {
				t.Fatal(err)
			}
			put(t, s, b.Name, "k")
			g := openGate(t, skewed(s, time.Hour))
			dir := place(t)
			mountAt(t, storeKeys(), dir, sourceAt(b, g.url))
			output(t, "find", dir)
			refused := 0
			for c, n := range s.Counters().Requests {
				if c.Status != 200 {
					refused += n
				}
			}
			if refused != 1 {
				t.Errorf("%d requests were refused; want the first alone: %v", refused, s.Counters().Requests)
			}
		})
	}
}

// skewed gives each answer the Date header of a clock that is off by d.
func skewed(h http.Handler, d time.Duration) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		w.Header().Set("Date", time.Now().Add(d).UTC().Format(http.TimeFormat))
		h.ServeHTTP(w, q)
	})
}

// TestNameThatDoesNotResolve: the account's own host answers, a bucket's host
// has a label that no name service takes.
func TestNameThatDoesNotResolve(t *testing.T) {
	needMount(t)
	t.Parallel()
	s := emulator.New(emulator.Options{})
	defer s.Close()
	long := strings.Repeat("l", 70)
	if err := s.AddBucket(emulator.BucketOptions{Name: long, Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	put(t, s, long, "k")
	g := openGate(t, s)
	healthy, url := store(t, func(o *emulator.BucketOptions) { o.Name = "well" })
	r := &rig{t: t, dir: place(t), sick: long, well: "well", log: filepath.Join(t.TempDir(), "log")}
	_, port, _ := strings.Cut(g.address, ":")
	args := append(slices.Clone(quick[:]), "--log-format=json", "--log-file="+r.log, "--insecure-http", "--path-style=false",
		"s3://?region=us-east-1&endpoint=http://localhost:"+port, "s3://well?region=us-east-1&path-style=true&endpoint="+url)
	mountAt(t, demoKeys(), r.dir, args...)
	r.store = healthy
	r.told(sayEIO, [][]string{{"ls", r.path(long, "uploads")}, {"find", r.path(long, "uploads")}})
	r.noted("the host does not exist", true)
	r.whole("well", "while the other's name does not resolve")
}
