package main

import (
	"bufio"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"uploadfs/remote/emulator"
)

// TestRequestsStreamHasOneLineForEachRequest.
func TestRequestsStreamHasOneLineForEachRequest(t *testing.T) {
	needMount(t)
	s, url := store(t)
	put(t, s, "bkt", "odd\x1b[2J\nkey")
	dir := place(t)
	mountAt(t, demoKeys(), dir, "s3://bkt?region=us-east-1&endpoint="+url)
	watch := command(t, nil, need(t, "cat"), filepath.Join(dir, ".uploadfs", "requests"))
	pipe, err := watch.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() {
		defer close(lines)
		for sc := bufio.NewScanner(pipe); sc.Scan(); {
			lines <- sc.Text()
		}
	}()
	// The stream is open once a request shows in it.
	eventually(t, "the stream is open", func() bool {
		kill(t, daemonPID(t, dir), syscall.SIGHUP)
		list(t, filepath.Join(dir, "bkt", "uploads"))
		return len(lines) > 0
	})
	for len(lines) > 0 {
		<-lines
	}
	s.ResetCounters()
	output(t, "find", dir)
	output(t, "grep", "-r", "-c", "ETag", filepath.Join(dir, "bkt", "uploads"))
	kill(t, daemonPID(t, dir), syscall.SIGTERM)
	var got []string
	for line := range lines {
		got = append(got, line)
	}
	if err := watch.Wait(); err != nil {
		t.Errorf("cat of the stream: %v; want status 0 at the end of the mount", err)
	}
	if want := s.Counters().Total; len(got) != want {
		t.Errorf("%d lines for %d requests:\n%s", len(got), want, strings.Join(got, "\n"))
	}
	shape := regexp.MustCompile(`^time=\S+ source=s3://bkt api=(ListMultipartUploads|ListParts) bucket=bkt .*status=200 ms=[0-9.]+ bytes=[1-9][0-9]* try=1 .*request_id=\S+$`)
	for _, line := range got {
		if !shape.MatchString(line) || strings.ContainsAny(line, "\x1b") {
			t.Errorf("line %q; want logfmt of one request", line)
		}
	}
}

// TestStreamsEndWithTheMount: a watcher does not keep the mount busy.
func TestStreamsEndWithTheMount(t *testing.T) {
	needMount(t)
	dir := place(t)
	mountAt(t, nil, dir, "demo:")
	pid := daemonPID(t, dir)
	watch := command(t, nil, need(t, "cat"), filepath.Join(dir, ".uploadfs", "requests"))
	if err := watch.Start(); err != nil {
		t.Fatal(err)
	}
	kill(t, pid, syscall.SIGTERM)
	gone(t, pid)
	_ = watch.Wait() // It may not have opened the file before the end.
	if mounted(t, dir) {
		t.Error("the mount is still there")
	}
}

// TestStatsAndMetricsCountWhatWasSent compares with what the store counted.
func TestStatsAndMetricsCountWhatWasSent(t *testing.T) {
	needMount(t)
	s, url := store(t)
	dir := place(t)
	log := filepath.Join(t.TempDir(), "log")
	mountAt(t, demoKeys(), dir, "--metrics-addr=127.0.0.1:0", "--log-file="+log, "s3://bkt?region=us-east-1&endpoint="+url)
	output(t, "du", "-s", dir)
	stats := read(t, dir, "stats")
	for line := range strings.Lines(stats) {
		if !strings.HasPrefix(strings.TrimPrefix(strings.TrimPrefix(line, "# HELP "), "# TYPE "), "uploadfs_") {
			t.Errorf("stats has the line %q; want every name to begin with uploadfs_", line)
		}
	}
	requests := 0
	for _, m := range regexp.MustCompile(`(?m)^uploadfs_requests_total\{api="(\w+)",source="s3://bkt",status="200"\} (\d+)$`).FindAllStringSubmatch(stats, -1) {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		if want := s.Counters().Of(m[1]); n != want {
			t.Errorf("%s: %d in stats, the store counted %d", m[1], n, want)
		}
		requests += n
	}
	if want := s.Counters().Total; requests != want || want == 0 {
		t.Errorf("%d requests in stats, the store counted %d", requests, want)
	}
	for _, name := range []string{"retries_total", "throttled_total", "received_bytes_total", "request_duration_seconds_bucket", "requests_in_flight", "concurrency_limit",
		"cache_hits_total", "cache_misses_total", "cache_entries", "cache_bytes", "open_directories", "inodes", "readahead_used_total", "readahead_wasted", "uploads_seen_total", "build_info"} {
		if !strings.Contains(stats, "\nuploadfs_"+name) && !strings.HasPrefix(stats, "uploadfs_"+name) && name != "retries_total" && name != "throttled_total" {
			t.Errorf("stats has no uploadfs_%s", name)
		}
	}

	addr := regexp.MustCompile(`msg="metrics are served" address=(\S+)`).FindStringSubmatch(readFile(t, log))
	if addr == nil {
		t.Fatalf("the log does not say where metrics are served:\n%s", readFile(t, log))
	}
	if got := get(t, "http://"+addr[1]+"/healthz"); got != "ok\n" {
		t.Errorf("/healthz says %q; want ok", got)
	}
	if got := get(t, "http://"+addr[1]+"/metrics"); !strings.Contains(got, fmt.Sprintf("uploadfs_uploads_seen_total %d", 3)) {
		t.Errorf("/metrics does not count the three uploads:\n%s", got)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func get(t *testing.T, url string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != 200 {
		t.Fatalf("%s: %s %v", url, resp.Status, err)
	}
	return string(b)
}

// TestNoSecretAnywhere looks for the secret and the token in everything that
// leaves the process, with logs at their most talkative, while requests fail.
func TestNoSecretAnywhere(t *testing.T) {
	needMount(t)
	const id, secret, token = "AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMIbPxRfiCYEXAMPLEKEY", "FwoGZXIvYXdzEXAMPLETOKEN"
	s, url := store(t)
	s.SetCredentials(emulator.Credential{ID: id, Secret: secret, Token: token})
	dir := place(t)
	log := filepath.Join(t.TempDir(), "log")
	env := []string{"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_SESSION_TOKEN=" + token}
	mountAt(t, env, dir, "--log-level=debug", "--debug-fuse", "--ttl=0", "--retries=1", "--log-file="+log, "s3://bkt?region=us-east-1&endpoint="+url)
	output(t, "find", dir)
	s.SetCredentials(emulator.Credential{ID: "nobody", Secret: "x"})
	if r := finish(t, command(t, nil, need(t, "ls"), filepath.Join(dir, "bkt", "uploads"))); r.status == 0 || !strings.Contains(r.stderr, "Permission denied") {
		t.Errorf("ls with keys that are no longer known: status %d, stderr %q; want Permission denied", r.status, r.stderr)
	}
	pid := daemonPID(t, dir)
	places := map[string]string{
		"log": readFile(t, log), "command line": readFile(t, fmt.Sprintf("/proc/%d/cmdline", pid)), "table of mounts": readFile(t, "/proc/self/mountinfo"),
	}
	for _, name := range []string{"stats", "errors", "config"} {
		places[".uploadfs/"+name] = read(t, dir, name)
	}
	if !strings.Contains(places["log"], "ListMultipartUploads") || !strings.Contains(places[".uploadfs/errors"], "InvalidAccessKeyId") {
		t.Errorf("the log or the errors say nothing of the requests: %q", places[".uploadfs/errors"])
	}
	for where, text := range places {
		for _, word := range []string{secret, token, "Signature="} {
			if strings.Contains(text, word) {
				t.Errorf("%s shows %q", where, word)
			}
		}
	}
	if !strings.Contains(places[".uploadfs/config"], "source.1.credentials=") {
		t.Error(".uploadfs/config does not name the kind of the credentials")
	}
}

// TestFullLogDiskStopsNothing logs to a device that is always full.
func TestFullLogDiskStopsNothing(t *testing.T) {
	needMount(t)
	if _, err := os.Stat("/dev/full"); err != nil {
		missing(t, err.Error())
	}
	dir := place(t)
	mountAt(t, nil, dir, "--log-file=/dev/full", "--log-level=debug", "demo:")
	output(t, "find", dir)
	if n := regexp.MustCompile(`(?m)^uploadfs_log_dropped_total ([1-9]\d*)$`).FindString(read(t, dir, "stats")); n == "" {
		t.Error("stats do not count the lines that were lost")
	}
}
