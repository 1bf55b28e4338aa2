package transport

import "time"

const (
	slotTime = 100 * time.Millisecond
	// perSecond slots are a second; two seconds are kept.
	perSecond = 10
	slots     = 2 * perSecond
	// recentSlots are enough to see a rate that has just risen.
	recentSlots = 3
)

// meter counts what was sent, served and refused over the last two seconds.
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

// back is the slot that is i slots old.
func (m *meter) back(i int64) counts {
	if i > m.at-m.start {
		return counts{}
	}
	return m.slot[(m.at-i)%slots]
}

// total sums the last second, and says how long of it there was activity.
func (m *meter) total(now time.Time) (c counts, seconds float64) {
	m.turn(now)
	for i := range int64(perSecond) {
		s := m.back(i)
		c.sent, c.served, c.refused = c.sent+s.sent, c.served+s.served, c.refused+s.refused
	}
	used := min(m.at-m.start, perSecond-1)
	return c, (time.Duration(used)*slotTime + max(time.Duration(now.UnixNano()%int64(slotTime)), slotTime/2)).Seconds()
}

// rate is how many a second the store served of late, where enough were: over
// a second, or over less where that is more, so that a rise is not averaged away.
func (m *meter) rate(now time.Time) (float64, bool) {
	c, s := m.total(now)
	recent, short := 0, s-(perSecond-recentSlots)*slotTime.Seconds()
	for i := range int64(recentSlots) {
		recent += m.back(i).served
	}
	r := float64(c.served) / s
	if short > 0 {
		r = max(r, float64(recent)/short)
	}
	return r, c.served >= 10
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

// few reports whether at most one in fifty was refused over two seconds.
func (m *meter) few(now time.Time) bool {
	c := m.both(now)
	return c.refused*50 <= c.served+c.refused
}

// both sums two seconds.
func (m *meter) both(now time.Time) (c counts) {
	m.turn(now)
	for _, s := range m.slot {
		c.sent, c.served, c.refused = c.sent+s.sent, c.served+s.served, c.refused+s.refused
	}
	return c
}

// best is the most that was served in a second that ended within the last one.
func (m *meter) best(now time.Time) float64 {
	m.turn(now)
	sum, most := 0, 0
	for i := range int64(perSecond) {
		sum += m.back(i).served
	}
	for i := range int64(slots - perSecond) {
		most = max(most, sum)
		sum += m.back(i+perSecond).served - m.back(i).served
	}
	return float64(most)
}
