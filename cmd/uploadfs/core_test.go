//go:build linux

package main

import (
	"os"
	"regexp"
	"strconv"
	"testing"
)

// TestTheDaemonLeavesNoCore: a crash writes no memory, and with it no secret,
// to a file, and no other process of the user can read it.
func TestTheDaemonLeavesNoCore(t *testing.T) {
	needMount(t)
	dir := place(t)
	mountAt(t, nil, dir, "demo:")
	proc := "/proc/" + strconv.Itoa(daemonPID(t, dir))
	limits, err := os.ReadFile(proc + "/limits")
	if err != nil {
		t.Fatal(err)
	}
	if !regexp.MustCompile(`(?m)^Max core file size +0 +0 `).Match(limits) {
		t.Errorf("the daemon may write a core file:\n%s", limits)
	}
	// The files of a process that cannot be dumped belong to root.
	if os.Geteuid() != 0 {
		if _, err := os.ReadFile(proc + "/environ"); err == nil {
			t.Error("another process of the user can read the daemon's environment")
		}
	}
}
