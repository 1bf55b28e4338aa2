package cache

import (
	"math/big"
	"slices"
)

// hole is a stretch without keys.
type hole struct{ from, to *big.Int }

// skip notes a hole. The lock is held.
func (s *split) skip(from, to *big.Int) {
	s.holes = append(s.holes, hole{from, to})
	slices.SortFunc(s.holes, func(a, b hole) int { return a.from.Cmp(b.from) })
}

// limit is where the pages end that may be read ahead. The lock is held.
func (s *split) limit() *big.Int {
	s.holes = slices.DeleteFunc(s.holes, func(h hole) bool { return h.to.Cmp(s.at) <= 0 })
	end, past := s.ahead(s.at, s.horizon), s.at
	for _, h := range s.holes {
		if h.from.Cmp(end) >= 0 {
			break
		}
		if h.from.Cmp(past) > 0 {
			past = h.from
		}
		if h.to.Cmp(past) > 0 {
			end.Add(end, new(big.Int).Sub(h.to, past))
			past = h.to
		}
	}
	return end
}
