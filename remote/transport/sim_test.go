package transport

import (
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

func TestSim(t *testing.T) {
	ms := time.Millisecond
	for _, c := range []struct {
		name          string
		allow         func() func(time.Time, int) bool
		lo, hi        time.Duration
		workers, secs int
	}{
		{"R100 bucket1", func() func(time.Time, int) bool { return bucket(always(100), 1) }, 5 * ms, 50 * ms, 100, 40},
		{"R100 bucket10", func() func(time.Time, int) bool { return bucket(always(100), 10) }, 5 * ms, 50 * ms, 100, 40},
		{"R100 bucket100", func() func(time.Time, int) bool { return bucket(always(100), 100) }, 5 * ms, 50 * ms, 100, 40},
		{"R100 fixed", func() func(time.Time, int) bool { return fixed(always(100)) }, 5 * ms, 50 * ms, 100, 40},
		{"R100 sliding", func() func(time.Time, int) bool { return sliding(always(100), false) }, 5 * ms, 50 * ms, 100, 40},
		{"R100 strict", func() func(time.Time, int) bool { return sliding(always(100), true) }, 5 * ms, 50 * ms, 100, 40},
		{"R10 bucket5", func() func(time.Time, int) bool { return bucket(always(10), 5) }, 5 * ms, 50 * ms, 100, 80},
		{"R1000 bucket100", func() func(time.Time, int) bool { return bucket(always(1000), 100) }, 5 * ms, 50 * ms, 200, 30},
		{"R100 const30", func() func(time.Time, int) bool { return bucket(always(100), 10) }, 30 * ms, 30 * ms, 100, 40},
		{"R100 500ms", func() func(time.Time, int) bool { return bucket(always(100), 10) }, 300 * ms, 500 * ms, 100, 40},
		{"C20", func() func(time.Time, int) bool { return atMost(always(20)) }, 5 * ms, 50 * ms, 100, 30},
		{"C20 64w", func() func(time.Time, int) bool { return atMost(always(20)) }, 5 * ms, 50 * ms, 64, 30},
		{"C20 const", func() func(time.Time, int) bool { return atMost(always(20)) }, 30 * ms, 30 * ms, 100, 30},
		{"C3", func() func(time.Time, int) bool { return atMost(always(3)) }, 5 * ms, 50 * ms, 100, 30},
		{"C1", func() func(time.Time, int) bool { return atMost(always(1)) }, 5 * ms, 50 * ms, 100, 30},
		{"C50", func() func(time.Time, int) bool { return atMost(always(50)) }, 5 * ms, 50 * ms, 100, 30},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := &store{allow: c.allow(), least: c.lo, most: c.hi}
				failed := load(t, s, c.workers, c.secs, remote.Config{Timeout: 30 * time.Second})
				for i := 0; i < min(40, len(s.slot)); i++ {
					t.Logf("  sec %d %+v", i, s.slot[i])
				}
				x := s.between(5, c.secs)
				n := float64(c.secs - 5)
				t.Logf("%s: served/s %.1f refused %.2f%% busy %.2f failed %d", c.name, float64(x.served)/n, 100*float64(x.refused)/float64(x.served+x.refused), x.busy/n, failed)
			})
		})
	}
}
