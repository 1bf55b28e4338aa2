//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"uploadfs/remote/emulator"
)

const (
	opAbort   = "AbortMultipartUpload"
	opUploads = "ListMultipartUploads"
	opParts   = "ListParts"
)

// abortedLines are the log's lines of aborts, as key and upload id.
func (r *rig) abortedLines() []string {
	r.t.Helper()
	var out []string
	for _, line := range r.logLines(`"aborted a pending upload"`) {
		var l struct {
			Level, Bucket, Key string
			UploadID           string `json:"upload_id"`
		}
		if err := json.Unmarshal([]byte(line), &l); err != nil {
			r.t.Fatalf("the log's line %q: %v", line, err)
		}
		if l.Level != "INFO" || l.Bucket != r.sick {
			r.t.Errorf("the log's line %q; want level info and the bucket", line)
		}
		out = append(out, l.Key+"\x00"+l.UploadID)
	}
	slices.Sort(out)
	return out
}

// pending are the store's uploads of the sick bucket, as key and upload id.
func (r *rig) pending() []string {
	var out []string
	for u := range r.store.All(r.sick) {
		out = append(out, u.Key+"\x00"+u.UploadID)
	}
	slices.Sort(out)
	return out
}

func (r *rig) rmdir(dir string) result {
	r.t.Helper()
	res, _, _ := r.tool("rmdir", dir)
	return res
}

// history is which requests of the sick bucket were answered, in order.
func (r *rig) history() (stop func() []string) {
	var ops atomic.Pointer[[]string]
	ops.Store(&[]string{})
	r.store.OnRequest(func(q emulator.Request) {
		if q.Bucket == r.sick {
			for {
				old := ops.Load()
				all := append(slices.Clone(*old), q.Op)
				if ops.CompareAndSwap(old, &all) {
					return
				}
			}
		}
	})
	return func() []string { r.store.OnRequest(nil); return *ops.Load() }
}

// TestAbortLooksAbortsAndVerifies is rmdir in each dialect: the upload is looked
// at again, aborted, and asked for until it is gone; the log has one line.
func TestAbortLooksAbortsAndVerifies(t *testing.T) {
	for _, d := range dialects {
		t.Run(d, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{dialect: d, args: []string{"--allow-abort", "--ttl=1m"}, fill: func(r *rig) {
				r.put(r.sick, "a/one", 2)
				r.put(r.sick, "a/two", 2)
			}})
			twin := r.put(r.sick, "a/one", 1)
			r.whole(r.sick, "before")
			before := r.pending()
			stop := r.history()
			if res := r.rmdir(r.path(r.sick, "uploads", "a", "one", twin)); res.status != 0 {
				t.Fatalf("rmdir: %+v", res)
			}
			got := stop()
			if i := slices.Index(got, opAbort); i < 1 || got[i-1] != opUploads || !slices.Equal(got[i:], []string{opAbort, opParts}) {
				t.Errorf("the requests of rmdir: %q; want the upload looked at, one abort, and one List Parts", got)
			}
			want := slices.DeleteFunc(before, func(s string) bool { return s == "a/one\x00"+twin })
			if got := r.pending(); !slices.Equal(got, want) {
				t.Errorf("the store has %q; want %q: that upload alone is gone", got, want)
			}
			if got := r.abortedLines(); !slices.Equal(got, []string{"a/one\x00" + twin}) {
				t.Errorf("the log says %q was aborted; want that upload once", got)
			}
			r.whole(r.sick, "after the abort, without waiting for --ttl")
		})
	}
}

// TestAbortIsRepeatedWhileAPartSurvives: one that outlives two aborts goes with
// the third, one that never goes is EBUSY and stays to be seen.
func TestAbortIsRepeatedWhileAPartSurvives(t *testing.T) {
	for _, row := range []struct {
		survives int
		busy     bool
	}{{2, false}, {1000, true}} {
		t.Run(fmt.Sprint(row.survives), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{args: []string{"--allow-abort"}, sick: func(o *emulator.BucketOptions) { o.Quirks.AbortsSurvived = row.survives }})
			id := r.put(r.sick, "k", 1)
			dir := r.path(r.sick, "uploads", "k", id)
			res := r.rmdir(dir)
			aborts := r.store.Counters().Of(opAbort)
			if row.busy {
				if res.status == 0 || !strings.Contains(res.stderr, "busy") || len(r.abortedLines()) != 0 || aborts < 2 || aborts > 10 {
					t.Errorf("rmdir: %+v after %d aborts, log %q; want EBUSY after a few, and no word of success", res, aborts, r.abortedLines())
				}
				r.whole(r.sick, "with the upload that stays")
				return
			}
			if res.status != 0 || aborts != row.survives+1 || len(r.abortedLines()) != 1 {
				t.Errorf("rmdir: %+v after %d aborts, log %q; want it gone after %d, and one line", res, aborts, r.abortedLines(), row.survives+1)
			}
			r.whole(r.sick, "after the abort")
		})
	}
}

// TestAbortRefusals: what must not be aborted sends no abort.
func TestAbortRefusals(t *testing.T) {
	for _, row := range []struct {
		name  string
		args  []string
		sick  func(*emulator.BucketOptions)
		key   string
		age   time.Duration
		seen  string // the key as the tree shows it, key where empty
		says  string
		sends int
		fault emulator.Fault
		of    func(*http.Request) bool
	}{
		{name: "younger than --abort-min-age", key: "k", age: 23 * time.Hour, says: "busy"},
		{name: "old enough for --abort-min-age", key: "k", age: time.Hour, args: []string{"--abort-min-age=30m"}, sends: 1},
		{name: "of no date", key: "k", age: 48 * time.Hour, sick: func(o *emulator.BucketOptions) { o.Quirks.NoDates = true }, says: "busy"},
		{name: "of a key that the store mangled", key: "k\x01x", age: 48 * time.Hour, seen: "k\uFFFDx", says: "failed to remove",
			sick: func(o *emulator.BucketOptions) { o.Quirks.ReplaceControls, o.Quirks.URL = true, emulator.Off }},
		{name: "that may not be aborted", key: "k", age: 48 * time.Hour, says: sayEACCES, sends: 1,
			fault: emulator.ErrorFault(403, "AccessDenied"), of: func(q *http.Request) bool { return q.Method == http.MethodDelete }},
		{name: "that cannot be looked at again", key: "k", age: 48 * time.Hour, says: sayEIO,
			fault: emulator.ErrorFault(500, "InternalError"), of: ofUploads},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{args: append([]string{"--allow-abort", "--ttl=1m"}, row.args...), sick: row.sick, fill: func(*rig) {}})
			id, err := r.store.PutUpload(r.sick, row.key, "", time.Now().Add(-row.age))
			if err != nil {
				t.Fatal(err)
			}
			seen := row.seen
			if seen == "" {
				seen = row.key
			}
			// The listing shows the upload; where the store mangled its key, nothing
			// else does.
			dir := r.path(r.sick, "uploads", seen, id)
			if res, lines := r.find(r.sick); !slices.Contains(lines, filepath.Dir(dir)) {
				t.Fatalf("find: %+v; want it to show %s", res, filepath.Dir(dir))
			}
			if row.of != nil {
				r.fall(row.fault, row.of)
			}
			res := r.rmdir(dir)
			if row.says == "" && res.status != 0 || row.says != "" && (res.status == 0 || !strings.Contains(res.stderr, row.says)) {
				t.Errorf("rmdir: %+v; want %q", res, row.says)
			}
			if n := r.store.Counters().Of(opAbort); n != row.sends {
				t.Errorf("%d aborts were sent; want %d", n, row.sends)
			}
			if left := len(r.pending()); row.says != "" && row.sends == 0 && left != 1 {
				t.Errorf("the store has %d uploads; want the one that was refused", left)
			}
		})
	}
}

// TestAbortOfWhatIsGoneIsENOENT, although a listing still shows it.
func TestAbortOfWhatIsGoneIsENOENT(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{args: []string{"--allow-abort", "--ttl=1h"}})
	id := r.put(r.sick, "k", 1)
	dir := r.path(r.sick, "uploads", "k", id)
	if res, _, _ := r.tool("ls", dir); res.status != 0 {
		t.Fatal(res)
	}
	r.store.DropUpload(r.sick, "k", id)
	if res := r.rmdir(dir); res.status == 0 || !strings.Contains(res.stderr, sayENOENT) || r.store.Counters().Of(opAbort) != 0 {
		t.Errorf("rmdir: %+v after %d aborts; want ENOENT and none", res, r.store.Counters().Of(opAbort))
	}
	r.whole(r.sick, "after it: the listing that named it is dropped")
}

// TestAbortSurvivesAnInterrupt: rmdir that is interrupted while the store is slow
// leaves nothing half done: what was sent is verified and logged.
func TestAbortSurvivesAnInterrupt(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{args: []string{"--allow-abort", "--timeout=20s"}})
	id := r.put(r.sick, "k", 1)
	dir := r.path(r.sick, "uploads", "k", id)
	if res, _, _ := r.tool("ls", dir); res.status != 0 {
		t.Fatal(res)
	}
	release := make(chan struct{})
	var reached atomic.Bool
	r.store.SetFault(func(q *http.Request, _ int) *emulator.Fault {
		if q.Method == http.MethodDelete {
			reached.Store(true)
			<-release
		}
		return nil
	})
	cmd, ended := r.started("rmdir", dir)
	eventually(t, "the abort is on its way", reached.Load)
	kill(t, cmd.Process.Pid, unix.SIGINT)
	if err := r.within("an interrupted rmdir", time.Second+answerBound/4, cmd, ended); err == nil {
		t.Error("an interrupted rmdir ended with status 0")
	}
	close(release)
	eventually(t, "the abort is logged once", func() bool { return len(r.abortedLines()) == 1 })
	r.whole(r.sick, "after it")
}

// changes are everything that a program may try to change, as system calls.
func changes(r *rig, id string) map[string]func() error {
	up := r.path(r.sick, "uploads", "a", "one", id)
	file, part := filepath.Join(up, "upload.json"), filepath.Join(up, "parts", "1")
	key := r.path(r.sick, "uploads", "a", "one")
	return map[string]func() error{
		"rm of a part":                func() error { return unix.Unlink(part) },
		"rm of upload.json":           func() error { return unix.Unlink(file) },
		"rm of uploads.jsonl":         func() error { return unix.Unlink(r.path(r.sick, "uploads.jsonl")) },
		"rm of .uploadfs/stats":       func() error { return unix.Unlink(r.path(".uploadfs", "stats")) },
		"rmdir of parts":              func() error { return unix.Rmdir(filepath.Join(up, "parts")) },
		"rmdir of a key":              func() error { return unix.Rmdir(key) },
		"rmdir of a prefix":           func() error { return unix.Rmdir(r.path(r.sick, "uploads", "a")) },
		"rmdir of uploads":            func() error { return unix.Rmdir(r.path(r.sick, "uploads")) },
		"rmdir of a bucket":           func() error { return unix.Rmdir(r.path(r.sick)) },
		"rmdir of .uploadfs":          func() error { return unix.Rmdir(r.path(".uploadfs")) },
		"mkdir in a key":              func() error { return unix.Mkdir(filepath.Join(key, "new"), 0o755) },
		"mkdir in the root":           func() error { return unix.Mkdir(r.path("new"), 0o755) },
		"touch":                       func() error { return create(filepath.Join(key, "new")) },
		"touch of a part":             func() error { return unix.UtimesNanoAt(unix.AT_FDCWD, part, nil, 0) },
		"open for writing":            func() error { return openFor(part, unix.O_WRONLY) },
		"open for truncating":         func() error { return openFor(file, unix.O_RDWR|unix.O_TRUNC) },
		"truncate":                    func() error { return unix.Truncate(part, 0) },
		"mv of a part":                func() error { return unix.Rename(part, filepath.Join(up, "parts", "9")) },
		"mv of an upload":             func() error { return unix.Rename(up, filepath.Join(key, "other")) },
		"chmod":                       func() error { return unix.Chmod(part, 0o777) },
		"chown":                       func() error { return unix.Chown(part, 1, 1) },
		"ln":                          func() error { return unix.Link(part, filepath.Join(up, "parts", "9")) },
		"ln -s":                       func() error { return unix.Symlink("x", filepath.Join(key, "new")) },
		"mknod":                       func() error { return unix.Mknod(filepath.Join(key, "new"), unix.S_IFIFO|0o600, 0) },
		"setfattr":                    func() error { return unix.Setxattr(up, "user.x", []byte("y"), 0) },
		"setfattr -x":                 func() error { return unix.Removexattr(up, "user.key") },
		"a file without name":         func() error { return openFor(key, unix.O_TMPFILE|unix.O_RDWR) },
		"rm of an upload as a file":   func() error { return unix.Unlink(up) },
		"mv over an upload":           func() error { return unix.Rename(r.path(r.sick, "uploads", "b"), up) },
		"exchange of two directories": func() error { return unix.Renameat2(unix.AT_FDCWD, up, unix.AT_FDCWD, key, unix.RENAME_EXCHANGE) },
	}
}

func openFor(name string, flags int) error {
	fd, err := unix.Open(name, flags, 0o600)
	if err == nil {
		_ = unix.Close(fd)
	}
	return err
}

func create(name string) error { return openFor(name, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY) }

// TestNothingElseCanBeChanged: every other change is EPERM with --allow-abort,
// and EROFS without, where the upload's own rmdir is too; the store is asked to
// abort nothing, at the mount or later.
func TestNothingElseCanBeChanged(t *testing.T) {
	for _, flag := range []bool{true, false} {
		t.Run(fmt.Sprintf("allow-abort=%v", flag), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, rigOptions{args: []string{fmt.Sprintf("--allow-abort=%v", flag), "--ttl=1m"}})
			r.whole(r.sick, "before")
			names := list(t, r.path(r.sick, "uploads", "a", "one"))
			tries := changes(r, names[0])
			if !flag {
				tries["rmdir of an upload"] = func() error { return unix.Rmdir(r.path(r.sick, "uploads", "a", "one", names[0])) }
			}
			for what, try := range tries {
				err := try()
				// EXDEV, ENOTDIR and their like are the kernel's own, before it asks.
				ok := errors.Is(err, unix.EROFS) && !flag || flag && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.EROFS) ||
					slices.ContainsFunc([]error{unix.EISDIR, unix.EINVAL, unix.EEXIST, unix.ENOTEMPTY}, func(e error) bool { return errors.Is(err, e) })) ||
					errors.Is(err, unix.EISDIR) || errors.Is(err, unix.EINVAL)
				if !ok {
					t.Errorf("%s: %v; want it refused", what, err)
				}
			}
			writers := 0
			for c, n := range r.store.Counters().Requests {
				if c.Op != opUploads && c.Op != opParts && c.Op != "ListBuckets" {
					writers += n
				}
			}
			if writers != 0 || len(r.abortedLines()) != 0 {
				t.Errorf("%d requests that change something: %v; want none", writers, r.store.Counters().Requests)
			}
			r.whole(r.sick, "after everything that was tried")
		})
	}
}

// TestFindPipedToRmdirAbortsExactlyThose is the command of interface.md over a
// thousand uploads, on a store that throttles and fails at random: exactly the
// thousand old ones go, each with one line in the log.
func TestFindPipedToRmdirAbortsExactlyThose(t *testing.T) {
	for d, old := range map[string]int{"s3": 1000, "cos": 200, "oss": 200} {
		t.Run(d, func(t *testing.T) {
			t.Parallel()
			cleanBucket(t, d, old, 40)
		})
	}
}

// cleanBucket runs the command over a bucket of so many old and young uploads.
func cleanBucket(t *testing.T, d string, old, young int) {
	r := newRig(t, rigOptions{dialect: d, args: []string{"--allow-abort", "--ttl=1m", "--retries=12", "--timeout=20s"}, fill: func(r *rig) {
		for i := range old {
			if _, err := r.store.PutUpload(r.sick, fmt.Sprintf("d%d/k%03d", i%7, i/2), "", time.Now().Add(-40*24*time.Hour)); err != nil {
				t.Fatal(err)
			}
		}
		for i := range young {
			r.put(r.sick, fmt.Sprintf("d%d/k%03d", i%7, i), 1)
		}
	}})
	var olds, rest []string
	for u := range r.store.All(r.sick) {
		if s := u.Key + "\x00" + u.UploadID; time.Since(u.Initiated) > 30*24*time.Hour {
			olds = append(olds, s)
		} else {
			rest = append(rest, s)
		}
	}
	slices.Sort(olds)
	slices.Sort(rest)
	if len(olds) != old || len(rest) != young {
		t.Fatalf("the store has %d and %d uploads", len(olds), len(rest))
	}
	r.fail(map[int]emulator.Fault{97: {Throttle: true}, 13: emulator.ErrorFault(500, "InternalError"), 29: {CutHalf: true}})
	script := `find "$1/uploads" -name upload.json -mtime +30 -printf '%h\0' | xargs -0 -n 100 -P 4 rmdir`
	res := finish(t, command(t, []string{"LC_ALL=C"}, need(t, "sh"), "-c", script, "sh", r.path(r.sick)))
	if res.status != 0 || res.stderr != "" {
		t.Errorf("find | xargs rmdir: status %d, stderr %.2000q; want silence", res.status, res.stderr)
	}
	r.heal()
	if got := r.pending(); !slices.Equal(got, rest) {
		t.Errorf("the store has %d uploads left: %s; want exactly the %d young ones", len(got), difference(got, rest), len(rest))
	}
	if got := r.abortedLines(); !slices.Equal(got, olds) {
		t.Errorf("the log names %d aborts: %s; want each of the %d once", len(got), difference(got, olds), len(olds))
	}
	r.whole(r.sick, "after the clean-up")
}
