//go:build linux

package fs

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// toolTimeout bounds every child process: a tool that hangs on the mount fails.
const toolTimeout = 60 * time.Second

// mountForTest mounts b and unmounts it at the end, by force if it must. Where
// mounting is impossible the test is skipped with the reason, and fails in CI,
// which is set up for it.
func mountForTest(t testing.TB, b Buckets, change ...func(*Options)) (string, *Server) {
	t.Helper()
	point := t.TempDir()
	o := Options{
		Started: testTime, TTL: time.Minute, RecordContent: true, Strict: os.Geteuid() == 0,
		Logger: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, c := range change {
		c(&o)
	}
	s, err := Mount(point, b, o)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("mount in CI: %v, want success", err)
		}
		t.Skipf("this machine cannot mount: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Unmount(); err != nil {
			t.Errorf("unmount at the end: %v, want nobody to use the mount any more", err)
			if err := s.Detach(); err != nil {
				t.Errorf("detach at the end: %v", err)
			}
		}
	})
	return point, s
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("panic")) {
		w.t.Errorf("a request must not panic: %s", b)
	} else {
		w.t.Logf("%s", b)
	}
	return len(b), nil
}

// tool runs a program as a user would, in dir.
func tool(t testing.TB, dir string, argv ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), toolTimeout)
	defer cancel()
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	// The child changes directory by itself: with Dir, this process would.
	c.Args = append([]string{"sh", "-c", `cd "$0" && exec "$@"`, dir}, argv...)
	c.Path = "/bin/sh"
	c.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	c.WaitDelay = time.Second
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGKILL) }
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	if ctx.Err() != nil {
		t.Fatalf("%q: still running after %v", argv, toolTimeout)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%q: %v", argv, err)
	}
	return o.String(), e.String(), code
}

// works is tool for a program that must succeed in silence.
func works(t testing.TB, dir string, argv ...string) string {
	t.Helper()
	o, e, code := tool(t, dir, argv...)
	if code != 0 || e != "" {
		t.Errorf("%q: exit %d, stderr %q, want 0 and silence", argv, code, e)
	}
	return o
}
