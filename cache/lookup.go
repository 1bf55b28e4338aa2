package cache

import (
	"context"
	"errors"
	"io"
	"sort"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"uploadfs/remote"
)

// What one lookup asks for: enough to hold a key's own uploads as a rule, and
// to see that a directory is not empty.
const (
	lookupUploads  = 100
	lookupChildren = 10
)

// sight is what is known of one name.
type sight struct {
	child               Child
	keyKnown, dirsKnown bool
}

// Lookup returns the child component of the directory of prefix. Its Key and
// Newest are known; Prefix is, where Key is false. It sends at most two
// requests, side by side, and none where listings have shown the name or its
// absence.
func (b *Bucket) Lookup(ctx context.Context, prefix, name string) (Child, error) {
	return b.lookup(ctx, prefix, name, false)
}

// Describe is Lookup with both Key and Prefix known.
func (b *Bucket) Describe(ctx context.Context, prefix, name string) (Child, error) {
	return b.lookup(ctx, prefix, name, true)
}

func (b *Bucket) lookup(ctx context.Context, prefix, name string, both bool) (Child, error) {
	key := prefix + name
	gone := &remote.Error{Kind: remote.KindNoKey, Op: "ListMultipartUploads", Bucket: b.name, Key: key, Message: "no pending upload has this key or begins with it"}
	s := sight{child: Child{Component: name, Expires: time.Now().Add(b.c.opts.TTL)}}
	if !strings.HasPrefix(key, b.domain) {
		s.keyKnown = true
		if !strings.HasPrefix(key+"/", b.domain) && !strings.HasPrefix(b.domain, key+"/") {
			return Child{}, gone
		}
	}
	b.see(&s, prefix, key, nil)
	if s.done(both) {
		b.c.stats.hits.Add(1)
	} else if err := b.ask(ctx, &s, prefix, key); err != nil {
		return Child{}, err
	}
	if !s.child.Key && !s.child.Prefix {
		return Child{}, gone
	}
	return s.child, nil
}

func (s *sight) done(both bool) bool {
	return s.keyKnown && (s.dirsKnown || s.child.Key && !both)
}

// see fills in what the index, or else the given blocks, tell.
func (b *Bucket) see(s *sight, prefix, key string, loaded []*block) {
	find := func(p bound) *block {
		for _, k := range loaded {
			if k != nil && k.covers(p) {
				return k
			}
		}
		return b.known(prefix, p, false)
	}
	if !s.keyKnown {
		if k := find(bound{key: key}); k != nil {
			us, _ := k.group(key)
			s.keyKnown = true
			s.child.Key, s.child.Newest, s.child.Expires = len(us) > 0, newest(us), k.expires
		}
	}
	if !s.dirsKnown {
		p, _, ok := b.inDomain(bound{key: key + "/"}, afterPrefix(key+"/"))
		if !ok {
			s.dirsKnown = true
			return
		}
		if k := find(p); k != nil {
			i := k.from(p)
			switch {
			case i < len(k.uploads):
				s.dirsKnown, s.child.Prefix = true, strings.HasPrefix(k.uploads[i].Key, key+"/")
			default:
				s.dirsKnown = !k.hi.less(afterPrefix(key + "/"))
			}
			if s.dirsKnown && !s.child.Key {
				s.child.Expires = k.expires
			}
		}
	}
}

// ask sends the requests for what is not known of the name.
func (b *Bucket) ask(ctx context.Context, s *sight, prefix, key string) error {
	for tries := 0; tries < 3 && !s.done(true); tries++ {
		if b.readWhole() {
			k, err := b.loadWhole(ctx)
			if err != nil {
				return err
			}
			b.see(s, prefix, key, []*block{k})
			continue
		}
		if tries == 0 && b.walking() && strings.HasPrefix(key, b.domain) {
			k, err := b.loadOrWhole(ctx, b.near(bound{key: key}, key))
			if err != nil {
				return err
			}
			b.see(s, prefix, key, []*block{k})
			continue
		}
		var loaded [2]*block
		g, gctx := errgroup.WithContext(ctx)
		if !s.keyKnown {
			g.Go(func() (err error) {
				loaded[0], err = b.loadOrWhole(gctx, request{scope: key, start: bound{key: key}, max: lookupUploads})
				return err
			})
		}
		if !s.dirsKnown {
			scope := max(key+"/", b.domain)
			g.Go(func() (err error) {
				loaded[1], err = b.loadOrWhole(gctx, request{scope: scope, start: bound{key: scope}, max: lookupChildren})
				return err
			})
		}
		if err := g.Wait(); err != nil {
			return err
		}
		b.see(s, prefix, key, loaded[:])
	}
	if !s.done(false) {
		return &remote.Error{Kind: remote.KindIncomplete, Op: "ListMultipartUploads", Bucket: b.name, Key: key, Message: "the listing does not reach the name that was asked for"}
	}
	return nil
}

// FindComponent returns the child component of the directory that begins with
// the given bytes and satisfies match, or fails with KindNoKey. It lists the
// children that begin so.
func (b *Bucket) FindComponent(ctx context.Context, prefix, begins string, match func(string) bool) (Child, error) {
	r := b.reader(prefix, prefix+begins, newSequence(prefix+begins, false))
	r.opened = true // which tells nothing of a walk
	r.Reset(mark{pos: bound{key: prefix + begins}})
	for {
		child, err := r.nextComponent(ctx)
		if err == io.EOF {
			return Child{}, &remote.Error{Kind: remote.KindNoKey, Op: "ListMultipartUploads", Bucket: b.name, Key: prefix + begins, Message: "no pending upload has a key component of that name"}
		}
		if err != nil {
			return Child{}, err
		}
		if match(child.Component) {
			return b.Lookup(ctx, prefix, child.Component)
		}
	}
}

// Upload returns the upload of that key and id and when the listing that shows
// it lapses, or fails with KindNoUpload. It lists the key's uploads where they
// are not known.
func (b *Bucket) Upload(ctx context.Context, key, id string) (*remote.Upload, time.Time, error) {
	return b.FindUpload(ctx, key, id, func(s string) bool { return s == id })
}

// FindUpload returns the first upload of key whose id begins with the given
// bytes and satisfies match, or fails with KindNoUpload.
func (b *Bucket) FindUpload(ctx context.Context, key, begins string, match func(string) bool) (*remote.Upload, time.Time, error) {
	if k := b.known(parentOf(key), bound{key: key}, false); k != nil {
		us, whole := k.group(key)
		for i := range us {
			if strings.HasPrefix(us[i].UploadID, begins) && match(us[i].UploadID) {
				b.c.stats.hits.Add(1)
				return &us[i], k.expires, nil
			}
		}
		if whole {
			return nil, time.Time{}, b.noUpload(key, begins)
		}
	}
	r := b.reader(key+"/", key+"/", newSequence(key+"/", false))
	r.opened = true
	for {
		child, ok, err := r.nextOwn(ctx)
		if err != nil {
			return nil, time.Time{}, err
		}
		if !ok {
			return nil, time.Time{}, b.noUpload(key, begins)
		}
		if id := child.Upload.UploadID; strings.HasPrefix(id, begins) && match(id) {
			return child.Upload, child.Expires, nil
		}
	}
}

func (b *Bucket) noUpload(key, id string) error {
	return &remote.Error{Kind: remote.KindNoUpload, Op: "ListMultipartUploads", Bucket: b.name, Key: key, UploadID: id, Message: "the key has no pending upload of that id"}
}

// all reads every upload of the bucket in listing order.
type all struct {
	b   *Bucket
	pos bound
	cur *block
	i   int
	// key and given are the last key and its uploads that were given, for a
	// key that has to be read again because the upload of a marker is gone.
	key   string
	given idSet
	ends  ends
	// done is the last block that was read to its end.
	done *block
	run  *sequence
}

// All reads every upload of the bucket in listing order.
func (b *Bucket) All() UploadReader {
	return &all{b: b, pos: bound{key: b.domain}, given: idSet{}, run: newSequence(b.domain, true)}
}

// Next returns the next upload, or io.EOF.
func (a *all) Next(ctx context.Context) (*remote.Upload, error) {
	for {
		for a.cur != nil && a.i < len(a.cur.uploads) {
			u := &a.cur.uploads[a.i]
			if !strings.HasPrefix(u.Key, a.b.domain) {
				return nil, io.EOF
			}
			a.i++
			a.pos = bound{key: u.Key, id: u.UploadID}
			if u.Key != a.key {
				a.key = u.Key
				clear(a.given)
			}
			if !a.given.add(u.UploadID) {
				continue
			}
			a.ends.restarts = 0
			return u, nil
		}
		if a.cur != nil {
			a.pos = a.cur.hi
			if a.pos.id != "" && a.done != a.cur && a.ends.again(a.pos) {
				return nil, a.b.stuck(a.pos.key)
			}
			a.done = a.cur
		}
		if _, _, ok := a.b.inDomain(a.pos, bound{end: true}); !ok {
			return nil, io.EOF
		}
		if err := a.load(ctx); err != nil {
			return nil, err
		}
	}
}

// load finds the block that covers the position and the entry to go on with.
func (a *all) load(ctx context.Context) error {
	k, waited := a.b.known("", a.pos, true), time.Duration(0)
	if k == nil {
		began := time.Now()
		var err error
		if k, err = a.fetch(ctx); err != nil {
			return err
		}
		waited = since(began)
	}
	i := k.from(a.pos)
	if i < 0 {
		i = sort.Search(len(k.uploads), func(i int) bool { return k.uploads[i].Key >= a.pos.key })
	}
	if k.restarts(a.pos) && !a.ends.restart() {
		return a.b.stuck(a.pos.key)
	}
	if !k.covers(a.pos) && i == len(k.uploads) && !a.pos.less(k.hi) {
		return &remote.Error{Kind: remote.KindIncomplete, Op: "ListMultipartUploads", Bucket: a.b.name, Message: "the listing does not advance"}
	}
	a.run.took(ctx, a.b, a.b.domain, k, a.pos, waited)
	a.cur, a.i = k, i
	return nil
}

// fetch asks the store for what follows the position.
func (a *all) fetch(ctx context.Context) (*block, error) {
	if a.cur != nil && a.cur.more && a.cur.hi == a.pos {
		q := a.cur.following()
		q.scope = a.b.domain
		return a.b.loadOrWhole(ctx, q.unlessThere())
	}
	return a.b.loadOrWhole(ctx, after(a.pos, a.b.domain, nil))
}

// errTooBig is why a bucket that has to be read whole cannot be.
var errTooBig = errors.New("the bucket has more pending uploads than --cache-size holds, and its store does not list in key order: raise --cache-size")
