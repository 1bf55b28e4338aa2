package fs

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// needsFollowing skips a test where nobody may be followed: on one processor, and
// without CAP_SYS_NICE.
func needsFollowing(t *testing.T) {
	t.Helper()
	if runtime.NumCPU() < 2 {
		t.Skip("needs two processors")
	}
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var caps [2]unix.CapUserData
	if err := unix.Capget(&header, &caps[0]); err != nil {
		t.Fatal(err)
	}
	switch has, may := caps[0].Effective&(1<<unix.CAP_SYS_NICE) != 0, mayFollow(); {
	case !has && !may:
		t.Skip("needs CAP_SYS_NICE")
	case !may:
		t.Fatal("with CAP_SYS_NICE a thread may not come back from SCHED_IDLE")
	}
}

// allowed returns the processors that a thread may run on, 0 for the caller.
func allowed(t testing.TB, thread int) (on unix.CPUSet) {
	t.Helper()
	if err := unix.SchedGetaffinity(thread, &on); err != nil {
		t.Error(err) // The caller may be a worker of a device.
	}
	return on
}

// two returns two processors of a set.
func two(t testing.TB, on unix.CPUSet) (pair [2]int) {
	t.Helper()
	n := 0
	for cpu := 0; n < len(pair); cpu++ {
		if cpu >= 1024 {
			t.Fatal("fewer than two processors")
		}
		if on.IsSet(cpu) {
			pair[n] = cpu
			n++
		}
	}
	return pair
}

func only(cpu int) (on unix.CPUSet) {
	on.Set(cpu)
	return on
}

func policyOf(thread int) uintptr {
	policy, _, _ := unix.RawSyscall(unix.SYS_SCHED_GETSCHEDULER, uintptr(thread), 0, 0)
	return policy
}

// mover is a thread that runs for a moment again and again.
type mover struct{ id int }

func newMover(t *testing.T) *mover {
	id, ended := make(chan int), make(chan struct{})
	var running sync.WaitGroup
	running.Go(func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		was := allowed(t, 0)
		defer func() { _ = unix.SchedSetaffinity(0, &was) }()
		id <- unix.Gettid()
		for {
			select {
			case <-ended:
				return
			default:
				_ = unix.Nanosleep(&unix.Timespec{Nsec: 100_000}, nil)
			}
		}
	})
	t.Cleanup(func() { close(ended); running.Wait() })
	return &mover{<-id}
}

// move binds the thread to a processor.
func (m *mover) move(t *testing.T, cpu int) {
	t.Helper()
	on := only(cpu)
	if err := unix.SchedSetaffinity(m.id, &on); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the walker runs where it was sent", func() bool {
		at, ok := processorOf(uint32(m.id))
		return ok && at == cpu
	})
}

// follows runs a test with a follower of its own thread.
func follows(t *testing.T, test func(f *follower, was unix.CPUSet, cpus [2]int)) {
	needsFollowing(t)
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	was := allowed(t, 0)
	f := &follower{}
	defer f.stray()
	test(f, was, two(t, was))
}

func (f *follower) asks(walker *mover, times int) {
	for range times {
		f.sent(uint32(walker.id))
	}
}

// TestFollowerGoesWhereTheWalkerIs: after followAfter requests of one walker in a
// row the thread is bound to its processor, goes after it, and may run anywhere again
// in the end.
func TestFollowerGoesWhereTheWalkerIs(t *testing.T) {
	follows(t, func(f *follower, was unix.CPUSet, cpus [2]int) {
		walker, other := newMover(t), newMover(t)
		walker.move(t, cpus[0])
		f.asks(walker, followAfter-1)
		f.asks(other, 1)
		f.asks(walker, followAfter-1)
		if f.follows() || allowed(t, 0) != was {
			t.Fatal("the thread is bound before there are enough requests of one walker")
		}
		f.asks(walker, 1)
		for _, cpu := range []int{cpus[0], cpus[1], cpus[0]} {
			walker.move(t, cpu)
			f.move()
			if got := allowed(t, 0); !f.follows() || got != only(cpu) {
				t.Fatalf("a walker is on processor %d, and its reader's thread may run on %v", cpu, got)
			}
		}
		f.stray()
		if got := allowed(t, 0); f.follows() || got != was {
			t.Errorf("when nobody is followed the thread may run on %v, want %v as before", got, was)
		}
	})
}

// TestFollowerRestsWhereItDoesNotPay: where each request is missed nobody is followed
// for a while, and where many come between two moves that is no reason.
func TestFollowerRestsWhereItDoesNotPay(t *testing.T) {
	follows(t, func(f *follower, was unix.CPUSet, cpus [2]int) {
		walker := newMover(t)
		move := func(i, requests int) {
			f.asks(walker, requests)
			walker.move(t, cpus[i%2])
			f.move()
		}
		f.asks(walker, followAfter)
		for i := range 50 {
			if move(i, 2*followMoves); !f.follows() {
				t.Fatalf("%d requests pay for a move, and after %d moves nobody is followed", 2*followMoves, i)
			}
		}
		for what, miss := range map[string]func(i int){
			"the walker is elsewhere with each request":                  func(i int) { move(i, 1) },
			"the walker is there, and requests come from somewhere else": func(int) { f.asks(walker, 1); f.move() },
		} {
			for i := 0; f.follows(); i++ {
				if miss(i); i > followWins+followLoses {
					t.Fatalf("%s: it is followed still", what)
				}
			}
			if f.asks(walker, 2*followAfter); f.follows() || allowed(t, 0) != was {
				t.Errorf("%s: it is followed again at once, or the thread is bound", what)
			}
			f.rests = time.Now()
			if f.asks(walker, 2*followAfter); !f.follows() {
				t.Errorf("%s: after the rest it is not followed", what)
			}
		}
	})
}

// TestFollowerFollowsNobodyItCannotSee: senders of another PID namespace (0), and of
// nobody.
func TestFollowerFollowsNobodyItCannotSee(t *testing.T) {
	follows(t, func(f *follower, was unix.CPUSet, _ [2]int) {
		if f.asks(&mover{id: 0}, 3*followAfter); f.follows() || allowed(t, 0) != was {
			t.Error("thread 0 is followed")
		}
		for _, id := range []uint32{0, 1 << 30, ^uint32(0)} {
			if cpu, ok := processorOf(id); ok {
				t.Errorf("thread %d is on processor %d, want that it is not seen", id, cpu)
			}
		}
	})
}

// TestProcessorIn: the processor is field 39 whatever the second holds.
func TestProcessorIn(t *testing.T) {
	rest := " S" + strings.Repeat(" 1", 35) + " 17"
	for stat, want := range map[string]int{
		"1 (find)" + rest + " 0 0\n": 17, "1 (a) S 1) 2 (b)" + rest: 17, "1 ()" + rest + " 5": 17,
		"": -1, "1 (find": -1, "1 (find)": -1, "1 (find) S 1 2": -1, "1 (find)" + strings.TrimSuffix(rest, "17") + "x 3": -1,
	} {
		got, ok := processorIn([]byte(stat))
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("the processor in %q is %d, want %d, where -1 is none", stat, got, want)
		}
	}
}

// walked sends requests of a walker one after another until its reader follows it.
func (k *kernel) walked(t *testing.T, walker *mover) {
	t.Helper()
	h := at(1)
	h.Pid = uint32(walker.id)
	eventually(t, "the reader follows", func() bool {
		for range 2 * followAfter {
			k.ask(opStatfs, h)(0, fuse.StatfsOut{})
		}
		return k.bound() > 0
	})
}

// bound counts the workers whose threads are bound.
func (k *kernel) bound() (n int) {
	k.d.mu.Lock()
	defer k.d.mu.Unlock()
	for w := range k.d.team {
		if f := w.free.Load(); f != nil && allowed(k.t, f.thread) != f.on {
			n++
		}
	}
	return n
}

// threadsAreFree fails where a thread of the process is bound to less than it was, or
// of a policy that is not its own.
func threadsAreFree(t *testing.T, was unix.CPUSet) {
	t.Helper()
	var still string
	defer func() {
		if still != "" {
			t.Log(still)
		}
	}()
	eventually(t, "every thread has its policy and its processors again", func() bool {
		still = ""
		threads, err := filepath.Glob("/proc/self/task/*")
		if err != nil || len(threads) == 0 {
			t.Fatalf("%d threads, %v", len(threads), err)
		}
		for _, path := range threads {
			id, _ := strconv.Atoi(filepath.Base(path))
			var on unix.CPUSet
			if err := unix.SchedGetaffinity(id, &on); err != nil {
				continue // It has ended.
			}
			if p := policyOf(id); p != unix.SCHED_NORMAL || on != was {
				still = fmt.Sprintf("thread %d has policy %d and %d processors", id, p, on.Count())
			}
		}
		return still == ""
	})
}

// TestDeviceFollowsAWalker: a walker whose requests come one after another is
// followed, and no more when they end, come side by side or the mount ends. No
// thread keeps anything of that.
func TestDeviceFollowsAWalker(t *testing.T) {
	needsFollowing(t)
	was := allowed(t, 0)
	eachPatience(t, func(t *testing.T, patience time.Duration) {
		begun, release := make(chan uint64), make(chan struct{})
		k, walker := play(t, patience, waiting(begun, release)), newMover(t)
		walker.move(t, two(t, was)[0])
		k.walked(t, walker)
		eventually(t, "nobody is followed who sends nothing", func() bool { return k.bound() == 0 })

		k.walked(t, walker)
		first, second := k.lookup(1), k.lookup(2)
		within(t, "one LOOKUP begins", begun)
		within(t, "the other begins beside it", begun)
		eventually(t, "nobody is followed in a crowd", func() bool { return k.bound() == 0 })
		close(release)
		first(0, fuse.EntryOut{NodeId: 1})
		second(0, fuse.EntryOut{NodeId: 2})

		k.walked(t, walker)
		k.unmount()
		if on := was; unix.SchedSetaffinity(walker.id, &on) != nil {
			t.Fatal("the walker's own thread stays bound")
		}
		threadsAreFree(t, was)
	})
}

// TestDeviceFollowsNobodyWhereItMayNot: where threads may not come back from
// SCHED_IDLE no request finds its worker bound.
func TestDeviceFollowsNobodyWhereItMayNot(t *testing.T) {
	var bound atomic.Int32
	was := allowed(t, 0)
	k, walker := play(t, longestLook, func(<-chan struct{}, uint64, []byte) fuse.Status {
		if allowed(t, 0) != was {
			bound.Add(1)
		}
		return fuse.OK
	}, func(d *device) { d.mayFollow = false }), newMover(t)
	h := at(1)
	h.Pid = uint32(walker.id)
	for range 10 * followAfter {
		k.ask(opLookup, h, []byte("name\x00"))(0, fuse.EntryOut{NodeId: 1})
	}
	if n := bound.Load(); n > 0 {
		t.Errorf("%d requests were answered by a worker that is bound, want none", n)
	}
}

// TestDeviceRelievesWhoIsLate: a worker that answers for long does so where it may
// run, and with its own policy, whatever it had when its turn was taken.
func TestDeviceRelievesWhoIsLate(t *testing.T) {
	needsFollowing(t)
	was := allowed(t, 0)
	var late atomic.Value
	k, walker := play(t, longestLook, func(<-chan struct{}, uint64, []byte) fuse.Status {
		setPolicy(0, unix.SCHED_IDLE) // As if it waited for a processor while it writes.
		bound := allowed(t, 0)
		ended := time.Now().Add(longestWait)
		for policyOf(0) != unix.SCHED_NORMAL || allowed(t, 0) != was {
			if time.Now().After(ended) {
				break
			}
			time.Sleep(100 * time.Microsecond)
		}
		on := allowed(t, 0)
		late.Store(fmt.Sprint(bound.Count(), policyOf(0), on == was))
		setPolicy(0, unix.SCHED_NORMAL)
		return fuse.OK
	}), newMover(t)
	walker.move(t, two(t, was)[0])
	h := at(1)
	h.Pid = uint32(walker.id)
	eventually(t, "the LOOKUP comes while its worker is bound", func() bool {
		k.walked(t, walker)
		k.ask(opLookup, h, []byte("name\x00"))(0, fuse.EntryOut{NodeId: 1})
		return !strings.HasPrefix(late.Load().(string), fmt.Sprint(was.Count()))
	})
	if got, want := late.Load(), fmt.Sprint(1, unix.SCHED_NORMAL, true); got != want {
		t.Errorf("a worker was bound to processors, and has the policy and all processors when it is late: %v, want %v", got, want)
	}
}
