//go:build linux

package main

import (
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"uploadfs/remote/emulator"
)

// patience is how long an interrupted tool may take to return: a second, with
// room for a busy machine. The request that it waits for takes half a minute.
const patience = 3 * time.Second

// stalledRig waits up to half a minute for a store that falls silent.
func stalledRig(t *testing.T, args ...string) *rig {
	return newRig(t, rigOptions{args: append([]string{"--ttl=1m", "--timeout=30s", "--retries=1"}, args...)})
}

// stall makes every request of the sick bucket wait until release is called.
func (r *rig) stall() (release func()) {
	gone := make(chan struct{})
	r.store.SetFault(func(q *http.Request, _ int) *emulator.Fault {
		if r.ofSick(q) {
			<-gone
		}
		return nil
	})
	r.t.Cleanup(func() {
		select {
		case <-gone:
		default:
			close(gone)
		}
	})
	return func() { r.heal(); close(gone) }
}

// TestInterruptReturnsAtOnceAndCostsNothing: Ctrl-C on a blocked tool, and the
// next reader finds the answer of the request that goes on.
func TestInterruptReturnsAtOnceAndCostsNothing(t *testing.T) {
	for _, tool := range []struct {
		name string
		args func(r *rig, id string) []string
	}{
		{"ls", func(r *rig, _ string) []string { return []string{r.path(r.sick, "uploads")} }},
		{"find", func(r *rig, _ string) []string { return []string{r.path(r.sick)} }},
		{"stat", func(r *rig, id string) []string { return []string{r.path(r.sick, "uploads", "b", id)} }},
		{"cat", func(r *rig, id string) []string { return []string{r.path(r.sick, "uploads", "b", id, "parts", "1")} }},
		{"cat", func(r *rig, _ string) []string { return []string{r.path(r.sick, "uploads.jsonl")} }},
		{"getfattr", func(r *rig, id string) []string { return []string{"-d", r.path(r.sick, "uploads", "b", id)} }},
	} {
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			r := stalledRig(t)
			_, id, _ := strings.Cut(r.pending()[2], "\x00")
			release := r.stall()
			args := tool.args(r, id)
			cmd, ended := r.started(tool.name, args...)
			eventually(t, "a request is under way", func() bool { return r.store.Counters().InFlight > 0 })
			kill(t, cmd.Process.Pid, interrupt)
			if err := r.within("an interrupted "+tool.name, patience, cmd, ended); err == nil {
				t.Errorf("%s ended with status 0 without its answer", tool.name)
			}
			asked := r.store.Counters()
			release()
			if res, _, _ := r.tool(tool.name, args...); res.status != 0 {
				t.Errorf("%s after the interrupt: %+v", tool.name, res)
			}
			if tool.name == "ls" {
				if n := r.store.Counters(); n.Total > asked.Total+asked.InFlight {
					t.Errorf("ls after the interrupt took %d requests more; want the one that was under way to serve it", n.Total-asked.Total-asked.InFlight)
				}
			}
			r.whole(r.sick, "after the interrupt")
			if strings.Contains(r.errorsFile(), "canceled") {
				t.Errorf(".uploadfs/errors holds the interrupt: %q", r.errorsFile())
			}
		})
	}
}

// TestSIGURGStormsAreHarmless: the runtime of a Go program sends itself SIGURG at
// any time, and each interrupts the system call under way.
func TestSIGURGStormsAreHarmless(t *testing.T) {
	t.Parallel()
	// Where nothing is kept (--ttl=0), what was interrupted has to be asked again.
	r := newRig(t, rigOptions{args: []string{"--ttl=1m"}, fill: func(r *rig) {
		for _, key := range strings.Fields("a a/b a/c b c/d/e c/d/f c/g h i j k l m") {
			r.put(r.sick, key, 3)
		}
	}})
	r.store.SetLatency(3 * time.Millisecond)
	want := len(r.truth(r.sick))
	for range 3 {
		kill(t, r.pid, hangup)
		tid, done, quit := make(chan int), make(chan error), make(chan struct{})
		n := 0
		go func() {
			runtime.LockOSThread()
			tid <- syscall.Gettid()
			// The thread is not unlocked, and so ends with the goroutine.
			done <- filepath.WalkDir(r.path(r.sick, "uploads"), func(name string, d fs.DirEntry, err error) error {
				if err != nil {
					return err
				}
				n++
				if d.Type().IsRegular() {
					_, err = os.ReadFile(name)
				}
				return err
			})
		}()
		go storm(<-tid, quit)
		err := <-done
		close(quit)
		if err != nil || n != want {
			t.Errorf("a Go program under signals walked %d names of %d: %v", n, want, err)
		}
	}
	r.whole(r.sick, "after the storm")
}

// storm sends a thread SIGURG every half millisecond.
func storm(tid int, quit <-chan struct{}) {
	tick := time.NewTicker(500 * time.Microsecond)
	defer tick.Stop()
	for {
		select {
		case <-quit:
			return
		case <-tick.C:
			if syscall.Tgkill(os.Getpid(), tid, syscall.SIGURG) != nil {
				return
			}
		}
	}
}

// endOfMount is how a mount with a stalled reader is ended.
type endOfMount struct {
	name string
	do   func(r *rig)
}

// TestStalledRequestsDoNotHoldUpTheEnd: the process and its mount are gone
// within 5 seconds, and the reader gets an error.
func TestStalledRequestsDoNotHoldUpTheEnd(t *testing.T) {
	for _, end := range []endOfMount{
		{"SIGTERM", func(r *rig) { kill(r.t, r.pid, syscall.SIGTERM) }},
		{"SIGINT", func(r *rig) { kill(r.t, r.pid, syscall.SIGINT) }},
		{"two signals", func(r *rig) { kill(r.t, r.pid, syscall.SIGTERM); kill(r.t, r.pid, syscall.SIGTERM) }},
		{"umount -f", func(r *rig) { finish(r.t, command(r.t, nil, need(r.t, "umount"), "-f", r.dir)) }},
		{"kill -9", func(r *rig) { kill(r.t, r.pid, syscall.SIGKILL) }},
	} {
		t.Run(end.name, func(t *testing.T) {
			needRoot(t)
			t.Parallel()
			r := stalledRig(t)
			r.stall()
			cmd, ended := r.started("ls", r.path(r.sick, "uploads"))
			eventually(t, "a request is under way", func() bool { return r.store.Counters().InFlight > 0 })
			start := time.Now()
			end.do(r)
			if err := r.within("a reader of a mount that ended", 10*time.Second, cmd, ended); err == nil {
				t.Error("the reader ended with status 0 without its answer")
			}
			if end.name == "umount -f" {
				// It aborts the connection; where it could not unmount too, this does.
				finish(t, command(t, nil, need(t, "umount"), "-l", r.dir))
			}
			gone(t, r.pid)
			if d := time.Since(start); d > 5*time.Second {
				t.Errorf("the end took %v; want at most 5s", d)
			}
			// Whatever is left of it, the same directory can be mounted again.
			again := emulator.BucketOptions{Name: r.well, Dialect: "s3"}
			mountAt(t, storeKeys(), r.dir, sourceAt(again, openGate(t, r.store).url))
			r.whole(r.well, "on the same directory")
		})
	}
}
