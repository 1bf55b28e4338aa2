package cache

import (
	"context"
	"math/big"
	"strings"
	"sync"
	"time"

	"uploadfs/remote"
)

// Bounds of reading a long listing in ranges.
const (
	// splitSoon is the number of pages that a reader takes one after another
	// before ranges ahead of it are read too, if it goes through to the end.
	splitSoon = 4
	// splitAfter is the same for one who may stop anywhere, or count the requests:
	// ls is to cost its pages and no more. splitWaited is how long that one must
	// have waited for them besides.
	splitAfter  = 24
	splitWaited = 700 * time.Millisecond
	// splitFirst is the number of pages that the first ranges are guessed to hold,
	// since the reader comes to them next. Later ones hold a page more for every
	// splitGrow ranges, up to splitChunk. A range is cut short by one splitLap-th
	// of a page: without it one key too many would cost a whole page, which the next
	// range reads too.
	splitFirst = 2
	splitGrow  = 4
	splitChunk = 6
	splitLap   = 10
	// splitHorizon is how many pages may lie ahead of the reader.
	splitHorizon = 64
	// splitWidth is the most ranges read side by side.
	splitWidth = 16
	// splitIdle is how long after a reader's last step its ranges go on, at
	// least; a reader who waits for slow pages is given splitPages of them.
	splitIdle  = 100 * time.Millisecond
	splitPages = 3
)

// split reads ranges ahead of a reader who takes page after page of one
// listing. Where a range begins is guessed from the distance between the keys
// seen so far; what it reads becomes blocks like any other, and joins the
// reader's own when it gets there. Guesses that find nothing narrow it down to
// one range at a time.
type split struct {
	b     *Bucket
	scope string

	mu    sync.Mutex
	ruler *ruler
	// page is the distance that a page spans, next where the next range begins,
	// at where the reader is.
	page, next, at *big.Int
	// begun counts the ranges.
	begun         int64
	active, width int
	// holes counts the guesses in a row that found one.
	holes int
	// horizon is how many pages may lie ahead of the reader.
	horizon int64
	ended   bool
	last    time.Time
	// slowest is the longest that a page has taken.
	slowest time.Duration
}

// sequence counts the pages that a reader takes one after another, and has
// ranges read ahead of it once they are many.
type sequence struct {
	// through says that the reader goes through to the end.
	through bool
	// pages, waited and first are of the pages since the last split: how many,
	// how long the reader waited for them, and the first key.
	pages  int
	waited time.Duration
	first  string
	// uploads counts all that the reader came by since origin, its first key.
	// Every other split is measured by those (wide): a ruler of a few pages sees
	// no further than the next hole that directories leave in the keyspace.
	uploads int
	origin  string
	wide    bool
	split   *split
	tried   bool
}

// took notes that the reader at p goes on with block k of scope, which was there
// if waited is 0.
func (q *sequence) took(ctx context.Context, b *Bucket, scope string, k *block, p bound, waited time.Duration) {
	if q.uploads == 0 && len(k.uploads) > 0 {
		q.origin = k.uploads[0].Key
	}
	q.uploads += len(k.uploads)
	if q.split != nil {
		q.split.pump(ctx, p)
		if !q.split.over() {
			return
		}
		// The listing goes on all the same: its keys are measured again.
		*q = sequence{through: q.through, uploads: q.uploads, origin: q.origin, wide: !q.wide}
	}
	if waited == 0 || q.tried || k.delimited || len(k.uploads) == 0 {
		return
	}
	if k.more {
		b.guesses.earn(guessEarned)
	}
	if q.pages++; q.pages == 1 {
		q.first = k.uploads[0].Key
	}
	q.waited += waited
	if k.more && q.many(b.c) {
		q.tried = true
		first, pages := q.first, q.pages
		if q.wide {
			first, pages = q.origin, max(1, q.uploads/len(k.uploads))
		}
		if q.split = b.newSplit(scope, first, k, pages); q.split != nil {
			q.split.pump(ctx, p)
		}
	}
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

// newSplit returns a split for a reader that has read pages of scope from
// first up to k, or nil where its keys tell no distance.
func (b *Bucket) newSplit(scope, first string, k *block, pages int) *split {
	if !b.client.Profile(b.name).AnyMarker || len(k.uploads) < 2 {
		return nil
	}
	samples := []string{first}
	for i := range k.uploads {
		samples = append(samples, k.uploads[i].Key)
	}
	r := newRuler(samples, len(scope))
	if r == nil {
		return nil
	}
	s := &split{b: b, scope: scope, ruler: r, width: 1}
	s.at = r.read(k.hi.key)
	s.page = new(big.Int).Sub(s.at, r.read(first))
	s.page.Div(s.page, big.NewInt(int64(pages)))
	if s.page.Sign() <= 0 {
		return nil
	}
	// The reader asks for the page between.
	s.next = s.ahead(s.at, 1)
	// Half of the budget may lie ahead unread.
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	s.horizon = min(splitHorizon, b.c.opts.Bytes/2/max(1, k.cost))
	return s
}

// ahead returns what lies so many pages after p.
func (s *split) ahead(p *big.Int, pages int64) *big.Int {
	d := big.NewInt(pages)
	return d.Add(p, d.Mul(d, s.page))
}

// pump starts ranges ahead of a reader at p.
func (s *split) pump(ctx context.Context, p bound) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
	if !p.end && strings.HasPrefix(p.key, s.ruler.head) {
		s.at = s.ruler.read(p.key)
	}
	s.start(context.WithoutCancel(ctx))
}

// start begins ranges as width and horizon allow. The lock is held.
func (s *split) start(ctx context.Context) {
	most := min(splitWidth, max(1, s.b.c.opts.Concurrency/2))
	for s.active < min(s.width, most) && !s.ended {
		if s.next.Cmp(s.at) <= 0 {
			s.next = s.ahead(s.at, splitChunk)
			continue
		}
		if s.next.Cmp(s.ahead(s.at, s.horizon)) > 0 {
			return
		}
		key, ok := s.ruler.key(s.next)
		if !ok || !strings.HasPrefix(key, s.scope) {
			s.ended = true
			return
		}
		if !s.b.guesses.spend() {
			return
		}
		end := s.ahead(s.next, min(splitFirst+s.begun/splitGrow, splitChunk))
		end.Sub(end, new(big.Int).Div(s.page, big.NewInt(splitLap)))
		s.next = end
		s.begun++
		s.active++
		go s.run(remote.WithBackground(ctx), key, end)
	}
}

// run reads the range that begins after key.
func (s *split) run(ctx context.Context, key string, end *big.Int) {
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.active--
		s.start(ctx)
	}()
	if s.b.known("", afterKey(key), true) != nil {
		s.b.guesses.earn(guessCost)
		return
	}
	q := request{scope: s.scope, cursor: remote.Cursor{Key: key}, start: afterKey(key)}
	for pages := 0; ; pages++ {
		began := time.Now()
		k, err := s.b.load(ctx, q)
		s.b.c.stats.rangePages.Add(1)
		if err != nil {
			s.stop()
			return
		}
		if !s.judge(ctx, k, end, pages, time.Since(began)) || s.b.known("", k.hi, true) != nil {
			return
		}
		q = k.following()
	}
}

func (s *split) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// judge looks at a page of a range and reports whether the range goes on.
func (s *split) judge(ctx context.Context, k *block, end *big.Int, pages int, took time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.slowest = max(s.slowest, took)
	switch {
	case len(k.uploads) == 0:
		s.ended = true
		return false
	case !strings.HasPrefix(k.uploads[0].Key, s.ruler.head):
		// Keys that the ruler cannot measure: this range goes on, and no other
		// begins.
		s.ended = true
	case pages == 0 && s.ruler.read(k.uploads[0].Key).Cmp(s.ahead(end, splitChunk)) > 0:
		// A hole: go on behind what was found, with care, and after two in a row
		// not at all.
		s.width = 1
		s.holes++
		s.ended = s.ended || s.holes > 1
		if next := s.ruler.read(k.hi.key); !k.hi.end && next.Cmp(s.next) > 0 {
			s.next = next
		}
		return false
	case pages == 0:
		s.holes = 0
		s.b.guesses.earn(guessFound)
		s.width = min(2*s.width, splitWidth)
		s.start(ctx)
	}
	if k.more {
		s.b.guesses.earn(guessEarned)
	}
	idle := max(splitIdle, splitPages*s.slowest)
	return k.more && time.Since(s.last) <= idle && pages <= 4*splitChunk
}

// over reports whether no range will be read any more.
func (s *split) over() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended
}
