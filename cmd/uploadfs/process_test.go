package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"uploadfs/cmd/internal/mountpoint"
	"uploadfs/remote"
	"uploadfs/remote/emulator"
)

// binaryVariable hands the binary that TestMain built to the tests.
const binaryVariable = "UPLOADFS_TEST_BINARY"

// sourceVariable hands the folder of these files to the tests: a test of the
// daemon leaves the working directory.
const sourceVariable = "UPLOADFS_TEST_SOURCE"

// bound is how long any child of these tests may live, and soon what it has to
// react to anything.
const (
	bound = 90 * time.Second
	soon  = 20 * time.Second
)

func TestMain(m *testing.M) { os.Exit(buildAndRun(m)) }

func buildAndRun(m *testing.M) int {
	dir, err := os.MkdirTemp("", "uploadfs-bin")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	binary := filepath.Join(dir, "uploadfs")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
		return 1
	}
	source, err := os.Getwd()
	if err == nil {
		err = errors.Join(os.Setenv(binaryVariable, binary), os.Setenv(sourceVariable, source))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// needMount fails in continuous integration, and skips elsewhere, where this
// machine cannot mount.
func needMount(t *testing.T) {
	t.Helper()
	if err := mountpoint.Device(); err != nil {
		missing(t, err.Error())
	}
}

// needRoot is for tests that make namespaces or call mount(8).
func needRoot(t *testing.T) {
	t.Helper()
	if os.Geteuid() != 0 {
		missing(t, "this test needs root")
	}
}

// need finds a program of the system.
func need(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, err.Error())
	}
	return path
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// result is how a child ended.
type result struct {
	status         int
	stdout, stderr string
}

// program runs the binary with nothing in its environment but env.
func program(t *testing.T, env []string, args ...string) result {
	t.Helper()
	return finish(t, command(t, env, os.Getenv(binaryVariable), args...))
}

func command(t *testing.T, env []string, name string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + t.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}, env...)
	cmd.WaitDelay = 5 * time.Second
	return cmd
}

// finish waits for the child to end, and for whoever holds its stdout and stderr.
func finish(t *testing.T, cmd *exec.Cmd) result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if _, ok := errors.AsType[*exec.ExitError](err); err != nil && !ok {
		t.Fatalf("%q: %v (stderr %q)", cmd.Args, err, stderr.String())
	}
	return result{cmd.ProcessState.ExitCode(), stdout.String(), stderr.String()}
}

// output runs a tool of the system, and fails the test where it fails.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	r := finish(t, command(t, nil, need(t, name), args...))
	if r.status != 0 || r.stderr != "" {
		t.Fatalf("%s %q: status %d, stderr %q; want it to work", name, args, r.status, r.stderr)
	}
	return r.stdout
}

// place makes a mount point that is free again after the test.
func place(t *testing.T) string {
	t.Helper()
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	dir = filepath.Join(dir, "mnt")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 8 {
			if !mounted(t, dir) {
				return
			}
			// A daemon that ends may be quicker.
			if err := mountpoint.Detach(dir); err != nil && mounted(t, dir) {
				t.Errorf("%s is left mounted: %v", dir, err)
				return
			}
		}
	})
	return dir
}

// mounted reports whether anything is mounted on dir.
func mounted(t testing.TB, dir string) bool {
	t.Helper()
	table, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(table), " "+dir+" ")
}

// eventually waits for a condition that another process brings about.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	deadline := time.Now().Add(soon)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			t.Fatalf("not within %v: %s", soon, what)
		}
		<-tick.C
	}
}

// daemonPID reads the daemon's process id from the mount.
func daemonPID(t *testing.T, dir string) int {
	t.Helper()
	config, err := os.ReadFile(filepath.Join(dir, ".uploadfs", "config"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(config)) {
		if v, ok := strings.CutPrefix(line, "pid="); ok {
			pid, err := strconv.Atoi(strings.TrimSpace(v))
			if err != nil {
				t.Fatal(err)
			}
			return pid
		}
	}
	t.Fatalf("no pid in .uploadfs/config:\n%s", config)
	return 0
}

// gone waits until a process that is not our child has ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	eventually(t, fmt.Sprintf("process %d ends", pid), func() bool { return !alive(pid) })
}

// alive is false for a zombie too: nobody may be there to reap it.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, rest, ok := strings.Cut(string(stat), ") ")
	return ok && !strings.HasPrefix(rest, "Z") && !strings.HasPrefix(rest, "X")
}

func kill(t *testing.T, pid int, s syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(pid, s); err != nil {
		t.Fatalf("signal %v to %d: %v", s, pid, err)
	}
}

// demoKeys sign for the embedded store.
func demoKeys() []string {
	return []string{"AWS_ACCESS_KEY_ID=" + emulator.DemoID, "AWS_SECRET_ACCESS_KEY=" + emulator.DemoSecret}
}

// store is an S3 store on loopback with the bucket bkt and a few uploads in it.
func store(t *testing.T, change ...func(*emulator.BucketOptions)) (*emulator.Store, string) {
	t.Helper()
	s := emulator.New(emulator.Options{})
	o := emulator.BucketOptions{Name: "bkt", Dialect: "s3"}
	for _, f := range change {
		f(&o)
	}
	if err := s.AddBucket(o); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"a/one", "a/two", "b"} {
		put(t, s, o.Name, key)
	}
	server := httptest.NewServer(s)
	t.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	return s, server.URL
}

func put(t *testing.T, s *emulator.Store, bucket, key string) string {
	t.Helper()
	id, err := s.PutUpload(bucket, key, "", time.Now().Add(-48*time.Hour), remote.Part{Number: 1, Size: 5 << 20, ETag: "e", LastModified: time.Now()})
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// mount mounts in the background and fails the test where that fails.
func mountAt(t *testing.T, env []string, dir string, args ...string) {
	t.Helper()
	r := program(t, env, append(args, dir)...)
	if r.status != 0 || r.stderr != "" || r.stdout != "" {
		t.Fatalf("uploadfs %q: status %d, stdout %q, stderr %q; want 0 and silence", args, r.status, r.stdout, r.stderr)
	}
}

// list is ls -A.
func list(t *testing.T, dir string) []string {
	t.Helper()
	return strings.Fields(output(t, "ls", "-A", dir))
}
