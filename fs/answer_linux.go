package fs

import (
	"encoding/binary"
	"sync/atomic"
	"syscall"
	"unsafe"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// fixedAnswer is room for each answer that is not of the size asked for.
const fixedAnswer = 512

// worker answers requests.
type worker struct {
	// unique is the number that the kernel has given the request it is at.
	unique atomic.Uint64
	// number is the device's, of the last request that it began with the turn in hand.
	number atomic.Uint64
	// in holds a request while another is read, and small an answer of fixed size.
	in    [512]byte
	small [fixedAnswer]byte
	// What the library is handed, without an allocation each.
	ins, outs [1][]byte
	follower
}

// header gives the fields that begin every request.
func header(in []byte) (opcode uint32, unique uint64) {
	return binary.NativeEndian.Uint32(in[unsafe.Offsetof(fuse.InHeader{}.Opcode):]),
		binary.NativeEndian.Uint64(in[unsafe.Offsetof(fuse.InHeader{}.Unique):])
}

// The operations of linux/fuse.h that are treated in a way of their own.
const (
	opForget      = 2
	opRead        = 15
	opRelease     = 18
	opGetxattr    = 22
	opListxattr   = 23
	opReaddir     = 28
	opReleasedir  = 29
	opInterrupt   = 36
	opIoctl       = 39
	opBatchForget = 42
	opReaddirplus = 44
)

// sender returns the thread that a request is of, 0 where it is not known here.
func sender(in []byte) uint32 {
	const at = unsafe.Offsetof(fuse.InHeader{}.Caller) + unsafe.Offsetof(fuse.Caller{}.Pid)
	return binary.NativeEndian.Uint32(in[at:])
}

// waitedFor reports whether the sender of a request waits for its answer.
func waitedFor(op uint32) bool { return op != opRelease && op != opReleasedir }

// asked returns how many bytes a request asks for beside an answer's fixed part.
func asked(in []byte) int {
	var at uintptr
	switch op, _ := header(in); op {
	case opRead, opReaddir, opReaddirplus:
		at = unsafe.Offsetof(fuse.ReadIn{}.Size)
	case opGetxattr, opListxattr:
		at = unsafe.Offsetof(fuse.GetXAttrIn{}.Size)
	case opIoctl:
		at = unsafe.Offsetof(fuse.IoctlIn{}.OutSize)
	}
	if at == 0 || len(in) < int(at)+4 {
		return 0
	}
	return int(binary.NativeEndian.Uint32(in[at:]))
}

// answer answers one request.
func (d *device) answer(w *worker, in []byte) {
	switch n := asked(in); {
	case n == 0:
		d.handle(w, in, w.small[:])
	case n <= largestRequest:
		room := d.rooms.Get().(*[largestRequest + fixedAnswer]byte)
		d.handle(w, in, room[:])
		d.rooms.Put(room)
	default: // A value of an attribute may have 64 KiB.
		d.handle(w, in, make([]byte, n+fixedAnswer))
	}
}

// handle answers one request in out.
func (d *device) handle(w *worker, in, out []byte) {
	w.ins[0], w.outs[0] = in, out
	n, status := d.server.HandleRequest(w.ins[:], w.outs[:])
	w.unique.Store(0)
	d.flying.Add(-1)
	op, unique := header(in)
	if status != fuse.OK {
		n = refuse(out, unique, status)
	}
	switch {
	case n == 0:
	case w.follows() && waitedFor(op) && d.alone.Load() == w.number.Load():
		d.reply(out[:n], d.writeBeside)
	default:
		d.reply(out[:n], d.write)
	}
}

// refuse writes the answer to what the library could not take at all.
func refuse(out []byte, unique uint64, status fuse.Status) int {
	n := int(unsafe.Sizeof(fuse.OutHeader{}))
	b := binary.NativeEndian.AppendUint32(out[:0], uint32(n))
	b = binary.NativeEndian.AppendUint32(b, uint32(-int32(status)))
	binary.NativeEndian.AppendUint64(b, unique)
	return n
}

// reply writes an answer in one of the two ways. ENOENT says that nobody waits for it
// any more.
func (d *device) reply(out []byte, write func([]byte) syscall.Errno) {
	for {
		switch err := write(out); err {
		case unix.EINTR:
			continue
		case 0, unix.ENOENT, unix.ENODEV, unix.ECONNABORTED:
		default:
			d.logger.Error("the kernel took no answer", "error", err)
		}
		return
	}
}

func (d *device) write(out []byte) syscall.Errno {
	_, _, err := unix.RawSyscall(unix.SYS_WRITE, uintptr(d.fd), uintptr(unsafe.Pointer(&out[0])), uintptr(len(out)))
	return err
}
