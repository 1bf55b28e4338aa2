package cache

import (
	"context"
	"hash/maphash"
	"io"
	"slices"
	"strings"
	"time"

	"uploadfs/remote"
)

// reader lists one directory. It holds on to the block it reads from, so that
// an eviction between two calls costs nothing.
type reader struct {
	b      *Bucket
	prefix string
	// end is the position after the directory.
	end bound
	at  mark
	// cur is the block that covers at.pos, or the one that ended there.
	cur *block
	// scope is what the directory's own requests are limited to: its prefix, or
	// the beginning of the components that are looked for.
	scope string
	// given are the uploads of the own key that were given since the last Reset.
	given idSet
	// inside says that the last Reset led inside the own key, so that others of
	// its uploads were given before.
	inside bool
	ends   ends
	// near is about where at.pos stands in cur.
	near int
	// seen counts the children read from cur, through the pages read on through
	// one child's subtree.
	seen, through int
	opened        bool
	// resumed says that the subtree that the listing stopped in is read on.
	resumed bool
	run     *sequence
}

// mark is a position of a reader.
type mark struct {
	// own says that the uploads of the directory's own key are being read.
	own bool
	pos bound
	// open are the components that were given because they are keys, and whose
	// own directory is still to come in key order: "a" sorts before "a-b", and
	// that before "a/c". Each begins the next, so there are few.
	open []string
}

// clone returns a mark that stays good whatever becomes of m.
func (m mark) clone() mark {
	m.open = slices.Clone(m.open)
	return m
}

// Children lists the directory of that prefix for somebody who may stop anywhere,
// until the directories that it opens show a walk. by tells one from another; 0 is
// unknown.
func (b *Bucket) Children(prefix string, by uint32) Reader {
	return b.reader(prefix, prefix, b.sequenceOf(prefix, by, false))
}

// Walk is Children for a walker, who goes through to the end of the directory and
// then into each child.
func (b *Bucket) Walk(prefix string, by uint32) Reader {
	return b.reader(prefix, prefix, b.sequenceOf(prefix, by, true))
}

// reader returns a reader of the directory's children that begin with scope.
func (b *Bucket) reader(prefix, scope string, run *sequence) *reader {
	r := &reader{b: b, prefix: prefix, scope: scope, end: afterPrefix(scope), run: run}
	r.Reset(nil)
	return r
}

// Mark returns the position before the next child.
func (r *reader) Mark() any { return r.at.clone() }

// Reset goes to a position that Mark returned, or to the start.
func (r *reader) Reset(m any) {
	r.cur, r.given, r.ends = nil, nil, ends{}
	r.inside = false
	if at, ok := m.(mark); ok {
		r.at = at.clone()
		r.inside = at.own && at.pos.id != ""
		return
	}
	r.at = mark{pos: bound{key: r.prefix}}
	if key, ok := strings.CutSuffix(r.prefix, "/"); ok {
		r.at = mark{own: true, pos: bound{key: key}}
	}
}

// Next returns the next child, or io.EOF.
func (r *reader) Next(ctx context.Context) (Child, error) {
	if r.at.own {
		child, ok, err := r.nextOwn(ctx)
		if err != nil || ok {
			return child, err
		}
		r.at = mark{pos: bound{key: r.prefix}}
		if r.cur != nil && r.cur.delimited {
			// It is of the children of the directory above.
			r.cur = nil
		}
	}
	return r.nextComponent(ctx)
}

// nextOwn returns the next upload of the directory's own key.
func (r *reader) nextOwn(ctx context.Context) (Child, bool, error) {
	key := r.prefix[:len(r.prefix)-1]
	for {
		k, err := r.ownBlock(ctx, key)
		if err != nil || k == nil {
			return Child{}, false, err
		}
		r.cur = k
		i := k.from(r.at.pos)
		if i < 0 {
			i = k.from(bound{key: key})
		}
		if k.restarts(r.at.pos) {
			switch {
			case r.inside:
				return Child{}, false, r.b.lost(key)
			case !r.ends.restart():
				return Child{}, false, r.b.stuck(key)
			}
		}
		for ; i < len(k.uploads) && k.uploads[i].Key == key; i++ {
			u := &k.uploads[i]
			r.at.pos.id = u.UploadID
			if !r.given.add(u.UploadID) {
				continue
			}
			r.ends.restarts = 0
			return Child{Upload: u, Expires: k.expires}, true, nil
		}
		if k.hi.id == "" || k.hi.key != key {
			r.near = i
			return Child{}, false, nil
		}
		if r.ends.again(k.hi) {
			return Child{}, false, r.b.stuck(key)
		}
		r.at.pos = k.hi
	}
}

// idSet is the upload ids of one key that a reader has given. It holds a hash
// of each: a key may have millions, and an id itself would keep its page.
type idSet map[uint64]struct{}

// idSeed is the same for every set of the process.
var idSeed = maphash.MakeSeed()

// add puts id in, and reports whether it was not there.
func (s *idSet) add(id string) bool {
	h := maphash.String(idSeed, id)
	if _, ok := (*s)[h]; ok {
		return false
	}
	if *s == nil {
		*s = idSet{}
	}
	(*s)[h] = struct{}{}
	return true
}

// ends are the positions inside one key at which pages have ended. Where pages
// of a key's uploads overlap, following one from the end of another could go
// round in a circle.
type ends struct {
	key string
	ids map[string]bool
	// restarts counts how often the key was read again since it last gave an
	// upload.
	restarts int
}

// restarts reports whether a reader at p, inside a key, reads the key again
// because the upload that it stood at is gone.
func (b *block) restarts(p bound) bool {
	return p.id != "" && (b.from(p) < 0 || b.restarted && p == b.lo)
}

// maxRestarts is how often a key is read again, because the upload that the
// reader stood at is gone, without one upload more to show for it.
const maxRestarts = 16

// restart forgets the positions, and reports whether the key may be read again.
func (e *ends) restart() bool {
	e.ids = nil
	e.restarts++
	return e.restarts <= maxRestarts
}

// again notes a position and reports whether it was noted before.
func (e *ends) again(p bound) bool {
	if e.ids == nil || e.key != p.key {
		e.key, e.ids = p.key, map[string]bool{}
	}
	was := e.ids[p.id]
	e.ids[p.id] = true
	return was
}

func (b *Bucket) stuck(key string) error {
	return &remote.Error{Kind: remote.KindIncomplete, Op: "ListMultipartUploads", Bucket: b.name, Key: key, Message: "the pages of the listing overlap and do not advance"}
}

func (b *Bucket) lost(key string) error {
	return &remote.Error{Kind: remote.KindIncomplete, Op: "ListMultipartUploads", Bucket: b.name, Key: key, Message: "the upload at a position that a reader went back to is gone"}
}

// ownBlock returns the block that covers the reader's position in the uploads
// of key, or nil where the key can have none.
func (r *reader) ownBlock(ctx context.Context, key string) (*block, error) {
	p := r.at.pos
	if r.cur != nil && r.cur.covers(p) {
		return r.cur, nil
	}
	if !strings.HasPrefix(key, r.b.domain) {
		return nil, nil
	}
	if k := r.b.known(parentOf(key), p, false); k != nil {
		return k, nil
	}
	q := after(p, key, nil)
	switch {
	case r.cur != nil && r.cur.hi == p && r.cur.more:
		q = r.cur.following()
	case p.id == "":
		q = r.b.near(bound{key: key}, key)
	}
	return r.b.loadOrWhole(ctx, q.unlessThere())
}

// parentOf returns the prefix of the directory that key is a child of.
func parentOf(key string) string { return key[:strings.LastIndexByte(key, '/')+1] }

// nextComponent returns the next component of the keys below the prefix.
func (r *reader) nextComponent(ctx context.Context) (Child, error) {
	for was := (bound{id: "none"}); ; {
		if r.at.pos == was {
			return Child{}, r.b.stuck(r.scope)
		}
		was = r.at.pos
		lo, _, ok := r.b.inDomain(r.at.pos, r.end)
		if !ok {
			return Child{}, io.EOF
		}
		r.at.pos = lo
		if r.cur == nil || !r.cur.covers(lo) || !r.opened {
			k, err := r.advance(ctx)
			if err != nil {
				return Child{}, err
			}
			r.cur = k
		}
		if child, ok := r.step(r.cur); ok {
			child.Expires = r.cur.expires
			return child, nil
		}
	}
}

// step reads the next child out of block k, if there is one, and moves past it.
func (r *reader) step(k *block) (Child, bool) {
	for i := k.fromNear(r.at.pos, r.near); i < len(k.uploads); i = k.fromNear(r.at.pos, r.near) {
		u := &k.uploads[i]
		if !strings.HasPrefix(u.Key, r.prefix) {
			r.at.pos = r.end
			return Child{}, false
		}
		name, own := component(u.Key, r.prefix)
		was := r.close(name)
		r.near = i + 1
		if own {
			r.at.pos = afterKey(u.Key)
			r.at.open = append(r.at.open, name)
			r.seen++
			return Child{Component: name, Key: true, Newest: newest(k.sameKey(i))}, true
		}
		r.at.pos = afterDir(u.Key[:len(r.prefix)+len(name)])
		if !was {
			r.seen++
			return Child{Component: name, Prefix: true}, true
		}
	}
	if r.at.pos.less(k.hi) {
		r.at.pos = k.hi
	}
	return Child{}, false
}

// close drops the open components that name does not begin with, since their
// directories have passed, and reports whether name itself is open.
func (r *reader) close(name string) bool {
	n := len(r.at.open)
	for n > 0 && !strings.HasPrefix(name, r.at.open[n-1]) {
		n--
	}
	r.at.open = r.at.open[:n]
	return n > 0 && r.at.open[n-1] == name
}

// newest returns the newest date of uploads.
func newest(us []remote.Upload) (t time.Time) {
	for i := range us {
		if us[i].Initiated.After(t) {
			t = us[i].Initiated
		}
	}
	return t
}
