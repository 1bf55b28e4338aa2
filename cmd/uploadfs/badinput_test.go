package main

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"uploadfs/remote/emulator"
)

// bad is one row of the table: what a user types, and what they are told.
type bad struct {
	name   string
	env    []string
	args   []string
	status int
	says   []string
}

// TestBadInputIsOneLineThatSaysWhatToDo runs each row in front and as a daemon:
// the exit status of interface.md, exactly one line on stderr, nothing mounted.
func TestBadInputIsOneLineThatSaysWhatToDo(t *testing.T) {
	needMount(t)
	_, url := store(t)
	_, other := store(t)
	moved := func(f emulator.Fault) func(*emulator.BucketOptions) {
		return func(o *emulator.BucketOptions) { o.Faults = []emulator.Rule{{Fault: f}} }
	}
	_, elsewhere := store(t, moved(emulator.Fault{Status: 301, Code: "PermanentRedirect", Extra: [][2]string{{"Endpoint", "bkt.s3.eu-west-1.amazonaws.com"}}}))
	_, oss := store(t, func(o *emulator.BucketOptions) { o.Dialect = "oss" },
		moved(emulator.Fault{Status: 403, Code: "AccessDenied", Extra: [][2]string{{"Endpoint", "oss-cn-beijing.aliyuncs.com"}}}))
	dir := place(t)
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	live := place(t)
	mountAt(t, nil, live, "demo:?dialect=s3")
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()

	keys := demoKeys()
	ossKeys := []string{"OSS_ACCESS_KEY_ID=" + emulator.DemoID, "OSS_ACCESS_KEY_SECRET=" + emulator.DemoSecret}
	at := func(url, bucket string) string { return "s3://" + bucket + "?region=us-east-1&endpoint=" + url }
	rows := []bad{
		{"nothing", nil, nil, 2, []string{"uploadfs demo: /mnt"}},
		{"no mount point", nil, []string{"demo:"}, 2, []string{"mount point is missing"}},
		{"unknown scheme", nil, []string{"gs://b", dir}, 2, []string{`"gs:"`, "s3://"}},
		{"bucket left out", nil, []string{"s3:///prefix", dir}, 2, []string{"the bucket is missing"}},
		{"unknown parameter", nil, []string{"s3://b?regoin=x", dir}, 2, []string{`"regoin"`, "allowed:", "region"}},
		{"bad value", nil, []string{"s3://b?retries=x", dir}, 2, []string{"retries", "whole number"}},
		{"credential in a query", nil, []string{"s3://b?secret-key=hunter2", dir}, 2, []string{"environment"}},
		{"COS without APPID", nil, []string{"cos://b", dir}, 2, []string{"APPID"}},
		{"bad flag", nil, []string{"--no-such-flag", "demo:", dir}, 2, []string{"no-such-flag", "--help"}},
		{"bad value of a flag", nil, []string{"--ttl=soon", "demo:", dir}, 2, []string{"--ttl", "30s"}},
		{"bad -o", nil, []string{"demo:", dir, "-o", "no_such_option"}, 2, []string{"no_such_option", "--help"}},
		{"plain http", keys, []string{"s3://b?endpoint=http://192.0.2.1:9000", dir}, 2, []string{"http", "--insecure-http"}},
		{"plain http by environment", append(keys, "AWS_ENDPOINT_URL=http://192.0.2.1:9000"), []string{"s3://b", dir}, 2, []string{"http", "--insecure-http"}},
		{"conflicting names", keys, []string{at(url, "bkt"), at(other, "bkt"), dir}, 2, []string{"as=NAME", "bkt"}},
		{"name of the embedded store", keys, []string{at(url, "bkt") + "&as=demo-s3", "demo:", dir}, 2, []string{"as=NAME", "demo-s3"}},
		{"log file under the mount", nil, []string{"--log-file=" + dir + "/log", "demo:", dir}, 2, []string{"--log-file", "another place"}},
		{"two accounts with one bucket", keys, []string{"s3://?region=us-east-1&endpoint=" + url, "s3://?region=us-east-1&endpoint=" + other, dir}, 1, []string{`"bkt"`, "as=NAME"}},

		{"no credentials", nil, []string{at(url, "bkt"), dir}, 1, []string{"AWS_ACCESS_KEY_ID", "--anonymous"}},
		{"no COS credentials", nil, []string{"cos://b-1250000000?region=ap-guangzhou", dir}, 1, []string{"COS_SECRETID"}},
		{"no OSS credentials", nil, []string{"oss://bkt?region=cn-hangzhou", dir}, 1, []string{"OSS_ACCESS_KEY_ID"}},
		{"wrong secret", []string{keys[0], "AWS_SECRET_ACCESS_KEY=hunter2"}, []string{at(url, "bkt"), dir}, 1, []string{"SignatureDoesNotMatch", "AWS_SECRET_ACCESS_KEY"}},
		{"unknown key id", []string{"AWS_ACCESS_KEY_ID=AKIANOBODY", keys[1]}, []string{at(url, "bkt"), dir}, 1, []string{"InvalidAccessKeyId"}},
		{"missing bucket", keys, []string{at(url, "nothere"), dir}, 1, []string{"NoSuchBucket", "check the bucket's name"}},
		{"unreachable endpoint", keys, []string{at("http://127.0.0.1:1", "bkt") + "&retries=2", dir}, 1, []string{"refused", "endpoint"}},
		{"missing mount point", nil, []string{"demo:", filepath.Join(dir, "none")}, 1, []string{"mkdir -p"}},
		{"mount point no directory", nil, []string{"demo:", file}, 1, []string{"not a directory"}},
		{"already mounted", nil, []string{"demo:", live}, 1, []string{"already mounted", "fusermount3 -u"}},
		{"log file that cannot be", nil, []string{"--log-file=/nonexistent/log", "demo:", dir}, 1, []string{"--log-file", "can be written"}},
		{"metrics address in use", nil, []string{"--metrics-addr=" + taken.Addr().String(), "demo:", dir}, 1, []string{"--metrics-addr", "free address"}},
		{"region of another bucket", keys, []string{at(elsewhere, "bkt"), dir}, 1, []string{"PermanentRedirect", "--endpoint", "eu-west-1"}},
		{"OSS region", ossKeys, []string{"oss://bkt?region=cn-hangzhou&endpoint=" + oss, dir}, 1, []string{"AccessDenied", "--endpoint", "oss-cn-beijing.aliyuncs.com"}},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			for _, front := range [][]string{nil, {"-f"}} {
				r := program(t, row.env, append(front, row.args...)...)
				if r.status != row.status {
					t.Errorf("%q: status %d, want %d (stderr %q)", front, r.status, row.status, r.stderr)
				}
				if strings.Count(r.stderr, "\n") != 1 || !strings.HasPrefix(r.stderr, "uploadfs: ") || r.stdout != "" {
					t.Errorf("%q: stderr %q, stdout %q; want exactly one line on stderr", front, r.stderr, r.stdout)
				}
				for _, word := range row.says {
					if !strings.Contains(r.stderr, word) {
						t.Errorf("%q: stderr %q; want it to say %q", front, r.stderr, word)
					}
				}
				if strings.Contains(r.stderr, "hunter2") {
					t.Errorf("%q: stderr %q shows a secret", front, r.stderr)
				}
				if mounted(t, dir) {
					t.Errorf("%q: %s is left mounted", front, dir)
				}
			}
		})
	}
}

// TestEachFailedSourceHasItsLine: the others' failures do not hide one.
func TestEachFailedSourceHasItsLine(t *testing.T) {
	needMount(t)
	_, url := store(t)
	dir := place(t)
	end := "?region=us-east-1&endpoint=" + url
	r := program(t, demoKeys(), "s3://bkt"+end, "s3://nothere"+end, "s3://neither"+end, dir)
	if r.status != 1 || strings.Count(r.stderr, "\n") != 2 || !strings.Contains(r.stderr, "uploadfs: s3://nothere: ") || !strings.Contains(r.stderr, "uploadfs: s3://neither: ") {
		t.Errorf("status %d, stderr %q; want 1 and one line for each of the two buckets that are missing", r.status, r.stderr)
	}
}

// TestWithoutTheDeviceTheLineNamesItAndTheCapability enters a mount namespace
// where /dev/fuse is something else, or where /dev has nothing at all.
func TestWithoutTheDeviceTheLineNamesItAndTheCapability(t *testing.T) {
	needMount(t)
	needRoot(t)
	unshare := need(t, "unshare")
	for _, hide := range []string{"mount --bind /dev/null /dev/fuse", "mount -t tmpfs none /dev"} {
		dir := place(t)
		cmd := command(t, nil, unshare, "-m", "--propagation", "private", "sh", "-c", hide+` && exec "$0" demo: "$1"`, os.Getenv(binaryVariable), dir)
		r := finish(t, cmd)
		if r.status != 1 || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, "/dev/fuse") || !strings.Contains(r.stderr, "SYS_ADMIN") ||
			!strings.Contains(r.stderr, "--device /dev/fuse") {
			t.Errorf("after %q: status %d, stderr %q; want 1 and one line with the device, the capability and what to add", hide, r.status, r.stderr)
		}
	}
}

// TestPrefixSendsNothingOutsideIt: credentials that may see one prefix alone
// are enough, and the start is one request.
func TestPrefixSendsNothingOutsideIt(t *testing.T) {
	needMount(t)
	s, url := store(t, func(o *emulator.BucketOptions) { o.OnlyPrefix = "a/" })
	dir := place(t)
	mountAt(t, demoKeys(), dir, "s3://bkt/a/?region=us-east-1&endpoint="+url)
	if n := s.Counters().Total; n != 1 {
		t.Errorf("the start took %d requests; want one", n)
	}
	if got := strings.Join(list(t, filepath.Join(dir, "bkt", "uploads", "a")), " "); got != "one two" {
		t.Errorf("uploads/a has %q; want one and two", got)
	}
	output(t, "find", dir)
	for c, n := range s.Counters().Requests {
		if c.Status != 200 {
			t.Errorf("%d requests %s were answered %d; want none outside the prefix", n, c.Op, c.Status)
		}
	}
}

// TestInterruptedStartLeavesNothing: a signal while a store is silent ends the
// program at once.
func TestInterruptedStartLeavesNothing(t *testing.T) {
	needMount(t)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	asked := make(chan struct{}, 64)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			c, err := l.Accept()
			if err != nil {
				return
			}
			defer c.Close() // Silent until the test is over.
			asked <- struct{}{}
		}
	}()
	for _, front := range [][]string{{"-f"}, nil} {
		dir := place(t)
		cmd := command(t, demoKeys(), os.Getenv(binaryVariable), append(front, "s3://bkt?region=us-east-1&endpoint=http://"+l.Addr().String(), dir)...)
		var stderr strings.Builder
		cmd.Stderr = &stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		<-asked
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // The status is looked at below.
		if cmd.ProcessState.ExitCode() != 1 || !strings.Contains(stderr.String(), "interrupted") || mounted(t, dir) {
			t.Errorf("%q: %v, stderr %q; want status 1, a line that says interrupted, and no mount", front, cmd.ProcessState, stderr.String())
		}
	}
}

// TestWrongRegionIsCorrectedWhereTheStoreNamesTheRightOne: S3 does.
func TestWrongRegionIsCorrectedWhereTheStoreNamesTheRightOne(t *testing.T) {
	needMount(t)
	for _, redirect := range []bool{false, true} {
		_, url := store(t, func(o *emulator.BucketOptions) { o.Region, o.Quirks.Redirect = "eu-west-1", redirect })
		dir := place(t)
		mountAt(t, demoKeys(), dir, "s3://bkt?region=us-east-1&endpoint="+url)
		if got := strings.Join(list(t, filepath.Join(dir, "bkt", "uploads")), " "); got != "a b" {
			t.Errorf("uploads has %q; want a and b", got)
		}
	}
}
