package fs

import (
	"context"
	"syscall"
	"time"

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
	_ lookuper  = (*bucketNode)(nil)
	_ dirOpener = (*bucketNode)(nil)
)

func (n *bucketNode) Getattr(_ context.Context, out *fuse.AttrOut) syscall.Errno {
	n.t.fillAttr(out, n.t.dirMeta(time.Time{}, n.t.fixed()))
	return 0
}

// entries are the two names of every bucket. They never change, so the kernel
// may keep the listing.
func (n *bucketNode) entries(expires time.Time) []entry {
	return []entry{
		{name: streamName, id: identify(n.id, kindStream, streamName), meta: n.t.fileMeta(0, time.Time{}, expires)},
		{name: uploadsName, id: identify(n.id, kindDir, uploadsName), meta: n.t.dirMeta(time.Time{}, expires)},
	}
}

func (n *bucketNode) inode(e *entry) node {
	return n.child(e.id, func() node {
		if e.name == streamName {
			return &streamNode{b: n.b}
		}
		return &dirNode{b: n.b}
	})
}

func (n *bucketNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*base, syscall.Errno) {
	return lookupFixed(n.t, n, n.entries(n.t.fixed()), name, out)
}

// Opendir asks whether the bucket is still there.
func (n *bucketNode) Opendir(ctx context.Context, _ uint32) (*handle, uint32, syscall.Errno) {
	b, expires, err := n.t.buckets.Open(ctx, n.b.dir)
	if err != nil {
		return nil, 0, n.t.fail(ctx, err)
	}
	n.b.set(b)
	return newHandle(&n.base, &fixedSource{n, n.entries(expires)}), keptOn, 0
}
