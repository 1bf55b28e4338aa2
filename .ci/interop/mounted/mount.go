package mounted

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// maxLife bounds a mount: the longest test takes a tenth of it.
const maxLife = 3 * time.Minute

// Mount is a mounted uploadfs in the foreground of its own process.
type Mount struct {
	Dir  string
	cmd  *exec.Cmd
	done chan struct{}
	err  error
	out  bytes.Buffer
	// unmounted says that the test has ended it.
	unmounted bool
}

// Binary is the static binary that `make build` left.
func Binary(t testing.TB) string {
	t.Helper()
	bin := os.Getenv("UPLOADFS")
	if bin == "" {
		bin = "../../.bin/uploadfs"
	}
	abs, err := filepath.Abs(bin)
	if err == nil {
		_, err = os.Stat(abs)
	}
	if err != nil {
		t.Fatalf("the binary is not built: run `make build` (%v)", err)
	}
	return abs
}

// Start mounts with these flags and sources on a new folder, and unmounts when
// the test ends. Whatever else the test's environment holds, only env and what
// a process needs to run is given: no credentials of this machine.
func Start(t testing.TB, env []string, args ...string) *Mount {
	t.Helper()
	m, err := start(t, env, args...)
	if err != nil {
		t.Fatalf("uploadfs %s: %v", strings.Join(args, " "), err)
	}
	return m
}

// Refused mounts what must not mount, and returns the exit status and what was
// said about it.
func Refused(t testing.TB, env []string, args ...string) (int, string) {
	t.Helper()
	m, err := start(t, env, args...)
	if err == nil {
		m.Unmount(t)
		t.Fatalf("uploadfs %s: mounted, want a refusal", strings.Join(args, " "))
	}
	exit, ok := errors.AsType[*exec.ExitError](m.err)
	if !ok {
		t.Fatalf("uploadfs %s: %v, want an exit status", strings.Join(args, " "), err)
	}
	return exit.ExitCode(), m.out.String()
}

func start(t testing.TB, env []string, args ...string) (*Mount, error) {
	t.Helper()
	m := &Mount{Dir: t.TempDir(), done: make(chan struct{})}
	home := t.TempDir()
	// A mount that never answers must not hold the suite: its readers wait where
	// no signal reaches them, until the process is gone.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), maxLife)
	t.Cleanup(cancel)
	m.cmd = exec.CommandContext(ctx, Binary(t), append(append([]string{"-f"}, args...), m.Dir)...)
	m.cmd.Env = append([]string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + home, "LC_ALL=C.UTF-8", "AWS_EC2_METADATA_DISABLED=true",
	}, env...)
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	m.cmd.Stdout, m.cmd.Stderr = &m.out, &m.out
	if err := m.cmd.Start(); err != nil {
		return m, err
	}
	go func() {
		m.err = m.cmd.Wait()
		close(m.done)
	}()
	if err := m.ready(); err != nil {
		m.kill()
		return m, fmt.Errorf("%w: %s", err, strings.TrimSpace(m.out.String()))
	}
	t.Cleanup(func() { m.Unmount(t) })
	return m, nil
}

// ready waits until the mount point is another file system than the folder that
// holds it.
func (m *Mount) ready() error {
	limit := time.NewTimer(60 * time.Second)
	defer limit.Stop()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var here, above syscall.Stat_t
		err := syscall.Lstat(m.Dir, &here)
		if err == nil {
			err = syscall.Lstat(filepath.Dir(m.Dir), &above)
		}
		if err != nil {
			return err
		}
		if here.Dev != above.Dev {
			return nil
		}
		select {
		case <-tick.C:
		case <-m.done:
			return errors.New("it ended before it was mounted")
		case <-limit.C:
			return errors.New("not mounted after 60 s")
		}
	}
}

// Unmount ends the mount by SIGTERM, as a service manager does, and fails the
// test where that does not unmount in good order. A second call does nothing.
func (m *Mount) Unmount(t testing.TB) {
	t.Helper()
	if m.unmounted {
		return
	}
	m.unmounted = true
	select {
	case <-m.done:
		t.Errorf("uploadfs ended before it was told to, with %v: %.60000s", m.err, m.out.String())
		_ = syscall.Unmount(m.Dir, syscall.MNT_DETACH) // what a crash leaves behind
		return
	default:
	}
	if err := m.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Errorf("SIGTERM: %v", err)
	}
	limit := time.NewTimer(30 * time.Second)
	defer limit.Stop()
	select {
	case <-m.done:
		if m.err != nil {
			t.Errorf("uploadfs ended with %v after SIGTERM, want status 0: %s", m.err, m.out.String())
		}
	case <-limit.C:
		t.Errorf("uploadfs is still there 30 s after SIGTERM: %s", m.out.String())
		m.kill()
	}
}

// Explain prints what the mount says of its failures, where the test has failed.
func (m *Mount) Explain(t testing.TB) {
	t.Helper()
	if !t.Failed() {
		return
	}
	b, err := os.ReadFile(filepath.Join(m.Dir, ".uploadfs/errors"))
	t.Logf(".uploadfs/errors (%v):\n%.2000s", err, b)
}

// Signal sends a signal to the mount's process.
func (m *Mount) Signal(t testing.TB, s os.Signal) {
	t.Helper()
	if err := m.cmd.Process.Signal(s); err != nil {
		t.Fatalf("%v: %v", s, err)
	}
}

func (m *Mount) kill() {
	_ = m.cmd.Process.Kill() // it may have ended
	<-m.done
	// A killed FUSE process leaves its mount behind: take it away, or the
	// temporary folder cannot be removed.
	_ = syscall.Unmount(m.Dir, syscall.MNT_DETACH)
}

// Output is what the process printed. It is complete once the mount has ended.
func (m *Mount) Output() string {
	<-m.done
	return m.out.String()
}
