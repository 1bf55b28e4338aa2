//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"uploadfs/cmd/internal/cli"
	"uploadfs/cmd/internal/mountpoint"
)

// scaleVariable sets the number of uploads that TestScale walks.
const scaleVariable = "UPLOADFS_TEST_SCALE"

// mostMemory is the peak of resident memory that is allowed at --cache-size
// 64MiB, in KiB. The embedded store is in the same process.
const mostMemory = 256 << 10

// scale is the number of uploads to walk: a few hundred thousand, ten million
// by scaleVariable. CI has time for what is in between.
func scale(tb testing.TB, otherwise int) int {
	tb.Helper()
	v := os.Getenv(scaleVariable)
	if v == "" {
		return otherwise
	}
	n, err := strconv.Atoi(v)
	if err != nil || n <= 0 {
		tb.Fatalf("%s=%q; want a number of uploads", scaleVariable, v)
	}
	return n
}

// demoWorld mounts the embedded store with the cache of the scale tests and
// returns the directory of uploads and the daemon's process.
func demoWorld(tb testing.TB, source string) (mnt string, pid int) {
	tb.Helper()
	if err := mountpoint.Device(); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
	mnt = filepath.Join(tb.TempDir(), "mnt")
	if err := os.Mkdir(mnt, 0o755); err != nil {
		tb.Fatal(err)
	}
	cmd := startMount(tb, mnt, nil, "-f", "--log-level=warn", "--cache-size=64MiB", source)
	return mnt, cmd.Process.Pid
}

// TestScale walks the names of many uploads: as many as there are, at the
// price of the flat listing, in bounded memory, with nothing left open.
func TestScale(t *testing.T) {
	n := scale(t, 100_000)
	mnt, pid := demoWorld(t, fmt.Sprintf("demo:?uploads=%d&dialect=s3", n))
	files := openFiles(t, pid)
	root := filepath.Join(mnt, "demo-s3", "uploads")
	got, width := 0, 0
	runTool(t, func(line string) { got, width = got+1, max(width, len(line)) }, "find", root, "-name", "parts", "-prune", "-print")
	if got != n {
		t.Errorf("find shows %d uploads of %d", got, n)
	}
	requests := int(sample(t, mnt, "uploadfs_requests_total"))
	peak, now := memory(t, pid)
	t.Logf("find over %d uploads: %d requests of %d, peak %d MiB, now %d MiB, %v inodes", n, requests, walkBudget(n, 7), peak>>10, now>>10, sample(t, mnt, "uploadfs_inodes"))
	if most := walkBudget(n, 7); requests > most {
		t.Errorf("find over %d uploads took %d requests; want at most %d", n, requests, most)
	}
	if peak > mostMemory {
		t.Errorf("find over %d uploads: the daemon had %d MiB in memory at its peak; want at most %d", n, peak>>10, mostMemory>>10)
	}
	restored(t, pid, files)
}

// TestScaleOfParts is TestScale for du, which lists the parts of each upload.
func TestScaleOfParts(t *testing.T) {
	n := min(scale(t, 20_000), 100_000)
	mnt, pid := demoWorld(t, fmt.Sprintf("demo:?uploads=%d&dialect=s3", n))
	files := openFiles(t, pid)
	runTool(t, func(string) {}, "du", "-s", filepath.Join(mnt, "demo-s3", "uploads"))
	peak, now := memory(t, pid)
	parts := int(sample(t, mnt, "uploadfs_requests_total", `api="ListParts"`))
	t.Logf("du over %d uploads: %d ListParts, peak %d MiB, now %d MiB, %v inodes", n, parts, peak>>10, now>>10, sample(t, mnt, "uploadfs_inodes"))
	if parts != n {
		t.Errorf("du over %d uploads took %d ListParts; want one each", n, parts)
	}
	if peak > mostMemory {
		t.Errorf("du over %d uploads: the daemon had %d MiB in memory at its peak; want at most %d", n, peak>>10, mostMemory>>10)
	}
	restored(t, pid, files)
}

// TestNothingIsLeftRunning composes the mount in this process, where goroutines
// can be counted: of the cache none runs once the walks are done, of the tree no
// more after many walks than after one, but for a few that wait for requests, and
// none of any after the end. Connections that idle are not counted, since they
// lapse by time.
func TestNothingIsLeftRunning(t *testing.T) {
	const waiting = 5 // As many as fs keeps: see mostSpare there.
	m, mnt := inProcess(t, "demo:?uploads=2000&dialect=s3")
	root := filepath.Join(mnt, "demo-s3", "uploads")
	walk := func() {
		runTool(t, func(string) {}, "du", "-s", root)
		runTool(t, func(string) {}, "sh", "-c", `ls -U "$0" | head -n 1`, filepath.Join(root, "video"))
	}
	walk()
	poll(t, "no goroutine of the cache and no open directory is left", func() bool {
		return goroutines("uploadfs/cache.") == 0 && m.server.OpenDirectories() == 0
	})
	served := goroutines("uploadfs/fs.")
	for range 3 {
		m.cache.Drop()
		walk()
	}
	poll(t, "none is left after more walks", func() bool {
		return goroutines("uploadfs/cache.") == 0 && goroutines("uploadfs/fs.") <= served+waiting && m.server.OpenDirectories() == 0
	})
	if err := m.server.Unmount(); err != nil {
		t.Fatal(err)
	}
	m.server.Wait()
	if err := m.close(nil); err != nil {
		t.Error(err)
	}
	for _, of := range []string{"uploadfs/cache.", "uploadfs/fs.", "uploadfs/remote/transport.", "hanwen/go-fuse", "uploadfs/cmd/internal"} {
		poll(t, "no goroutine of "+of+" is left after the end", func() bool { return goroutines(of) == 0 })
	}
}

// goroutines counts the goroutines of this process that have a function of
// that package on their stack.
func goroutines(of string) int {
	buf := make([]byte, 1<<20)
	for n := runtime.Stack(buf, true); n == len(buf); n = runtime.Stack(buf, true) {
		buf = make([]byte, 2*len(buf))
	}
	count := 0
	for stack := range strings.SplitSeq(strings.TrimRight(string(buf), "\x00"), "\n\n") {
		if strings.Contains(stack, of) {
			count++
		}
	}
	return count
}

// inProcess does what run does up to the live mount, in this process.
func inProcess(tb testing.TB, args ...string) (*mount, string) {
	tb.Helper()
	if err := mountpoint.Device(); err != nil {
		if os.Getenv("CI") == "true" {
			tb.Fatal(err)
		}
		tb.Skip(err)
	}
	here, err := os.Getwd()
	if err != nil {
		tb.Fatal(err)
	}
	mnt := filepath.Join(tb.TempDir(), "mnt")
	if err := os.Mkdir(mnt, 0o755); err != nil {
		tb.Fatal(err)
	}
	all := append([]string{"uploadfs", "-f", "--log-level=warn"}, append(args, mnt)...)
	o, err := cli.Parse(all, cli.Identity{UID: uint32(os.Getuid()), GID: uint32(os.Getgid())})
	if err != nil {
		tb.Fatal(err)
	}
	m, err := start(context.WithoutCancel(tb.Context()), o, false, io.Discard)
	// A daemon leaves its directory; this process goes on.
	tb.Chdir(here)
	if err != nil {
		tb.Fatal(err)
	}
	m.log.Release()
	tb.Cleanup(func() { _ = m.server.Unmount() }) // The test may have ended it.
	return m, mnt
}

// memory reads the peak and the present resident memory of a process, in KiB.
func memory(tb testing.TB, pid int) (peak, now int) {
	tb.Helper()
	f, err := os.Open(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		tb.Fatal(err)
	}
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		fields := strings.Fields(s.Text())
		if len(fields) < 2 {
			continue
		}
		switch v, _ := strconv.Atoi(fields[1]); fields[0] {
		case "VmHWM:":
			peak = v
		case "VmRSS:":
			now = v
		}
	}
	if peak == 0 || now == 0 {
		tb.Fatalf("/proc/%d/status shows no resident memory", pid)
	}
	return peak, now
}

// openFiles lists what a process has open.
func openFiles(tb testing.TB, pid int) []string {
	tb.Helper()
	dir := fmt.Sprintf("/proc/%d/fd", pid)
	all, err := os.ReadDir(dir)
	if err != nil {
		tb.Fatal(err)
	}
	var open []string
	for _, f := range all {
		if to, err := os.Readlink(filepath.Join(dir, f.Name())); err == nil { // It may be closed by now.
			open = append(open, to)
		}
	}
	return open
}

// restored waits until the process has no more files open than before.
func restored(t *testing.T, pid int, files []string) {
	t.Helper()
	poll(t, "the daemon has no more descriptors open than before the walk", func() bool {
		return len(openFiles(t, pid)) <= len(files)
	})
}

// sample adds up the samples of .uploadfs/stats of that name whose labels hold
// all of the given ones.
func sample(tb testing.TB, mnt, name string, labels ...string) float64 {
	tb.Helper()
	stats, err := os.ReadFile(filepath.Join(mnt, ".uploadfs", "stats"))
	if err != nil {
		tb.Fatal(err)
	}
	sum, found := 0.0, false
next:
	for line := range strings.Lines(string(stats)) {
		id, value, ok := strings.Cut(strings.TrimSpace(line), " ")
		if base, _, _ := strings.Cut(id, "{"); !ok || base != name {
			continue
		}
		for _, l := range labels {
			if !strings.Contains(id, l) {
				continue next
			}
		}
		v, err := strconv.ParseFloat(value, 64)
		if err != nil {
			tb.Fatal(err)
		}
		sum, found = sum+v, true
	}
	if !found {
		tb.Fatalf(".uploadfs/stats has no %s %q", name, labels)
	}
	return sum
}
