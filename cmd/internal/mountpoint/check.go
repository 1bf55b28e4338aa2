package mountpoint

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// FSType is the type of our mounts in the system's table of mounts.
const FSType = "fuse.uploadfs"

// patience bounds each question to what is mounted there now.
const patience = 3 * time.Second

// stacked bounds how many dead mounts, one over another, are detached.
const stacked = 64

var errNoAnswer = errors.New("no answer")

// Inherited returns the number of the descriptor that a mount point of the form
// /dev/fd/N names: a FUSE connection that whoever started this process opened
// and mounted, as mount.fuse3 does with drop_privileges.
func Inherited(path string) (fd int, ok bool) {
	n, ok := strings.CutPrefix(path, "/dev/fd/")
	if !ok {
		return -1, false
	}
	fd, err := strconv.Atoi(n)
	if err != nil || fd < 0 || strconv.Itoa(fd) != n {
		return -1, false
	}
	return fd, true
}

// Check returns the mount point's absolute path without symbolic links, ready
// to be mounted on. The error is one line that says what to do.
func Check(path string) (string, error) {
	if fd, ok := Inherited(path); ok {
		var st syscall.Stat_t
		if err := syscall.Fstat(fd, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFCHR {
			return "", fmt.Errorf("%s: descriptor %d is no open FUSE connection", path, fd)
		}
		return path, nil
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	for range stacked {
		dir, again, err := look(abs)
		if err != nil {
			return "", err
		}
		if !again {
			return dir, nil
		}
	}
	return "", fmt.Errorf("%s: more than %d dead mounts lie on it; run umount -l until it is free", abs, stacked)
}

// look judges the directory once. again says that a dead mount was taken away.
func look(abs string) (dir string, again bool, err error) {
	dir, err = within(func() (string, error) { return resolve(abs) })
	if err != nil {
		return "", false, explain(abs, err)
	}
	kind := topmost(dir)
	isDir, err := within(func() (bool, error) {
		st, err := os.Stat(dir)
		return err == nil && st.IsDir(), err
	})
	switch {
	case dead(err) && kind == FSType:
		if err := Detach(dir); err != nil {
			return "", false, fmt.Errorf("%s: a dead uploadfs lies on it and cannot be detached (%v); run: fusermount3 -uz %s", abs, err, abs)
		}
		return "", true, nil
	case dead(err):
		return "", false, fmt.Errorf("%s: a dead mount lies on it; run: umount -l %s", abs, abs)
	case errors.Is(err, errNoAnswer) && kind == FSType:
		return "", false, fmt.Errorf("%s: an uploadfs that does not answer is mounted there; run: fusermount3 -uz %s", abs, abs)
	case err != nil:
		return "", false, explain(abs, err)
	case !isDir:
		return "", false, fmt.Errorf("%s: not a directory; the mount point must be one", abs)
	case kind == FSType || kind == "" && ours(dir):
		return "", false, fmt.Errorf("%s: an uploadfs is already mounted there; end it first: fusermount3 -u %s", abs, abs)
	}
	return dir, false, nil
}

// resolve follows symbolic links. What lies on the last component may be dead,
// which makes it unreadable but is no reason to fail.
func resolve(abs string) (string, error) {
	dir, err := filepath.EvalSymlinks(abs)
	if !dead(err) {
		return dir, err
	}
	parent, err := filepath.EvalSymlinks(filepath.Dir(abs))
	if err != nil {
		return "", err
	}
	return filepath.Join(parent, filepath.Base(abs)), nil
}

// dead is what a FUSE mount without its process answers: at once with ENOTCONN,
// and ECONNABORTED where the connection was aborted.
func dead(err error) bool {
	return errors.Is(err, syscall.ENOTCONN) || errors.Is(err, syscall.ECONNABORTED)
}

// ours tells a live uploadfs where the system's table of mounts cannot be read.
func ours(dir string) bool {
	found, err := within(func() (bool, error) {
		_, err := os.Lstat(filepath.Join(dir, ".uploadfs", "config"))
		return err == nil, nil
	})
	return err == nil && found
}

func explain(abs string, err error) error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("%s: the mount point does not exist; run: mkdir -p %s", abs, abs)
	case errors.Is(err, syscall.ENOTDIR):
		return fmt.Errorf("%s: not a directory; the mount point must be one", abs)
	case errors.Is(err, errNoAnswer):
		return fmt.Errorf("%s: the file system there does not answer; choose another directory, or unmount it with umount -l", abs)
	case errors.Is(err, os.ErrPermission):
		return fmt.Errorf("%s: permission denied; choose a directory that you own", abs)
	}
	return fmt.Errorf("%s: %w", abs, err)
}

// within asks what a hung file system may never answer. The goroutine of such a
// question stays behind with it.
func within[T any](ask func() (T, error)) (T, error) {
	type answer struct {
		v   T
		err error
	}
	ch := make(chan answer, 1)
	go func() {
		v, err := ask()
		ch <- answer{v, err}
	}()
	t := time.NewTimer(patience)
	defer t.Stop()
	select {
	case a := <-ch:
		return a.v, a.err
	case <-t.C:
		var none T
		return none, errNoAnswer
	}
}
