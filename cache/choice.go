package cache

import (
	"math/bits"
	"time"
)

const (
	// orderly is how many questions in a row must go on in listing order before
	// a walk is taken to have left out what lies between two of them.
	orderly = 16
	// passedMany is how many uploads dated outside of what a walk asks for it
	// must have left out before such uploads are left out ahead of it.
	passedMany = 8
	// wrongMost is how often that may be wrong, and once more whenever the walk
	// has become twice as long.
	wrongMost = 3
	// overlookedMost bounds how many uploads are left out between two questions.
	overlookedMost = 4096
	// queuedMost bounds the lists that are remembered for this, searchedMost how
	// far a question is looked for among them.
	queuedMost, searchedMost = 4096, 256
)

// choice is what a walk picks among the uploads that it comes by: find -mtime +7
// asks for the parts of the old ones. What a walk in listing order went past
// holds no place in the readahead's window any longer. The dates of what it asked
// for and those of what it went past lie apart where it picks by date; what is
// nearer to the latter is then not fetched ahead of it. A wrong guess costs the
// walk one wait.
//
// The cache's lock guards it.
type choice struct {
	// run is how many questions went on in listing order, key that of the last.
	run int
	key string
	// lo and hi are the dates of what was asked for in the run, below and above
	// the nearest to them of what was left out, zero where there is none.
	lo, hi, below, above time.Time
	// passed counts what was left out beyond them, wrong what was asked for
	// though it was expected to be left out.
	passed, wrong int
	// overlooked counts what was not fetched since the last question.
	overlooked int
	// queue is what was fetched ahead, in the order in which it was begun.
	queue []fetched
}

type fetched struct {
	name      partsKey
	initiated time.Time
}

// beyond reports whether a date is nearer to those that were left out than to
// those that were asked for.
func (c *choice) beyond(t time.Time) bool {
	switch {
	case t.IsZero():
		return false
	case !c.above.IsZero() && t.After(c.hi):
		return t.Sub(c.hi) > c.above.Sub(c.hi)/2
	case !c.below.IsZero() && t.Before(c.lo):
		return c.lo.Sub(t) > c.lo.Sub(c.below)/2
	}
	return false
}

// leavesOut reports whether the walk is expected to leave out uploads of a date.
func (c *choice) leavesOut(t time.Time) bool {
	if c.run < orderly || c.passed < passedMany || !c.beyond(t) {
		return false
	}
	return c.wrong < wrongMost+bits.Len(uint(c.run/orderly))
}

// began notes a list that is fetched ahead.
func (c *choice) began(f fetched) {
	if len(c.queue) == queuedMost {
		c.queue = append(c.queue[:0], c.queue[queuedMost/2:]...)
	}
	c.queue = append(c.queue, f)
}

// chose notes a question, and lets go of what the walk went past. The lock is
// held.
func (b *Bucket) chose(name partsKey) {
	c := &b.ahead.choice
	at := b.initiated(name)
	if c.leavesOut(at) {
		c.wrong++
	}
	switch {
	case name.key < c.key:
		*c = choice{queue: c.queue}
	case name.key > c.key:
		c.run++
	}
	c.key, c.overlooked = name.key, 0
	c.took(at)
	for i := range min(len(c.queue), searchedMost) {
		if c.queue[i].name != name {
			continue
		}
		if c.run >= orderly {
			for _, f := range c.queue[:i] {
				b.pass(f)
			}
			c.queue = c.queue[i+1:]
		}
		return
	}
}

// took notes the date of what was asked for. What was left out and lies between
// that and the others tells nothing any more.
func (c *choice) took(t time.Time) {
	if t.IsZero() {
		return
	}
	if c.beyond(t) {
		c.below, c.above, c.passed = time.Time{}, time.Time{}, 0
	}
	if c.hi.IsZero() || t.After(c.hi) {
		c.hi = t
	}
	if c.lo.IsZero() || t.Before(c.lo) {
		c.lo = t
	}
}

// left notes the date of what was left out.
func (c *choice) left(t time.Time) {
	switch {
	case t.IsZero() || c.hi.IsZero():
		return
	case t.After(c.hi):
		if c.above.IsZero() || t.Before(c.above) {
			c.above = t
		}
	case t.Before(c.lo):
		if c.below.IsZero() || t.After(c.below) {
			c.below = t
		}
	default:
		return
	}
	c.passed++
}

// pass takes a list that nobody asked for out of the window. It stays in the
// cache.
func (b *Bucket) pass(f fetched) {
	claimed, flying := b.ahead.flying[f.name]
	e := b.parts[f.name]
	switch {
	case flying && !claimed:
		b.ahead.flying[f.name] = true
		b.ahead.unused--
	case e != nil && e.ahead:
		e.used()
	default:
		return
	}
	b.ahead.choice.left(f.initiated)
}

// initiated returns the date of an upload, zero where it is not known.
func (b *Bucket) initiated(name partsKey) time.Time {
	k := b.knownLocked(parentOf(name.key), bound{key: name.key}, false)
	if k == nil {
		return time.Time{}
	}
	// A key may have very many uploads, and the lock is held.
	from := k.from(bound{key: name.key})
	for i := from; i < min(len(k.uploads), from+overlookedMost) && k.uploads[i].Key == name.key; i++ {
		if k.uploads[i].UploadID == name.id {
			return k.uploads[i].Initiated
		}
	}
	return time.Time{}
}
