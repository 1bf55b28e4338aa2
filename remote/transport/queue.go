package transport

import "container/list"

// maxBypass is how many times in a row a foreground request may pass a waiting
// background one: a reader may have come to wait for the background one's
// answer since.
const maxBypass = 16

// freshRun is how many requests go out for one from the front of the line while
// fresh ones are preferred.
const freshRun = 8

// waiter is a request that waits for its turn.
type waiter struct {
	ready chan struct{} // closed when ticket is set
	// ticket is written under the limiter's lock before ready is closed.
	ticket  ticket
	granted bool
	queue   *list.List
	place   *list.Element
}

// queues are the two lines of waiting requests.
type queues struct {
	fore, back list.List
	bypassed   int
	lifo       int // counts requests, see pop
}

// add puts a request in its line: at the end, or, when it was refused before,
// in front.
func (q *queues) add(background, again bool) *waiter {
	w := &waiter{ready: make(chan struct{}), queue: &q.fore}
	if background {
		w.queue = &q.back
	}
	if again {
		w.place = w.queue.PushFront(w)
	} else {
		w.place = w.queue.PushBack(w)
	}
	return w
}

func (q *queues) empty() bool { return q.fore.Len()+q.back.Len() == 0 }

// pop takes the next request out: foreground first. fresh asks for the one
// that came last instead of the one in front, which may have been refused
// before: while a store refuses much, the attempts that are lost to it are best
// taken from requests that have most left. Every few times the front is served
// all the same.
func (q *queues) pop(fresh bool) *waiter {
	from := &q.fore
	switch {
	case q.back.Len() == 0:
		q.bypassed = 0
	case q.fore.Len() == 0, q.bypassed >= maxBypass:
		from, q.bypassed = &q.back, 0
	default:
		q.bypassed++
	}
	place := from.Front()
	if q.lifo++; fresh && q.lifo%freshRun != 0 {
		place = from.Back()
	}
	w := place.Value.(*waiter)
	q.drop(w)
	return w
}

func (q *queues) drop(w *waiter) { w.queue.Remove(w.place) }
