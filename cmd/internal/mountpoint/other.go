//go:build !linux

package mountpoint

import (
	"os/exec"
	"strings"
)

// topmost is not known here: a live uploadfs is told by its .uploadfs.
func topmost(string) string { return "" }

// Detach takes a mount out of the tree, busy or not.
func Detach(dir string) error { return exec.Command("umount", "-f", dir).Run() }

// Device leaves the judgement to the mount itself.
func Device() error { return nil }

// Holders asks lsof(8), where there is one.
func Holders(dir string) []string {
	out, err := exec.Command("lsof", "-t", "--", dir).Output()
	if err != nil {
		return nil
	}
	return strings.Fields(string(out))
}

// Owned leaves the judgement to the mount itself.
func Owned(string) error { return nil }

// AllowOther leaves the judgement to the mount itself.
func AllowOther() error { return nil }
