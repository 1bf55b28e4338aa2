package fs

import (
	"context"
	"strconv"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

// partNode is one part. Its size is the part's, its content the part's record.
type partNode struct {
	base
	u      *upload
	number int
}

var (
	_ opener  = (*partNode)(nil)
	_ xattrer = (*partNode)(nil)
)

// errNoPart is a part that its upload's listing does not show.
var errNoPart = &remote.Error{Kind: remote.KindNoKey}

// look finds the part in its upload's listing.
func (n *partNode) look(ctx context.Context) (*remote.Part, time.Time, error) {
	l, err := n.u.parts(ctx)
	if err != nil {
		return nil, time.Time{}, err
	}
	if p := l.Find(n.number); p != nil {
		return p, l.Expires, nil
	}
	return nil, time.Time{}, errNoPart
}

func (n *partNode) name() string { return strconv.Itoa(n.number) }

func (n *partNode) Getattr(ctx context.Context, out *fuse.AttrOut) syscall.Errno {
	p, expires, err := n.look(ctx)
	if err != nil {
		return n.t.failLookup(ctx, err)
	}
	n.t.fillAttr(out, n.t.partMeta(p.Size, p.LastModified, expires))
	return 0
}

// Open makes the record. It is read past the kernel's cache, which would cut or
// fill it to the part's size.
func (n *partNode) Open(ctx context.Context, flags uint32) (openFile, uint32, syscall.Errno) {
	if no := n.t.openOnlyToRead(flags); no != 0 {
		return nil, 0, no
	}
	p, _, err := n.look(ctx)
	if err != nil {
		return nil, 0, n.t.failLookup(ctx, err)
	}
	if !n.t.o.RecordContent {
		return withheld{}, fuse.FOPEN_DIRECT_IO, 0
	}
	v, _, err := n.u.look(ctx)
	if err != nil {
		return nil, 0, n.t.failLookup(ctx, err)
	}
	data := appendPart(make([]byte, 0, recordRoom), n.u.b.get().Name(), v, p)
	if p.Size < int64(len(data)) {
		return content(data), fuse.FOPEN_DIRECT_IO | openShort, 0
	}
	return content(data), fuse.FOPEN_DIRECT_IO, 0
}

// recordNode is upload.json. Its size is true, so the kernel may cache it and
// programs may map it.
type recordNode struct {
	base
	u *upload
}

var _ opener = (*recordNode)(nil)

func (n *recordNode) data(ctx context.Context) ([]byte, *remote.Upload, time.Time, error) {
	v, expires, err := n.u.look(ctx)
	if err != nil {
		return nil, nil, time.Time{}, err
	}
	return appendUpload(make([]byte, 0, recordRoom), n.u.b.get().Name(), v), v, expires, nil
}

func (n *recordNode) name() string { return recordName }

func (n *recordNode) Getattr(ctx context.Context, out *fuse.AttrOut) syscall.Errno {
	data, v, expires, err := n.data(ctx)
	if err != nil {
		return n.t.failLookup(ctx, err)
	}
	n.t.fillAttr(out, n.t.fileMeta(len(data), v.Initiated, expires))
	return 0
}

func (n *recordNode) Open(ctx context.Context, flags uint32) (openFile, uint32, syscall.Errno) {
	if no := n.t.openOnlyToRead(flags); no != 0 {
		return nil, 0, no
	}
	data, _, _, err := n.data(ctx)
	if err != nil {
		return nil, 0, n.t.failLookup(ctx, err)
	}
	return content(data), 0, 0
}

// openOnlyToRead refuses an open that could write.
func (t *tree) openOnlyToRead(flags uint32) syscall.Errno {
	if flags&syscall.O_ACCMODE != syscall.O_RDONLY || flags&syscall.O_TRUNC != 0 {
		return t.refused()
	}
	return 0
}

// content is an open file whose bytes were made when it was opened.
type content []byte

func (c content) Read(_ context.Context, dest []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	from := min(max(off, 0), int64(len(c)))
	to := min(from+int64(len(dest)), int64(len(c)))
	return fuse.ReadResultData(c[from:to]), 0
}

// withheld is an open part under --part-content none.
type withheld struct{}

func (withheld) Read(context.Context, []byte, int64) (fuse.ReadResult, syscall.Errno) {
	return nil, syscall.Errno(fuse.ENODATA)
}
