package fs

import (
	"context"
	"sync/atomic"
	"syscall"

	gofs "github.com/hanwen/go-fuse/v2/fs"
)

// base is what every node is made from. A node holds who it is and no data, so
// an old node that the library keeps for a path can never be stale.
type base struct {
	gofs.Inode
	t *tree
}

var (
	_ = (gofs.NodeOnForgetter)((*base)(nil))
	_ = (gofs.NodeRmdirer)((*base)(nil))
)

// OnForget keeps the count of live inodes.
func (n *base) OnForget() { n.t.inodes.Add(-1) }

// Rmdir refuses: only a directory that holds uploads has something that can be
// removed. Without this the library would answer success.
func (n *base) Rmdir(context.Context, string) syscall.Errno { return n.t.refused() }

// child returns the inode of that name with that identity: the one that is
// there, or a new one around what fresh returns.
func (n *base) child(ctx context.Context, name string, id gofs.StableAttr, fresh func() gofs.InodeEmbedder) *gofs.Inode {
	if ch := n.GetChild(name); ch != nil && ch.StableAttr() == id {
		return ch
	}
	inodes := n.t.inodes.Add(1)
	if p := n.t.pruner; p != nil {
		p.grew(&n.Inode, inodes)
	}
	return n.NewInode(ctx, fresh(), id)
}

// bucket is the bucket that a node belongs to. The node of a bucket's directory
// outlives its listing, so the bucket behind it can be replaced.
type bucket struct {
	// dir is the directory's name, raw.
	dir string
	at  atomic.Pointer[Bucket]
}

func (b *bucket) get() Bucket  { return *b.at.Load() }
func (b *bucket) set(v Bucket) { b.at.Store(&v) }

// upload is who an upload is.
type upload struct {
	b       *bucket
	key, id string
}
