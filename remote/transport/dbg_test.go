package transport

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
	"uploadfs/remote"
)

func TestDbg(t *testing.T) {
	ms := time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		s := &store{allow: atMost(always(20)), least: 5 * ms, most: 50 * ms, start: time.Now()}
		tr := New(remote.Config{Base: s}, "s3", nil, plain)
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for range 100 {
			go func() {
				for ctx.Err() == nil {
					tr.RoundTrip(get(ctx, "https://x.test/"))
				}
			}()
		}
		for i := 0; i < 60; i++ {
			time.Sleep(100 * ms)
			l := tr.limit
			l.mu.Lock()
			fmt.Printf("%d size %d ceil %d need %d had %d infl %d store %d rate %.0f bad %.0f blocked %d waiting %d calm %d high %d/%d\n", i, l.window.size, l.window.ceiling, l.window.need, l.window.had, l.inflight, s.inflight, l.pace.rate, l.pace.bad, l.blocked, l.queues.fore.Len(), l.calm, l.window.high, l.window.lastHigh)
			l.mu.Unlock()
		}
		<-ctx.Done()
		synctest.Wait()
	})
}
