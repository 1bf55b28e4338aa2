package cache

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// sequence follows somebody from page to page of the flat listing, and has
// ranges read ahead of him once many pages followed one another. All that one
// process opens below a directory share it, since a walk goes through the keyspace
// in order, whatever directories it consists of.
type sequence struct {
	// through says that the pages are taken to the end.
	through atomic.Bool
	// root is the prefix that a walk stays in.
	root string

	mu sync.Mutex
	// end is where the last page ended, full the most uploads that one had: a page
	// is that many, since what is known begins and ends in the middle of one.
	end  bound
	full int
	// since is of the pages that followed one another since the last split, all
	// of all since the listing began. Every other split is measured by all (wide):
	// a ruler of a few pages sees no further than the next hole that directories
	// leave in the keyspace.
	since, all stretch
	wide       bool
	split      *split
	tried      bool
	// again says that there was a split before.
	again bool
	// unserved counts the pages in a row that the split did not bring. One or two
	// are those that it waited for with others, who are on already.
	unserved int
}

// stretch is what was come by: how many uploads from the key first on, since
// when, and how long somebody waited for them.
type stretch struct {
	first   string
	uploads int
	began   time.Time
	waited  time.Duration
}

func (t *stretch) add(k *block, waited time.Duration) {
	if t.uploads == 0 {
		t.first = strings.Clone(k.uploads[0].Key) // which would keep its page
		t.began = time.Now().Add(-waited)
	}
	t.uploads += len(k.uploads)
	t.waited += waited
}

// took notes that somebody at p goes on with block k, in a listing of scope, and
// how long it was waited for.
func (q *sequence) took(ctx context.Context, b *Bucket, scope string, k *block, p bound, waited time.Duration) {
	if k.delimited || len(k.uploads) == 0 {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.all.uploads > 0 && (k.hi == q.end || waited == 0 && !k.covers(q.end)) {
		// The same page again, or one before it: a directory that goes on in the
		// next page was read to its end, and then its children.
		if q.split != nil {
			q.split.wanted()
		}
		return
	}
	q.count(k, waited)
	if q.split != nil {
		served, over := q.split.pump(ctx, k, p, waited)
		if q.unserved++; served {
			q.unserved = 0
		}
		if !over && q.unserved < splitSoon {
			return
		}
		// The listing goes on all the same: its keys are measured again.
		q.split, q.tried, q.again, q.unserved, q.wide = nil, false, true, 0, !q.wide
		q.since = stretch{}
		q.since.add(k, waited)
	}
	if waited == 0 || q.tried || !k.more || !q.many(b.c) {
		return
	}
	q.tried = true
	measured := q.since
	if q.wide {
		measured = q.all
	}
	q.split = b.splits.join(scope, p, func() *split {
		return b.newSplit(scope, q.all.first, k, measured, q.full)
	})
	if q.split != nil {
		q.split.pump(ctx, k, p, waited)
	}
}

// count notes the block, which follows the last one or begins anew.
func (q *sequence) count(k *block, waited time.Duration) {
	if q.all.uploads > 0 && !k.covers(q.end) {
		q.since, q.all, q.tried = stretch{}, stretch{}, false
	}
	q.end = k.hi.clone()
	q.full = max(q.full, len(k.uploads))
	q.since.add(k, waited)
	q.all.add(k, waited)
}

// many reports whether ranges are worth what they cost.
func (q *sequence) many(c *Cache) bool {
	pages := q.since.uploads / q.full
	if q.through.Load() || q.again {
		return pages >= min(c.splitAfter, splitSoon)
	}
	return pages >= c.splitAfter && q.since.waited >= c.splitWaited
}

// newSequence returns a sequence of pages of root, of somebody who takes them all
// or may stop anywhere.
func newSequence(root string, through bool) *sequence {
	q := &sequence{root: root}
	q.through.Store(through)
	return q
}

// since is how long somebody waited, which is not 0.
func since(began time.Time) time.Duration { return max(1, time.Since(began)) }
