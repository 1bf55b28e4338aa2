package emulator

import (
	"sync"
	"time"
)

// limiter refuses requests above a rate or a number in flight, as a service
// that throttles does.
type limiter struct {
	mu          sync.Mutex
	rate        float64
	maxInFlight int
	tokens      float64
	last        time.Time
}

func newLimiter(rate float64, maxInFlight int) *limiter {
	return &limiter{rate: rate, maxInFlight: maxInFlight}
}

// allow takes one request. The bucket of tokens holds a tenth of a second's
// worth, at least one, so that a burst is refused as a service refuses it.
func (l *limiter) allow(now time.Time, inFlight int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.maxInFlight > 0 && inFlight > l.maxInFlight {
		return false
	}
	if l.rate <= 0 {
		return true
	}
	burst := max(l.rate/10, 1)
	if l.last.IsZero() {
		l.tokens = burst
	} else {
		l.tokens = min(burst, l.tokens+l.rate*now.Sub(l.last).Seconds())
	}
	l.last = now
	if l.tokens < 1 {
		return false
	}
	l.tokens--
	return true
}

// SetLimits replaces Options.Rate and Options.MaxInFlight.
func (s *Store) SetLimits(rate float64, maxInFlight int) {
	l := s.limiter
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rate, l.maxInFlight, l.last = rate, maxInFlight, time.Time{}
}
