package fs

import (
	"context"
	"strings"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// rawFS answers the kernel: it finds the node or the open file that a request
// names and asks that. What no node answers is answered here once for all of
// them, and every change but rmdir is refused.
type rawFS struct {
	// RawFileSystem answers the rest with ENOSYS, after which the kernel asks no
	// more: STATX, and locks, which it then keeps by itself.
	fuse.RawFileSystem
	t     *tree
	dirs  opened[*handle]
	files opened[openFile]
	pages pageReaders
}

// errStale is the answer to a number that the kernel was told to forget.
const errStale = fuse.Status(syscall.ESTALE)

func requestOf(cancel <-chan struct{}, h *fuse.InHeader) context.Context {
	return &fuse.Context{Caller: h.Caller, Cancel: cancel}
}

// Init keeps the way to the kernel.
func (r *rawFS) Init(s *fuse.Server) { r.t.server = s }

func (r *rawFS) String() string { return subtype }

// Lookup answers that a name is missing with a time to keep that for.
func (r *rawFS) Lookup(cancel <-chan struct{}, h *fuse.InHeader, name string, out *fuse.EntryOut) fuse.Status {
	n := r.t.inodes.get(h.NodeId)
	if n == nil {
		return errStale
	}
	d, ok := n.(lookuper)
	if !ok {
		return fuse.ENOTDIR
	}
	ch, no := d.Lookup(requestOf(cancel, h), name, out)
	switch no {
	case 0:
		ch.tell(out)
	case syscall.ENOENT:
		*out = fuse.EntryOut{}
		out.SetEntryTimeout(r.t.negative())
		return fuse.OK
	}
	return fuse.Status(no)
}

func (r *rawFS) Forget(number, times uint64) { r.t.inodes.forget(number, times) }

func (r *rawFS) GetAttr(cancel <-chan struct{}, in *fuse.GetAttrIn, out *fuse.AttrOut) fuse.Status {
	n := r.t.inodes.get(in.NodeId)
	if n == nil {
		return errStale
	}
	no := n.Getattr(requestOf(cancel, &in.InHeader), out)
	out.Ino = n.self().id.ino
	return fuse.Status(no)
}

// Access answers access(2) where the kernel does not check modes by itself, from
// the modes. Whoever gets this far is the user who mounted, or root.
func (r *rawFS) Access(cancel <-chan struct{}, in *fuse.AccessIn) fuse.Status {
	var a fuse.AttrOut
	if st := r.GetAttr(cancel, &fuse.GetAttrIn{InHeader: in.InHeader}, &a); st != fuse.OK {
		return st
	}
	if !allows(&a.Attr, in.Caller.Owner, in.Mask) {
		return fuse.EACCES
	}
	return fuse.OK
}

// allows reports whether a file's mode lets somebody do all that mask has: of
// owner, group and others one class alone counts. Root may all but execute what
// nobody may.
func allows(a *fuse.Attr, who fuse.Owner, mask uint32) bool {
	const execute = 1
	mask &= 7
	switch {
	case who.Uid == 0:
		return mask&execute == 0 || a.Mode&0o111 != 0
	case who.Uid == a.Uid:
		return a.Mode>>6&mask == mask
	case who.Gid == a.Gid:
		return a.Mode>>3&mask == mask
	}
	return a.Mode&mask == mask
}

func (r *rawFS) OpenDir(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	n := r.t.inodes.get(in.NodeId)
	if n == nil {
		return errStale
	}
	d, ok := n.(dirOpener)
	if !ok {
		return fuse.ENOTDIR
	}
	h, flags, no := d.Opendir(requestOf(cancel, &in.InHeader), in.Flags)
	if no == 0 {
		out.Fh, out.OpenFlags = r.dirs.add(h), flags
	}
	return fuse.Status(no)
}

func (r *rawFS) ReadDir(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	return r.readDir(cancel, in, out, false)
}

func (r *rawFS) ReadDirPlus(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	return r.readDir(cancel, in, out, true)
}

func (r *rawFS) readDir(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList, plus bool) fuse.Status {
	h := r.dirs.get(in.Fh)
	if h == nil {
		return fuse.EBADF
	}
	return fuse.Status(h.read(requestOf(cancel, &in.InHeader), in.Offset, out, plus))
}

func (r *rawFS) ReleaseDir(in *fuse.ReleaseIn) {
	if h := r.dirs.remove(in.Fh); h != nil {
		h.release()
	}
}

// FsyncDir and Fsync have nothing to write.
func (r *rawFS) FsyncDir(<-chan struct{}, *fuse.FsyncIn) fuse.Status { return fuse.OK }

func (r *rawFS) Fsync(<-chan struct{}, *fuse.FsyncIn) fuse.Status { return fuse.OK }

func (r *rawFS) Open(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	n := r.t.inodes.get(in.NodeId)
	if n == nil {
		return errStale
	}
	o, ok := n.(opener)
	if !ok {
		return fuse.Status(syscall.EISDIR)
	}
	f, flags, no := o.Open(requestOf(cancel, &in.InHeader), in.Flags)
	if no != 0 {
		return fuse.Status(no)
	}
	out.Fh = r.files.add(f)
	if flags&fuse.FOPEN_DIRECT_IO != 0 {
		r.pages.opened(out.Fh, flags&openShort != 0)
	}
	out.OpenFlags = flags &^ openShort
	return fuse.OK
}

func (r *rawFS) Read(cancel <-chan struct{}, in *fuse.ReadIn, buf []byte) (fuse.ReadResult, fuse.Status) {
	f := r.files.get(in.Fh)
	if f == nil {
		return nil, fuse.EBADF
	}
	res, no := f.Read(requestOf(cancel, &in.InHeader), buf, int64(in.Offset))
	return r.pages.judge(in, res, fuse.Status(no))
}

func (r *rawFS) Release(_ <-chan struct{}, in *fuse.ReleaseIn) {
	again := r.pages.closed(in.Fh)
	if f, ok := r.files.remove(in.Fh).(interface{ release() }); ok {
		f.release()
	}
	if again && r.t.server != nil {
		// ENOENT says that the kernel has forgotten the file, size and all.
		_ = r.t.server.InodeNotify(in.NodeId, -1, 0)
	}
}

// Ioctl knows no command, as the kernel says it of files that have none.
func (r *rawFS) Ioctl(<-chan struct{}, *fuse.IoctlIn, []byte, *fuse.IoctlOut, []byte) fuse.Status {
	return fuse.Status(syscall.ENOTTY)
}

// GetXAttr answers at once for the names that every ls -l asks for.
func (r *rawFS) GetXAttr(cancel <-chan struct{}, h *fuse.InHeader, attr string, dest []byte) (uint32, fuse.Status) {
	if !strings.HasPrefix(attr, xattrPrefix) {
		return 0, fuse.ENOATTR
	}
	x, ok := r.t.inodes.get(h.NodeId).(xattrer)
	if !ok {
		return 0, fuse.ENOATTR
	}
	n, no := x.Getxattr(requestOf(cancel, h), attr, dest)
	return n, fuse.Status(no)
}

func (r *rawFS) ListXAttr(cancel <-chan struct{}, h *fuse.InHeader, dest []byte) (uint32, fuse.Status) {
	x, ok := r.t.inodes.get(h.NodeId).(xattrer)
	if !ok {
		return 0, fuse.OK
	}
	n, no := x.Listxattr(requestOf(cancel, h), dest)
	return n, fuse.Status(no)
}

// Rmdir is refused but in a directory that holds uploads.
func (r *rawFS) Rmdir(cancel <-chan struct{}, h *fuse.InHeader, name string) fuse.Status {
	d, ok := r.t.inodes.get(h.NodeId).(rmdirer)
	if !ok {
		return r.refused()
	}
	return fuse.Status(d.Rmdir(requestOf(cancel, h), name))
}

// StatFs gives what pathconf(3) and df(1) need. A store has no size.
func (r *rawFS) StatFs(_ <-chan struct{}, _ *fuse.InHeader, out *fuse.StatfsOut) fuse.Status {
	*out = fuse.StatfsOut{Bsize: blockSize, Frsize: blockSize, NameLen: maxName}
	return fuse.OK
}

// Flush is ENOSYS once, so that the kernel never asks again and each close
// costs a request less. There is nothing to flush.
func (r *rawFS) Flush(<-chan struct{}, *fuse.FlushIn) fuse.Status { return fuse.ENOSYS }

// Lseek is ENOSYS once: the kernel then answers SEEK_HOLE and SEEK_DATA by
// st_size, which says what there is to say: no holes.
func (r *rawFS) Lseek(<-chan struct{}, *fuse.LseekIn, *fuse.LseekOut) fuse.Status {
	return fuse.ENOSYS
}

// refused is the answer to a change. The kernel gives EROFS by itself on a
// read-only mount, before any of these is called.
func (r *rawFS) refused() fuse.Status { return fuse.Status(r.t.refused()) }

func (t *tree) refused() syscall.Errno {
	if t.o.AllowAbort {
		return syscall.EPERM
	}
	return syscall.EROFS
}

func (r *rawFS) SetAttr(<-chan struct{}, *fuse.SetAttrIn, *fuse.AttrOut) fuse.Status {
	return r.refused()
}

func (r *rawFS) Mknod(<-chan struct{}, *fuse.MknodIn, string, *fuse.EntryOut) fuse.Status {
	return r.refused()
}

func (r *rawFS) Mkdir(<-chan struct{}, *fuse.MkdirIn, string, *fuse.EntryOut) fuse.Status {
	return r.refused()
}

func (r *rawFS) Unlink(<-chan struct{}, *fuse.InHeader, string) fuse.Status { return r.refused() }

func (r *rawFS) Rename(<-chan struct{}, *fuse.RenameIn, string, string) fuse.Status {
	return r.refused()
}

func (r *rawFS) Link(<-chan struct{}, *fuse.LinkIn, string, *fuse.EntryOut) fuse.Status {
	return r.refused()
}

func (r *rawFS) Symlink(<-chan struct{}, *fuse.InHeader, string, string, *fuse.EntryOut) fuse.Status {
	return r.refused()
}

func (r *rawFS) SetXAttr(<-chan struct{}, *fuse.SetXAttrIn, string, []byte) fuse.Status {
	return r.refused()
}

func (r *rawFS) RemoveXAttr(<-chan struct{}, *fuse.InHeader, string) fuse.Status {
	return r.refused()
}

func (r *rawFS) Create(<-chan struct{}, *fuse.CreateIn, string, *fuse.CreateOut) fuse.Status {
	return r.refused()
}

func (r *rawFS) Tmpfile(<-chan struct{}, *fuse.CreateIn, *fuse.CreateOut) fuse.Status {
	return r.refused()
}

func (r *rawFS) Write(<-chan struct{}, *fuse.WriteIn, []byte) (uint32, fuse.Status) {
	return 0, r.refused()
}

func (r *rawFS) Writev(<-chan struct{}, *fuse.WriteIn, [][]byte) (uint32, fuse.Status) {
	return 0, r.refused()
}

func (r *rawFS) Fallocate(<-chan struct{}, *fuse.FallocateIn) fuse.Status { return r.refused() }

func (r *rawFS) CopyFileRange(<-chan struct{}, *fuse.CopyFileRangeIn) (uint32, fuse.Status) {
	return 0, r.refused()
}
