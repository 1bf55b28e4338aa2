package fs

import (
	"context"
	"io"
	"slices"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

// insightName is the directory of the mount's own files. It is found and not
// listed, so that no walk of the tree goes there.
const insightName = ".uploadfs"

// rootNode is the mount point: one directory a bucket.
type rootNode struct{ base }

var (
	_ lookuper  = (*rootNode)(nil)
	_ dirOpener = (*rootNode)(nil)
)

func (n *rootNode) Getattr(_ context.Context, out *fuse.AttrOut) syscall.Errno {
	n.t.fillAttr(out, n.t.dirMeta(time.Time{}, n.t.fixed()))
	return 0
}

func (n *rootNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*base, syscall.Errno) {
	if name == insightName && n.t.o.Insight != nil {
		n.t.fillEntry(out, n.t.dirMeta(time.Time{}, n.t.fixed()))
		id := identify(n.id, kindInsight, name)
		return n.child(id, func() node { return &insightDir{} }).self(), 0
	}
	dir, err := n.directory(ctx, name)
	if err != nil {
		return nil, n.t.failLookup(ctx, err)
	}
	b, expires, err := n.t.buckets.Open(ctx, dir)
	if err != nil {
		if remote.KindOf(err) == remote.KindNoBucket {
			return nil, syscall.ENOENT
		}
		return nil, n.t.fail(ctx, err)
	}
	n.t.fillEntry(out, n.t.dirMeta(time.Time{}, expires))
	ch := n.child(identify(n.id, kindBucket, name), func() node {
		return &bucketNode{b: &bucket{dir: dir}}
	})
	if bn, ok := ch.(*bucketNode); ok {
		bn.b.set(b)
	}
	return ch.self(), 0
}

// directory returns the raw directory name that name stands for.
func (n *rootNode) directory(ctx context.Context, name string) (string, error) {
	p, ok := parseName(name)
	switch {
	case !ok || p.form == formCollided:
		return "", errNotFound
	case p.form == formPlain:
		return p.text, nil
	}
	names, _, err := n.t.buckets.Names(ctx)
	if i := slices.IndexFunc(names, p.matches); i >= 0 {
		return names[i], nil
	}
	if err != nil {
		return "", err
	}
	return "", errNotFound
}

func (n *rootNode) Opendir(ctx context.Context, _ uint32) (*handle, uint32, syscall.Errno) {
	s := &rootSource{n: n}
	if err := s.rewind(ctx); err != nil {
		return nil, 0, n.t.fail(ctx, err)
	}
	return newHandle(&n.base, s), 0, 0
}

// rootSource lists the buckets.
type rootSource struct {
	n       *rootNode
	names   []string
	expires time.Time
	// err is what the names that there are end in.
	err error
	e   entry
}

func (s *rootSource) rewind(ctx context.Context) error {
	names, expires, err := s.n.t.buckets.Names(ctx)
	// An interrupt is of this request: it must not become the listing's end.
	if err != nil && (len(names) == 0 || ctx.Err() != nil) {
		return err
	}
	if s.n.t.o.Insight != nil && slices.Contains(names, insightName) {
		names = slices.DeleteFunc(slices.Clone(names), func(v string) bool { return v == insightName })
	}
	s.names, s.expires, s.err = names, expires, err
	return nil
}

func (s *rootSource) at(_ context.Context, i int) (*entry, error) {
	if i >= len(s.names) {
		if s.err != nil {
			return nil, s.err
		}
		return nil, io.EOF
	}
	name := encodeName(s.names[i])
	s.e = entry{
		name: name,
		id:   identify(s.n.id, kindBucket, name),
		// Attributes come with a lookup, which opens the bucket.
		bare: true,
	}
	return &s.e, nil
}

func (s *rootSource) inode(*entry) node { return nil }
