package fs

import (
	"encoding/binary"
	"errors"
	"log/slog"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// device reads the kernel's requests and has the library answer them. The
// library has a loop of its own, whose readers sleep between two requests. A
// walk sends its next request some 20 us after it has the last answer, and to
// wake a reader means to interrupt another processor, on a virtual machine for
// longer than that. So here the reader is where the walker is (see follower), or
// looks again for a while before it sleeps: find over 50,000 cached directories takes
// 2.6 to 2.8 s, or 3.6 to 4.0, instead of 7.5 to 10.
//
// One worker at a time has the turn. It reads a request and answers it by itself,
// with the turn in hand: nobody else has to be woken, and a walk has one request
// at a time. Where an answer takes longer than takesLong the turn is taken from
// its worker and given to another. Where requests are then found to come while
// others are being answered, each worker gives the turn away before it begins.
type device struct {
	fd     int
	server *fuse.ProtocolServer
	logger *slog.Logger
	// patience is how long the reader looks before it sleeps.
	patience time.Duration
	// mayFollow says that readers may follow walkers.
	mayFollow bool

	// turn hands the turn to a worker that waits for it, spare counts those.
	turn  chan struct{}
	spare atomic.Int32
	// flying counts the requests that have no answer yet.
	flying atomic.Int32
	// alone is the number of the request that is answered with the turn in hand,
	// 0 for none. Who sets it to 0 decides where the turn goes.
	alone atomic.Uint64
	// guarded is set while guard looks at alone, and rouse makes it look again.
	guarded atomic.Bool
	rouse   chan struct{}
	// ended is closed when the kernel has let go of the mount.
	ended   chan struct{}
	workers sync.WaitGroup

	// rooms holds buffers for answers that do not fit a worker.
	rooms sync.Pool

	// These are of whoever has the turn.
	buf    []byte
	number uint64
	// missed counts the times in a row that patience was in vain.
	missed int
	// crowded is until when the turn is given away before a request is answered.
	crowded time.Time

	mu   sync.Mutex
	team map[*worker]struct{}
}

const (
	// longestLook is above the time that a walker takes between an answer and
	// its next request, which is 10 to 30 us.
	longestLook = 50 * time.Microsecond
	// givesUp is how many looks in vain there are before the reader sleeps at
	// once. It looks again when requests come as fast as when it would have paid.
	givesUp = 8
	// takesLong is between what an answer from the cache takes and what a request
	// to a store does.
	takesLong = time.Millisecond
	// staysCrowded is how long one request beside another is remembered.
	staysCrowded = 20 * time.Millisecond
	// mostSpare is how many workers wait for the turn; more end.
	mostSpare = 4
	// guardRests is how many times guard sees nobody at work before it sleeps.
	guardRests = 20
)

// newDevice serves the connection of fd, which must not block, as the protocol
// server answers it.
func newDevice(fd int, server *fuse.ProtocolServer, logger *slog.Logger) *device {
	d := &device{
		fd: fd, server: server, logger: logger,
		turn: make(chan struct{}), rouse: make(chan struct{}, 1), ended: make(chan struct{}),
		// The kernel refuses a buffer that could not hold the largest WRITE.
		buf:  make([]byte, largestRequest+4096),
		team: map[*worker]struct{}{},
	}
	d.rooms.New = func() any { return new([largestRequest + fixedAnswer]byte) }
	d.patience = patience(runtime.GOMAXPROCS(0), runtime.NumCPU())
	d.mayFollow = mayFollow()
	return d
}

// patience is how long a reader looks who has so many of the machine's processors.
// A walker needs another one meanwhile, and where a container allows less than two
// the runtime still takes two.
func patience(procs, machine int) time.Duration {
	if procs > 2 || procs == 2 && machine == 2 {
		return longestLook
	}
	return 0
}

// run serves until the kernel has let go of the mount and all that was asked is
// answered or cancelled.
func (d *device) run() {
	d.workers.Add(1)
	go d.work(true)
	d.workers.Go(d.guard)
	d.workers.Wait()
}

// work serves as one worker until there are enough without it.
func (d *device) work(leads bool) {
	defer d.workers.Done()
	w := &worker{}
	d.join(w)
	defer d.leave(w)
	defer w.stray()
	for leads || d.await() {
		n, err := d.next(w)
		if err != 0 {
			d.end(err)
			return
		}
		leads = d.serve(w, d.buf[:n])
	}
}

// await waits for the turn. It reports false where the worker is not needed.
func (d *device) await() bool {
	defer d.spare.Add(-1)
	if d.spare.Add(1) > mostSpare {
		return false
	}
	select {
	case <-d.turn:
		return true
	case <-d.ended:
		return false
	}
}

// pass gives the turn to a worker that waits for it or to a new one.
func (d *device) pass() {
	select {
	case d.turn <- struct{}{}:
	default:
		d.workers.Add(1)
		go d.work(true)
	}
}

// next waits for a request and reads it into buf.
func (d *device) next(w *worker) (int, syscall.Errno) {
	if w.follows() {
		if n, err := d.nextBeside(w); err != unix.EAGAIN {
			return n, err
		}
	}
	began := time.Now()
	for {
		n, err := d.read()
		if err != unix.EAGAIN {
			d.missed = 0
			return n, err
		}
		if d.missed >= givesUp || time.Since(began) >= d.patience {
			break
		}
	}
	d.missed++
	for {
		if _, err := d.poll(-1); err != nil && !errors.Is(err, unix.EINTR) {
			return 0, unix.EIO
		}
		n, err := d.read()
		if err == unix.EAGAIN {
			continue
		}
		// Waking takes about as long as looking would have.
		if time.Since(began) < 2*d.patience {
			d.missed = 0
		}
		return n, err
	}
}

// poll waits until there may be a request, for so many milliseconds or for ever (-1).
func (d *device) poll(ms int) (ready int, err error) {
	return unix.Poll([]unix.PollFd{{Fd: int32(d.fd), Events: unix.POLLIN}}, ms)
}

// read reads one request if there is one, and fails with EAGAIN if not. It never
// waits, so the scheduler need not be told.
func (d *device) read() (int, syscall.Errno) {
	for {
		n, _, err := unix.RawSyscall(unix.SYS_READ, uintptr(d.fd), uintptr(unsafe.Pointer(&d.buf[0])), uintptr(len(d.buf)))
		switch err {
		case unix.EINTR, unix.ENOENT: // ENOENT is a request that was taken back.
			continue
		case 0:
			if n == 0 {
				return 0, unix.ENODEV
			}
			return int(n), 0
		}
		return 0, err
	}
}

// serve answers a request that lies in buf, and reports whether the worker still
// has the turn.
func (d *device) serve(w *worker, in []byte) (leads bool) {
	if len(in) < int(unsafe.Sizeof(fuse.InHeader{})) {
		d.logger.Error("the kernel sent a request that is too short", "bytes", len(in))
		return true
	}
	op, unique := header(in)
	others := d.flying.Add(1) > 1
	switch op {
	case opForget, opBatchForget, opInterrupt:
		// These wait for nothing. The kernel sends as many FORGETs as are read,
		// so the next waits for this one.
		d.answer(w, in)
		return true
	}
	waited := waitedFor(op)
	if others && waited {
		d.crowded = time.Now().Add(staysCrowded)
	}
	in = append(w.in[:0], in...)
	// Before another may have the turn and read that the mount has ended.
	w.unique.Store(unique)
	if !d.crowded.IsZero() {
		if time.Now().Before(d.crowded) {
			w.stray()
			d.pass()
			d.answer(w, in)
			return false
		}
		d.crowded = time.Time{}
	}
	if waited && d.mayFollow {
		w.sent(sender(in))
	}
	d.number++
	number := d.number
	w.number.Store(number)
	d.alone.Store(number)
	d.watch()
	d.answer(w, in)
	if d.alone.CompareAndSwap(number, 0) {
		return true
	}
	w.stray()
	return false
}

// watch makes guard look, if it does not.
func (d *device) watch() {
	if d.guarded.Load() {
		return
	}
	d.guarded.Store(true)
	select {
	case d.rouse <- struct{}{}:
	default:
	}
}

// guard takes the turn from workers that have it for too long.
func (d *device) guard() {
	for {
		select {
		case <-d.rouse:
		case <-d.ended:
			return
		}
		d.look()
		d.guarded.Store(false)
		if d.alone.Load() != 0 {
			// It began before it could see that nobody looks.
			d.watch()
		}
	}
}

// look looks at who has the turn until requests have ceased for a while.
func (d *device) look() {
	t := time.NewTicker(takesLong)
	defer t.Stop()
	last, rests, late := uint64(0), 0, []uint64(nil)
	for rests < guardRests {
		select {
		case <-t.C:
		case <-d.ended:
			return
		}
		late = d.relieve(late)
		number := d.alone.Load()
		switch {
		case number == 0:
			rests++
		case number != last:
			rests = 0
		case d.alone.CompareAndSwap(number, 0):
			d.pass()
			late = d.relieve(append(late, number))
		}
		last = number
	}
}

// relieve helps the workers that follow a walker and have lost the turn at these
// numbers. It returns those of them that are at it still: one that was about to take
// SCHED_IDLE, which it does with the turn alone, may have done so after it was helped.
func (d *device) relieve(numbers []uint64) (late []uint64) {
	if len(numbers) == 0 {
		return nil
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	for w := range d.team {
		if n := w.number.Load(); slices.Contains(numbers, n) && w.relieve() {
			late = append(late, n)
		}
	}
	return late
}

func (d *device) join(w *worker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.team[w] = struct{}{}
}

func (d *device) leave(w *worker) {
	d.mu.Lock()
	defer d.mu.Unlock()
	delete(d.team, w)
}

// end cancels what is being answered: nobody waits for it any more.
func (d *device) end(err syscall.Errno) {
	if err != unix.ENODEV && err != unix.ECONNABORTED {
		d.logger.Error("the kernel's requests cannot be read", "error", err)
	}
	close(d.ended)
	d.mu.Lock()
	defer d.mu.Unlock()
	for w := range d.team {
		// One that was interrupted before is not to hold up the others.
		d.workers.Go(func() { d.cancel(w) })
	}
}

// cancel interrupts the request that a worker is at, as the kernel would. It may
// not have begun yet, so it is asked for again for a moment.
func (d *device) cancel(w *worker) {
	unique := w.unique.Load()
	if unique == 0 {
		return
	}
	in := make([]byte, unsafe.Sizeof(fuse.InterruptIn{}))
	binary.NativeEndian.PutUint32(in, uint32(len(in)))
	binary.NativeEndian.PutUint32(in[unsafe.Offsetof(fuse.InHeader{}.Opcode):], opInterrupt)
	binary.NativeEndian.PutUint64(in[unsafe.Offsetof(fuse.InterruptIn{}.Unique):], unique)
	for out := make([]byte, len(w.small)); w.unique.Load() == unique; time.Sleep(time.Millisecond) {
		// An interrupt that was taken has no answer.
		if n, _ := d.server.HandleRequest([][]byte{in}, [][]byte{out}); n == 0 {
			return
		}
	}
}
