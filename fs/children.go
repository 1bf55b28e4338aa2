package fs

import (
	"context"
	"hash/maphash"
	"slices"

	"uploadfs/cache"
)

// markEvery is how many children lie between two remembered positions: what a
// seek reads again at most.
const markEvery = 1024

// childSource numbers the children that a cache.Reader gives, and finds its way
// back to any of them.
type childSource struct {
	*dirNode
	r cache.Reader
	// next is the number of the child that r gives next.
	next int
	// marks[i] is the position before child i*markEvery.
	marks []any
	// child was read and could not be named yet.
	child  cache.Child
	unread bool
	// cur is child next-1.
	cur entry
	ids idSet
}

func newChildSource(n *dirNode, r cache.Reader) *childSource {
	return &childSource{dirNode: n, r: r, ids: idSet{seed: maphash.MakeSeed()}}
}

func (s *childSource) rewind(context.Context) error {
	s.to(nil, 0)
	s.marks = s.marks[:0]
	s.ids = idSet{seed: s.ids.seed}
	return nil
}

func (s *childSource) to(mark any, next int) {
	s.r.Reset(mark)
	s.next, s.unread = next, false
}

func (s *childSource) at(ctx context.Context, i int) (*entry, error) {
	if i == s.next-1 {
		return &s.cur, nil
	}
	// Back, or on past a stretch that was read before.
	if m := min(i/markEvery, len(s.marks)-1); m >= 0 && (i < s.next || m*markEvery > s.next) {
		s.to(s.marks[m], m*markEvery)
	}
	for s.next <= i {
		if err := s.read(ctx); err != nil {
			return nil, err
		}
	}
	return &s.cur, nil
}

// read makes child next the current one.
func (s *childSource) read(ctx context.Context) error {
	if !s.unread {
		if s.next == len(s.marks)*markEvery {
			s.marks = append(s.marks, s.r.Mark())
		}
		c, err := s.r.Next(ctx)
		if err != nil {
			return err
		}
		s.child, s.unread = c, true
	}
	name, err := s.name(ctx, s.child)
	if err != nil {
		return err
	}
	s.cur = s.entry(name, s.child)
	s.next++
	s.child, s.unread = cache.Child{}, false
	return nil
}

// name returns the name of a child. The reader gives the uploads first, so a
// component is named when every id is known.
func (s *childSource) name(ctx context.Context, c cache.Child) (string, error) {
	if c.Upload != nil {
		s.ids.add(s.next, c.Upload.UploadID)
		return encodeName(c.Upload.UploadID), nil
	}
	if !s.ids.has(c.Component) {
		return encodeName(c.Component), nil
	}
	// The set holds hashes. A lookup must come to the same result, so ask.
	key, _ := s.key()
	_, _, err := s.b.get().Upload(ctx, key, c.Component)
	switch {
	case err == nil:
		return encodeCollided(c.Component), nil
	case absent(err):
		return encodeName(c.Component), nil
	}
	return "", err
}

// idSet is the upload ids of a directory, eight bytes each.
type idSet struct {
	seed   maphash.Seed
	hashes []uint64
	sorted bool
}

// add notes the id of child i. Reading a child again adds nothing.
func (s *idSet) add(i int, id string) {
	if i < len(s.hashes) {
		return
	}
	s.hashes = append(s.hashes, maphash.String(s.seed, id))
	s.sorted = false
}

// has reports whether an id may be that of component. False is certain.
func (s *idSet) has(component string) bool {
	if len(s.hashes) == 0 {
		return false
	}
	if !s.sorted {
		slices.Sort(s.hashes)
		s.sorted = true
	}
	_, found := slices.BinarySearch(s.hashes, maphash.String(s.seed, component))
	return found
}
