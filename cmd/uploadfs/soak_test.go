//go:build linux

package main

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"uploadfs/remote/emulator"
)

// soakVariable makes the soak test as long as it says, such as 1h.
const soakVariable = "UPLOADFS_SOAK"

// soakTime is the bound of the soak test where the variable says nothing.
const soakTime = 15 * time.Second

// soaker runs mixed operations on the mount, and holds each answer to the truth
// of the part of the bucket that does not change.
type soaker struct {
	r *rig
	// still is what each directory of the unchanging part holds.
	still map[string][]string
	dirs  []string
	ops   atomic.Int64
	wrong atomic.Int64
	fails sync.Map // errno -> *atomic.Int64
}

func (s *soaker) complain(format string, args ...any) {
	if s.wrong.Add(1) <= 5 {
		s.r.t.Errorf(format, args...)
	}
}

// failed counts an error, which must be one of interface.md's.
func (s *soaker) failed(what string, err error) {
	no, _ := errors.AsType[syscall.Errno](err)
	switch no {
	case syscall.EIO, syscall.EACCES, syscall.EAGAIN, syscall.ETIMEDOUT, syscall.EINTR:
	case syscall.ENOENT, syscall.ENODATA:
		if !strings.Contains(what, "/churn") {
			s.complain("%s: %v, of what is there all the time", what, err)
		}
	default:
		s.complain("%s: %v; want an errno of interface.md", what, err)
	}
	n, _ := s.fails.LoadOrStore(no, new(atomic.Int64))
	n.(*atomic.Int64).Add(1)
}

// one does one operation.
func (s *soaker) one(rnd *rand.Rand) {
	s.ops.Add(1)
	root := s.r.path(s.r.sick, "uploads")
	dir := s.dirs[rnd.IntN(len(s.dirs))]
	names := s.still[dir]
	switch rnd.IntN(8) {
	case 0, 1, 2:
		entries, err := os.ReadDir(dir)
		if err != nil {
			s.failed("readdir "+dir, err)
			return
		}
		var got []string
		for _, e := range entries {
			got = append(got, e.Name())
		}
		slices.Sort(got)
		if !slices.Equal(got, names) {
			s.complain("readdir %s without an error: %s", dir, difference(got, names))
		}
	case 3:
		name := filepath.Join(dir, names[rnd.IntN(len(names))])
		if _, err := os.Lstat(name); err != nil {
			s.failed("lstat "+name, err)
		}
	case 4:
		name := filepath.Join(dir, names[rnd.IntN(len(names))])
		if data, err := os.ReadFile(name); err == nil && !strings.HasPrefix(string(data), `{"Bucket":"`+s.r.sick+`"`) {
			s.complain("%s reads %.80q; want its record", name, data)
		} else if err != nil && !errors.Is(err, syscall.EISDIR) {
			s.failed("read "+name, err)
		}
	case 5:
		b := make([]byte, 256)
		if _, err := unix.Lgetxattr(dir, "user.bytes", b); err != nil && !errors.Is(err, unix.ENODATA) {
			s.failed("getxattr "+dir, err)
		}
	case 6:
		if _, err := os.Lstat(filepath.Join(dir, "not-there")); err == nil {
			s.complain("lstat of a name that does not exist in %s works", dir)
		} else if !errors.Is(err, os.ErrNotExist) {
			s.failed("lstat "+dir, err)
		}
	case 7:
		churn := filepath.Join(root, "churn")
		if entries, err := os.ReadDir(churn); err != nil {
			s.failed("readdir "+churn, err)
		} else if len(entries) > 0 {
			name := filepath.Join(churn, entries[rnd.IntN(len(entries))].Name())
			if _, err := os.ReadDir(name); err != nil {
				s.failed("readdir "+name, err)
			}
		}
	}
}

// spoil is the store's mood: mostly well, and now and then anything.
func (s *soaker) spoil(rnd func() float64) func(*http.Request, int) *emulator.Fault {
	faults := []emulator.Fault{
		emulator.ErrorFault(500, "InternalError"), {Reset: true}, {CutHalf: true}, {Lose: 20}, emulator.HTMLFault(200), emulator.HTMLFault(502),
		emulator.ErrorFault(403, "AccessDenied"), emulator.OKErrorFault("InternalError"), {Delay: 30 * time.Millisecond}, emulator.EntityFault(),
		emulator.ErrorFault(400, "ExpiredToken"), emulator.InvalidUTF8Fault(), {Body: []byte("<x/>")},
	}
	return func(q *http.Request, n int) *emulator.Fault {
		switch x := rnd(); {
		case !s.r.ofSick(q) || x > 0.08:
			return nil
		case x < 0.0003:
			return &emulator.Fault{Throttle: true}
		case x < 0.0008:
			return &emulator.Fault{Stall: true}
		case ofUploads(q) && x > 0.075:
			return &faults[0]
		default:
			f := faults[n%len(faults)]
			if ofUploads(q) && f.Rewrite != nil {
				return nil // Invalid UTF-8 changes a key, which is no fault of the mount.
			}
			return &f
		}
	}
}

// TestSoak runs some thousand mixed operations under random faults, while part
// of the bucket changes. No answer may be wrong; afterwards nothing is left
// over, and a walk without faults is the truth.
func TestSoak(t *testing.T) {
	bound := soakTime
	if v := os.Getenv(soakVariable); v != "" {
		d, err := time.ParseDuration(v)
		if err != nil {
			t.Fatalf("%s: %v", soakVariable, err)
		}
		bound = d
	}
	const workers, concurrency = 6, 8
	r := newRig(t, rigOptions{
		args: []string{"--ttl=50ms", "--timeout=1s", "--retries=2", "--readahead=4", fmt.Sprintf("--concurrency=%d", concurrency), "--cache-size=128KiB", "--log-level=warn"},
		sick: func(o *emulator.BucketOptions) { o.Quirks.PageCap, o.Quirks.PartsCap = 7, 3 },
		fill: func(r *rig) {
			for i := range 60 {
				r.put(r.sick, fmt.Sprintf("still/d%d/k%02d", i%5, i/2), 1+i%5)
			}
		},
	})
	s := &soaker{r: r, still: map[string][]string{}}
	for _, p := range r.truth(r.sick) {
		if strings.Contains(p, "/still/") {
			s.still[filepath.Dir(p)] = append(s.still[filepath.Dir(p)], filepath.Base(p))
		}
	}
	for dir, names := range s.still {
		slices.Sort(names)
		s.dirs = append(s.dirs, dir)
	}
	slices.Sort(s.dirs)
	r.whole(r.sick, "before")
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d", seed)
	s.run(bound, workers, seed)
	r.heal()
	n := s.ops.Load()
	s.fails.Range(func(no, n any) bool { t.Logf("%d times %v", n.(*atomic.Int64).Load(), no); return true })
	t.Logf("%d operations, %d of them wrong, %d requests", n, s.wrong.Load(), r.store.Counters().Total)
	if n < 1000 {
		t.Errorf("%d operations in %v; want some thousand", n, bound)
	}
	s.settled(concurrency)
}

// run lets the workers and the churn go until the bound.
func (s *soaker) run(bound time.Duration, workers int, seed uint64) {
	r := s.r
	var mu sync.Mutex
	dice := rand.New(rand.NewPCG(seed, 0))
	r.store.SetFault(s.spoil(func() float64 {
		mu.Lock()
		defer mu.Unlock()
		return dice.Float64()
	}))
	end := time.Now().Add(bound)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(seed, uint64(w+1)))
			for time.Now().Before(end) {
				s.one(rnd)
			}
		})
	}
	wg.Go(func() {
		rnd := rand.New(rand.NewPCG(seed, 99))
		tick := time.NewTicker(10 * time.Millisecond)
		defer tick.Stop()
		var ids [][2]string
		for time.Now().Before(end) {
			<-tick.C
			if key := fmt.Sprintf("churn/k%d", rnd.IntN(20)); len(ids) < 15 {
				ids = append(ids, [2]string{key, r.put(r.sick, key, 2)})
			} else {
				i := rnd.IntN(len(ids))
				r.store.DropUpload(r.sick, ids[i][0], ids[i][1])
				ids = slices.Delete(ids, i, i+1)
			}
		}
	})
	wg.Wait()
}

// settled wants nothing left over, and the truth.
func (s *soaker) settled(concurrency int) {
	r := s.r
	r.t.Helper()
	kill(r.t, r.pid, hangup)
	eventually(r.t, "a walk without faults is the truth", func() bool {
		res, lines := r.find(r.sick)
		return res.status == 0 && slices.Equal(lines, r.truth(r.sick))
	})
	r.whole(r.well, "after the soak")
	eventually(r.t, "no request is under way and no directory open", func() bool {
		return metric(r.t, r, "uploadfs_requests_in_flight") == 0 && metric(r.t, r, "uploadfs_open_directories") == 0
	})
	// Two sources keep their connections open for the next request; the rest is
	// /dev/fuse, the log, the poller and the file that is being read.
	if n := descriptors(r.t, r.pid); n > 2*concurrency+24 {
		r.t.Errorf("the process has %d descriptors open; want connections for the next requests and a few of its own", n)
	}
	if n := metric(r.t, r, "uploadfs_cache_bytes"); n > 128<<10 {
		r.t.Errorf("the cache holds %v bytes; want at most --cache-size", n)
	}
	kill(r.t, r.pid, hangup)
	most := float64(len(r.truth(r.sick)) + len(r.truth(r.well)) + 64)
	eventually(r.t, fmt.Sprintf("the kernel knows at most %v inodes, those that are there", most), func() bool {
		return metric(r.t, r, "uploadfs_inodes") <= most
	})
	r.idle()
}

// idle wants the process to have no goroutine that still works: SIGTERM ends it
// at once, which a request or a reader that was left over would delay.
func (r *rig) idle() {
	r.t.Helper()
	start := time.Now()
	kill(r.t, r.pid, syscall.SIGTERM)
	gone(r.t, r.pid)
	if d := time.Since(start); d > 5*time.Second || mounted(r.t, r.dir) {
		r.t.Errorf("the end after the soak took %v, mounted %v; want it at once", d, mounted(r.t, r.dir))
	}
}
