package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestDaemonReturnsWhenTheTreeCanBeRead: the shell's next command works, and
// nothing of the caller's is held by who stays behind.
func TestDaemonReturnsWhenTheTreeCanBeRead(t *testing.T) {
	needMount(t)
	dir := place(t)
	// finish waits until nobody has stdout and stderr open any more.
	mountAt(t, nil, dir, "demo:")
	if got := strings.Join(list(t, dir), " "); got != "demo-cos-1250000000 demo-oss demo-s3" {
		t.Errorf("ls right after the mount: %q; want the three buckets", got)
	}
	pid := daemonPID(t, dir)
	links := map[string]string{"cwd": "/", "fd/0": "/dev/null", "fd/1": "/dev/null", "fd/2": "/dev/null"}
	if os.Geteuid() != 0 {
		links = nil // The process hides them from everybody but root.
	}
	for link, want := range links {
		if got, err := os.Readlink(fmt.Sprintf("/proc/%d/%s", pid, link)); err != nil || got != want {
			t.Errorf("the daemon's %s is %q, %v; want %s", link, got, err, want)
		}
	}
	if sid, err := unix.Getsid(pid); err != nil || sid != pid {
		t.Errorf("the daemon's session is %d, %v; want its own (%d)", sid, err, pid)
	}
	output(t, "fusermount3", "-u", dir)
	gone(t, pid)
}

// TestWithoutHomeAndPath is how systemd starts a mount helper.
func TestWithoutHomeAndPath(t *testing.T) {
	needMount(t)
	dir := place(t)
	cmd := command(t, nil, os.Getenv(binaryVariable), "demo:?dialect=oss", dir)
	cmd.Env = []string{}
	if r := finish(t, cmd); r.status != 0 || r.stderr != "" {
		t.Fatalf("with an empty environment: status %d, stderr %q; want it mounted", r.status, r.stderr)
	}
	if got := strings.Join(list(t, dir), " "); got != "demo-oss" {
		t.Errorf("ls: %q; want demo-oss", got)
	}
}

// TestRelativePathsAreThoseOfTheCaller: the daemon leaves the directory.
func TestRelativePathsAreThoseOfTheCaller(t *testing.T) {
	needMount(t)
	dir := place(t)
	cmd := command(t, nil, os.Getenv(binaryVariable), "--log-file", "log", "demo:", filepath.Base(dir))
	cmd.Dir = filepath.Dir(dir)
	if r := finish(t, cmd); r.status != 0 {
		t.Fatalf("status %d, stderr %q", r.status, r.stderr)
	}
	log := filepath.Join(filepath.Dir(dir), "log")
	text, err := os.ReadFile(log)
	if err != nil || !strings.Contains(string(text), "msg=mounted") || len(list(t, dir)) != 3 {
		t.Errorf("log beside the mount point: %q, %v; want the line that it is mounted", text, err)
	}
	if st, err := os.Stat(log); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode of the log: %v, %v; want 0600", st.Mode(), err)
	}
}

// front starts uploadfs -f and waits until it is mounted.
func front(t *testing.T, env []string, dir string, args ...string) (*exec.Cmd, *strings.Builder) {
	t.Helper()
	cmd := command(t, env, os.Getenv(binaryVariable), append(append([]string{"-f"}, args...), dir)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		}
	})
	eventually(t, "the mount is there", func() bool { return mounted(t, dir) })
	return cmd, &stderr
}

func TestSignalsUnmountAndEndWithStatusZero(t *testing.T) {
	needMount(t)
	for _, s := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		dir := place(t)
		cmd, stderr := front(t, nil, dir, "demo:")
		list(t, dir)
		kill(t, cmd.Process.Pid, s)
		if err := cmd.Wait(); err != nil || mounted(t, dir) {
			t.Errorf("%v in front: %v, mounted %v; want status 0 and no mount (log %s)", s, err, mounted(t, dir), stderr)
		}
		if !strings.Contains(stderr.String(), "msg=mounted") || !strings.Contains(stderr.String(), "msg=unmounted") {
			t.Errorf("log on stderr: %q; want it mounted and unmounted", stderr)
		}

		mountAt(t, nil, dir, "demo:")
		pid := daemonPID(t, dir)
		kill(t, pid, s)
		gone(t, pid)
		if mounted(t, dir) {
			t.Errorf("%v to the daemon: the mount is still there", s)
		}
	}
}

// hold starts a process that works in dir.
func hold(t *testing.T, dir string) (release func()) {
	t.Helper()
	cmd := command(t, nil, need(t, "sleep"), "80")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := false
	release = func() {
		if !done {
			done = true
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // Killed, so always an error.
		}
	}
	t.Cleanup(release)
	return release
}

func TestBusyMountIsSaidAndTriedAgain(t *testing.T) {
	needMount(t)
	dir := place(t)
	log := filepath.Join(t.TempDir(), "log")
	mountAt(t, nil, dir, "--log-file="+log, "demo:")
	pid := daemonPID(t, dir)
	release := hold(t, filepath.Join(dir, "demo-s3", "uploads"))
	kill(t, pid, syscall.SIGTERM)
	eventually(t, "the log says that the mount is busy, and by whom", func() bool {
		text, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(text), "mount is busy") && strings.Contains(string(text), "sleep[")
	})
	if !mounted(t, dir) || !alive(pid) {
		t.Fatal("a busy mount was taken away by one signal")
	}
	release()
	gone(t, pid)
	if mounted(t, dir) {
		t.Error("the mount is still there after its last user left")
	}
}

func TestSecondSignalDetachesABusyMount(t *testing.T) {
	needMount(t)
	dir := place(t)
	log := filepath.Join(t.TempDir(), "log")
	mountAt(t, nil, dir, "--log-file="+log, "demo:")
	pid := daemonPID(t, dir)
	hold(t, filepath.Join(dir, "demo-s3"))
	kill(t, pid, syscall.SIGTERM)
	eventually(t, "the log says that the mount is busy", func() bool {
		text, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(text), "mount is busy")
	})
	kill(t, pid, syscall.SIGTERM)
	gone(t, pid)
	if mounted(t, dir) {
		t.Error("the mount is still there after the second signal")
	}
}

// TestDeadMountIsReplaced: after kill -9 the directory answers ENOTCONN to
// everybody, and the next mount takes its place, however many lie there.
func TestDeadMountIsReplaced(t *testing.T) {
	needMount(t)
	dir := place(t)
	for range 2 {
		mountAt(t, nil, dir, "demo:")
		pid := daemonPID(t, dir)
		kill(t, pid, syscall.SIGKILL)
		gone(t, pid)
		if _, err := os.Stat(dir); err == nil {
			t.Fatal("the mount answers after its process was killed")
		}
	}
	mountAt(t, nil, dir, "demo:")
	if got := len(list(t, dir)); got != 3 {
		t.Errorf("%d buckets; want 3", got)
	}
	output(t, "fusermount3", "-u", dir)
	if mounted(t, dir) {
		t.Error("a dead mount is left under the new one")
	}
}

// TestHangupDropsListingsAndOpensTheLogAgain.
func TestHangupDropsListingsAndOpensTheLogAgain(t *testing.T) {
	needMount(t)
	s, url := store(t)
	dir := place(t)
	log := filepath.Join(t.TempDir(), "log")
	mountAt(t, demoKeys(), dir, "--ttl=1h", "--log-file="+log, "s3://bkt?region=us-east-1&endpoint="+url)
	uploads := filepath.Join(dir, "bkt", "uploads")
	if got := strings.Join(list(t, uploads), " "); got != "a b" {
		t.Fatalf("uploads has %q; want a and b", got)
	}
	put(t, s, "bkt", "c")
	if got := strings.Join(list(t, uploads), " "); got != "a b" {
		t.Fatalf("uploads has %q within the ttl; want what is cached", got)
	}
	if err := os.Rename(log, log+".1"); err != nil {
		t.Fatal(err)
	}
	kill(t, daemonPID(t, dir), syscall.SIGHUP)
	eventually(t, "the new upload is listed", func() bool { return strings.Join(list(t, uploads), " ") == "a b c" })
	eventually(t, "the log file is there again", func() bool {
		text, err := os.ReadFile(log)
		return err == nil && strings.Contains(string(text), "dropped")
	})
}

// TestStalledStoreDoesNotHoldUpTheEnd: a reader waits for a store that says
// nothing, and SIGTERM ends both.
func TestStalledStoreDoesNotHoldUpTheEnd(t *testing.T) {
	needMount(t)
	s, url := store(t)
	dir := place(t)
	mountAt(t, demoKeys(), dir, "s3://bkt?region=us-east-1&endpoint="+url)
	pid := daemonPID(t, dir)
	s.SetLatency(time.Hour)
	reader := command(t, nil, need(t, "ls"), filepath.Join(dir, "bkt", "uploads"))
	if err := reader.Start(); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the request is under way", func() bool { return s.Counters().InFlight > 0 })
	start := time.Now()
	kill(t, pid, syscall.SIGTERM)
	if err := reader.Wait(); err == nil {
		t.Error("ls of a listing that never came ended with status 0")
	}
	gone(t, pid)
	if d := time.Since(start); d > 5*time.Second || mounted(t, dir) {
		t.Errorf("the end took %v, mounted %v; want at most 5s and no mount", d, mounted(t, dir))
	}
}

func TestServiceManagerIsTold(t *testing.T) {
	needMount(t)
	sockets, err := os.MkdirTemp("", "sd")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(sockets) })
	name := filepath.Join(sockets, "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	dir := place(t)
	cmd, _ := front(t, []string{"NOTIFY_SOCKET=" + name}, dir, "demo:")
	said := func() string {
		b := make([]byte, 256)
		if err := c.SetReadDeadline(time.Now().Add(soon)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	if got := said(); got != "READY=1" {
		t.Errorf("the service manager was told %q; want READY=1", got)
	}
	list(t, dir)
	kill(t, cmd.Process.Pid, syscall.SIGTERM)
	if got := said(); got != "STOPPING=1" {
		t.Errorf("the service manager was told %q at the end; want STOPPING=1", got)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
}
