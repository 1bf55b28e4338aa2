package fs

import (
	"fmt"
	"os/exec"

	"golang.org/x/sys/unix"
)

// detach unmounts lazily: with umount2(2), or where that needs a privilege with
// fusermount3.
func detach(point string) error {
	err := unix.Unmount(point, unix.MNT_DETACH)
	if err == nil {
		return nil
	}
	helper, lookErr := fusermount()
	if lookErr != nil {
		return fmt.Errorf("detach %s: %w (%v)", point, err, lookErr)
	}
	if out, cmdErr := exec.Command(helper, "-uz", "--", point).CombinedOutput(); cmdErr != nil {
		return fmt.Errorf("detach %s: %w (%w)", point, err, said(helper, cmdErr, out))
	}
	return nil
}
