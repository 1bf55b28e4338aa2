package fs

import (
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// meta is what stat(2) shows of a file, and until when that may be shown.
type meta struct {
	mode         uint32
	size, blocks uint64
	time         time.Time
	expires      time.Time
}

const (
	blockSize = 4096
	// longestNegative bounds how long the kernel keeps "no such name", since
	// names-only listings do not correct it as READDIRPLUS does.
	longestNegative = 10 * time.Second
)

// dirMeta is a directory with that mtime, or the time of mounting where the
// store sent none.
func (t *tree) dirMeta(when, expires time.Time) meta {
	return meta{mode: fuse.S_IFDIR | t.o.DirMode, time: t.when(when), expires: expires}
}

// fileMeta is a regular file of that size without blocks of its own.
func (t *tree) fileMeta(size int, when, expires time.Time) meta {
	return meta{mode: fuse.S_IFREG | t.o.FileMode, size: uint64(size), time: t.when(when), expires: expires}
}

// partMeta is a part: its blocks follow its size, so that du adds parts up.
func (t *tree) partMeta(size int64, when, expires time.Time) meta {
	n := uint64(max(size, 0))
	return meta{
		mode: fuse.S_IFREG | t.o.FileMode, size: n, blocks: (n + 511) / 512,
		time: t.when(when), expires: expires,
	}
}

func (t *tree) when(when time.Time) time.Time {
	if when.IsZero() {
		return t.o.Started
	}
	return when
}

// fixed is the lapse of what no listing can change.
func (t *tree) fixed() time.Time { return time.Now().Add(t.o.TTL) }

// life is how long the kernel may keep a reply: what is left of the data behind
// it. Data that has just lapsed is still kept for a moment, since with a
// timeout of 0 each entry that was listed is looked up again for each step of a
// walk (gofuse.md 1).
func (t *tree) life(expires time.Time) time.Duration {
	least := min(max(t.o.TTL/20, time.Millisecond), time.Second)
	if expires.IsZero() {
		return max(t.o.TTL, least)
	}
	return max(time.Until(expires), least)
}

// negative is how long the kernel may keep that a name is not there.
func (t *tree) negative() time.Duration {
	return min(max(t.o.TTL, time.Millisecond), longestNegative)
}

// fillEntry answers a lookup. It and fillAttr are the only places where
// attributes and their lifetimes are set.
func (t *tree) fillEntry(out *fuse.EntryOut, m meta) {
	t.fill(&out.Attr, m)
	d := t.life(m.expires)
	out.SetEntryTimeout(d)
	out.SetAttrTimeout(d)
}

// fillAttr answers a stat.
func (t *tree) fillAttr(out *fuse.AttrOut, m meta) {
	t.fill(&out.Attr, m)
	out.SetTimeout(t.life(m.expires))
}

func (t *tree) fill(a *fuse.Attr, m meta) {
	a.Mode = m.mode
	a.Size = m.size
	a.Blocks = m.blocks
	a.Nlink = 1
	a.Owner = fuse.Owner{Uid: t.o.UID, Gid: t.o.GID}
	setBlksize(a)
	a.SetTimes(&m.time, &m.time, &m.time)
}
