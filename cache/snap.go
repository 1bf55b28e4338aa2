package cache

import (
	"strings"
	"time"
)

// snap returns the first position at or after p that may have uploads under
// scope, by what the directories that were read with a delimiter have shown. It
// reports false where there is none. It costs no request.
//
// A walker has asked for the children of each directory that it found long, so
// the places where the keyspace goes on are known, whatever lies between.
func (b *Bucket) snap(scope string, p bound) (bound, bool) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	top, now := parentOf(scope), time.Now()
	for dir := parentOf(p.key); strings.HasPrefix(dir, top); dir = parentOf(dir[:len(dir)-1]) {
		child := false
		if p, child = b.snapIn(dir, p, now); child || p.end || dir == "" {
			break
		}
	}
	return p, !p.end && strings.HasPrefix(p.key, scope)
}

// snapIn is snap for one directory. It reports whether the result stands in one
// of its children, or else returns the position after the directory, or p where
// nothing is known of it. The lock is held.
func (b *Bucket) snapIn(dir string, p bound, now time.Time) (bound, bool) {
	x := b.levels[dir]
	for x != nil {
		k := x.find(p)
		if k == nil || !now.Before(k.expires) {
			break
		}
		i := k.from(p)
		if i > 0 && strings.HasPrefix(p.key, k.uploads[i-1].Key) && k.uploads[i-1].UploadID == "" {
			return p, true
		}
		if i >= 0 && i < len(k.uploads) {
			return bound{key: k.uploads[i].Key}, true
		}
		if p = k.hi; !k.more {
			break
		}
	}
	return p, false
}
