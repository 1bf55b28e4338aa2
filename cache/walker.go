package cache

import (
	"context"
	"maps"
	"strings"
	"time"
)

// walkerKey is where a context has the walker that acts under it.
type walkerKey struct{}

// WithWalker says that what is done under ctx is part of a walk. walker tells
// one walk from another; 0 is none.
func WithWalker(ctx context.Context, walker uint32) context.Context {
	return context.WithValue(ctx, walkerKey{}, walker)
}

func walkerOf(ctx context.Context) uint32 {
	walker, _ := ctx.Value(walkerKey{}).(uint32)
	return walker
}

// walked is the directory that a walker is in: the outermost of those it has read.
type walked struct {
	by   uint32
	dir  string
	last time.Time
}

// Walked tells that a walker has read the directory of that prefix, and goes
// into its children next. It costs no request.
func (b *Bucket) Walked(walker uint32, prefix string) {
	if walker == 0 {
		return
	}
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	w, now := &b.ahead.walked, time.Now()
	if !w.has(walker, prefix, now) {
		w.by, w.dir = walker, prefix
	}
	w.last = now
}

// has reports whether the walker is known to be in a directory that key is below.
func (w *walked) has(walker uint32, key string, now time.Time) bool {
	return walker != 0 && w.by == walker && strings.HasPrefix(key, w.dir) && now.Sub(w.last) <= walkIdle
}

const (
	// mostWalks bounds the walks that are known at a time.
	mostWalks = 64
	// walkDirs is how many directories somebody opens below the first before it is
	// taken for a walk that nothing else tells.
	walkDirs = 32
)

// paged is the pages of a walk: whether it was known for one from the start, how
// many directories it has opened, and when the last.
type paged struct {
	*sequence
	told   bool
	opened int
	last   time.Time
}

// sequenceOf returns the pages of the walk that opens the directory of that
// prefix. One that leaves the directory it began in begins again.
func (b *Bucket) sequenceOf(prefix string, walker uint32, told bool) *sequence {
	if walker == 0 {
		return newSequence(prefix, told)
	}
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	now := time.Now()
	w := b.walks[walker]
	if w != nil && w.told == told && strings.HasPrefix(prefix, w.root) && now.Sub(w.last) <= walkIdle {
		w.last = now
		if w.opened++; w.opened >= walkDirs {
			w.through.Store(true)
		}
		return w.sequence
	}
	if len(b.walks) >= mostWalks {
		maps.DeleteFunc(b.walks, func(_ uint32, w *paged) bool { return now.Sub(w.last) > walkIdle })
	}
	w = &paged{sequence: newSequence(prefix, told), told: told, last: now}
	if len(b.walks) < mostWalks {
		b.walks[walker] = w
	}
	return w.sequence
}
