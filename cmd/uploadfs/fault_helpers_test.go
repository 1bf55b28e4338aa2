//go:build linux

package main

import (
	"fmt"
	"io"
	"log"
	"maps"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/emulator"
)

// rig is a store on loopback with two buckets, one of which falls sick, and the
// binary mounted over both as a daemon.
type rig struct {
	t       *testing.T
	dialect string
	store   *emulator.Store
	// sick and well are the buckets' names, which are their directories too.
	sick, well string
	// gate is the listener of the sick bucket's endpoint, url the well one's.
	gate *gate
	dir  string
	log  string
	pid  int
}

// rigOptions are what a test of faults changes about its rig.
type rigOptions struct {
	dialect string
	// sick changes the bucket that falls sick, fill puts other uploads into it
	// than the usual ones.
	sick func(*emulator.BucketOptions)
	fill func(*rig)
	// args are further flags.
	args []string
}

// quick makes faults end soon: what fails is tried twice, for a second each, and
// nothing is kept.
var quick = [...]string{"--ttl=0", "--timeout=1s", "--retries=2", "--readahead=0"}

func newRig(t *testing.T, o rigOptions) *rig {
	t.Helper()
	needMount(t)
	if o.dialect == "" {
		o.dialect = "s3"
	}
	r := &rig{t: t, dialect: o.dialect, store: emulator.New(emulator.Options{}), sick: bucketOf(o.dialect, "sick"), well: bucketOf(o.dialect, "well")}
	t.Cleanup(func() { r.store.Close() })
	sick := emulator.BucketOptions{Name: r.sick, Dialect: o.dialect}
	if o.sick != nil {
		o.sick(&sick)
	}
	well := emulator.BucketOptions{Name: r.well, Dialect: o.dialect}
	for _, b := range []emulator.BucketOptions{sick, well} {
		if err := r.store.AddBucket(b); err != nil {
			t.Fatal(err)
		}
	}
	if o.fill != nil {
		o.fill(r)
	} else {
		for _, key := range []string{"a/one", "a/two", "b"} {
			r.put(r.sick, key, 2)
		}
	}
	r.put(r.well, "w/x", 1)
	r.put(r.well, "y", 2)
	r.gate = openGate(t, r.store)
	healthy := openGate(t, r.store)
	r.dir = place(t)
	r.log = filepath.Join(t.TempDir(), "log")
	args := append(slices.Clone(quick[:]), "--log-format=json", "--log-file="+r.log)
	args = append(args, o.args...)
	args = append(args, sourceAt(sick, r.gate.url), sourceAt(well, healthy.url))
	mountAt(t, storeKeys(), r.dir, args...)
	r.pid = daemonPID(t, r.dir)
	return r
}

// sourceAt is a bucket at an endpoint as the command line has it, and nothing
// said of the kind of store.
func sourceAt(b emulator.BucketOptions, at string) string {
	region := map[string]string{"s3": "us-east-1", "cos": "ap-guangzhou", "oss": "cn-hangzhou"}[b.Dialect]
	return fmt.Sprintf("%s://%s?region=%s&path-style=true&endpoint=%s", b.Dialect, b.Name, region, url.QueryEscape(at))
}

// put puts an upload that is two days old, with parts of sizes that du shows.
func (r *rig) put(bucket, key string, parts int) string {
	r.t.Helper()
	old := time.Now().Add(-48 * time.Hour).Truncate(time.Second)
	ps := make([]remote.Part, parts)
	for i := range ps {
		ps[i] = remote.Part{Number: i + 1, Size: int64(i+1) << 20, ETag: "e", LastModified: old}
	}
	id, err := r.store.PutUpload(bucket, key, "", old, ps...)
	if err != nil {
		r.t.Fatal(err)
	}
	return id
}

func (r *rig) path(parts ...string) string {
	return filepath.Join(append([]string{r.dir}, parts...)...)
}

// truth is what find prints of a bucket's uploads, sorted: every path that the
// store's own uploads give. The keys are plain.
func (r *rig) truth(bucket string) []string {
	root := r.path(bucket, "uploads")
	seen := map[string]bool{root: true}
	for u := range r.store.All(bucket) {
		key := root
		for c := range strings.SplitSeq(u.Key, "/") {
			key = filepath.Join(key, c)
			seen[key] = true
		}
		up := filepath.Join(key, u.UploadID)
		seen[up], seen[filepath.Join(up, "upload.json")], seen[filepath.Join(up, "parts")] = true, true, true
		parts, _ := r.store.Parts(bucket, u.Key, u.UploadID)
		for _, p := range parts {
			seen[filepath.Join(up, "parts", fmt.Sprint(p.Number))] = true
		}
	}
	var all []string
	for p := range seen {
		all = append(all, p)
	}
	slices.Sort(all)
	return all
}

// tool runs a tool of the system over the mount and returns how it ended, what
// it printed as sorted lines, and how long it took.
func (r *rig) tool(name string, args ...string) (result, []string, time.Duration) {
	r.t.Helper()
	cmd := command(r.t, []string{"LC_ALL=C"}, need(r.t, name), args...)
	start := time.Now()
	res := finish(r.t, cmd)
	lines := strings.FieldsFunc(res.stdout, func(c rune) bool { return c == '\n' })
	slices.Sort(lines)
	return res, lines, time.Since(start)
}

// find walks a bucket's uploads.
func (r *rig) find(bucket string) (result, []string) {
	res, lines, _ := r.tool("find", r.path(bucket, "uploads"))
	return res, lines
}

// whole fails the test unless a walk of the bucket is exactly the truth.
func (r *rig) whole(bucket, when string) {
	r.t.Helper()
	res, lines := r.find(bucket)
	want := r.truth(bucket)
	if res.status != 0 || res.stderr != "" || !slices.Equal(lines, want) {
		r.t.Errorf("%s: find of %s: status %d, stderr %.500q, %d names; want exactly the %d that the store holds: %s",
			when, bucket, res.status, res.stderr, len(lines), len(want), difference(lines, want))
	}
}

// honest fails the test if a walk shows a name twice or one that the store does
// not hold, or is short without saying so. It returns whether it was whole.
func (r *rig) honest(what string, res result, lines, want []string) bool {
	r.t.Helper()
	if d := slices.Compact(slices.Clone(lines)); len(d) != len(lines) {
		r.t.Errorf("%s: %d names, %d different ones; want none twice", what, len(lines), len(d))
	}
	for _, l := range lines {
		if _, ok := slices.BinarySearch(want, l); !ok {
			r.t.Errorf("%s: shows %q, which the store does not hold", what, l)
		}
	}
	if res.status == 0 && !slices.Equal(lines, want) {
		r.t.Errorf("%s: status 0 with %d names of %d: a silent short listing: %s", what, len(lines), len(want), difference(lines, want))
	}
	return slices.Equal(lines, want)
}

// difference names a few lines that only one of two sorted lists has.
func difference(got, want []string) string {
	var b strings.Builder
	n := 0
	say := func(what, l string) {
		if n++; n <= 6 {
			fmt.Fprintf(&b, "%s %q; ", what, l)
		}
	}
	for _, l := range want {
		if _, ok := slices.BinarySearch(got, l); !ok {
			say("missing", l)
		}
	}
	for _, l := range got {
		if _, ok := slices.BinarySearch(want, l); !ok {
			say("extra", l)
		}
	}
	return b.String()
}

// fall makes every request of the sick bucket that match accepts end in f, until
// heal. A nil match accepts all.
func (r *rig) fall(f emulator.Fault, match func(*http.Request) bool) {
	r.store.SetFault(func(q *http.Request, _ int) *emulator.Fault {
		if !r.ofSick(q) || match != nil && !match(q) {
			return nil
		}
		return &f
	})
}

// fail makes every n-th request of the sick bucket end in the fault of n. An
// abort that is spoilt so was done, and only its answer is lost.
func (r *rig) fail(every map[int]emulator.Fault) {
	periods := slices.Sorted(maps.Keys(every))
	var n atomic.Int64
	r.store.SetFault(func(q *http.Request, _ int) *emulator.Fault {
		if !r.ofSick(q) {
			return nil
		}
		i := int(n.Add(1))
		for _, p := range periods {
			if i%p == 0 {
				f := every[p]
				return &f
			}
		}
		return nil
	})
}

func (r *rig) ofSick(q *http.Request) bool {
	return q.URL.Path == "/"+r.sick || strings.HasPrefix(q.URL.Path, "/"+r.sick+"/")
}

func (r *rig) heal() { r.store.SetFault(nil) }

// ofParts and ofUploads tell the two listings apart by their requests.
func ofParts(q *http.Request) bool {
	return q.Method == http.MethodGet && q.URL.Query().Has("uploadId")
}
func ofUploads(q *http.Request) bool {
	return q.Method == http.MethodGet && q.URL.Query().Has("uploads")
}

// errorsFile is .uploadfs/errors.
func (r *rig) errorsFile() string { return read(r.t, r.dir, "errors") }

// logLines are the lines of the log that hold every word.
func (r *rig) logLines(words ...string) []string {
	r.t.Helper()
	var out []string
	for line := range strings.Lines(readFile(r.t, r.log)) {
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(line, w) }) {
			out = append(out, line)
		}
	}
	return out
}

// gate is a server on a loopback port that can be closed and opened again.
type gate struct {
	t       *testing.T
	handler http.Handler
	address string
	url     string

	mu       sync.Mutex
	server   *http.Server
	listener net.Listener
}

func openGate(t *testing.T, h http.Handler) *gate {
	t.Helper()
	g := &gate{t: t, handler: h, address: "127.0.0.1:0"}
	g.open()
	g.url = "http://" + g.address
	t.Cleanup(g.close)
	return g
}

// open listens on the same port as before.
func (g *gate) open() {
	g.t.Helper()
	g.serve(g.listen(), g.handler)
}

// listen waits for its port: a client that dials it meanwhile may hold it for a
// moment as its own end.
func (g *gate) listen() (l net.Listener) {
	g.t.Helper()
	eventually(g.t, "the port is free", func() bool {
		var err error
		l, err = net.Listen("tcp", g.address)
		return err == nil
	})
	g.address = l.Addr().String()
	return l
}

func (g *gate) serve(l net.Listener, h http.Handler) {
	g.mu.Lock()
	defer g.mu.Unlock()
	server := &http.Server{Handler: h, ErrorLog: silentLog()}
	g.server, g.listener = server, l
	go func() { _ = server.Serve(l) }() // Ends with ErrServerClosed.
}

// close drops the listener and every connection.
func (g *gate) close() {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.server != nil {
		// Serve may not have begun, and Close would not know of the listener.
		_ = g.listener.Close()
		_ = g.server.Close()
		g.server = nil
	}
}

// silentLog drops what a server says of connections that break.
func silentLog() *log.Logger { return log.New(io.Discard, "", 0) }

// started runs a tool that will block, and returns it with a channel of its end.
func (r *rig) started(name string, args ...string) (*exec.Cmd, <-chan error) {
	r.t.Helper()
	cmd := command(r.t, []string{"LC_ALL=C"}, need(r.t, name), args...)
	if err := cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	return cmd, ended
}

// within waits for a child's end, and kills it where it outstays its bound.
func (r *rig) within(what string, d time.Duration, cmd *exec.Cmd, ended <-chan error) error {
	r.t.Helper()
	select {
	case err := <-ended:
		return err
	case <-time.After(d):
		r.t.Errorf("%s has not ended within %v", what, d)
		_ = cmd.Process.Signal(syscall.SIGKILL)
		return <-ended
	}
}

// descriptors counts what a process has open.
func descriptors(t *testing.T, pid int) int {
	t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}

// metric sums a metric's samples in .uploadfs/stats.
func metric(t *testing.T, r *rig, name string) (sum float64) {
	t.Helper()
	found := false
	for line := range strings.Lines(read(t, r.dir, "stats")) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), name)
		if !ok || rest == "" || rest[0] != ' ' && rest[0] != '{' {
			continue
		}
		var v float64
		if _, err := fmt.Sscan(rest[strings.LastIndexByte(rest, ' ')+1:], &v); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		sum, found = sum+v, true
	}
	if !found {
		t.Fatalf(".uploadfs/stats has no %s", name)
	}
	return sum
}

// The signals that the tests send, by what they do.
const (
	hangup    = syscall.SIGHUP
	interrupt = syscall.SIGINT
)
