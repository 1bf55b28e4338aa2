package cache

import (
	"context"
	"fmt"
	"maps"
	"strings"
	"time"

	"uploadfs/remote"
)

// Bucket is the keyspace of one bucket.
type Bucket struct {
	c      *Cache
	client remote.Client
	pager  *remote.Pager
	name   string
	// domain is the prefix that every request keeps to.
	domain string
	// splits are the ranges under way, guesses what they may cost.
	splits  splits
	guesses guesses

	// The cache's lock guards the rest.

	// flat is the keyspace, levels the directories that were read with a
	// delimiter, by their prefix.
	flat   index
	levels map[string]*index
	parts  map[partsKey]*partsEntry
	// unsorted says that only a scan of the whole bucket is believed; whole is
	// the last one.
	unsorted bool
	whole    *block
	// noLevels says that the store was seen to mistreat delimiters.
	noLevels bool
	walk     walk
	// walks are the walks under way, by their walkers.
	walks map[uint32]*paged
	ahead ahead
	// underWay are the pages of the flat listing that were asked for.
	underWay map[*page]struct{}
}

// Name returns the bucket's own name.
func (b *Bucket) Name() string { return b.name }

// Client returns the connection that the bucket is read over.
func (b *Bucket) Client() remote.Client { return b.client }

// inDomain cuts the range [p, end) to the bucket's domain. ok is false where
// nothing is left.
func (b *Bucket) inDomain(p, end bound) (lo, hi bound, ok bool) {
	first, last := bound{key: b.domain}, afterPrefix(b.domain)
	if p.less(first) {
		p = first
	}
	if last.less(end) {
		end = last
	}
	return p, end, p.less(end)
}

// known returns the block that covers position p of the directory dir, or nil.
// flatOnly leaves out what was read with a delimiter.
func (b *Bucket) known(dir string, p bound, flatOnly bool) *block {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	return b.knownLocked(dir, p, flatOnly)
}

func (b *Bucket) knownLocked(dir string, p bound, flatOnly bool) *block {
	now := time.Now()
	if b.unsorted {
		if b.whole != nil && now.Before(b.whole.expires) {
			return b.whole
		}
		return nil
	}
	if k := b.fresh(&b.flat, p, now); k != nil {
		return k
	}
	if x := b.levels[dir]; x != nil && !flatOnly {
		return b.fresh(x, p, now)
	}
	return nil
}

// fresh finds in x and marks as used; what has lapsed is dropped on the way.
func (b *Bucket) fresh(x *index, p bound, now time.Time) *block {
	for {
		k := x.find(p)
		if k == nil {
			return nil
		}
		if now.Before(k.expires) {
			b.c.lru.Get(k)
			return k
		}
		b.c.lru.Remove(k)
	}
}

// put inserts a block in place of what was known of its range. The lock is held.
func (b *Bucket) put(x *index, k *block) {
	now := time.Now()
	k.owner, k.expires = x, now.Add(b.c.opts.TTL)
	gone, pieces := x.cut(k.lo, k.hi)
	for _, p := range pieces {
		k.again -= p.fresh(now)
	}
	for _, g := range gone {
		k.again += g.fresh(now)
		b.c.letGo(g)
	}
	x.insert(k)
	for _, p := range pieces {
		b.c.keep(p)
	}
	b.c.keep(k)
}

// fresh returns how many uploads of the block can be relied on still.
func (k *block) fresh(now time.Time) int {
	if now.Before(k.expires) {
		return len(k.uploads)
	}
	return 0
}

func (k *block) size() int64 { return k.cost }

func (k *block) drop() {
	if k.owner != nil {
		k.owner.remove(k)
	}
}

// Forget drops what is known of one key's uploads, so that the next question
// goes to the store.
func (b *Bucket) forget(key string) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.forgetLocked(key)
}

// forgetLocked is forget for who holds the lock.
func (b *Bucket) forgetLocked(key string) {
	b.whole = nil
	lo, hi := bound{key: key}, afterKey(key)
	indexes := []*index{&b.flat}
	for i := 0; i <= len(key); i++ {
		if i == 0 || key[i-1] == '/' {
			if x := b.levels[key[:i]]; x != nil {
				indexes = append(indexes, x)
			}
		}
	}
	for _, x := range indexes {
		gone, pieces := x.cut(lo, hi)
		for _, g := range gone {
			b.c.letGo(g)
		}
		for _, p := range pieces {
			b.c.keep(p)
		}
	}
}

// request is one page of the listing: what to ask for, and from where.
type request struct {
	// scope is the prefix. delimited asks for the children of the directory dir
	// alone.
	scope, dir string
	delimited  bool
	cursor     remote.Cursor
	// start is the position that the cursor stands for.
	start bound
	max   int
	// tail is what the reader has of the cursor's key.
	tail []string
	// unlessKnown says that what another flight has just brought will do: it was not
	// there when somebody looked, and is not under way any more.
	unlessKnown bool
	// behind is the block that q reads on from, or nil.
	behind *block
	// aside says that a walk asks for what the flat listing brings again.
	aside bool
}

// unlessThere returns q for somebody to whom its start was not known.
func (q request) unlessThere() request {
	q.unlessKnown = !q.delimited
	return q
}

// there returns what is known of the start of q, or nil. It can be followed, since
// others who share the flight may want what is behind it.
func (b *Bucket) there(q request) *block {
	k := b.known("", q.start, true)
	if k != nil && (k.more || !k.hi.less(afterPrefix(q.scope))) {
		return k
	}
	return nil
}

// after returns the request that reads on from position p, under scope. prev is
// the block that ends at p, or nil.
func after(p bound, scope string, prev *block) request {
	q := request{scope: scope, start: p}
	switch {
	case prev != nil && prev.hi == p && prev.more:
		q.cursor = prev.next
		if p.id != "" {
			us, _ := prev.group(p.key)
			for i := range us {
				q.tail = append(q.tail, us[i].UploadID)
			}
		}
	case p.id != "":
		q.cursor = remote.Cursor{Key: p.key, UploadID: p.id}
		q.tail = []string{p.id}
	case p.key <= scope:
		q.start = bound{key: scope}
	case strings.HasSuffix(p.key, "0") && strings.HasPrefix(p.key, scope):
		// "0" follows "/": the position is that after a directory.
		q.cursor = remote.Cursor{Key: p.key[:len(p.key)-1] + "/" + remote.Highest}
		q.start = afterKey(q.cursor.Key)
	default:
		q.cursor = remote.Cursor{Key: remote.Predecessor(p.key)}
		q.start = afterKey(q.cursor.Key)
	}
	if q.cursor.Key != "" && q.cursor.Key < scope {
		q.cursor, q.start = remote.Cursor{}, bound{key: scope}
	}
	return q
}

// load fetches one page and returns the block it makes, which is kept for
// others as the budget allows. Positions before the end of the block and after
// its start are covered by it, whatever the cache evicts meanwhile.
func (b *Bucket) load(ctx context.Context, q request) (*block, error) {
	b.c.stats.misses.Add(1)
	key := fmt.Sprintf("U|%p|%t|%d|%d:%s|%d:%s|%s", b, q.delimited, q.max, len(q.scope), q.scope, len(q.cursor.Key), q.cursor.Key, q.cursor.UploadID)
	v, err := b.c.flight(ctx, key, func(ctx context.Context) (any, error) {
		if q.unlessKnown {
			if q.behind != nil {
				b.expect(ctx, q.behind)
			}
			if k := b.there(q); k != nil {
				return k, nil
			}
		}
		defer b.sends(q)()
		req := remote.UploadsRequest{Prefix: q.scope, Marker: q.cursor, Max: q.max}
		if q.delimited {
			req.Delimiter = "/"
		}
		run, err := b.pager.Uploads(ctx, req, q.tail)
		if err != nil {
			return nil, b.failed(err)
		}
		b.c.stats.uploadsSeen.Add(int64(len(run.Uploads)))
		k := q.block(run)
		b.c.mu.Lock()
		defer b.c.mu.Unlock()
		x := &b.flat
		if q.delimited {
			x = b.level(q.dir)
		}
		if run.Restarted {
			// What is known of the key leads to the upload that is gone.
			b.forgetLocked(q.cursor.Key)
		}
		b.put(x, k)
		if q.aside {
			b.guesses.aside()
		}
		if !q.delimited {
			b.guesses.read(k)
		}
		return k, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*block), nil
}

// level returns the index of a directory that is read with a delimiter. The
// lock is held.
func (b *Bucket) level(dir string) *index {
	const many = 4096
	if len(b.levels) > many {
		maps.DeleteFunc(b.levels, func(_ string, x *index) bool { return len(x.blocks) == 0 })
	}
	x := b.levels[dir]
	if x == nil {
		x = &index{}
		b.levels[dir] = x
	}
	return x
}

// block turns a run into a block; common prefixes become entries without id.
func (q request) block(run *remote.Run) *block {
	us := run.Uploads
	if len(run.CommonPrefixes) > 0 {
		us = merge(run.Uploads, run.CommonPrefixes)
	}
	hi := afterPrefix(q.scope)
	if run.Truncated {
		last := us[len(us)-1]
		hi = bound{key: last.Key, id: last.UploadID}
		if last.UploadID == "" {
			hi = afterPrefix(last.Key)
		}
	}
	k := newBlock(q.start, hi, us, q.scope)
	k.next, k.more = run.Next, run.Truncated
	k.delimited, k.dir = q.delimited, q.dir
	k.restarted = run.Restarted
	return k
}

// merge puts uploads and common prefixes in one order.
func merge(us []remote.Upload, prefixes []string) []remote.Upload {
	out := make([]remote.Upload, 0, len(us)+len(prefixes))
	for _, p := range prefixes {
		for len(us) > 0 && us[0].Key < p {
			out, us = append(out, us[0]), us[1:]
		}
		out = append(out, remote.Upload{Key: p})
	}
	return append(out, us...)
}

// failed looks at an error of a listing: a store that was caught not sorting
// is read whole from now on, and said so once.
func (b *Bucket) failed(err error) error {
	if remote.KindOf(err) != remote.KindUnsorted {
		return err
	}
	b.c.mu.Lock()
	first := !b.unsorted
	b.unsorted = true
	b.c.mu.Unlock()
	if first {
		b.c.stats.demoted.Add(1)
		b.c.log.Warn("the store does not list in key order: the bucket is read whole instead", "bucket", b.name, "reason", err.Error())
	}
	return err
}
