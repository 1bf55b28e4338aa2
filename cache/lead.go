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
	// to in any case, splitNear the part of all within which one goes on whatever
	// others have read: the reader comes there next.
	splitLeast = 4
	splitNear  = 4
	// splitWaits is the part of its time that a reader must have waited for pages:
	// guesses are worth nothing to one that hardly waits.
	splitWaits = 20
	// paceNow and paceLong are how many pages an average is of: a walk comes to the
	// pages of a directory all at once, and then to nothing new for long.
	paceNow, paceLong = 4, 32
)

// pace is how long a page takes, on average.
type pace time.Duration

func (p *pace) note(d time.Duration, over pace) { *p += (pace(d) - *p) / over }

// step notes that the reader has come to another page, and how long it has waited
// for it. The lock is held.
func (s *split) step(now time.Time, waited time.Duration) {
	took := now.Sub(s.stepped)
	s.reading.note(took, paceNow)
	s.spending.note(took, paceLong)
	s.waiting.note(waited, paceLong)
	s.last, s.stepped = now, now
	close(s.moved)
	s.moved = make(chan struct{})
}

// unhurried reports whether the reader hardly waits. The lock is held.
func (s *split) unhurried() bool { return s.waiting*splitWaits < s.spending }

// lead is the number of pages that are worth to be ahead of the reader. The lock
// is held.
func (s *split) lead() int64 {
	ahead := min(splitLead*time.Duration(s.loading), s.b.c.opts.TTL/splitTTL)
	if s.reading <= 0 {
		return s.horizon
	}
	return min(s.horizon, int64(ahead/time.Duration(s.reading)))
}

// room reports whether another page may be read at p. The lock is held.
func (s *split) room(p bound) bool {
	most := int(max(s.lead(), splitLeast)) * s.full
	return s.b.between(s.reader, s.far, most) < most || s.b.between(s.reader, p, most) < most/splitNear
}

// await waits until there is room at p, and reports whether the range is wanted
// still. The lock is held, and left for the waiting.
func (s *split) await(p bound) bool {
	for !s.room(p) {
		left := s.idle() - time.Since(s.last)
		if left <= 0 || !s.sleep(left) {
			return false
		}
	}
	return true
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

// idle is how long after the reader's last step ranges go on.
func (s *split) idle() time.Duration { return max(splitIdle, splitPages*s.slowest) }

// between returns how many uploads are known between two positions, or most if
// there are as many.
func (b *Bucket) between(from, to bound, most int) (n int) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	x, now := &b.flat, time.Now()
	i := sort.Search(len(x.blocks), func(i int) bool { return from.less(x.blocks[i].hi) })
	for ; i < len(x.blocks) && n < most && x.blocks[i].lo.less(to); i++ {
		n += x.blocks[i].fresh(now)
	}
	return min(n, most)
}
