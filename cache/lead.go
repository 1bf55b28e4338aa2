package cache

import (
	"sort"
	"time"
)

// How far the ranges of a split go ahead of its reader. What comes long before it
// is wanted fills the cache, and lapses or is evicted before it is read; then it is
// asked for again.
const (
	// splitLead is how much of a reader's way ranges are ahead, in times of what a
	// page takes: a reader who takes his time with each page needs few, and one who
	// waits for each has them all side by side.
	splitLead = 8
	// splitTTL is the part of the TTL that this may come to.
	splitTTL = 4
	// splitLeast is the number of pages ahead that ranges which have begun may come
	// to in any case, splitNear the part of all, two at least, within which one goes
	// on whatever others have read: the reader comes there next.
	splitLeast = 4
	splitNear  = 4
	// splitPatience is how long a range waits for a reader that is not seen. It asks
	// for nothing meanwhile, and what it leaves is read page after page.
	splitPatience = 2 * time.Second
	// splitWorth is how many times what a page takes to come a reader may take with
	// it: guesses are worth little to one that would hardly wait without them.
	splitWorth = 10
	// splitIdle is how long after a reader's last step its ranges go on, at
	// least; a reader who waits for slow pages is given splitPages of them.
	splitIdle  = 100 * time.Millisecond
	splitPages = 3
	// paceNow and paceLong are how many pages an average is of: a walk comes to the
	// pages of a directory all at once, and then to nothing new for long.
	paceNow, paceLong = 4, 32
)

// pace is how long a page takes, on average.
type pace time.Duration

func (p *pace) note(d time.Duration, over pace) { *p += (pace(d) - *p) / over }

// paces are those of a reader and of its store.
type paces struct {
	// slowest is the longest that a page has taken to come, loading what one takes.
	slowest time.Duration
	loading pace
	// reading is what the reader takes with a page, and spending the same over
	// many, of which waiting goes to waiting for it.
	reading, spending, waiting pace
	// began is when the ranges did, last when the reader was last seen, stepped when it
	// came to another page.
	began, last, stepped time.Time
}

// pacesOf returns the paces of somebody who came by so many pages.
func pacesOf(measured stretch, pages int) paces {
	now, n := time.Now(), time.Duration(max(1, pages))
	waited, took := measured.waited/n, now.Sub(measured.began)/n
	return paces{
		slowest: waited, loading: pace(waited), reading: pace(took), spending: pace(took), waiting: pace(waited),
		began: now, last: now, stepped: now,
	}
}

// step notes that the reader has come to another page, and how long it has waited
// for it.
func (p *paces) step(waited time.Duration) {
	now := time.Now()
	took := now.Sub(p.stepped)
	p.reading.note(took, paceNow)
	p.spending.note(took, paceLong)
	p.waiting.note(waited, paceLong)
	p.last, p.stepped = now, now
}

// came notes that a page has come.
func (p *paces) came(took time.Duration) {
	p.slowest = max(p.slowest, took)
	p.loading.note(took, paceNow)
}

// unhurried reports whether the reader would hardly wait without ranges.
func (p *paces) unhurried() bool { return p.loading*splitWorth < p.spending-p.waiting }

// left is how long ranges go on if the reader is not seen again, 0 or less if they
// do not.
func (p *paces) left() time.Duration {
	return max(splitIdle, splitPages*p.slowest) - time.Since(p.last)
}

// lead is the number of pages that are worth to be ahead of the reader. The lock
// is held.
func (s *split) lead() int64 {
	if s.reading <= 0 {
		return s.horizon
	}
	ahead := min(splitLead*time.Duration(s.loading), s.b.c.opts.TTL/splitTTL)
	return min(s.horizon, int64(ahead/time.Duration(s.reading)))
}

// room reports whether another page may be read at p. The lock is held.
func (s *split) room(p bound) bool {
	most := int(max(s.lead(), splitLeast)) * s.full
	return s.between(s.reader, s.far, most) < most || s.between(s.reader, p, most) < max(most/splitNear, 2*s.full)
}

// await waits until there is room at p, and reports whether the range is wanted
// still. The lock is held, and left for the waiting.
func (s *split) await(p bound) bool {
	for !s.room(p) {
		left := max(s.left(), splitPatience-time.Since(s.last))
		if left <= 0 || !s.sleep(left) {
			return false
		}
	}
	return s.left() > 0
}

// sleep waits that long or until the reader moves, and reports false at the end
// of the cache. The lock is held, and left for the waiting.
func (s *split) sleep(most time.Duration) bool {
	moved, t := s.moved, time.NewTimer(most)
	defer t.Stop()
	s.mu.Unlock()
	defer s.mu.Lock()
	select {
	case <-moved:
	case <-t.C:
	case <-s.b.c.done:
		return false
	}
	return true
}

// between returns how many uploads are known between two positions, or most if
// there are as many. Pages that came since the ranges began count though they have
// lapsed: the reader has not come to them, and others in their place would lapse as
// well. The lock is held.
func (s *split) between(from, to bound, most int) (n int) {
	c, x := s.b.c, &s.b.flat
	c.mu.Lock()
	defer c.mu.Unlock()
	lapsed := time.Now()
	if first := s.began.Add(c.opts.TTL); first.Before(lapsed) {
		lapsed = first
	}
	i := sort.Search(len(x.blocks), func(i int) bool { return from.less(x.blocks[i].hi) })
	for ; i < len(x.blocks) && n < most && x.blocks[i].lo.less(to); i++ {
		n += x.blocks[i].fresh(lapsed)
	}
	return min(n, most)
}
