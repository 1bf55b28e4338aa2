package cache

import (
	"context"
	"sync"
	"time"
)

// sequence follows somebody from page to page of the flat listing, and has
// ranges read ahead of him once many pages followed one another. Each reader has
// one; all that a walk opens share one, since a walk goes through the keyspace
// in order, whatever directories it consists of.
type sequence struct {
	// through says that the pages are taken to the end.
	through bool
	// root is the prefix that a walk stays in.
	root string

	mu sync.Mutex
	// end is where the last page ended. pages, waited and first are of the pages
	// that followed one another since the last split: how many, how long somebody
	// waited for them, and the first key.
	end    bound
	pages  int
	waited time.Duration
	first  string
	// uploads counts all that was come by since origin, the first key of all.
	// Every other split is measured by those (wide): a ruler of a few pages sees
	// no further than the next hole that directories leave in the keyspace.
	uploads int
	origin  string
	wide    bool
	split   *split
	tried   bool
}

// took notes that somebody at p goes on with block k, in a listing of scope, and
// how long it was waited for.
func (q *sequence) took(ctx context.Context, b *Bucket, scope string, k *block, p bound, waited time.Duration) {
	if k.delimited || len(k.uploads) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.pages > 0 && (k.hi == q.end || waited == 0 && !k.covers(q.end)) {
		// The same page again, or one before it: a directory that goes on in the
		// next page was read to its end, and then its children.
		return
	}
	q.count(k, waited)
	if q.split != nil {
		q.split.pump(ctx, p)
		if !q.split.over() {
			return
		}
		// The listing goes on all the same: its keys are measured again.
		q.split, q.tried, q.wide = nil, false, !q.wide
		q.restart(k)
	}
	if waited == 0 || q.tried || !k.more || !q.many(b.c) {
		return
	}
	q.tried = true
	first, pages := q.first, q.pages
	if q.wide {
		first, pages = q.origin, max(1, q.uploads/len(k.uploads))
	}
	if q.split = b.newSplit(scope, q.origin, first, k, pages); q.split != nil {
		q.split.pump(ctx, p)
	}
}

// count notes the block, which follows the last one or begins anew.
func (q *sequence) count(k *block, waited time.Duration) {
	if q.pages == 0 || !k.covers(q.end) {
		q.restart(k)
		q.tried = false
		q.uploads, q.origin = 0, q.first
	}
	q.end = k.hi
	q.pages++
	q.waited += waited
	q.uploads += len(k.uploads)
}

func (q *sequence) restart(k *block) {
	q.pages, q.waited, q.first = 0, 0, k.uploads[0].Key
}

// since is how long somebody waited, which is not 0.
func since(began time.Time) time.Duration { return max(1, time.Since(began)) }

// many reports whether ranges are worth what they cost.
func (q *sequence) many(c *Cache) bool {
	if q.through {
		return q.pages >= min(c.splitAfter, splitSoon)
	}
	return q.pages >= c.splitAfter && q.waited >= c.splitWaited
}
