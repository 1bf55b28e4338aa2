package fs

import (
	"math"
	"strings"
	"syscall"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// rawFS stands between the kernel and the library. It makes every READDIR start
// with a seek, answers what is the same for every node, and refuses every change
// but rmdir, which the library would in part answer with success (gofuse.md 0.3)
// and in part with ENOTSUP.
type rawFS struct {
	fuse.RawFileSystem
	t     *tree
	root  *gofs.Inode
	pages pageReaders
	// server is nil where there is no kernel.
	server *fuse.Server
}

// parked is an offset that no directory has. Seeking there makes a handle give
// nothing until it is sent elsewhere.
const parked = math.MaxUint64

// park sends a directory handle nowhere, so that the library forgets what it
// knows of the last READDIR and the request that follows seeks.
//
// Left to itself, go-fuse v2.12.1 loses entries where a READDIR does not
// continue the last one exactly: when a replay of an interrupted reply does not
// fit its buffer, which is so when the kernel changes from READDIR to
// READDIRPLUS in between, the replay's overflow replaces the entry that was kept
// (bridge.go, readDirMaybeLookup); and an errno kept for the next call is kept
// for good, so that a reader that goes on after EINTR gets it again in place of
// an entry. Handles here find entry n by themselves, at no cost for the last one.
func (r *rawFS) park(cancel <-chan struct{}, in *fuse.ReadIn) {
	to := in.Offset
	in.Offset = parked
	r.RawFileSystem.ReadDir(cancel, in, fuse.NewDirEntryList(nil, parked))
	in.Offset = to
}

func (r *rawFS) ReadDir(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	r.park(cancel, in)
	return r.RawFileSystem.ReadDir(cancel, in, out)
}

func (r *rawFS) ReadDirPlus(cancel <-chan struct{}, in *fuse.ReadIn, out *fuse.DirEntryList) fuse.Status {
	r.park(cancel, in)
	return r.RawFileSystem.ReadDirPlus(cancel, in, out)
}

// GetXAttr answers at once for the names that every ls -l asks for.
func (r *rawFS) GetXAttr(cancel <-chan struct{}, h *fuse.InHeader, attr string, dest []byte) (uint32, fuse.Status) {
	if !strings.HasPrefix(attr, xattrPrefix) {
		return 0, fuse.ENOATTR
	}
	return r.RawFileSystem.GetXAttr(cancel, h, attr, dest)
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
