package fs

import (
	"context"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

const (
	recordName = "upload.json"
	partsName  = "parts"
)

// uploadNode is the directory of one upload.
type uploadNode struct {
	base
	u *upload
}

var (
	_ lookuper  = (*uploadNode)(nil)
	_ dirOpener = (*uploadNode)(nil)
	_ xattrer   = (*uploadNode)(nil)
)

// look finds the upload in the listing of its key.
func (u *upload) look(ctx context.Context) (*remote.Upload, time.Time, error) {
	return u.b.get().Upload(ctx, u.key, u.id)
}

// dirAttr answers a stat of a directory of the upload: its date is Initiated.
func (u *upload) dirAttr(ctx context.Context, t *tree, out *fuse.AttrOut) syscall.Errno {
	v, expires, err := u.look(ctx)
	if err != nil {
		return t.failLookup(ctx, err)
	}
	t.fillAttr(out, t.dirMeta(v.Initiated, expires))
	return 0
}

func (n *uploadNode) Getattr(ctx context.Context, out *fuse.AttrOut) syscall.Errno {
	return n.u.dirAttr(ctx, n.t, out)
}

// entries are the two names of every upload. No part is listed for them.
func (n *uploadNode) entries(ctx context.Context) ([]entry, error) {
	v, expires, err := n.u.look(ctx)
	if err != nil {
		return nil, err
	}
	var room [recordRoom]byte
	size := len(appendUpload(room[:0], n.u.b.get().Name(), v))
	return []entry{
		{name: partsName, id: identify(n.id, kindParts, partsName), meta: n.t.dirMeta(v.Initiated, expires)},
		{name: recordName, id: identify(n.id, kindRecord, recordName), meta: n.t.fileMeta(size, v.Initiated, expires)},
	}, nil
}

func (n *uploadNode) inode(e *entry) node {
	return n.child(e.id, func() node {
		if e.name == recordName {
			return &recordNode{u: n.u}
		}
		return &partsNode{u: n.u}
	})
}

func (n *uploadNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*base, syscall.Errno) {
	if name != recordName && name != partsName {
		return nil, syscall.ENOENT
	}
	entries, err := n.entries(ctx)
	if err != nil {
		return nil, n.t.failLookup(ctx, err)
	}
	return lookupFixed(n.t, n, entries, name, out)
}

func (n *uploadNode) Opendir(ctx context.Context, _ uint32) (*handle, uint32, syscall.Errno) {
	entries, err := n.entries(ctx)
	if err != nil {
		return nil, 0, n.t.failLookup(ctx, err)
	}
	return newHandle(&n.base, &fixedSource{n, entries}), keptOn, 0
}
