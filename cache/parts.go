package cache

import (
	"context"
	"fmt"
	"time"
	"unsafe"

	"uploadfs/remote"
)

type partsKey struct{ key, id string }

// partsEntry is the parts of one upload, or that it has none any more.
type partsEntry struct {
	b    *Bucket
	name partsKey
	list *PartList
	// gone is set where the store answered NoSuchUpload.
	gone    error
	expires time.Time
	cost    int64
	// ahead says that nobody has asked for the list yet.
	ahead bool
}

func (e *partsEntry) size() int64 { return e.cost }

func (e *partsEntry) drop() {
	if e.b.parts[e.name] == e {
		delete(e.b.parts, e.name)
	}
}

// goneFor is how long an upload that is gone is answered without asking again.
const goneFor = 5 * time.Second

// Parts returns every part of the upload, or fails with KindNoUpload where it
// is gone; what was known of its key is then dropped.
func (b *Bucket) Parts(ctx context.Context, key, id string) (*PartList, error) {
	if e := b.knownParts(key, id); e != nil {
		b.c.stats.hits.Add(1)
		b.asked(key, id, true)
		return e.list, e.gone
	}
	b.asked(key, id, false)
	return b.loadParts(ctx, key, id, false)
}

func (b *Bucket) knownParts(key, id string) *partsEntry {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	e := b.parts[partsKey{key, id}]
	if e == nil {
		return nil
	}
	if !time.Now().Before(e.expires) {
		b.c.lru.Remove(e)
		return nil
	}
	b.c.lru.Get(e)
	if e.ahead {
		e.ahead = false
		b.c.stats.aheadUsed.Add(1)
	}
	return e
}

// loadParts fetches the parts of one upload. ahead marks speculation.
func (b *Bucket) loadParts(ctx context.Context, key, id string, ahead bool) (*PartList, error) {
	b.c.stats.misses.Add(1)
	name := fmt.Sprintf("P|%p|%d:%s|%s", b, len(key), key, id)
	v, err := b.c.flight(ctx, name, func(ctx context.Context) (any, error) {
		if e := b.knownParts(key, id); e != nil {
			return e.list, e.gone
		}
		if ahead {
			ctx = remote.WithBackground(ctx)
		}
		parts, err := b.readParts(ctx, key, id)
		if err != nil && remote.KindOf(err) != remote.KindNoUpload {
			return nil, err
		}
		if err != nil {
			b.forget(key)
		}
		b.c.stats.partsSeen.Add(int64(len(parts)))
		e := b.newParts(key, id, parts, err, ahead)
		b.c.mu.Lock()
		defer b.c.mu.Unlock()
		if old := b.parts[e.name]; old != nil {
			b.c.lru.Remove(old)
		}
		b.parts[e.name] = e
		b.c.keep(e)
		return e.list, err
	})
	if err != nil {
		return nil, err
	}
	return v.(*PartList), nil
}

func (b *Bucket) newParts(key, id string, parts []remote.Part, gone error, ahead bool) *partsEntry {
	life := b.c.opts.TTL
	if gone != nil {
		life = min(life, goneFor)
	}
	e := &partsEntry{b: b, name: partsKey{key, id}, gone: gone, expires: time.Now().Add(life), ahead: ahead}
	if gone == nil {
		e.list = &PartList{Parts: parts, Expires: e.expires}
	}
	e.cost = int64(unsafe.Sizeof(*e)+unsafe.Sizeof(PartList{})) + 128 + int64(2*(len(key)+len(id)))
	for i := range parts {
		e.cost += int64(unsafe.Sizeof(parts[i])) + int64(len(parts[i].ETag))
		for _, c := range parts[i].Checksums {
			e.cost += int64(unsafe.Sizeof(c)) + int64(len(c.Value))
		}
	}
	return e
}

// readParts reads every page of List Parts.
func (b *Bucket) readParts(ctx context.Context, key, id string) ([]remote.Part, error) {
	var parts []remote.Part
	for marker := 0; ; {
		run, err := b.pager.Parts(ctx, key, id, marker)
		if remote.KindOf(err) == remote.KindUnsorted {
			return b.pager.AllParts(ctx, key, id)
		}
		if err != nil {
			return nil, err
		}
		parts = append(parts, run.Parts...)
		if !run.Truncated {
			return parts, nil
		}
		if len(parts) > remote.MaxParts {
			return nil, &remote.Error{Kind: remote.KindIncomplete, Op: "ListParts", Bucket: b.name, Key: key, UploadID: id, Message: "the upload has more parts than any store allows"}
		}
		marker = run.Next
	}
}
