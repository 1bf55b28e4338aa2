package transport

import "time"

const (
	// slackTime is by how much a request may be sent early to make up for one
	// that was sent late, because timers are, where requests are closer than
	// that. There is no other burst: stores that count by the second, or that
	// allow no burst at all, must not see one.
	slackTime = 5 * time.Millisecond
	// raiseEvery spaces the raises of the pace well below what was refused, and
	// careEvery those near it: stores that count by the second refuse up to a
	// second late. raiseAfter and searchAfter are the answers in between, since
	// at a low pace so few pass between two refusals.
	raiseEvery, careEvery   = 250 * time.Millisecond, time.Second
	raiseAfter, searchAfter = 12, 3
	// eased is what a pace that was about right keeps after a refusal, severe
	// what a wrong one keeps at most, and below what is kept of a measured rate.
	eased, severe, below = 0.93, 0.85, 0.95
	// toward is the part of the way to the refused pace that a raise goes. From
	// near on, raises begin with stepFirst, or with stepUnsure where the pace
	// was far off when it was refused, and double to stepMost; past beyond it
	// the refusal is forgotten, and every raise is stepMost.
	toward, near, past              = 0.15, 0.98, 1.25
	stepFirst, stepUnsure, stepMost = 0.01, 0.04, 0.25
	// margin is how far above a measured rate the refused one is taken to be.
	margin = 1.1
	// stallRun refusals in a row show that nothing at all is served; the time
	// between two requests is then multiplied by stallPart, and again after as
	// many more, to stallMost, until something is served.
	stallRun, stallPart = 6, 4
	stallMost           = 500 * time.Millisecond
	// slowest is the lowest pace, in requests a second.
	slowest = 0.5
	// settle is how long after a severe cut refusals say nothing new.
	settle = recentSlots * slotTime
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
	// cut is when the pace was found far off, raised when it changed last, and
	// since the answers since then.
	cut    time.Time
	raised time.Time
	since  int
	count  meter
	// run counts the refusals since the last answer that was served.
	run int
}

// took notes how the store took an attempt, whoever is to blame.
func (p *pace) took(now time.Time, ok bool) {
	if ok {
		p.run = 0
		p.count.served(now)
	} else {
		p.run++
		p.count.refused(now)
	}
}

// stalled reports whether the store refuses everything: one that counts by the
// second does, for up to a second, once the second's share is used up.
func (p *pace) stalled() bool { return p.run >= stallRun }

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
	between := p.interval()
	early := now
	if between < slackTime {
		early = now.Add(-slackTime)
	}
	if p.next.Before(early) {
		p.next = early
	}
	p.next = p.next.Add(between)
}

// served raises the pace, if it is time, after an answer to a request that the
// pace had held back: a pace that nobody waits for is not raised.
func (p *pace) served(now time.Time) {
	p.since++
	after, every := raiseAfter, raiseEvery
	switch {
	case p.bad == 0:
		after = searchAfter
	case p.rate >= near*p.bad:
		every = careEvery
	}
	if p.since < after || now.Sub(p.raised) < every {
		return
	}
	p.raised, p.since = now, 0
	switch {
	case p.bad == 0:
		// No faster than what is used: the number in flight may bind as well.
		if m, ok := p.count.rate(now); !ok || p.rate < m*(1+stepMost) {
			p.rate *= 1 + stepMost
		}
	case p.rate < near*p.bad:
		p.rate += toward * (p.bad - p.rate)
	default:
		p.rate *= 1 + p.step
		p.step = min(p.step*2, stepMost)
		if p.rate > past*p.bad {
			p.bad = 0
		}
	}
}

// refused lowers the pace after a refusal of a request that it had held back.
func (p *pace) refused(now time.Time, calm int) {
	was := p.rate
	if calm >= calmPace && p.bad != 0 && was <= margin*p.bad {
		p.ease(now)
		return
	}
	if now.Sub(p.cut) < settle {
		return
	}
	rate := was * severe
	if m, ok := p.count.rate(now); ok {
		rate = min(rate, below*m)
	}
	rate = max(rate, was/2)
	bad := min(was, rate*margin)
	if p.stalled() {
		if p.count.both(now).served == 0 {
			return // the store is out of service: that says nothing about rates
		}
		// What is refused now is not for this pace but for what went before: what
		// was served in the last good second is the better measure.
		m := p.count.best(now)
		rate = max(rate, min(was, m)*below)
		bad = max(bad, m, p.bad)
	}
	p.cut = now
	p.set(now, rate, bad)
}

// ease lowers a pace that was about right.
func (p *pace) ease(now time.Time) {
	bad := p.rate
	if p.bad == 0 {
		bad = 0 // not known to be the pace's fault
	}
	p.set(now, p.rate*eased, bad)
	p.step = stepFirst
}

// clamp bounds the pace by what the store has just served, after a refusal
// that may have been for the rate as well as for the number in flight.
func (p *pace) clamp(now time.Time, calm int) {
	m, ok := p.count.rate(now)
	switch {
	case !ok && p.rate != 0 && p.count.both(now).served == 0:
		return
	case !ok:
		m = p.count.sending(now) / 2
	case calm < calmPace:
		m *= below
		if p.stalled() {
			m = max(m, p.count.best(now)*below)
		}
	}
	if p.rate == 0 || m < p.rate {
		p.set(now, m, 0)
	}
}

func (p *pace) set(now time.Time, rate, bad float64) {
	p.rate = max(rate, slowest)
	p.bad, p.step, p.raised, p.since = bad, stepUnsure, now, 0
	// What waits was scheduled at the old rate.
	if next := now.Add(p.interval()); p.next.IsZero() || p.next.After(next) {
		p.next = next
	}
}

// interval is the time between two requests.
func (p *pace) interval() time.Duration {
	d := time.Duration(float64(time.Second) / p.rate)
	most := max(d, stallMost)
	for n := p.run; n >= stallRun && d < most; n -= stallRun {
		d *= stallPart
	}
	return min(d, most)
}
