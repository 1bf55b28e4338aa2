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

// mostWalks bounds the walks that are known at a time.
const mostWalks = 64

// paged is the pages of a walk, and when it last opened a directory.
type paged struct {
	*sequence
	last time.Time
}

// sequenceOf returns the pages of the walk that opens the directory of that
// prefix. One that leaves the directory it began in begins again.
func (b *Bucket) sequenceOf(prefix string, walker uint32) *sequence {
	if walker == 0 {
		return &sequence{through: true, root: prefix}
	}
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	now := time.Now()
	w := b.walks[walker]
	if w != nil && strings.HasPrefix(prefix, w.root) && now.Sub(w.last) <= walkIdle {
		w.last = now
		return w.sequence
	}
	if len(b.walks) >= mostWalks {
		maps.DeleteFunc(b.walks, func(_ uint32, w *paged) bool { return now.Sub(w.last) > walkIdle })
	}
	w = &paged{&sequence{through: true, root: prefix}, now}
	if len(b.walks) < mostWalks {
		b.walks[walker] = w
	}
	return w.sequence
}
