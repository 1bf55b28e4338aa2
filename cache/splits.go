package cache

import (
	"slices"
	"sync"
)

// splits are those under way. Walks that go through a listing at the same time
// share one: each would guess for itself, and all of it is paid for.
type splits struct {
	mu  sync.Mutex
	all []*split
}

// join returns the split that reads ahead of p in a listing of scope, or what
// begin returns if there is none.
func (x *splits) join(scope string, p bound, begin func() *split) *split {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.all = slices.DeleteFunc(x.all, func(s *split) bool { return !s.underWay() })
	for _, s := range x.all {
		if s.scope == scope && s.serves(p) {
			return s
		}
	}
	s := begin()
	if s != nil {
		s.reader = p.clone() // where others find it before its first range
		x.all = append(x.all, s)
	}
	return s
}

// underWay reports whether ranges may still be read for somebody.
func (s *split) underWay() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return !s.over() && s.left() > 0
}

// serves reports whether p is where the split reads.
func (s *split) serves(p bound) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return p == s.reader || !p.less(s.reader) && p.less(s.far)
}
