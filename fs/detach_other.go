//go:build !linux

package fs

import (
	"fmt"
	"os/exec"
)

// detach forces an unmount: these systems have no lazy one.
func detach(point string) error {
	if out, err := exec.Command("umount", "-f", point).CombinedOutput(); err != nil {
		return fmt.Errorf("detach %s: %w: %q", point, err, out)
	}
	return nil
}
