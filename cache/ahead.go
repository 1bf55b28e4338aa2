package cache

import (
	"context"
	"strings"
	"time"

	"uploadfs/remote"
)

// ahead goes ahead of a walk that asks for one upload's parts after another
// (du, find -size, grep -r): the parts of the uploads not asked for yet are
// fetched side by side.
//
// Nothing is assumed about the order of a walk. find and du sort a large
// directory by inode number, fd goes backwards, rg runs several walkers. So
// what counts is that parts are missed for one upload after another: from each
// miss on, the uploads of the directory that all misses have in common are
// worked through in listing order, round to where it began. window is how many
// lists may lie there unused: it doubles with every question up to the
// readahead, and beyond with every miss, since a walk in another order needs
// what is fetched to stay until it gets there. Where the order of a walk is known
// (see Expect), a miss begins a round along it instead.
//
// The cache's lock guards it.
type ahead struct {
	last   time.Time
	misses int
	missed partsKey
	// dir is the directory that the misses have in common.
	dir string
	// pos is the next upload to look at, start where the round began.
	pos, start   bound
	wrapped, end bool
	window       int
	// flying are the lists under way; true for one that somebody asked for.
	flying map[partsKey]bool
	// unused counts lists that were fetched or are under way and that nobody
	// has asked for, unusedBytes the size of those that are there.
	unused      int
	unusedBytes int64
	// plan is the order of the walk, nil where it is not known.
	plan *plan
	// walked is where a walker was seen to be.
	walked walked
	// choice is what the walk picks by date.
	choice choice
	// paging says that a page of uploads is being read for the round.
	paging bool
}

// aheadOfWalker is how many more lists are fetched at the first miss of a walker
// that has read a directory above: it will want them all.
const aheadOfWalker = 16

// minAheadTTL is the TTL below which nothing is fetched ahead: it would lapse
// before the walk gets there.
const minAheadTTL = time.Second

func (n partsKey) bound() bound { return bound{key: n.key, id: n.id} }

// answered notes that a reader has the list it asked for.
func (b *Bucket) answered(name partsKey) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	if b.ahead.flying[name] {
		delete(b.ahead.flying, name)
	}
}

// asked notes that a reader wants the parts of an upload: found says that the
// list is there.
func (b *Bucket) asked(ctx context.Context, name partsKey, found bool) {
	if b.c.opts.Readahead <= 0 || b.c.opts.TTL < minAheadTTL {
		return
	}
	b.c.mu.Lock()
	a := &b.ahead
	if a.flying == nil {
		a.flying = map[partsKey]bool{}
	}
	now := time.Now()
	if now.Sub(a.last) > walkIdle {
		a.misses, a.window, a.end, a.choice = 0, 0, true, choice{}
	}
	a.last = now
	b.chose(name)
	claimed, flying := a.flying[name]
	switch {
	case flying && !claimed:
		a.flying[name] = true
		a.unused--
		b.c.stats.aheadUsed.Add(1)
		a.widen(b.c.opts.Readahead)
	case found || flying:
		a.widen(b.c.opts.Readahead)
	case a.missed != name || a.misses == 0:
		a.miss(name, a.walked.has(walkerOf(ctx), name.key, now))
		a.flying[name] = true
	}
	b.c.mu.Unlock()
	b.pump(ctx)
}

// miss notes a question that nothing was fetched for, and begins a new round
// from there. walking says that who asks has read the directory walked.
func (a *ahead) miss(name partsKey, walking bool) {
	a.misses++
	a.missed = name
	planned := a.plan != nil && a.plan.seek(name)
	switch {
	case a.misses > 1:
	case walking:
		a.dir, a.window = a.walked.dir, aheadOfWalker/2
	default:
		a.dir = parentOf(name.key)
		a.window = 0
		if !planned {
			return
		}
	}
	for !strings.HasPrefix(name.key, a.dir) {
		a.dir = parentOf(strings.TrimSuffix(a.dir, "/"))
	}
	a.window = max(4, 2*a.window)
	a.pos = name.bound()
	a.start, a.wrapped, a.end = a.pos, false, false
}

// widen doubles the window up to the readahead.
func (a *ahead) widen(most int) {
	if a.window > 0 && a.window < most {
		a.window = min(2*a.window, most)
	}
}

// pump starts what the window has room for.
func (b *Bucket) pump(ctx context.Context) {
	ctx = context.WithoutCancel(ctx)
	for {
		b.c.mu.Lock()
		name, ok := b.nextAhead()
		if !ok {
			edge := b.edge()
			if edge != nil {
				b.ahead.paging = true
			}
			b.c.mu.Unlock()
			if edge != nil {
				go b.pageAhead(ctx, edge)
			}
			return
		}
		b.ahead.flying[name] = false
		b.ahead.unused++
		b.c.mu.Unlock()
		b.c.stats.ahead.Add(1)
		go b.partsAhead(ctx, name)
	}
}

// partsAhead fetches one list.
func (b *Bucket) partsAhead(ctx context.Context, name partsKey) {
	_, err := b.loadParts(ctx, name, true)
	b.c.mu.Lock()
	a := &b.ahead
	// What was kept as speculation counts by its entry, and is not here any more.
	if claimed, flying := a.flying[name]; flying && !claimed {
		a.unused--
	}
	delete(a.flying, name)
	if err != nil && !remote.IsGone(err) {
		// The reader will get the error itself; until it asks again, nothing
		// more is tried.
		a.window, a.misses = 0, 0
	}
	b.c.mu.Unlock()
	if err == nil || remote.IsGone(err) {
		b.pump(ctx)
	}
}

// pageAhead reads the page of uploads that the round goes on with.
func (b *Bucket) pageAhead(ctx context.Context, k *block) {
	_, err := b.load(remote.WithBackground(ctx), k.following().unlessThere())
	b.c.mu.Lock()
	b.ahead.paging = false
	if err != nil {
		b.ahead.end = true
	}
	b.c.mu.Unlock()
	if err == nil {
		b.pump(ctx)
	}
}

// room reports whether another list may be fetched. The lock is held.
func (b *Bucket) room() bool {
	a := &b.ahead
	most := min(b.c.opts.Readahead, max(1, b.c.opts.Concurrency))
	return !a.end && a.choice.overlooked <= overlookedMost && a.unused < a.window && len(a.flying) < most && a.unusedBytes < b.c.opts.Bytes/2
}

// nextAhead returns the next upload of the round whose parts are not there.
// The lock is held.
func (b *Bucket) nextAhead() (partsKey, bool) {
	a := &b.ahead
	if a.planned() {
		if name, ok := b.nextPlanned(); ok {
			return name, true
		}
	}
	for steps := b.steps(); b.room() && !a.planned(); steps-- {
		if steps == 0 {
			a.end = true
			break
		}
		k := b.knownLocked("", a.pos, true)
		if k == nil {
			if b.edge() != nil || !a.wrap() {
				return partsKey{}, false
			}
			continue
		}
		for i := max(0, k.from(a.pos)); i < len(k.uploads); i++ {
			u := &k.uploads[i]
			if !strings.HasPrefix(u.Key, a.dir) || a.wrapped && u.Key > a.start.key {
				break
			}
			name := partsKey{u.Key, u.UploadID}
			a.pos = name.bound()
			if a.choice.leavesOut(u.Initiated) {
				if a.choice.overlooked++; a.choice.overlooked > overlookedMost {
					return partsKey{}, false
				}
				continue
			}
			if b.wanted(name) {
				a.choice.began(fetched{name, u.Initiated})
				return name, true
			}
		}
		past := !k.hi.less(afterPrefix(a.dir)) || a.wrapped && a.start.key < k.hi.key
		if past {
			if !a.wrap() {
				return partsKey{}, false
			}
			continue
		}
		a.pos = k.hi
	}
	return partsKey{}, false
}

// steps bounds how many blocks one look ahead goes through: the pages of one
// key's uploads may lead round in a circle.
func (b *Bucket) steps() int { return 2*len(b.flat.blocks) + 16 }

// planned reports whether the round goes along a plan.
func (a *ahead) planned() bool { return a.plan != nil && a.plan.followed }

// wrap goes back to the beginning of the directory, once.
func (a *ahead) wrap() bool {
	if a.wrapped || a.start == (bound{key: a.dir}) {
		a.end = true
		return false
	}
	a.wrapped, a.pos = true, bound{key: a.dir}
	return true
}

// edge returns the block that ends where the round stands, if the listing goes
// on there unread and nobody reads it for the round already. The lock is held.
func (b *Bucket) edge() *block {
	a := &b.ahead
	if a.paging || a.planned() || b.unsorted || !b.room() || b.knownLocked("", a.pos, true) != nil {
		return nil
	}
	if k := b.flat.ending(a.pos); k != nil && k.more && time.Now().Before(k.expires) {
		return k
	}
	return nil
}
