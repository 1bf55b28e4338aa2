package fs

import (
	"context"
	"syscall"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
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
	_ = (gofs.NodeLookuper)((*uploadNode)(nil))
	_ = (gofs.NodeGetattrer)((*uploadNode)(nil))
	_ = (gofs.NodeOpendirHandler)((*uploadNode)(nil))
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

func (n *uploadNode) Getattr(ctx context.Context, _ gofs.FileHandle, out *fuse.AttrOut) syscall.Errno {
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
		{name: partsName, id: identify(n.StableAttr(), kindParts, partsName), meta: n.t.dirMeta(v.Initiated, expires)},
		{name: recordName, id: identify(n.StableAttr(), kindRecord, recordName), meta: n.t.fileMeta(size, v.Initiated, expires)},
	}, nil
}

func (n *uploadNode) inode(ctx context.Context, e *entry) *gofs.Inode {
	return n.child(ctx, e.name, e.id, func() gofs.InodeEmbedder {
		if e.name == recordName {
			return &recordNode{base{t: n.t}, n.u}
		}
		return &partsNode{base: base{t: n.t}, u: n.u}
	})
}

func (n *uploadNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	if name != recordName && name != partsName {
		return nil, syscall.ENOENT
	}
	entries, err := n.entries(ctx)
	if err != nil {
		return nil, n.t.failLookup(ctx, err)
	}
	return lookupFixed(ctx, n.t, n, entries, name, out)
}

func (n *uploadNode) OpendirHandle(ctx context.Context, _ uint32) (gofs.FileHandle, uint32, syscall.Errno) {
	entries, err := n.entries(ctx)
	if err != nil {
		return nil, 0, n.t.failLookup(ctx, err)
	}
	return newHandle(&n.base, &fixedSource{n, entries}), fuse.FOPEN_CACHE_DIR, 0
}
