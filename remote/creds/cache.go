package creds

import (
	"context"
	"sync"
	"time"
)

// Fetch gets credentials from their source, anew each time. Expires is zero
// for credentials that do not lapse. It must end when ctx does.
type Fetch[T any] func(ctx context.Context) (value T, expires time.Time, err error)

const (
	// mostEarly is how long before they lapse credentials are renewed; short
	// lived ones are renewed when a tenth of their life is left. AWS, ECS and
	// CVM roles all offer the next credentials at least five minutes before.
	mostEarly = 5 * time.Minute
	// A failed renewal is tried again after a tenth of what is left, within
	// these bounds.
	leastPause = time.Second
	mostPause  = time.Minute
)

// Cache keeps the value of a Fetch and renews it before it lapses. It is safe
// for concurrent use. No lock is held while the source is asked.
type Cache[T any] struct {
	fetch   Fetch[T]
	timeout time.Duration
	failed  func(error)

	mu      sync.Mutex
	have    bool
	value   T
	expires time.Time
	// renew is when to ask for the next value, zero for never.
	renew  time.Time
	flight *flight[T]
}

// flight is one call of fetch that any number of callers wait for.
type flight[T any] struct {
	done  chan struct{}
	value T
	err   error
}

// NewCache returns a cache over fetch. Timeout bounds each call of fetch.
// Failed is told of renewals that failed while the old value was still served,
// nil for nobody.
func NewCache[T any](fetch Fetch[T], timeout time.Duration, failed func(error)) *Cache[T] {
	if failed == nil {
		failed = func(error) {}
	}
	return &Cache[T]{fetch: fetch, timeout: timeout, failed: failed}
}

// Get returns a value that has not lapsed, from the source where there is none.
// The only errors are fetch's and ctx's. The source is asked under a context
// of its own, so that a caller who gives up does not fail the others.
func (c *Cache[T]) Get(ctx context.Context) (T, error) {
	now := time.Now()
	c.mu.Lock()
	if c.validLocked(now) {
		v := c.value
		if !c.renew.IsZero() && !now.Before(c.renew) && c.flight == nil {
			c.startLocked(ctx)
		}
		c.mu.Unlock()
		return v, nil
	}
	f := c.flight
	if f == nil {
		f = c.startLocked(ctx)
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.value, f.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// Invalidate drops the value: the service has refused it as lapsed. The next
// Get asks the source.
func (c *Cache[T]) Invalidate() {
	c.mu.Lock()
	defer c.mu.Unlock()
	var none T
	c.have, c.value = false, none
}

func (c *Cache[T]) validLocked(now time.Time) bool {
	return c.have && (c.expires.IsZero() || now.Before(c.expires))
}

// startLocked begins a flight. The caller holds c.mu.
func (c *Cache[T]) startLocked(ctx context.Context) *flight[T] {
	f := &flight[T]{done: make(chan struct{})}
	c.flight = f
	ctx = context.WithoutCancel(ctx)
	go func() {
		ctx, cancel := context.WithTimeout(ctx, c.timeout)
		defer cancel()
		value, expires, err := c.fetch(ctx)
		c.land(f, value, expires, err)
	}()
	return f
}

// land publishes a flight's result.
func (c *Cache[T]) land(f *flight[T], value T, expires time.Time, err error) {
	now := time.Now()
	c.mu.Lock()
	c.flight = nil
	served := false
	if err != nil {
		f.err = err
		if served = c.validLocked(now); served {
			left := c.expires.Sub(now)
			c.renew = now.Add(min(max(left/10, leastPause), mostPause))
		}
	} else {
		f.value = value
		c.have, c.value, c.expires, c.renew = true, value, expires, time.Time{}
		if !expires.IsZero() {
			c.renew = expires.Add(-min(mostEarly, expires.Sub(now)/10))
		}
	}
	c.mu.Unlock()
	close(f.done)
	if served {
		c.failed(err)
	}
}
