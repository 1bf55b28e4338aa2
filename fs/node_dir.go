package fs

import (
	"context"
	"strings"
	"sync/atomic"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/cache"
)

// dirNode is uploads/ or a directory below it: that of a prefix, of a key, or
// of both at once. It shows the uploads of the key and the next components of
// the keys below the prefix.
type dirNode struct {
	base
	b *bucket
	// prefix is "" for uploads/ and otherwise ends in a slash. Without that
	// slash it is the directory's key.
	prefix string
	// lookups counts those of names here: see offer.
	lookups atomic.Uint32
}

var (
	_ lookuper  = (*dirNode)(nil)
	_ dirOpener = (*dirNode)(nil)
	_ rmdirer   = (*dirNode)(nil)
	_ xattrer   = (*dirNode)(nil)
)

// key returns the directory's own key. No store holds the empty key.
func (n *dirNode) key() (string, bool) {
	if len(n.prefix) < 2 {
		return "", false
	}
	return n.prefix[:len(n.prefix)-1], true
}

// look looks the directory itself up in the one above it. It must not be called
// for uploads/.
func (n *dirNode) look(ctx context.Context) (cache.Child, error) {
	s := n.prefix[:len(n.prefix)-1]
	i := strings.LastIndexByte(s, '/') + 1
	return n.b.get().Lookup(ctx, s[:i], s[i:])
}

func (n *dirNode) Getattr(ctx context.Context, out *fuse.AttrOut) syscall.Errno {
	if n.prefix == "" {
		n.t.fillAttr(out, n.t.dirMeta(time.Time{}, n.t.fixed()))
		return 0
	}
	c, err := n.look(ctx)
	if err != nil {
		return n.t.failLookup(ctx, err)
	}
	n.t.fillAttr(out, n.childMeta(c))
	return 0
}

// childMeta is what stat shows of a child: of an upload when it was initiated,
// of a component the newest upload of that very key.
func (n *dirNode) childMeta(c cache.Child) meta {
	if c.Upload != nil {
		return n.t.dirMeta(c.Upload.Initiated, c.Expires)
	}
	m := n.t.dirMeta(c.Newest, c.Expires)
	if n.t.o.AllowAbort && n.t.o.AllowOther {
		// The kernel checks the modes then, and rmdir needs the owner to be
		// able to write to the directory above.
		m.mode |= 0o200
	}
	return m
}

// find returns what a name of this directory stands for. An upload id has its
// plain name before a component of the same bytes.
func (n *dirNode) find(ctx context.Context, name string) (cache.Child, error) {
	p, ok := parseName(name)
	if !ok {
		return cache.Child{}, errNotFound
	}
	switch p.form {
	case formPlain:
		return n.findPlain(ctx, p.text)
	case formHashed:
		return n.findHashed(ctx, p)
	default:
		return n.findCollided(ctx, p)
	}
}

func (n *dirNode) findPlain(ctx context.Context, text string) (cache.Child, error) {
	if key, ok := n.key(); ok {
		u, expires, err := n.b.get().Upload(ctx, key, text)
		if err == nil {
			return cache.Child{Upload: u, Expires: expires}, nil
		}
		if !absent(err) {
			return cache.Child{}, err
		}
	}
	if strings.Contains(text, "/") {
		// Only an upload id holds a slash.
		return cache.Child{}, errNotFound
	}
	return n.component(ctx, text)
}

func (n *dirNode) component(ctx context.Context, text string) (cache.Child, error) {
	c, err := n.b.get().Lookup(ctx, n.prefix, text)
	c.Component = text
	return c, err
}

func (n *dirNode) findHashed(ctx context.Context, p parsed) (cache.Child, error) {
	if key, ok := n.key(); ok {
		u, expires, err := n.b.get().FindUpload(ctx, key, p.text, p.matches)
		if err == nil {
			return cache.Child{Upload: u, Expires: expires}, nil
		}
		if !absent(err) {
			return cache.Child{}, err
		}
	}
	if strings.Contains(p.text, "/") {
		return cache.Child{}, errNotFound
	}
	return n.b.get().FindComponent(ctx, n.prefix, p.text, p.matches)
}

// findCollided finds a component by the name that it has only as long as an
// upload id of the same bytes has its plain one.
func (n *dirNode) findCollided(ctx context.Context, p parsed) (cache.Child, error) {
	key, ok := n.key()
	if !ok || strings.Contains(p.text, "/") {
		return cache.Child{}, errNotFound
	}
	text := p.text
	if !p.matches(text) {
		// The beginning is not all of it. A shorter name is never cut.
		if len(p.name) <= maxName-utf8.UTFMax {
			return cache.Child{}, errNotFound
		}
		c, err := n.b.get().FindComponent(ctx, n.prefix, text, p.matches)
		if err != nil {
			return cache.Child{}, err
		}
		text = c.Component
	}
	if _, _, err := n.b.get().Upload(ctx, key, text); err != nil {
		return cache.Child{}, err
	}
	return n.component(ctx, text)
}

func (n *dirNode) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*base, syscall.Errno) {
	n.lookups.Add(1)
	c, err := n.find(ctx, name)
	if err != nil {
		return nil, n.t.failLookup(ctx, err)
	}
	n.t.fillEntry(out, n.childMeta(c))
	e := n.entry(name, c)
	return n.inode(&e).self(), 0
}

// entry is the directory entry of a child.
func (n *dirNode) entry(name string, c cache.Child) entry {
	e := entry{name: name, meta: n.childMeta(c), component: c.Component}
	if c.Upload != nil {
		e.uploadID = c.Upload.UploadID
		e.id = identify(n.id, kindUpload, name)
		e.isUpload = true
	} else {
		e.id = identify(n.id, kindDir, name)
	}
	return e
}

func (n *dirNode) inode(e *entry) node {
	return n.child(e.id, func() node {
		if e.isUpload {
			key, _ := n.key()
			// The id is a part of its page, which would stay with it.
			return &uploadNode{u: &upload{b: n.b, key: key, id: strings.Clone(e.uploadID)}}
		}
		return &dirNode{b: n.b, prefix: n.prefix + e.component + "/"}
	})
}

// Opendir reads the first child, so that a directory that is refused or
// gone fails here, where ENOENT can still be said.
func (n *dirNode) Opendir(ctx context.Context, flags uint32) (*handle, uint32, syscall.Errno) {
	walker, by := walks(flags), caller(ctx)
	s := newChildSource(n, n.read(walker, by))
	if _, err := s.at(ctx, 0); err != nil {
		switch {
		case !atEnd(err):
			return nil, 0, n.t.fail(ctx, err)
		case n.prefix != "":
			// Only uploads itself can be empty.
			return nil, 0, syscall.ENOENT
		}
	}
	h := newHandle(&n.base, s)
	h.offer = offer{lookups: &n.lookups, walker: walker}
	if walker {
		h.visits = &visits{n: n, by: by}
	}
	return h, 0, 0
}

// read returns a reader of the directory for whoever opens it.
func (n *dirNode) read(walker bool, by uint32) cache.Reader {
	if walker {
		return n.b.get().Walk(n.prefix, by)
	}
	return n.b.get().Children(n.prefix, by)
}

// Rmdir aborts an upload. It is refused for everything else, and the kernel
// answers EROFS by itself where aborts are not allowed.
func (n *dirNode) Rmdir(ctx context.Context, name string) syscall.Errno {
	if !n.t.o.AllowAbort {
		return syscall.EROFS
	}
	c, err := n.find(ctx, name)
	if err != nil {
		return n.t.failLookup(ctx, err)
	}
	if c.Upload == nil {
		return syscall.EPERM
	}
	if err := n.b.get().Abort(ctx, c.Upload.Key, c.Upload.UploadID); err != nil {
		return n.t.failLookup(ctx, err)
	}
	return 0
}
