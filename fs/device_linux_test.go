package fs

import (
	"bytes"
	"encoding/binary"
	"errors"
	"log/slog"
	"math/rand/v2"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

const opLookup, opGetattr, opWrite, opStatfs, opSetxattr, opInit, opStatx = 1, 3, 16, 17, 21, 26, 52

// longestWait bounds each wait of the device's tests.
const longestWait = 10 * time.Second

// script says how a request ends, given the name or value that is in it.
type script func(cancel <-chan struct{}, node uint64, in []byte) fuse.Status

// scripted is a file system where a LOOKUP finds the node that it is below.
type scripted struct {
	fuse.RawFileSystem
	do        script
	forgotten atomic.Uint64 // The last of the nodes from 1 that were forgotten in order.
}

func (s *scripted) Lookup(c <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	out.NodeId = h.NodeId
	return s.do(c, h.NodeId, []byte(name))
}
func (s *scripted) SetXAttr(c <-chan struct{}, in *fuse.SetXAttrIn, _ string, value []byte) fuse.Status {
	return s.do(c, in.NodeId, value)
}
func (s *scripted) GetXAttr(c <-chan struct{}, h *fuse.InHeader, _ string, out []byte) (uint32, fuse.Status) {
	return uint32(copy(out, contents(h.NodeId, len(out)))), s.do(c, h.NodeId, nil)
}
func (s *scripted) ReadDir(c <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	entries(out, in.NodeId)
	return s.do(c, in.NodeId, nil)
}
func (s *scripted) Forget(node, _ uint64) {
	runtime.Gosched() // The next would come first if it could.
	s.forgotten.CompareAndSwap(node-1, node)
}
func (s *scripted) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	out.Files = s.forgotten.Load()
	return fuse.OK
}

// contents are bytes but 0, of which no two nodes have the same.
func contents(node uint64, n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte(packed(node, uint64(n), [2]uint64{}))).Read(b)
	return bytes.ReplaceAll(b, []byte{0}, []byte{1})
}

// entries fills a directory with entries of which no two nodes have the same.
func entries(out *fuse.DirEntryList, node uint64) []byte {
	for n := 100; out.AddDirEntry(fuse.DirEntry{Ino: node, Name: string(contents(node, n))}); n++ {
	}
	return out.Bytes()
}

// waiting has each request say that it begins, and wait until it is released.
func waiting(begun chan<- uint64, release <-chan struct{}) script {
	return func(cancel <-chan struct{}, node uint64, _ []byte) fuse.Status {
		begun <- node
		select {
		case <-release:
			return fuse.OK
		case <-cancel:
			return fuse.EINTR
		}
	}
}

// within returns what comes from a channel.
func within[T any](t testing.TB, what string, from <-chan T) (v T) {
	t.Helper()
	select {
	case v = <-from:
	case <-time.After(longestWait):
		t.Fatalf("after %v still not so: %s", longestWait, what)
	}
	return v
}

// kernel is the other end of a device's descriptor.
type kernel struct {
	t      testing.TB
	end    *os.File
	d      *device
	log    bytes.Buffer
	over   chan struct{}
	unique uint64
	waits  sync.Map // The channel of each number's answer.
	listen sync.Once
	reader sync.WaitGroup
}

// play starts a device over a socket, which keeps requests apart as /dev/fuse does.
func play(t testing.TB, patience time.Duration, do script, change ...func(*device)) *kernel {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC, 0)
	p := fuse.NewProtocolServer(&scripted{RawFileSystem: fuse.NewDefaultRawFileSystem(), do: do},
		&fuse.MountOptions{MaxWrite: largestRequest, Logger: slog.NewLogLogger(slog.DiscardHandler, 0)})
	if err := errors.Join(err,
		unix.SetNonblock(pair[0], true),
		// /dev/fuse has room for every answer, so the device does not wait for it.
		unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_SNDBUF, 1<<20),
		unix.SetsockoptTimeval(pair[1], unix.SOL_SOCKET, unix.SO_SNDTIMEO, &unix.Timeval{Sec: 10}),
		agree(p, &fuse.InitIn{InHeader: fuse.InHeader{Opcode: opInit}, Major: 7, Minor: 38}),
	); err != nil {
		t.Fatal(err)
	}
	k := &kernel{t: t, end: os.NewFile(uintptr(pair[1]), "kernel"), over: make(chan struct{})}
	k.d = newDevice(pair[0], p, slog.New(slog.NewTextHandler(&k.log, nil)))
	k.d.patience = patience
	for _, c := range change {
		c(k.d)
	}
	go func() { k.d.run(); unix.Close(pair[0]); close(k.over) }()
	t.Cleanup(func() { k.unmount(); k.reader.Wait(); k.end.Close() })
	return k
}

// unmount ends the mount, after which nothing of the device is left.
func (k *kernel) unmount() {
	k.t.Helper()
	err := unix.Shutdown(int(k.end.Fd()), unix.SHUT_WR)
	within(k.t, "run returns when the mount has ended", k.over)
	if len(k.d.team) != 0 || k.log.Len() != 0 || err != nil {
		k.t.Errorf("when run has returned, %d workers are left and the log is %q, %v, want nothing", len(k.d.team), &k.log, err)
	}
}

// hear hands each answer to who waits for it, until the device is closed.
func (k *kernel) hear() {
	buf := make([]byte, 128<<10)
	for n, err := k.end.Read(buf); err == nil; n, err = k.end.Read(buf) {
		if to, waits := k.waits.LoadAndDelete(binary.NativeEndian.Uint64(buf[8:])); waits {
			to.(chan string) <- string(buf[:n])
		} else {
			k.t.Errorf("nobody waits for the answer %.100q", buf[:n])
		}
	}
}

// packed encodes values as the kernel does. Each has a fixed size, or Append fails.
func packed(values ...any) (b []byte) {
	for _, v := range values {
		b, _ = binary.Append(b, binary.NativeEndian, v)
	}
	return b
}

// tell sends a request, which begins with an InHeader and must have no answer.
func (k *kernel) tell(op uint32, in ...any) {
	k.unique++
	b := packed(in...)
	copy(b, packed(uint32(len(b)), op, k.unique))
	if _, err := k.end.Write(b); err != nil {
		k.t.Fatalf("the device takes no request %d: %v", op, err)
	}
}

// answered waits for the answer to a request, which ask has sent, and compares it.
type answered func(status syscall.Errno, data ...any)

func (k *kernel) ask(op uint32, in ...any) answered {
	to, unique := make(chan string, 1), k.unique+1
	k.waits.Store(unique, to)
	k.listen.Do(func() { k.reader.Go(k.hear) })
	k.tell(op, in...)
	return func(status syscall.Errno, data ...any) {
		k.t.Helper()
		d := packed(data...)
		want := string(packed(fuse.OutHeader{Length: uint32(16 + len(d)), Status: -int32(status), Unique: unique}, d))
		if got := within(k.t, "the request is answered", to); got != want {
			k.t.Fatalf("request %d, opcode %d, is answered\n%.200q, want %v,\n%.200q", unique, op, got, status, want)
		}
	}
}

func at(node uint64) fuse.InHeader            { return fuse.InHeader{NodeId: node} }
func (k *kernel) lookup(node uint64) answered { return k.ask(opLookup, at(node), []byte("name\x00")) }

// rested reports whether no more workers are left than may wait for the turn or have it.
func (k *kernel) rested() bool {
	k.d.mu.Lock()
	defer k.d.mu.Unlock()
	return len(k.d.team) <= mostSpare+1
}

// eachPatience runs a test with a reader that sleeps at once and one that looks.
func eachPatience(t *testing.T, test func(t *testing.T, patience time.Duration)) {
	for _, patience := range []time.Duration{0, longestLook} {
		t.Run("patience "+patience.String(), func(t *testing.T) { test(t, patience) })
	}
}

// TestDeviceAnswersInOrder: requests that are sent one after another are served in
// that order, each is answered with its own number, and few workers are left.
func TestDeviceAnswersInOrder(t *testing.T) {
	eachPatience(t, func(t *testing.T, patience time.Duration) {
		var last atomic.Uint64
		k := play(t, patience, func(_ <-chan struct{}, node uint64, _ []byte) fuse.Status {
			return fuse.Status(last.Add(1) - node) // OK if it is the next.
		})
		for i := range uint64(3000) {
			k.lookup(i+1)(0, fuse.EntryOut{NodeId: i + 1})
		}
		eventually(t, "a handful of workers is left", k.rested)
	})
}

// TestDeviceLetsNoRequestWaitForAnother: while 1 to 200 requests wait, the next is
// answered. Those that wait are answered when they can be.
func TestDeviceLetsNoRequestWaitForAnother(t *testing.T) {
	eachPatience(t, func(t *testing.T, patience time.Duration) {
		begun, release, lookups := make(chan uint64), make(chan struct{}), []answered{}
		k := play(t, patience, waiting(begun, release))
		for node := range uint64(200) {
			lookups = append(lookups, k.lookup(node))
			within(t, "each LOOKUP begins beside those that wait", begun)
			k.ask(opStatfs, at(1))(0, fuse.StatfsOut{})
		}
		close(release)
		for node, answered := range lookups {
			answered(0, fuse.EntryOut{NodeId: uint64(node)})
		}
		eventually(t, "a handful of workers is left", k.rested)
	})
}

// TestDeviceInterrupts: an INTERRUPT cancels the request that it names and no other,
// and has no answer. Where that is not being answered the kernel is to ask again.
func TestDeviceInterrupts(t *testing.T) {
	eachPatience(t, func(t *testing.T, patience time.Duration) {
		begun, release, other := make(chan uint64), make(chan struct{}), answered(nil)
		k := play(t, patience, waiting(begun, release))
		for range 2 { // Alone, and beside another.
			interrupted := k.lookup(1)
			within(t, "the LOOKUP begins", begun)
			k.tell(opInterrupt, at(0), k.unique)
			interrupted(syscall.EINTR)
			other = k.lookup(2)
			within(t, "another LOOKUP begins", begun)
		}
		k.ask(opInterrupt, at(0), k.unique+100)(syscall.EAGAIN)
		close(release)
		other(0, fuse.EntryOut{NodeId: 2})
	})
}

// TestDeviceEndCancels: the end of the mount cancels all that is being answered or
// about to be, also beside a request that was interrupted before and goes on.
func TestDeviceEndCancels(t *testing.T) {
	eachPatience(t, func(t *testing.T, patience time.Duration) {
		begun, cancelled := make(chan uint64, 21), sync.WaitGroup{}
		cancelled.Add(cap(begun))
		k := play(t, patience, func(cancel <-chan struct{}, node uint64, _ []byte) fuse.Status {
			begun <- node
			<-cancel
			cancelled.Done()
			cancelled.Wait()
			return fuse.EINTR
		}, func(d *device) {
			d.rooms.New = func() any { // A GETXATTR begins when the mount has ended.
				<-d.ended
				time.Sleep(time.Millisecond)
				return new([largestRequest + fixedAnswer]byte)
			}
		})
		requests := []answered{k.lookup(1)}
		within(t, "the LOOKUP begins", begun)
		k.tell(opInterrupt, at(0), k.unique)
		for len(requests) < cap(begun) {
			late, _ := k.exchange(3, 1)
			requests = append(requests, late, k.lookup(1))
		}
		k.unmount()
		for _, answered := range requests {
			answered(syscall.EINTR)
		}
	})
}

// TestDeviceAnswersWhatItCannotTake: EIO to what is cut off, ENOSYS to what is unknown.
func TestDeviceAnswersWhatItCannotTake(t *testing.T) {
	eachPatience(t, func(t *testing.T, patience time.Duration) {
		k := play(t, patience, waiting(nil, nil))
		for _, op := range []uint32{opGetattr, opRead, opWrite, opSetxattr, opGetxattr, opReaddir, opInterrupt, opIoctl} {
			k.ask(op, at(1))(syscall.EIO)
			k.ask(op, at(1), uint32(1))(syscall.EIO)
		}
		k.ask(opLookup, fuse.InHeader{TotalExtlen: 100}, []byte("name\x00"))(syscall.EIO)
		for _, op := range []uint32{opStatx, 99, 4000, 1 << 31} {
			k.ask(op, at(1), make([]byte, 100))(syscall.ENOSYS)
		}
		k.ask(opStatfs, at(1))(0, fuse.StatfsOut{})
	})
	out, want := make([]byte, fixedAnswer), packed(fuse.OutHeader{Length: 16, Status: -5, Unique: 7})
	if n := refuse(out, 7, fuse.EIO); !bytes.Equal(out[:n], want) {
		t.Errorf("what the library does not take at all is answered %q, want EIO, %q", out[:n], want)
	}
}

// exchange sends what is large or asks for it, in one of five ways.
func (k *kernel) exchange(way, node uint64) (to answered, want any) {
	switch way {
	case 0:
		return k.ask(opLookup, at(node), contents(node, 600), byte(0)), fuse.EntryOut{NodeId: node}
	case 1:
		return k.ask(opSetxattr, at(node), [2]uint32{largestRequest}, []byte("user.x\x00"), contents(node, largestRequest)), []byte{}
	case 2:
		return k.ask(opReaddir, fuse.ReadIn{InHeader: at(node), Size: largestRequest}), entries(fuse.NewDirEntryList(make([]byte, largestRequest), 0), node)
	}
	n := largestRequest * int(way-2)
	return k.ask(opGetxattr, fuse.GetXAttrIn{InHeader: at(node), Size: uint32(n)}, []byte("user.x\x00")), contents(node, n)
}

// TestDeviceSharesNoBuffers: requests that are longer than a worker has room for, and
// answers of any size, come through whole while others are in the making.
func TestDeviceSharesNoBuffers(t *testing.T) {
	eachPatience(t, func(t *testing.T, patience time.Duration) {
		var round atomic.Pointer[sync.WaitGroup]
		k := play(t, patience, func(_ <-chan struct{}, node uint64, in []byte) fuse.Status {
			all := round.Load() // They wait until each has its request and has written its answer.
			all.Done()
			all.Wait()
			return fuse.Status(bytes.Compare(in, contents(node, len(in)))) // OK if they are equal.
		})
		for n := range uint64(40) {
			all, answers, wants := &sync.WaitGroup{}, [5]answered{}, [5]any{}
			all.Add(len(answers))
			round.Store(all)
			for i := range uint64(len(answers)) { // All in one way, or each in its own.
				answers[i], wants[i] = k.exchange((n/2+n%2*i)%5, 5*n+i)
			}
			for i, answered := range answers {
				answered(0, wants[i])
			}
		}
	})
}

// TestDeviceForgets: FORGETs have no answer, and each has reached the file system
// when the next request does, also while others wait.
func TestDeviceForgets(t *testing.T) {
	eachPatience(t, func(t *testing.T, patience time.Duration) {
		begun, n := make(chan uint64), uint64(0)
		k := play(t, patience, waiting(begun, nil))
		for range 2 { // Alone, and beside a request that waits.
			for range 500 {
				n += 3
				k.tell(opForget, at(n-2), uint64(1))
				k.tell(opBatchForget, at(0), [2]uint32{2}, [2][2]uint64{{n - 1, 1}, {n, 1}})
			}
			k.ask(opStatfs, at(1))(0, fuse.StatfsOut{Files: n})
			k.lookup(1)
			within(t, "the LOOKUP begins", begun)
		}
	})
}

// TestDeviceKnowsWhatIsAsked: the size asked for is read where linux/fuse.h has it.
func TestDeviceKnowsWhatIsAsked(t *testing.T) {
	in := packed(at(1), [8]uint32{40, 44, 48, 52, 56, 60, 64, 68}) // Each is where it lies.
	for op, want := range map[uint32]int{opRead: 56, opReaddir: 56, opReaddirplus: 56, opGetxattr: 40, opListxattr: 40, opIoctl: 68, opLookup: 0, opWrite: 0} {
		copy(in[4:], packed(op))
		if got, cut, header := asked(in), asked(in[:max(want, 40)+3]), asked(in[:40]); got != want || cut != 0 || header != 0 {
			t.Errorf("opcode %d asks for %d, cut off in the size for %d, of a header for %d, want %d, 0 and 0", op, got, cut, header, want)
		}
	}
}

// TestDeviceLooksOnlyWhereAWalkerCanRun: with one processor, or a part of a larger
// machine's that may be less than two, the reader sleeps at once.
func TestDeviceLooksOnlyWhereAWalkerCanRun(t *testing.T) {
	for procs, want := range map[[2]int]time.Duration{{1, 1}: 0, {1, 8}: 0, {2, 8}: 0, {2, 1}: 0, {2, 2}: longestLook, {3, 8}: longestLook, {8, 8}: longestLook} {
		if got := patience(procs[0], procs[1]); got != want {
			t.Errorf("with %d of %d processors the reader looks for %v, want %v", procs[0], procs[1], got, want)
		}
	}
}

// BenchmarkDeviceRoundTrip is a request and its answer over the pair of sockets.
func BenchmarkDeviceRoundTrip(b *testing.B) {
	for _, patience := range []time.Duration{0, longestLook} {
		b.Run("patience="+patience.String(), func(b *testing.B) {
			k, buf := play(b, patience, nil), make([]byte, 4096)
			for b.Loop() {
				k.tell(opStatfs, at(1))
				if n, err := k.end.Read(buf); n != 16+len(packed(fuse.StatfsOut{})) {
					b.Fatalf("the answer has %d bytes, %v", n, err)
				}
			}
		})
	}
}
