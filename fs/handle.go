package fs

import (
	"context"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// entry is one name of a directory, with what its lookup would answer.
type entry struct {
	name string
	id   identity
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
type handle struct {
	n    *base
	src  source
	turn turn
	// pos is the entry that comes next.
	pos uint64
	// moved is set once the handle has given an entry.
	moved bool
	// rewound asks for a new look before the next entry.
	rewound bool
	// pending is an errno that could not be delivered with entries before it.
	pending syscall.Errno
	// cur is the source's entry at pos, nil for a dot.
	cur   *entry
	offer offer
	// visits is nil where the reader is no walker.
	visits *visits
	// closed is called when the directory is closed, nil for nothing.
	closed func()
}

func newHandle(n *base, s source) *handle {
	n.t.openDirs.Add(1)
	return &handle{n: n, src: s, turn: newTurn()}
}

// read answers a READDIR, or READDIRPLUS, that begins with entry off. What was
// read is shown first: an error after entries ends the reply, and is the next
// one's.
func (h *handle) read(ctx context.Context, off uint64, list *fuse.DirEntryList, plus bool) syscall.Errno {
	if !h.turn.take(ctx) {
		return syscall.EINTR
	}
	defer h.turn.give()

	h.seek(off)
	for given := false; ; given = true {
		e, n := h.next(ctx)
		switch {
		case n != 0 && given:
			// An interrupt is of this request alone.
			if n != syscall.EINTR {
				h.pending = n
			}
			return 0
		case n != 0:
			return n
		case e.Name == "":
			return 0
		case h.give(e, list, plus):
			h.pos++
			h.moved = true
		case given:
			return 0
		default: // Nothing would be taken for the end.
			return syscall.EINVAL
		}
	}
}

// seek goes to entry off.
func (h *handle) seek(off uint64) {
	if off != h.pos {
		h.pending = 0
	}
	if off == 0 && h.moved {
		h.rewound, h.moved = true, false
	}
	h.pos = off
	h.offer.reply(off)
}

// next returns the entry at pos. It has no name at the end.
func (h *handle) next(ctx context.Context) (fuse.DirEntry, syscall.Errno) {
	h.cur = nil
	if n := h.pending; n != 0 {
		h.pending = 0
		return fuse.DirEntry{}, n
	}
	if h.pos < dots {
		return h.dot(), 0
	}
	if h.rewound {
		if err := h.src.rewind(ctx); err != nil {
			return fuse.DirEntry{}, h.n.t.failReading(ctx, err)
		}
		h.rewound = false
	}
	e, err := h.src.at(ctx, int(h.pos-dots))
	if err != nil {
		if atEnd(err) {
			h.visits.tell()
			return fuse.DirEntry{}, 0
		}
		return fuse.DirEntry{}, h.n.t.failReading(ctx, err)
	}
	h.visits.saw(h.pos-dots, e)
	h.cur = e
	return fuse.DirEntry{Name: e.name, Ino: e.id.ino, Mode: e.id.mode, Off: h.pos + 1}, 0
}

// dot returns "." or "..".
func (h *handle) dot() fuse.DirEntry {
	if h.pos == 0 {
		return fuse.DirEntry{Name: ".", Ino: h.n.id.ino, Mode: fuse.S_IFDIR, Off: 1}
	}
	up := h.n
	if up.up != nil {
		up = up.up
	}
	return fuse.DirEntry{Name: "..", Ino: up.id.ino, Mode: fuse.S_IFDIR, Off: dots}
}

// give adds an entry to the reply, with the attributes of what was read already
// where they are offered. It reports false where the entry does not fit.
func (h *handle) give(e fuse.DirEntry, list *fuse.DirEntryList, plus bool) bool {
	if !plus {
		return list.AddDirEntry(e)
	}
	out := list.AddDirLookupEntry(e)
	if out == nil {
		return false
	}
	// Without a node number the kernel takes the name and no attributes.
	if h.cur != nil && !h.cur.bare && h.offer.now {
		h.n.t.fillEntry(out, h.cur.meta)
		h.src.inode(h.cur).self().tell(out)
	}
	return true
}

func (h *handle) release() {
	h.n.t.openDirs.Add(-1)
	if h.closed != nil {
		h.closed()
	}
	if p := h.n.t.pruner; p != nil {
		p.released(h.n)
	}
}
