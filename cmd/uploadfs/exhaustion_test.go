//go:build linux

package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"uploadfs/remote/emulator"
)

// TestOutOfDescriptors: a process that may open no more files fails in its
// requests alone, and recovers.
func TestOutOfDescriptors(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{args: []string{"--readahead=64"}, fill: func(r *rig) {
		for i := range 60 {
			r.put(r.sick, fmt.Sprintf("k%02d", i), 1)
		}
	}})
	prlimit := need(t, "prlimit")
	limits := strings.Fields(output(t, prlimit, "--noheadings", "--raw", "-o", "SOFT,HARD", "--nofile", "--pid", fmt.Sprint(r.pid)))
	if len(limits) != 2 {
		t.Fatalf("prlimit says %q", limits)
	}
	r.gate.close() // Every connection has to be made anew.
	r.gate.open()
	output(t, prlimit, "--nofile=3:"+limits[1], "--pid", fmt.Sprint(r.pid))
	res, lines := r.find(r.sick)
	if r.honest("find without descriptors", res, lines, r.truth(r.sick)) || !strings.Contains(res.stderr, sayEIO) {
		t.Errorf("find without descriptors: %+v; want %q, since no connection can be made", res, sayEIO)
	}
	output(t, prlimit, "--nofile="+limits[0]+":"+limits[1], "--pid", fmt.Sprint(r.pid))
	r.whole(r.sick, "with descriptors again")
}

// TestFullDiskOfTheLog: lines that do not fit are counted, and nothing stops.
func TestFullDiskOfTheLog(t *testing.T) {
	needRoot(t)
	t.Parallel()
	tiny := filepath.Join(t.TempDir(), "tiny")
	if err := os.Mkdir(tiny, 0o755); err != nil {
		t.Fatal(err)
	}
	output(t, "mount", "-t", "tmpfs", "-o", "size=4k", "none", tiny)
	defer output(t, "umount", "-l", tiny)
	r := newRig(t, rigOptions{args: []string{"--log-level=debug", "--log-file=" + filepath.Join(tiny, "log")}})
	r.whole(r.sick, "with a full disk")
	r.fall(emulator.ErrorFault(500, "InternalError"), nil)
	r.told(sayEIO, [][]string{{"ls", r.path(r.sick, "uploads")}})
	r.heal()
	r.whole(r.sick, "with a full disk, after a fault")
	if n := metric(t, r, "uploadfs_log_dropped_total"); n < 1 {
		t.Errorf("uploadfs_log_dropped_total is %v; want the lines that were lost", n)
	}
}
