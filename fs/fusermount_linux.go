package fs

import (
	"errors"
	"os/exec"
	"strings"

	"golang.org/x/sys/unix"
)

// Fusermount finds the setuid helper that mounts and unmounts for who may not, also
// where PATH is empty.
func Fusermount() (path string, err error) {
	for _, name := range []string{"fusermount3", "/bin/fusermount3", "/usr/bin/fusermount3", "fusermount", "/bin/fusermount"} {
		if path, err = exec.LookPath(name); err == nil {
			return path, nil
		}
	}
	return "", err
}

// Unmount ends a mount with umount2(2) and its flags, of which MNT_DETACH takes it
// out of the tree at once, busy or not. Where that needs a privilege the helper does
// it, if there is one.
func Unmount(point string, flags int) error {
	err := unix.Unmount(point, flags)
	if err == nil || !errors.Is(err, unix.EPERM) {
		return err
	}
	helper, lookErr := Fusermount()
	if lookErr != nil {
		return err
	}
	option := "-u"
	if flags&unix.MNT_DETACH != 0 {
		option = "-uz"
	}
	if out, err := exec.Command(helper, option, "--", point).CombinedOutput(); err != nil {
		return helperError(out, err)
	}
	return nil
}

// helperError is the first line that the helper has said, which names it, or err
// where it has said nothing.
func helperError(out []byte, err error) error {
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if line == "" {
		return err
	}
	return errors.New(line)
}
