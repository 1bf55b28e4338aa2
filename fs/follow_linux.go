package fs

import (
	"bytes"
	"runtime"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// follower keeps a reader's thread on the processor that a walker runs on. A
// walker sleeps from its request to the answer, so one processor is enough for
// both. To wake each other there costs them a tenth of what it costs across
// processors (3 us for there and back instead of 29, perf bench sched pipe), and
// nobody has to look for requests meanwhile.
//
// The kernel wakes a thread on another processor that is idle, unless where it
// was nothing runs but what has the policy SCHED_IDLE (select_idle_sibling in
// kernel/sched/fair.c). So the reader has that policy while it writes an answer, and
// at no other time. Where others want the processor it may be long before it goes on
// then: guard helps it (see relieve), and gives the turn to another.
type follower struct {
	// walker is the thread that sent the last request, streak how many it has sent
	// one after another.
	walker uint32
	streak int
	// free is nil but while the thread is bound to one processor, at.
	free atomic.Pointer[free]
	at   int
	// served counts the requests since one was last missing, worth is what it was worth
	// to follow.
	served, worth int
	// rests is until when nobody is followed.
	rests time.Time
}

// free is a thread and the processors that it may run on where it follows nobody.
type free struct {
	thread int
	on     unix.CPUSet
}

const (
	// followAfter is how many requests of one walker in a row make it worth to be
	// followed.
	followAfter = 32
	// followMoves is how many requests win as much as a move costs, and followStays
	// what it costs to miss a request where the walker was last seen. Where that has
	// lost followLoses, nobody is followed for the time of followRests: there are several
	// walkers, the kernel wakes them elsewhere all the same, or it is another who has
	// the walker's number here. It never has won more than followWins.
	followMoves = 8
	followStays = 2
	followLoses = 400
	followWins  = 400
	followRests = time.Second
	// followWaits is how many milliseconds a reader stays where it is without a
	// request.
	followWaits = 1
)

// mayFollow reports whether threads may come back from SCHED_IDLE, which takes
// CAP_SYS_NICE or RLIMIT_NICE (sched(7)): it tries.
func mayFollow() bool {
	if runtime.NumCPU() < 2 {
		return false
	}
	tried := make(chan bool)
	go func() {
		runtime.LockOSThread()
		policy, _, err := unix.RawSyscall(unix.SYS_SCHED_GETSCHEDULER, 0, 0, 0)
		if err != 0 || policy != unix.SCHED_NORMAL || setPolicy(0, unix.SCHED_IDLE) != 0 {
			runtime.UnlockOSThread()
			tried <- false
			return
		}
		may := setPolicy(0, unix.SCHED_NORMAL) == 0
		if may {
			runtime.UnlockOSThread()
		} // Otherwise the thread ends with the goroutine.
		tried <- may
	}()
	return <-tried
}

// setPolicy sets the policy of a thread, 0 for the caller's.
func setPolicy(thread int, policy uintptr) syscall.Errno {
	var priority int32
	_, _, err := unix.Syscall(unix.SYS_SCHED_SETSCHEDULER, uintptr(thread), policy, uintptr(unsafe.Pointer(&priority)))
	return err
}

// sent notes a request of a walker that waits for the answer and sends nothing else.
func (f *follower) sent(walker uint32) {
	if walker != f.walker {
		f.walker, f.streak = walker, 0
	}
	f.streak++
	f.served++
	if !f.follows() && f.streak%followAfter == 0 && !time.Now().Before(f.rests) {
		f.follow()
	}
}

// follow goes where the walker is.
func (f *follower) follow() {
	cpu, ok := processorOf(f.walker)
	if !ok {
		f.rests = time.Now().Add(followRests)
		return
	}
	// Other threads are not to begin with what this one has.
	runtime.LockOSThread()
	was := &free{thread: unix.Gettid()}
	err := unix.SchedGetaffinity(0, &was.on)
	f.free.Store(was)
	if err != nil || was.on.Count() < 2 || !f.bind(cpu) {
		f.stop()
		return
	}
	f.served, f.worth = 0, 0
}

func (f *follower) follows() bool { return f.free.Load() != nil }

// move goes where the walker is now, which sends nothing where it was last seen.
func (f *follower) move() {
	cpu, ok := processorOf(f.walker)
	if !ok {
		return
	}
	cost := followMoves
	if cpu == f.at {
		cost = followStays
	}
	f.worth = min(f.worth+f.served-cost, followWins)
	f.served = 0
	if f.worth < -followLoses || cpu != f.at && !f.bind(cpu) {
		f.stop()
	}
}

// bind binds the thread to one processor that it may run on.
func (f *follower) bind(cpu int) bool {
	if !f.free.Load().on.IsSet(cpu) {
		return false
	}
	var one unix.CPUSet
	one.Set(cpu)
	f.at = cpu
	return unix.SchedSetaffinity(0, &one) == nil
}

// stray has the thread run wherever it may.
func (f *follower) stray() {
	was := f.free.Swap(nil)
	if was == nil {
		return
	}
	f.streak = 0
	// It fails where the processors that were allowed are gone: then the kernel has
	// moved the thread by itself.
	_ = unix.SchedSetaffinity(0, &was.on)
	runtime.UnlockOSThread()
}

// relieve ends that the thread waits behind others, which another thread calls. It
// reports false where there is nothing to end.
func (f *follower) relieve() bool {
	was := f.free.Load()
	if was == nil {
		return false
	}
	// Both fail where the thread has ended meanwhile.
	_ = setPolicy(was.thread, unix.SCHED_NORMAL)
	_ = unix.SchedSetaffinity(was.thread, &was.on)
	return true
}

// stop strays, and follows nobody for a while.
func (f *follower) stop() {
	f.stray()
	f.rests = time.Now().Add(followRests)
}

// processorOf returns the processor that a thread ran on last (proc_pid_stat(5)).
func processorOf(thread uint32) (int, bool) {
	if thread == 0 {
		return 0, false // It is of another PID namespace.
	}
	var room [1024]byte
	path := strconv.AppendUint(append(room[:0], "/proc/"...), uint64(thread), 10)
	fd, err := unix.Open(string(append(path, "/stat"...)), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	defer unix.Close(fd)
	n, err := unix.Read(fd, room[:])
	if err != nil {
		return 0, false
	}
	return processorIn(room[:n])
}

// processorIn returns field 39 of /proc/PID/stat. The second, a name in
// parentheses, may hold anything.
func processorIn(stat []byte) (int, bool) {
	const name, processor = 2, 39
	i := bytes.LastIndexByte(stat, ')')
	if i < 0 {
		return 0, false
	}
	fields := bytes.Fields(stat[i+1:])
	if len(fields) < processor-name {
		return 0, false
	}
	cpu, err := strconv.Atoi(string(fields[processor-name-1]))
	return cpu, err == nil
}

// nextBeside is next for a reader that follows a walker. It fails with EAGAIN where
// it does so no longer.
func (d *device) nextBeside(w *worker) (int, syscall.Errno) {
	n, err := d.read()
	if err != unix.EAGAIN {
		return n, err
	}
	w.move()
	for w.follows() {
		ready, err := d.poll(followWaits)
		if n, err := d.read(); err != unix.EAGAIN {
			return n, err
		}
		if ready == 0 || err != nil {
			w.stray()
		}
	}
	return 0, unix.EAGAIN
}

// writeBeside is write for an answer to a walker that is followed.
func (d *device) writeBeside(out []byte) syscall.Errno {
	// Go's scheduler is told of all three, so that no other goroutine waits for the
	// thread where others have the processor.
	setPolicy(0, unix.SCHED_IDLE)
	_, _, err := unix.Syscall(unix.SYS_WRITE, uintptr(d.fd), uintptr(unsafe.Pointer(&out[0])), uintptr(len(out)))
	setPolicy(0, unix.SCHED_NORMAL)
	return err
}
