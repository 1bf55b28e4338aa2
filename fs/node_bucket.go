package fs

import (
	"context"
	"syscall"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
)

const (
	uploadsName = "uploads"
	streamName  = "uploads.jsonl"
)

// bucketNode is the directory of a bucket.
type bucketNode struct {
	base
	b *bucket
}

var (
	_ = (gofs.NodeLookuper)((*bucketNode)(nil))
	_ = (gofs.NodeGetattrer)((*bucketNode)(nil))
	_ = (gofs.NodeOpendirHandler)((*bucketNode)(nil))
)

func (n *bucketNode) Getattr(_ context.Context, _ gofs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	n.t.fillAttr(out, n.t.dirMeta(time.Time{}, n.t.fixed()))
	return 0
}

// entries are the two names of every bucket. They never change, so the kernel
// may keep the listing.
func (n *bucketNode) entries(expires time.Time) []entry {
	return []entry{
		{name: streamName, id: identify(n.StableAttr(), kindStream, streamName), meta: n.t.fileMeta(0, time.Time{}, expires)},
		{name: uploadsName, id: identify(n.StableAttr(), kindDir, uploadsName), meta: n.t.dirMeta(time.Time{}, expires)},
	}
}

func (n *bucketNode) inode(ctx context.Context, e *entry) *gofs.Inode {
	return n.base.child(ctx, e.name, e.id, func() gofs.InodeEmbedder {
		if e.name == streamName {
			return &streamNode{base: base{t: n.t}, b: n.b}
		}
		return &dirNode{base: base{t: n.t}, b: n.b}
	})
}

func (n *bucketNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*gofs.Inode, syscall.Errno) {
	return lookupFixed(ctx, n.t, n, n.entries(n.t.fixed()), name, out)
}

// OpendirHandle asks whether the bucket is still there.
func (n *bucketNode) OpendirHandle(ctx context.Context, _ uint32) (gofs.FileHandle, uint32, syscall.Errno) {
	b, expires, err := n.t.buckets.Open(ctx, n.b.dir)
	if err != nil {
		return nil, 0, n.t.fail(ctx, err)
	}
	n.b.set(b)
	return newHandle(&n.base, &fixedSource{n, n.entries(expires)}), fuse.FOPEN_CACHE_DIR, 0
}
