//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"uploadfs/cmd/internal/mountpoint"
	"uploadfs/remote/emulator"
)

// world is the embedded store on loopback in this process, so that its counters
// are read directly, and the binary mounted over it in a process of its own.
type world struct {
	tb    testing.TB
	store *emulator.Store
	url   string
	dir   string
	cmd   *exec.Cmd
}

// walkBound is how long one tool may run: go test ends before that, unless
// -timeout says otherwise for a scale that needs hours.
const walkBound = 3 * time.Hour

// bucketOf names a bucket of a dialect; COS wants the APPID in it.
func bucketOf(dialect, name string) string {
	if dialect == "cos" {
		return name + "-1250000000"
	}
	return name
}

// synthetic is a bucket of a synthetic population.
func synthetic(dialect, name, shape string, uploads int) emulator.BucketOptions {
	return emulator.BucketOptions{
		Name: bucketOf(dialect, name), Dialect: dialect,
		Population: emulator.Population{Uploads: uploads, Shape: shape},
	}
}

var dialects = [...]string{"s3", "cos", "oss"}

// newWorld mounts the buckets, each a source of its own, at the flags' defaults
// but for those of args. fill puts uploads into the store before.
func newWorld(tb testing.TB, args []string, fill func(*emulator.Store), buckets ...emulator.BucketOptions) *world {
	tb.Helper()
	if err := mountpoint.Device(); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
	w := &world{tb: tb, store: emulator.New(emulator.Options{}), dir: filepath.Join(tb.TempDir(), "mnt")}
	for _, b := range buckets {
		if err := w.store.AddBucket(b); err != nil {
			tb.Fatal(err)
		}
	}
	if fill != nil {
		fill(w.store)
	}
	server := httptest.NewServer(w.store)
	w.url = server.URL
	tb.Cleanup(func() {
		server.CloseClientConnections()
		server.Close()
	})
	if err := os.Mkdir(w.dir, 0o755); err != nil {
		tb.Fatal(err)
	}
	args = append([]string{"-f", "--log-level=warn"}, args...)
	for _, b := range buckets {
		args = append(args, sourceOf(b, w.url))
	}
	w.cmd = startMount(tb, w.dir, storeKeys(), args...)
	w.settle()
	return w
}

// sourceOf is a bucket of the store at url, as the command line has it.
func sourceOf(b emulator.BucketOptions, at string) string {
	region := map[string]string{"s3": "us-east-1", "cos": "ap-guangzhou", "oss": "cn-hangzhou"}[b.Dialect]
	source := fmt.Sprintf("%s://%s?region=%s&path-style=true&endpoint=%s", b.Dialect, b.Name, region, url.QueryEscape(at))
	if b.Dialect == "s3" {
		// At Amazon's own endpoint this is what is in force by default.
		source += "&store=aws"
	}
	return source
}

// storeKeys sign for the embedded store in every dialect.
func storeKeys() []string {
	return append(demoKeys(),
		"COS_SECRETID="+emulator.DemoID, "COS_SECRETKEY="+emulator.DemoSecret,
		"OSS_ACCESS_KEY_ID="+emulator.DemoID, "OSS_ACCESS_KEY_SECRET="+emulator.DemoSecret)
}

// startMount runs the binary in front until the test ends, and returns once it
// is mounted on dir.
func startMount(tb testing.TB, dir string, env []string, args ...string) *exec.Cmd {
	tb.Helper()
	cmd := exec.CommandContext(context.WithoutCancel(tb.Context()), os.Getenv(binaryVariable), append(args, dir)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + tb.TempDir(), "AWS_EC2_METADATA_DISABLED=true"}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	tb.Cleanup(func() { endMount(tb, dir, cmd, ended, &said) })
	above, err := device(filepath.Dir(dir))
	if err != nil {
		tb.Fatal(err)
	}
	poll(tb, "the mount is there", func() bool {
		select {
		case err := <-ended:
			ended <- err
			tb.Fatalf("uploadfs %q ended before it was mounted: %v: %s", args, err, &said)
		default:
		}
		here, err := device(dir)
		return err == nil && here != above
	})
	return cmd
}

// endMount ends the mount as a service manager does. Whatever it logged at the
// level of the test's flags is a failure.
func endMount(tb testing.TB, dir string, cmd *exec.Cmd, ended <-chan error, said *bytes.Buffer) {
	_ = cmd.Process.Signal(syscall.SIGTERM) // It may have ended.
	select {
	case err := <-ended:
		if err != nil || said.Len() > 0 {
			tb.Errorf("uploadfs ended with %v and said %q; want status 0 and silence", err, said)
		}
	case <-time.After(soon):
		tb.Errorf("uploadfs is still there %v after SIGTERM", soon)
		_ = cmd.Process.Kill()
		<-ended
		_ = syscall.Unmount(dir, syscall.MNT_DETACH)
	}
}

// end unmounts before the test ends. The store stays.
func (w *world) end() {
	w.tb.Helper()
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		w.tb.Fatal(err)
	}
	poll(w.tb, "the mount is gone", func() bool { return !mounted(w.tb, w.dir) })
}

func device(dir string) (uint64, error) {
	var st syscall.Stat_t
	err := syscall.Stat(dir, &st)
	return st.Dev, err
}

// poll waits for a condition that another process brings about.
func poll(tb testing.TB, what string, ok func() bool) {
	tb.Helper()
	deadline := time.Now().Add(3 * soon)
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for !ok() {
		if time.Now().After(deadline) {
			tb.Fatalf("not within %v: %s", 3*soon, what)
		}
		<-tick.C
	}
}

// settle waits until the store has nothing under way for a while: what was
// fetched ahead is counted too.
func (w *world) settle() {
	w.tb.Helper()
	quiet, total := 0, -1
	poll(w.tb, "the store has no request under way", func() bool {
		c := w.store.Counters()
		if c.InFlight == 0 && c.Total == total {
			quiet++
		} else {
			quiet, total = 0, c.Total
		}
		return quiet >= 5
	})
}

// spent is what f made the mount send, ahead of it included. Nothing is under
// way before: newWorld and the spent before have waited for that.
func (w *world) spent(f func()) emulator.Counters {
	w.tb.Helper()
	w.store.ResetCounters()
	f()
	w.settle()
	return w.store.Counters()
}

// at is a path below a bucket's uploads.
func (w *world) at(b emulator.BucketOptions, path ...string) string {
	return filepath.Join(append([]string{w.dir, b.Name, "uploads"}, path...)...)
}

// run runs a tool to its end and returns the number of lines it printed. The
// tool must succeed and say nothing on stderr.
func (w *world) run(name string, args ...string) int {
	w.tb.Helper()
	lines := 0
	runTool(w.tb, func(string) { lines++ }, name, args...)
	return lines
}

// runTool hands each line of a tool's output to line.
func runTool(tb testing.TB, line func(string), name string, args ...string) {
	tb.Helper()
	if err := tryTool(tb.Context(), line, name, args...); err != nil {
		tb.Fatal(err)
	}
}

// tryTool is runTool for goroutines.
func tryTool(ctx context.Context, line func(string), name string, args ...string) error {
	ctx, cancel := context.WithTimeout(ctx, walkBound)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	cmd.WaitDelay = 5 * time.Second
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	s := bufio.NewScanner(out)
	for s.Scan() {
		line(s.Text())
	}
	if err := cmd.Wait(); err != nil || s.Err() != nil || stderr.Len() > 0 {
		return fmt.Errorf("%s %s: %v, %v, stderr %.300q; want it to work in silence", name, strings.Join(args, " "), err, s.Err(), stderr.String())
	}
	return nil
}

// pages is the number of pages of a thousand that n entries fill.
func pages(n int) int { return (n + 999) / 1000 }

// walkBudget is what a walk over the names of n uploads may cost, whose keys
// have so many components at most.
func walkBudget(n, depth int) int { return n*125/100_000 + 2*depth + 32 }
