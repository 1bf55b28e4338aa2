package transport

import "time"

const (
	slotTime = 100 * time.Millisecond
	slots    = 10
)

// meter counts what was sent, served and refused over the last second.
type meter struct {
	slot  [slots]counts
	at    int64 // the number of the newest slot since 1970
	start int64 // the first slot of this spell of activity
}

type counts struct{ sent, served, refused int }

func (m *meter) sent(now time.Time)    { m.turn(now).sent++ }
func (m *meter) served(now time.Time)  { m.turn(now).served++ }
func (m *meter) refused(now time.Time) { m.turn(now).refused++ }

// turn empties the slots that time has passed and returns the newest.
func (m *meter) turn(now time.Time) *counts {
	n := now.UnixNano() / int64(slotTime)
	if n-m.at >= slots || n < m.at {
		*m = meter{at: n, start: n}
	}
	for m.at < n {
		m.at++
		m.slot[m.at%slots] = counts{}
	}
	return &m.slot[m.at%slots]
}

// total sums the last second, and says how long of it there was activity.
func (m *meter) total(now time.Time) (c counts, seconds float64) {
	m.turn(now)
	for _, s := range m.slot {
		c.sent, c.served, c.refused = c.sent+s.sent, c.served+s.served, c.refused+s.refused
	}
	used := min(m.at-m.start, slots-1)
	return c, (time.Duration(used)*slotTime + max(time.Duration(now.UnixNano()%int64(slotTime)), slotTime/2)).Seconds()
}

// rate is how many a second the store served of late, where enough were.
func (m *meter) rate(now time.Time) (float64, bool) {
	c, s := m.total(now)
	return float64(c.served) / s, c.served >= 10
}

// sending is how many a second were sent of late.
func (m *meter) sending(now time.Time) float64 {
	c, s := m.total(now)
	return float64(c.sent) / s
}

// heavy reports whether a good part of what was sent of late was refused.
func (m *meter) heavy(now time.Time) bool {
	c, _ := m.total(now)
	return c.refused >= 2 && c.refused*20 >= c.served+c.refused
}
