package cache

import (
	"context"
	"strings"
	"time"

	"uploadfs/remote"
)

// Bounds of what is read to find the next child of a directory.
const (
	// maxThrough is the number of pages that a walk reads on through one
	// child's subtree before the directory's other children are asked for alone.
	maxThrough = 16
	// maxSkip is the number of pages before a position that a marker near it
	// may bring.
	maxSkip = 64
	// dense is the number of entries for each child up to which reading on is
	// as good as asking for the children alone.
	dense = 5
)

// walk tells a walk of the tree from somebody who looks around: a walk opens
// directory after directory whose content the flat pages have brought already.
type walk struct {
	hits, misses int
	last         time.Time
}

// walkIdle is how long after the last opened directory a walk counts as over.
const walkIdle = 10 * time.Second

// opened notes that a directory was opened and whether its beginning was known.
func (b *Bucket) opened(hit bool) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	now := time.Now()
	if now.Sub(b.walk.last) > walkIdle {
		b.walk = walk{}
	}
	b.walk.last = now
	if hit {
		b.walk.hits++
	} else {
		b.walk.misses++
	}
}

// walking reports whether a walk is under way.
func (b *Bucket) walking() bool {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	w := &b.walk
	return w.hits >= 32 && w.hits >= 8*w.misses && time.Since(w.last) <= walkIdle
}

// readWhole reports whether only a scan of the whole bucket is believed.
func (b *Bucket) readWhole() bool {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	return b.unsorted
}

// loadOrWhole loads a page, or the whole bucket where pages cannot be believed.
func (b *Bucket) loadOrWhole(ctx context.Context, q request) (*block, error) {
	if b.readWhole() {
		return b.loadWhole(ctx)
	}
	k, err := b.load(ctx, q)
	if remote.KindOf(err) == remote.KindUnsorted && b.readWhole() {
		return b.loadWhole(ctx)
	}
	return k, err
}

// following returns the request that reads on from the end of k.
func (k *block) following() request {
	q := after(k.hi, k.scope, k)
	q.delimited, q.dir = k.delimited, k.dir
	q.behind = k
	return q
}

// near returns the request for position p by a reader who wants nothing
// outside scope: limited to it, unless a walk is under way, which will want
// what follows.
func (b *Bucket) near(p bound, scope string) request {
	if b.walking() || len(scope) < len(b.domain) {
		scope = b.domain
	}
	return after(p, scope, nil)
}

// advance returns a block from which the reader can go on: one that covers its
// position, such as that in which it has read the uploads of its own key.
func (r *reader) advance(ctx context.Context) (*block, error) {
	p := r.at.pos
	k := r.cur
	if k == nil || !k.covers(p) {
		k = r.b.known(r.prefix, p, false)
	}
	if !r.opened {
		r.opened = true
		r.b.opened(k != nil)
	}
	if k != nil {
		r.b.c.stats.hits.Add(1)
		r.seen = 0
		r.run.took(ctx, r.b, r.listing(), k, p, 0)
		return k, nil
	}
	if r.b.readWhole() {
		return r.b.loadWhole(ctx)
	}
	k, err := r.fetch(ctx, p)
	r.seen = 0
	for skipped := 0; err == nil && !k.covers(p); skipped++ {
		if !k.more || skipped >= maxSkip {
			return nil, &remote.Error{Kind: remote.KindIncomplete, Op: "ListMultipartUploads", Bucket: r.b.name, Key: r.scope, Message: "the listing does not reach the position it was asked for"}
		}
		q := k.following()
		if k.hi.id != "" && p == afterKey(k.hi.key) {
			// A key with more uploads than a page: what follows it is one marker
			// away.
			q = request{scope: k.scope, dir: k.dir, delimited: k.delimited, cursor: remote.Cursor{Key: k.hi.key}, start: p}
		}
		k, err = r.load(ctx, q)
	}
	return k, err
}

// load loads a page that the reader waits for.
func (r *reader) load(ctx context.Context, q request) (*block, error) {
	began := time.Now()
	k, err := r.b.loadOrWhole(ctx, q.unlessThere())
	if err == nil {
		r.run.took(ctx, r.b, r.listing(), k, k.lo, since(began))
	}
	return k, err
}

// listing is the scope of the listing that the reader goes through, or that of
// the walk that it is part of.
func (r *reader) listing() string {
	if r.run.through.Load() {
		return max(r.run.root, r.b.domain)
	}
	return max(r.scope, r.b.domain)
}

// fetch asks the store for what follows p, which is not known.
func (r *reader) fetch(ctx context.Context, p bound) (*block, error) {
	prev := r.cur
	if prev == nil || !prev.more {
		return r.load(ctx, r.b.near(p, r.scope))
	}
	if prev.hi == p || prev.hi.id != "" && p == afterKey(prev.hi.key) {
		r.through = 0
		return r.load(ctx, r.widen(prev.following()))
	}
	// The page ended below a child: its subtree lies between here and p.
	if prev.delimited {
		return r.b.loadOrWhole(ctx, r.jump(p))
	}
	last := r.b.chain(prev, p)
	if last.covers(p) {
		return last, nil
	}
	if last.more && r.seen*dense >= len(prev.uploads) || r.b.walking() && r.through < maxThrough {
		r.through++
		k, err := r.load(ctx, r.widen(last.following()))
		if err != nil || k.covers(p) {
			return k, err
		}
		// Still below the child: the next call decides again.
		r.cur = k
		if r.b.walking() && r.through < maxThrough && k.more {
			return r.fetch(ctx, p)
		}
	}
	if r.run.through.Load() && last.more && !r.resumed {
		// A walker comes back for the subtree when it has read this directory.
		r.resumed = true
		go r.b.resume(context.WithoutCancel(ctx), last)
	}
	return r.skip(ctx, p)
}

// resume reads on from the end of k.
func (b *Bucket) resume(ctx context.Context, k *block) {
	// Whoever wants the page gets the error.
	_, _ = b.load(remote.WithBackground(ctx), k.following().unlessThere())
}

// widen lets a request that reads on go as far as the reader's own directory
// or the scope it was begun under, whichever is wider.
func (r *reader) widen(q request) request {
	if len(r.scope) < len(q.scope) && strings.HasPrefix(q.scope, r.scope) && !q.delimited {
		q.scope = max(r.scope, r.b.domain)
	}
	return q
}

// chain follows the blocks that join one another from k towards p.
func (b *Bucket) chain(k *block, p bound) *block {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	now := time.Now()
	for !k.covers(p) {
		next := b.fresh(&b.flat, k.hi, now)
		if next == nil || next == k {
			return k
		}
		k = next
	}
	return k
}

// skip passes over a child's subtree: by asking for the children of the
// directory alone, or with a marker behind the subtree.
func (r *reader) skip(ctx context.Context, p bound) (*block, error) {
	if q, ok := r.level(p); ok {
		q.aside = r.run.through.Load() || r.b.walking()
		k, err := r.b.load(ctx, q)
		switch {
		case err == nil && r.believes(k):
			return k, nil
		case err == nil || remote.KindOf(err) == remote.KindUnsupported || remote.KindOf(err) == remote.KindUnsorted:
			r.b.c.mu.Lock()
			r.b.noLevels = true
			delete(r.b.levels, r.prefix)
			r.b.c.mu.Unlock()
		default:
			return nil, err
		}
	}
	return r.b.loadOrWhole(ctx, r.jump(p))
}

// jump returns the request that goes on behind a subtree.
func (r *reader) jump(p bound) request {
	return after(p, max(r.scope, r.b.domain), nil)
}

// level returns the request for the children of the directory from p on. A
// store that is not known to page them without loss is asked from the start.
func (r *reader) level(p bound) (request, bool) {
	r.b.c.mu.Lock()
	off := r.b.noLevels
	r.b.c.mu.Unlock()
	scope := max(r.scope, r.b.domain)
	if off || strings.Contains(scope[len(r.prefix):], "/") {
		return request{}, false
	}
	q := request{scope: scope, start: bound{key: scope}}
	if r.b.client.Profile(r.b.name).Delimiters {
		q = after(p, scope, nil)
	}
	q.delimited, q.dir = true, r.prefix
	return q, true
}

// believes reports whether a page of children can be relied on: the store is
// known for it, or the page is the only one and shows the child that the flat
// listing has shown.
func (r *reader) believes(k *block) bool {
	if r.b.client.Profile(r.b.name).Delimiters {
		return true
	}
	if k.more {
		return false
	}
	i := k.from(r.at.pos)
	return i > 0 && afterPrefix(k.uploads[i-1].Key) == r.at.pos
}
