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
	// has become twice as long: as often as the oldest so far comes up among
	// dates in no order.
	wrongMost = 3
	// overlookedMost bounds how many uploads are left out between two questions.
	overlookedMost = 4096
	// queuedMost bounds the lists that are remembered for this, searchedMost how
	// far a question is looked for among them.
	queuedMost, searchedMost = 4096, 256
)

// choice is what a walk picks among the uploads that it comes by: find -mtime +7
// asks for the parts of the old ones. What a walk in listing order went past
// holds no place in the readahead's window any longer, and where all of that was
// dated outside of what it asked for, such uploads are not fetched ahead of it.
// A wrong guess costs the walk one wait.
//
// The cache's lock guards it.
type choice struct {
	// run is how many questions went on in listing order, key that of the last.
	run int
	key string
	// lo and hi are the dates of what was asked for in the run.
	lo, hi time.Time
	// passed counts what was left out and dated outside of them, wrong what was
	// asked for though it was expected to be left out.
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

// outside reports whether a date is not among those of what was asked for.
func (c *choice) outside(t time.Time) bool {
	return !t.IsZero() && !c.hi.IsZero() && (t.Before(c.lo) || t.After(c.hi))
}

// leavesOut reports whether the walk is expected to leave out uploads of a date.
func (c *choice) leavesOut(t time.Time) bool {
	if c.run < orderly || c.passed < passedMany || !c.outside(t) {
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
		c.run, c.passed, c.wrong, c.lo, c.hi = 0, 0, 0, time.Time{}, time.Time{}
	case name.key > c.key:
		c.run++
	}
	c.key, c.overlooked = name.key, 0
	if !at.IsZero() {
		if c.hi.IsZero() || at.After(c.hi) {
			c.hi = at
		}
		if c.lo.IsZero() || at.Before(c.lo) {
			c.lo = at
		}
	}
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
	if b.ahead.choice.outside(f.initiated) {
		b.ahead.choice.passed++
	}
}

// initiated returns the date of an upload, zero where it is not known.
func (b *Bucket) initiated(name partsKey) time.Time {
	k := b.knownLocked(parentOf(name.key), bound{key: name.key}, false)
	if k == nil {
		return time.Time{}
	}
	us, _ := k.group(name.key)
	for i := range min(len(us), overlookedMost) {
		if us[i].UploadID == name.id {
			return us[i].Initiated
		}
	}
	return time.Time{}
}
