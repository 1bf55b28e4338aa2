package fs

import (
	"context"
	"io"
	"strconv"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/cache"
	"uploadfs/remote"
)

// partsNode is the directory of an upload's parts. They are listed when it is
// opened or one of its names is looked up, not before.
type partsNode struct {
	base
	u    *upload
	kept keptListing
}

var (
	_ lookuper  = (*partsNode)(nil)
	_ dirOpener = (*partsNode)(nil)
)

func (u *upload) parts(ctx context.Context) (*cache.PartList, error) {
	return u.b.get().Parts(ctx, u.key, u.id)
}

func (n *partsNode) Getattr(ctx context.Context, out *fuse.AttrOut) syscall.Errno {
	return n.u.dirAttr(ctx, n.t, out)
}

// partNumber reads the name of a part: a number, without sign or leading zero.
func partNumber(name string) (int, bool) {
	number, err := strconv.Atoi(name)
	return number, err == nil && number > 0 && strconv.Itoa(number) == name
}

func (n *partsNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*base, syscall.Errno) {
	number, ok := partNumber(name)
	if !ok {
		return nil, syscall.ENOENT
	}
	l, err := n.u.parts(ctx)
	if err != nil {
		return nil, n.t.fail(ctx, err)
	}
	p := l.Find(number)
	if p == nil {
		return nil, syscall.ENOENT
	}
	e := n.entry(l, p)
	n.t.fillEntry(out, e.meta)
	return n.inode(&e).self(), 0
}

func (n *partsNode) entry(l *cache.PartList, p *remote.Part) entry {
	name := strconv.Itoa(p.Number)
	return entry{
		name:   name,
		id:     identify(n.id, kindPart, name),
		meta:   n.t.partMeta(p.Size, p.LastModified, l.Expires),
		number: p.Number,
	}
}

func (n *partsNode) inode(e *entry) node {
	return n.child(e.id, func() node {
		return &partNode{u: n.u, number: e.number}
	})
}

// Opendir lists the parts, so that an upload that is refused or gone fails
// here, where ENOENT can still be said.
func (n *partsNode) Opendir(ctx context.Context, flags uint32) (*handle, uint32, syscall.Errno) {
	if walks(flags) {
		ctx = cache.WithWalker(ctx, caller(ctx))
	}
	s := &partSource{partsNode: n}
	if err := s.rewind(ctx); err != nil {
		return nil, 0, n.t.fail(ctx, err)
	}
	h := newHandle(&n.base, s)
	h.closed = n.kept.closed
	return h, n.kept.opened(s.l.Expires), 0
}

// partSource lists the parts as they were when the directory was opened.
type partSource struct {
	*partsNode
	l *cache.PartList
	// rest is why the list is not whole.
	rest error
	cur  entry
}

func (s *partSource) rewind(ctx context.Context) error {
	l, err := s.u.parts(ctx)
	if err != nil && (l == nil || len(l.Parts) == 0) {
		return err
	}
	s.l, s.rest = l, err
	return nil
}

func (s *partSource) at(_ context.Context, i int) (*entry, error) {
	if i >= len(s.l.Parts) {
		if s.rest != nil {
			return nil, s.rest
		}
		return nil, io.EOF
	}
	s.cur = s.entry(s.l, &s.l.Parts[i])
	return &s.cur, nil
}
