package cache

import (
	"context"
	"strings"
	"time"
)

// expectMost is how long a page is waited for that brings what somebody wants on its
// way to more. One that takes longer may have been lost, and is read twice.
const expectMost = 2 * time.Second

// page is one of the flat listing that was asked for and has not come yet.
type page struct {
	scope string
	start bound
	came  chan struct{}
}

// sends notes that a page is asked for. Whoever does calls the function that it
// returns when the page has come or failed.
func (b *Bucket) sends(q request) (came func()) {
	if q.delimited || q.max > 0 {
		return func() {} // which would not reach the end of the page before it
	}
	p := &page{scope: q.scope, start: q.start, came: make(chan struct{})}
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.underWay[p] = struct{}{}
	return func() {
		b.c.mu.Lock()
		defer b.c.mu.Unlock()
		delete(b.underWay, p)
		close(p.came)
	}
}

// across returns the page under way that begins inside block k, and so brings what
// follows k as well, or nil.
func (b *Bucket) across(k *block) *page {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	for p := range b.underWay {
		if k.lo.less(p.start) && p.start.less(k.hi) && strings.HasPrefix(k.hi.key, p.scope) {
			return p
		}
	}
	return nil
}

// expect waits for a page that brings what follows k, if there is one, and no longer
// than expectMost. A range and a reader, or two ranges, that came by one another would
// read each page twice otherwise, a part of a page apart, as far as both go.
func (b *Bucket) expect(ctx context.Context, k *block) {
	p := b.across(k)
	if p == nil {
		return
	}
	t := time.NewTimer(expectMost)
	defer t.Stop()
	select {
	case <-p.came:
	case <-t.C:
	case <-ctx.Done(): // the request that would come next says so
	}
}
