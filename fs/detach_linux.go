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
	out, cmdErr := exec.Command("fusermount3", "-uz", point).CombinedOutput()
	if cmdErr != nil {
		return fmt.Errorf("detach %s: %w (fusermount3: %v: %q)", point, err, cmdErr, out)
	}
	return nil
}
