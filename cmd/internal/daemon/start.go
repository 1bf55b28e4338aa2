package daemon

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// marker names the inherited pipe to the child.
const marker = "UPLOADFS_READY_FD"

// maxReport bounds what the child can say.
const maxReport = 64 << 10

// Start runs the program again as a daemon with the same arguments and waits
// for its report. The inherited descriptor keep, if 3 or more, has the same
// number in the child. It returns what the child said and its exit status; an
// error is a child that could not be started or that died without a report.
func Start(args []string, keep int) (said string, status int, err error) {
	self, err := executable(args[0])
	if err != nil {
		return "", 1, err
	}
	r, w, err := os.Pipe()
	if err != nil {
		return "", 1, err
	}
	defer r.Close()
	cmd := exec.Command(self)
	cmd.Args = args
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	fd := inherit(cmd, w, keep)
	cmd.Env = append(os.Environ(), marker+"="+strconv.Itoa(fd))
	null, err := nobody()
	if err != nil {
		w.Close()
		return "", 1, err
	}
	defer null.Close()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = null, null, null
	err = cmd.Start()
	w.Close()
	if err != nil {
		return "", 1, fmt.Errorf("the daemon cannot be started: %w", err)
	}
	stop := forward(cmd.Process)
	defer stop()
	report, err := io.ReadAll(io.LimitReader(r, maxReport))
	if err != nil {
		return "", 1, err
	}
	if len(report) == 0 {
		werr := cmd.Wait()
		return "", 1, fmt.Errorf("the daemon ended before the mount was ready (%v); with -f its last words are on stderr", werr)
	}
	said, status = decode(report)
	if status != 0 {
		// The child is ending: wait for it, so that nothing of it is left.
		_ = cmd.Wait()
	}
	return said, status, nil
}

// inherit passes the report's pipe and the descriptor to keep, and returns the
// pipe's number in the child.
func inherit(cmd *exec.Cmd, pipe *os.File, keep int) int {
	at := 3
	if keep == 3 {
		at = 4
	}
	last := max(at, keep)
	cmd.ExtraFiles = make([]*os.File, last-3+1)
	cmd.ExtraFiles[at-3] = pipe
	if keep >= 3 {
		cmd.ExtraFiles[keep-3] = os.NewFile(uintptr(keep), "inherited")
	}
	return at
}

// forward hands the signals that should end the start to the child, which is in
// another session and does not get a terminal's. The second one kills it.
func forward(p *os.Process) (stop func()) {
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		for n := 0; ; n++ {
			select {
			case <-done:
				return
			case <-signals:
				if n == 0 {
					_ = p.Signal(syscall.SIGTERM)
				} else {
					_ = p.Kill()
				}
			}
		}
	}()
	return func() { signal.Stop(signals); close(done) }
}

// nobody is the child's stdin, stdout and stderr. In a root file system without
// /dev/null an open directory does: reading and writing it fails.
func nobody() (*os.File, error) {
	if f, err := os.OpenFile(os.DevNull, os.O_RDWR, 0); err == nil {
		return f, nil
	}
	return os.Open("/")
}

// executable finds the program without the help of PATH where it can.
func executable(arg0 string) (string, error) {
	if self, err := os.Executable(); err == nil {
		if _, err := os.Stat(self); err == nil {
			return self, nil
		}
		// Replaced or deleted since it was started: what runs is still there.
		const own = "/proc/self/exe"
		if _, err := os.Stat(own); err == nil {
			return own, nil
		}
	}
	if strings.Contains(arg0, "/") {
		if abs, err := filepath.Abs(arg0); err == nil {
			return abs, nil
		}
	}
	if found, err := exec.LookPath(arg0); err == nil {
		return filepath.Abs(found)
	}
	return "", errors.New("the program cannot find itself to leave a daemon behind; call it by its full path, or stay in front with -f")
}
