package transport

import (
	"context"
	"sync"
	"time"
)

// answer is what the limiter learns from an attempt.
type answer uint8

const (
	silent  answer = iota // no answer, or one that says nothing about load
	served                // the store did what it was asked, or said why not
	refused               // the store refused for its load
)

// hold is what a request had to wait for last before it was sent: the limit
// that binds at that moment, and the one to blame for a refusal.
type hold uint8

const (
	unheld hold = iota
	bySlots
	byPace
)

// ticket is the permission to send one attempt.
type ticket struct {
	seq uint64
	// inflight is the number in flight with this one, limit what it was then.
	inflight, limit int
	held            hold
	probe           bool
}

// limiter decides when a source's attempts are sent. It holds two limits, each
// found by what the store refuses: how many are in flight (window), and how
// many are sent a second (pace). See the package's documentation.
type limiter struct {
	mu       sync.Mutex
	window   window
	pace     pace
	queues   queues
	inflight int
	seq      uint64
	// cut is the last ticket sent before the last cut: what is refused up to it
	// belongs to the burst that the cut answered.
	cut uint64
	// calm counts the answers served since the last refusal that was not
	// overlooked, clean those since any.
	calm, clean int
	// calmCut says that there were many when the last cut was made.
	calmCut bool
	// blocked is what the first waiting request waits for.
	blocked hold
	// timer runs pump when the pace allows the next request.
	timer *time.Timer
}

func newLimiter(most int) *limiter {
	return &limiter{window: newWindow(most)}
}

func (l *limiter) state() (current, most, inflight int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.window.size, l.window.most, l.inflight
}

// acquire waits for a turn, or for ctx to end. again is for a request that was
// sent before: it goes ahead of its line.
func (l *limiter) acquire(ctx context.Context, background, again bool) (ticket, error) {
	if err := ctx.Err(); err != nil {
		return ticket{}, err
	}
	l.mu.Lock()
	now := time.Now()
	if l.queues.empty() {
		if held, _ := l.holds(now); held == unheld {
			t := l.grant(now, unheld)
			l.mu.Unlock()
			return t, nil
		}
	}
	w := l.queues.add(background, again)
	l.pump(now)
	l.mu.Unlock()

	select {
	case <-w.ready:
		return w.ticket, nil
	case <-ctx.Done():
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if w.granted {
		l.leave(w.ticket, silent)
	} else {
		l.queues.drop(w)
	}
	l.pump(time.Now())
	return ticket{}, ctx.Err()
}

// release ends an attempt.
func (l *limiter) release(t ticket, a answer) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.leave(t, a)
	l.pump(time.Now())
}

// calmly reports whether a request is refused after many that were served: it, or
// the burst that it is part of.
func (l *limiter) calmly(t ticket) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.calm >= calmEnough || t.seq <= l.cut && l.calmCut
}

func (l *limiter) leave(t ticket, a answer) {
	now := time.Now()
	l.inflight--
	if t.probe {
		defer func() { l.window.probing = false }()
	}
	switch a {
	case served:
		l.calm++
		l.clean++
		l.pace.took(now, true)
		l.window.served(t, t.seq > l.cut, l.clean)
		if t.held == byPace && t.seq > l.cut {
			l.pace.served(now)
		}
	case refused:
		l.pace.took(now, false)
		l.refused(t, now)
	}
}

// refused cuts what is to blame, once for all that was sent before the cut.
func (l *limiter) refused(t ticket, now time.Time) {
	if t.probe || l.window.probing && l.window.near(t) {
		// One that the try overtook on its way is refused in its stead.
		l.window.tryRefused()
		return
	}
	l.clean = 0
	if t.seq <= l.cut {
		l.calm = 0
		l.window.sameBurst(t)
		return
	}
	if l.window.found && l.pace.count.few(now) {
		return // stores refuse one in a thousand at any load
	}
	calm := l.calm
	l.calm, l.calmCut = 0, calm >= calmEnough
	switch {
	case t.held != byPace:
		narrowed := l.window.refused(t, calm)
		if narrowed && calm >= longCalm {
			break // one too many in flight after a long time, no more
		}
		if t.held == bySlots || l.pace.count.heavy(now) {
			l.pace.clamp(now, calm)
		}
	case l.window.settled() && l.window.beyond(t):
		l.window.narrow(t)
	case calm >= calmEnough && l.window.tight(t):
		// Both limits were about to bind; either may have been passed by one.
		l.window.narrow(t)
		l.pace.ease(now)
	default:
		l.pace.refused(now, calm)
	}
	l.cut = l.seq
}

// holds says what keeps the next request back, and for how long where it is
// the pace.
func (l *limiter) holds(now time.Time) (hold, time.Duration) {
	if !l.window.admits(l.inflight) {
		return bySlots, 0
	}
	if d := l.pace.wait(now); d > 0 {
		return byPace, d
	}
	return unheld, 0
}

// pump sends off whoever may go. It is called after every change.
func (l *limiter) pump(now time.Time) {
	for !l.queues.empty() {
		held, d := l.holds(now)
		if held == unheld {
			w := l.queues.pop(l.pace.stalled() || l.pace.count.heavy(now))
			w.ticket, w.granted = l.grant(now, l.blocked), true
			close(w.ready)
			continue
		}
		l.blocked = held
		if held == byPace {
			l.wake(d)
		}
		return
	}
	l.blocked = unheld
}

func (l *limiter) wake(d time.Duration) {
	if l.timer != nil {
		l.timer.Reset(d)
		return
	}
	l.timer = time.AfterFunc(d, func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.pump(time.Now())
	})
}

func (l *limiter) grant(now time.Time, held hold) ticket {
	probe := l.inflight >= l.window.size
	if probe {
		l.window.probing, l.window.lost = true, false
	}
	l.inflight++
	l.seq++
	l.pace.sent(now)
	if held == unheld && l.inflight >= l.window.size {
		held = bySlots // nobody waits yet, but the next one will
	}
	return ticket{seq: l.seq, inflight: l.inflight, limit: l.window.size, held: held, probe: probe}
}
