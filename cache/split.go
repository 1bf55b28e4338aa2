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
	splitAfter  = 25
	splitWaited = 700 * time.Millisecond
	// splitFirst is the number of pages that the first ranges are guessed to hold,
	// since the reader comes to them next. Later ones hold a page more for every
	// splitGrow ranges, up to splitChunk, and splitLong once guesses are few: where the
	// keyspace has holes a range holds fewer than guessed, and one that is read on for
	// long has paid for another. A range is cut short by one splitLap-th of a page:
	// without it one key too many would cost a whole page, which the next range reads
	// too.
	splitFirst = 2
	splitGrow  = 4
	splitChunk = 6
	splitLong  = 18
	splitLap   = 10
	// splitHorizon is how many pages may lie ahead of the reader.
	splitHorizon = 64
	// splitWidth is the most ranges read side by side, splitBegin those to begin
	// with.
	splitWidth = 16
	splitBegin = 4
	// splitWasted is how many guesses in a row may find what is known already.
	splitWasted = 6
	// splitAlone is how many pages in a row a reader asks for itself before it counts
	// as one who reads where no range is: beside the first it asks for one or two.
	splitAlone = 2
)

// split reads ranges ahead of a reader who takes page after page of one
// listing. Where a range begins is guessed from the distance between the keys
// seen so far; what it reads becomes blocks like any other, and joins the
// reader's own when it gets there. Guesses that find what is known make it read
// fewer ranges at a time, and then none.
type split struct {
	b     *Bucket
	scope string
	// origin is the key that the listing began with.
	origin string

	mu    sync.Mutex
	ruler *ruler
	// page is the distance that a page spans, next where the next range begins,
	// at where the reader is.
	page, next, at *big.Int
	// holes are where the keyspace was found to have no keys, in order.
	holes []hole
	// begun counts the ranges.
	begun         int64
	active, width int
	// wasted counts the guesses in a row that found what was known.
	wasted int
	// horizon is how many pages may lie ahead of the reader.
	horizon int64
	// ended says that no other range begins, complete that one was found empty: it
	// began after all that the listing has.
	ended, complete bool
	// full is the uploads of a page.
	full int
	paces
	// reader is where the first reader is, far how far ranges have come; moved is closed
	// when the reader moves.
	reader, far bound
	moved       chan struct{}
	// asked counts the ranges that are reading a page, by where it begins.
	asked map[bound]int
	// alone counts the pages in a row that the reader waited for where no range is,
	// nor at their end.
	alone int
	// passed says that it has come by all ranges.
	passed bool
}

// newSplit returns a split for a reader that has read what was measured up to k,
// in pages of full uploads, and began at origin, or nil where the keys tell no
// distance.
func (b *Bucket) newSplit(scope, origin string, k *block, measured stretch, full int) *split {
	if !b.client.Profile(b.name).AnyMarker || len(k.uploads) < 2 || b.c.opts.TTL < minAheadTTL {
		return nil
	}
	samples := []string{measured.first}
	for i := range k.uploads {
		samples = append(samples, k.uploads[i].Key)
	}
	r := newRuler(samples, len(scope))
	if r == nil {
		return nil
	}
	s := &split{b: b, scope: scope, origin: origin, ruler: r, width: splitBegin, full: full, moved: make(chan struct{}), asked: map[bound]int{}}
	s.paces = pacesOf(measured, measured.uploads/full)
	s.at = r.read(k.hi.key)
	s.page = new(big.Int).Sub(s.at, r.read(measured.first))
	s.page.Mul(s.page, big.NewInt(int64(full)))
	s.page.Div(s.page, big.NewInt(int64(measured.uploads)))
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

// pump starts ranges ahead of a reader that has come to p and goes on with block k,
// after that long a wait. It reports whether the reader is served, and whether the
// split is over.
func (s *split) pump(ctx context.Context, k *block, p bound, waited time.Duration) (served, over bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if p.less(s.reader) {
		// Another reader is further, and what this one waits for is not read here.
		s.last = time.Now()
		return waited == 0, s.over()
	}
	s.step(waited)
	close(s.moved)
	s.moved = make(chan struct{})
	s.reader = p.clone()
	// A range and the reader that has come to where it is ask for the same pages, and
	// either may be told of one first.
	found := waited == 0 || k.ranged.Load() || s.asked[k.lo] > 0
	if s.alone++; found || s.read(k.hi) {
		s.alone = 0
	}
	s.passed = !s.beyond(k.hi)
	if p.end || !strings.HasPrefix(p.key, s.ruler.head) {
		s.ended = true // the ruler cannot measure where the reader is
		return true, s.over()
	}
	s.at = s.ruler.read(p.key)
	s.start(context.WithoutCancel(ctx))
	return true, s.over()
}

// over reports whether another split may begin. A reader who waits for each page goes
// on with the ranges under way until it has come by them: it is what keeps them going.
// One who takes its time leaves them, or they would be read long before it comes,
// and lapse; but not where one has come to the end of the listing, since others would
// be guessed into what is on its way. The lock is held.
func (s *split) over() bool {
	switch {
	case !s.ended || s.active == 0:
		return s.ended
	case s.lead() >= splitLead/2:
		return s.passed || s.alone >= splitAlone
	}
	return !s.complete
}

// wanted says that the reader is under way still.
func (s *split) wanted() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.last = time.Now()
}

// start begins ranges as width and horizon allow. The lock is held.
func (s *split) start(ctx context.Context) {
	most := min(splitWidth, max(1, s.b.c.opts.Concurrency/2))
	// What is known already may go on for ever; the next page comes here again.
	for tries := 0; tries < splitHorizon && s.active < min(s.width, most) && !s.ended; tries++ {
		if s.next.Cmp(s.at) <= 0 {
			s.next = s.ahead(s.at, splitChunk)
			continue
		}
		if s.next.Cmp(s.limit()) > 0 || s.unhurried() || !s.room(s.far) {
			return
		}
		p, ok := s.guess()
		if !ok {
			s.ended = true
			return
		}
		if s.b.known("", p, true) != nil {
			s.next = s.after(s.next)
			continue
		}
		if !s.b.guesses.spend() {
			return
		}
		from := s.next
		s.next = s.after(from)
		s.begun++
		s.active++
		q := after(p, s.scope, nil)
		s.asked[q.start]++
		go s.run(remote.WithBackground(ctx), q, from)
	}
}

// guess returns the position of next, or the next one that may have uploads, and
// moves next there. The lock is held.
func (s *split) guess() (bound, bool) {
	guess := afterPrefix(s.ruler.head)
	if key, ok := s.ruler.key(s.next); ok {
		guess = bound{key: key}
	}
	p, ok := s.b.snap(s.scope, guess)
	if !ok || p == guess && strings.HasPrefix(p.key, s.ruler.head) {
		return p, ok
	}
	if !strings.HasPrefix(p.key, s.ruler.head) {
		// The ruler cannot measure what follows, and no other range begins.
		s.ended = true
		return p, true
	}
	if at := s.ruler.read(s.likely(p.key)); at.Cmp(s.next) > 0 {
		s.skip(s.next, at)
		s.next = at
	}
	return p, true
}

// likely returns a key that a directory may begin with: what the listing began
// with, as deep down. Another name it returns as it is.
func (s *split) likely(dir string) string {
	if !strings.HasSuffix(dir, "/") {
		return dir
	}
	rest := s.origin
	for range strings.Count(dir, "/") {
		i := strings.IndexByte(rest, '/')
		if i < 0 {
			return dir
		}
		rest = rest[i+1:]
	}
	return dir + rest
}

// after returns where the range ends that begins at p. The lock is held.
func (s *split) after(p *big.Int) *big.Int {
	end := s.ahead(p, s.chunk())
	return end.Sub(end, new(big.Int).Div(s.page, big.NewInt(splitLap)))
}

// chunk is the number of pages that the next range is guessed to hold. For a reader
// who takes its time a long one would only be further ahead. The lock is held.
func (s *split) chunk() int64 {
	if s.b.guesses.short() && s.lead() >= splitLead/2 {
		return splitLong
	}
	return min(splitFirst+s.begun/splitGrow, splitChunk)
}

// run reads the range that begins with q, at from.
func (s *split) run(ctx context.Context, q request, from *big.Int) {
	empty := false
	defer func() {
		s.b.guesses.back(empty)
		s.mu.Lock()
		defer s.mu.Unlock()
		s.active--
		s.start(ctx)
	}()
	for pages := 0; ; pages++ {
		began := time.Now()
		k, err := s.load(ctx, q)
		if err != nil {
			s.stop()
			return
		}
		empty = pages == 0 && len(k.uploads) == 0
		if pages == 0 && !s.judge(ctx, k, from) || !s.goesOn(k, pages, time.Since(began)) {
			return
		}
		q = k.following().unlessThere()
	}
}

// load reads one page of a range.
func (s *split) load(ctx context.Context, q request) (*block, error) {
	k, err := s.b.load(ctx, q)
	s.b.c.stats.rangePages.Add(1)
	if err == nil {
		k.ranged.Store(true)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked[q.start]--; s.asked[q.start] == 0 {
		delete(s.asked, q.start)
	}
	return k, err
}

func (s *split) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = true
}

// judge looks at the first page of a range that begins at from, and reports
// whether the range goes on.
func (s *split) judge(ctx context.Context, k *block, from *big.Int) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case len(k.uploads) == 0:
		s.ended, s.complete = true, true
		return false
	case !strings.HasPrefix(k.uploads[0].Key, s.ruler.head):
		// Keys that the ruler cannot measure: this range goes on, and no other
		// begins.
		s.ended = true
		return true
	case k.again > len(k.uploads)/2:
		// Another guess was here, or the reader. After many in a row the ruler is
		// no good.
		s.width = max(2, s.width/2)
		s.wasted++
		s.ended = s.ended || s.wasted > splitWasted
		return false
	}
	s.wasted = 0
	if found := s.ruler.read(k.uploads[0].Key); found.Cmp(s.ahead(from, 1)) > 0 {
		// A hole, and what follows it is as near as the guess was. Others that were
		// guessed into it find the same.
		s.skip(from, found)
		if next := s.after(found); next.Cmp(s.next) > 0 {
			s.next = next
		}
	}
	s.width = min(2*s.width, splitWidth)
	s.start(ctx)
	return true
}

// beyond reports whether ranges are beyond p. The lock is held.
func (s *split) beyond(p bound) bool {
	if p.less(s.far) {
		return true
	}
	for at := range s.asked {
		if p.less(at) {
			return true
		}
	}
	return false
}

// read reports whether what follows p is known, or a range asks for it. The lock is
// held.
func (s *split) read(p bound) bool { return s.asked[p] > 0 || s.b.known("", p, true) != nil }

// goesOn reports whether a range that has read so many pages reads another.
func (s *split) goesOn(k *block, pages int, took time.Duration) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.came(took)
	if s.far.less(k.hi) {
		s.far = k.hi.clone()
	}
	if !k.more || pages > 4*splitChunk || !s.await(k.hi) || s.read(k.hi) {
		return false
	}
	s.asked[k.hi]++
	return true
}
