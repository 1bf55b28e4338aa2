package emulator

import (
	"maps"
	"sync"
)

// Count names a counter: an API and the status that answered it, 0 where the
// connection was dropped.
type Count struct {
	Op     string
	Status int
}

// Counters is what went over the wire since the store was made or they were
// last reset.
type Counters struct {
	// Requests counts by API and status.
	Requests map[Count]int
	// Total counts requests, Refused those that the limiter answered, Bytes the
	// bodies of the answers.
	Total, Refused int
	Bytes          int64
	// InFlight counts the requests under way, Peak the most there have been.
	InFlight, Peak int
}

// Of counts one API's requests, whatever their status.
func (c Counters) Of(op string) int {
	n := 0
	for k, v := range c.Requests {
		if k.Op == op {
			n += v
		}
	}
	return n
}

type counters struct {
	mu sync.Mutex
	c  Counters
}

func newCounters() *counters { return &counters{c: Counters{Requests: make(map[Count]int)}} }

func (c *counters) begin() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.c.InFlight++
	c.c.Peak = max(c.c.Peak, c.c.InFlight)
	return c.c.InFlight
}

func (c *counters) end(op string, status int, bytes int64, refused bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.c.InFlight--
	c.c.Total++
	c.c.Bytes += bytes
	c.c.Requests[Count{op, status}]++
	if refused {
		c.c.Refused++
	}
}

// Counters returns a copy of the counters.
func (s *Store) Counters() Counters {
	s.counters.mu.Lock()
	defer s.counters.mu.Unlock()
	c := s.counters.c
	c.Requests = maps.Clone(c.Requests)
	return c
}

// ResetCounters sets every counter but InFlight to zero.
func (s *Store) ResetCounters() {
	s.counters.mu.Lock()
	defer s.counters.mu.Unlock()
	n := s.counters.c.InFlight
	s.counters.c = Counters{Requests: make(map[Count]int), InFlight: n, Peak: n}
}
