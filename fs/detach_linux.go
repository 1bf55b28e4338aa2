package fs

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// detach unmounts lazily.
func detach(point string) error {
	if err := Unmount(point, unix.MNT_DETACH); err != nil {
		return fmt.Errorf("detach %s: %w", point, err)
	}
	return nil
}
