package wire

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"uploadfs/remote"
)

// Clock is how far the store's clock is ahead of ours. It is zero until a store
// complains, and safe for concurrent use.
type Clock struct {
	offset atomic.Int64
}

// Offset is what to add to our time.
func (c *Clock) Offset() time.Duration { return time.Duration(c.offset.Load()) }

// Set takes the store's time from its Date header. It reports whether that
// differs by enough to explain a complaint.
func (c *Clock) Set(date string, now time.Time) bool {
	t, err := http.ParseTime(date)
	if err != nil {
		return false
	}
	// Stores allow 15 minutes; what is less than a minute from what was tried
	// already will be refused again.
	offset := t.Sub(now)
	if (offset - c.Offset()).Abs() < time.Minute {
		return false
	}
	c.offset.Store(int64(offset))
	return true
}

// correct is the transport's Corrector: it puts right what a refusal complains
// of, once for each cause and request (dialects.md 6.3).
func (c *Client) correct(ctx context.Context, e *remote.Error, resp *http.Response) bool {
	call := callFrom(ctx)
	switch {
	case call == nil:
		return false
	case e.Kind == remote.KindWrongRegion && !call.moved:
		call.moved = true
		return c.move(call, e)
	case SkewCode(e.Code) && !call.clocked && resp != nil:
		call.clocked = true
		if !c.clock.Set(resp.Header.Get("Date"), time.Now()) {
			return false
		}
		c.log.Info("the store's clock differs from this machine's: requests are signed by the store's", "source", c.cfg.Name, "offset", c.clock.Offset().Round(time.Second))
		return true
	case ExpiredCode(e.Code) && !call.renewed && call.identity != "":
		call.renewed = true
		return c.dialect.Renew(call.identity)
	}
	return false
}

// move learns the region that a refusal names. The host of the next attempt is
// made from the region by the dialect, never taken from the answer.
func (c *Client) move(call *call, e *remote.Error) bool {
	region := e.Region
	if region == "" {
		region = c.dialect.RegionOf(e.Endpoint)
	}
	if !ValidRegion(region) || region == call.region {
		return false
	}
	a, err := c.dialect.Address(call.bucket, region)
	if err != nil {
		return false
	}
	if a.Fixed || call.bucket == "" {
		c.places.LearnAll(region)
	} else {
		c.places.Learn(call.bucket, region)
	}
	c.log.Info("the store names another region for the bucket", "source", c.cfg.Name, "bucket", call.bucket, "region", region)
	return true
}
