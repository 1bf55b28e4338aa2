package transport

import "time"

const (
	// slack is by how much a request may be sent early to make up for one that
	// was sent late, because timers are. There is no other burst: stores that
	// count by the second, or that allow no burst at all, must not see one.
	slack = 10 * time.Millisecond
	// raiseEvery and raiseAfter space the raises of the pace, in time and in
	// requests: at a low pace so few requests pass between two refusals that
	// time alone would waste many of them.
	raiseEvery                 = 250 * time.Millisecond
	raiseAfter, raiseAfterFast = 12, 3
	// ease is what a pace that was about right keeps after a refusal, cutMild
	// what a wrong one keeps at most.
	ease, cutMild = 0.93, 0.85
	// below is what is kept of a measured rate.
	below = 0.95
	// near is how close to the refused pace growth becomes slow: by stepFirst,
	// doubled with every raise once past it, to stepMost.
	near, past          = 0.98, 1.05
	stepFirst, stepMost = 0.005, 0.25
	// toward is the part of the way to the refused pace that a raise goes.
	toward = 0.15
	// slowest is the lowest pace, in requests a second.
	slowest = 0.5
	// calmPace is how many answers in a row make a refusal an exception.
	calmPace = 20
)

// pace is the number of requests a second that the store bears. There is none
// until a store refuses, and it never allows a burst.
type pace struct {
	rate float64 // requests a second, 0 for no bound
	bad  float64 // the rate that was refused last, 0 for none
	step float64 // the next raise where it is slow
	next time.Time
	// raised is when the pace changed last, and since the answers since then.
	raised time.Time
	since  int
	count  meter
}

// wait is how long the next request has to wait.
func (p *pace) wait(now time.Time) time.Duration {
	if p.rate == 0 {
		return 0
	}
	return p.next.Sub(now)
}

func (p *pace) sent(now time.Time) {
	p.count.sent(now)
	if p.rate == 0 {
		return
	}
	if early := now.Add(-slack); p.next.Before(early) {
		p.next = early
	}
	p.next = p.next.Add(time.Duration(float64(time.Second) / p.rate))
}

// served raises the pace, if it is time, after an answer to a request that the
// pace had held back: a pace that nobody waits for is not raised.
func (p *pace) served(now time.Time) {
	p.since++
	after := raiseAfter
	if p.bad == 0 {
		after = raiseAfterFast
	}
	if p.since < after || now.Sub(p.raised) < raiseEvery {
		return
	}
	switch {
	case p.bad == 0:
		p.rate *= 1 + stepMost
	case p.rate < near*p.bad:
		p.rate += toward * (p.bad - p.rate)
	default:
		if p.rate > past*p.bad {
			p.step = min(p.step*2, stepMost)
		}
		p.rate *= 1 + p.step
	}
	p.raised, p.since = now, 0
}

// refused lowers the pace after a refusal of a request that it had held back.
func (p *pace) refused(now time.Time, calm int) {
	was := p.rate
	if calm >= calmPace && p.bad != 0 && was <= 1.1*p.bad {
		p.rate *= ease
	} else {
		p.rate *= cutMild
		if m, ok := p.count.rate(now); ok {
			p.rate = min(p.rate, below*m)
		}
		p.rate = max(p.rate, was/2)
	}
	p.set(now, was)
}

// clamp bounds the pace by what the store has just served, after a refusal
// that may have been for the rate as well as for the number in flight.
func (p *pace) clamp(now time.Time) {
	m, ok := p.count.rate(now)
	if !ok {
		m = p.count.sending(now) / 2
	}
	if p.rate == 0 || below*m < p.rate {
		p.rate = below * m
		p.set(now, p.bad)
	}
}

func (p *pace) set(now time.Time, bad float64) {
	p.rate = max(p.rate, slowest)
	p.bad, p.step, p.raised, p.since = bad, stepFirst, now, 0
	// What waits was scheduled at the old rate.
	if next := now.Add(time.Duration(float64(time.Second) / p.rate)); p.next.IsZero() || p.next.After(next) {
		p.next = next
	}
}
