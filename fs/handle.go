package fs

import (
	"context"
	"syscall"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

// entry is one name of a directory, with what its lookup would answer.
type entry struct {
	name string
	id   gofs.StableAttr
	meta meta
	// bare is an entry whose attributes are not known without a request.
	bare bool
	// What the source needs to make the inode: a component or an upload id, or
	// a part number.
	component, uploadID string
	isUpload            bool
	number              int
}

// source is the content of an open directory, numbered from 0.
type source interface {
	inoder
	// at returns entry i, or io.EOF where there are fewer. It is fast for the
	// entry after the last one asked for and for that one itself. The result
	// holds until the next call.
	at(ctx context.Context, i int) (*entry, error)
	// rewind takes a new look, as rewinddir(3) promises.
	rewind(ctx context.Context) error
}

// dots is the number of entries before those of the source: "." and "..".
const dots = 2

// handle is an open directory. Entry n of it has offset n+1, whatever the kernel
// read or dropped in between, so telldir, seekdir and a reply that an interrupt
// cut short all lead back to the same entry.
//
// rawFS makes each READDIR a Seekdir and then Readdirents, with a Lookup after
// each for READDIRPLUS. The library calls one at a time.
type handle struct {
	n   *base
	src source
	// pos is the entry that the next Readdirent gives.
	pos uint64
	// moved is set once the handle has given an entry, given once this READDIR
	// has.
	moved, given bool
	// rewound asks for a new look before the next entry, parked for no entry.
	rewound, parked bool
	// pending is an errno that could not be delivered with entries before it.
	pending syscall.Errno
	// cur is the source's entry that Readdirent gave last.
	cur   *entry
	offer offer
	// visits is nil where the reader is no walker.
	visits *visits
	// closed is called when the directory is closed, nil for nothing.
	closed func()
	out    fuse.DirEntry
}

var (
	_ = (gofs.FileReaddirenter)((*handle)(nil))
	_ = (gofs.FileSeekdirer)((*handle)(nil))
	_ = (gofs.FileLookuper)((*handle)(nil))
	_ = (gofs.FileReleasedirer)((*handle)(nil))
)

func newHandle(n *base, s source) *handle {
	n.t.openDirs.Add(1)
	return &handle{n: n, src: s}
}

// Seekdir begins a READDIR at entry off.
func (h *handle) Seekdir(_ context.Context, off uint64) syscall.Errno {
	h.given, h.parked = false, off == parked
	if h.parked {
		return 0
	}
	if off != h.pos {
		h.pending = 0
	}
	if off == 0 && h.moved {
		h.rewound, h.moved = true, false
	}
	h.pos = off
	h.offer.reply(off)
	return 0
}

// Readdirent gives the entry at pos. What was read is shown first: an error
// after entries of the same READDIR ends that reply, and is given to the next.
func (h *handle) Readdirent(ctx context.Context) (*fuse.DirEntry, syscall.Errno) {
	if h.parked {
		return nil, 0
	}
	if n := h.pending; n != 0 {
		h.pending = 0
		return nil, n
	}
	if h.pos < dots {
		h.dot()
	} else if n := h.next(ctx); n != 0 {
		// An interrupt is of this request alone.
		if h.given && n != syscall.EINTR {
			h.pending = n
		}
		return nil, n
	} else if h.cur == nil {
		return nil, 0
	}
	h.pos++
	h.out.Off = h.pos
	h.moved, h.given = true, true
	return &h.out, 0
}

// dot prepares "." or "..".
func (h *handle) dot() {
	h.cur = nil
	if h.pos == 0 {
		h.out = fuse.DirEntry{Name: ".", Ino: h.n.StableAttr().Ino, Mode: fuse.S_IFDIR}
		return
	}
	up := &h.n.Inode
	if _, parent := h.n.Parent(); parent != nil {
		up = parent
	}
	h.out = fuse.DirEntry{Name: "..", Ino: up.StableAttr().Ino, Mode: fuse.S_IFDIR}
}

// next prepares the source's entry at pos. cur is nil at the end.
func (h *handle) next(ctx context.Context) syscall.Errno {
	h.cur = nil
	if h.rewound {
		if err := h.src.rewind(ctx); err != nil {
			return h.n.t.failReading(ctx, err)
		}
		h.rewound = false
	}
	e, err := h.src.at(ctx, int(h.pos-dots))
	if err != nil {
		if atEnd(err) {
			h.visits.tell()
			return 0
		}
		return h.n.t.failReading(ctx, err)
	}
	h.visits.saw(h.pos-dots, e)
	h.cur = e
	h.out = fuse.DirEntry{Name: e.name, Ino: e.id.Ino, Mode: e.id.Mode}
	return 0
}

// Lookup gives the attributes of the entry that Readdirent gave last, from what
// was read already. ENOENT leaves them out, which the kernel takes well.
func (h *handle) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	if h.cur == nil || h.cur.name != name || h.cur.bare || !h.offer.now {
		return nil, syscall.ENOENT
	}
	h.n.t.fillEntry(out, h.cur.meta)
	return h.src.inode(ctx, h.cur), 0
}

func (h *handle) Releasedir(context.Context, uint32) {
	h.n.t.openDirs.Add(-1)
	if h.closed != nil {
		h.closed()
	}
	if p := h.n.t.pruner; p != nil {
		p.released(&h.n.Inode)
	}
}
