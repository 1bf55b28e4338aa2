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
	if e.ahead {
		e.used()
	}
}

// used ends the entry's time as speculation. The lock is held.
func (e *partsEntry) used() {
	e.ahead = false
	e.b.ahead.unused--
	e.b.ahead.unusedBytes -= e.cost
}

// goneFor is how long an upload that is gone is answered without asking again.
const goneFor = 5 * time.Second

// Parts returns every part of the upload, or fails with KindNoUpload where it
// is gone; what was known of its key is then dropped. With another error it
// returns the parts that were read before it, if any: they are not all.
func (b *Bucket) Parts(ctx context.Context, key, id string) (*PartList, error) {
	name := partsKey{key, id}
	e := b.knownParts(name)
	b.asked(ctx, name, e != nil)
	if e != nil {
		b.c.stats.hits.Add(1)
		return e.list, e.gone
	}
	defer b.answered(name)
	return b.loadParts(ctx, name, false)
}

func (b *Bucket) knownParts(name partsKey) *partsEntry {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	e := b.freshParts(name)
	if e == nil {
		return nil
	}
	b.c.lru.Get(e)
	if e.ahead {
		e.used()
		b.c.stats.aheadUsed.Add(1)
	}
	return e
}

// freshParts returns what is there of an upload's parts; what has lapsed is
// dropped on the way. The lock is held.
func (b *Bucket) freshParts(name partsKey) *partsEntry {
	e := b.parts[name]
	if e != nil && !time.Now().Before(e.expires) {
		b.c.lru.Remove(e)
		return nil
	}
	return e
}

// loadParts fetches the parts of one upload. ahead marks speculation.
func (b *Bucket) loadParts(ctx context.Context, name partsKey, ahead bool) (*PartList, error) {
	flight := fmt.Sprintf("P|%p|%d:%s|%s", b, len(name.key), name.key, name.id)
	v, err := b.c.flight(ctx, flight, func(ctx context.Context) (any, error) {
		if e := b.foundParts(name, ahead); e != nil {
			// Another flight ended just before this one began.
			return e.list, e.gone
		}
		if ahead {
			ctx = remote.WithBackground(ctx)
		}
		b.c.stats.misses.Add(1)
		parts, err := b.readParts(ctx, name.key, name.id)
		if remote.KindOf(err) == remote.KindNoUpload && b.mangled(name) {
			err = &remote.Error{
				Kind: remote.KindMalformed, Op: "ListParts", Bucket: b.name, Key: name.key, UploadID: name.id, Err: err,
				Message: "the store lists this key with other bytes than it was given, so that its upload cannot be asked for",
			}
		}
		if err != nil && remote.KindOf(err) != remote.KindNoUpload {
			return &PartList{Parts: parts}, err
		}
		if err != nil {
			b.forget(name.key)
		}
		b.c.stats.partsSeen.Add(int64(len(parts)))
		e := b.newParts(name, parts, err)
		b.keepParts(e)
		return e.list, err
	})
	l, _ := v.(*PartList)
	return l, err
}

// mangled reports whether the listing marked the upload's key as one that the
// store may have changed: NoSuchUpload then proves nothing.
func (b *Bucket) mangled(name partsKey) bool {
	k := b.known(parentOf(name.key), bound{key: name.key}, false)
	if k == nil {
		return false
	}
	us, _ := k.group(name.key)
	return len(us) > 0 && us[0].Mangled
}

// foundParts is knownParts, where speculation does not count as use.
func (b *Bucket) foundParts(name partsKey, ahead bool) *partsEntry {
	if !ahead {
		return b.knownParts(name)
	}
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	return b.freshParts(name)
}

// keepParts puts an entry in place of the one there was.
func (b *Bucket) keepParts(e *partsEntry) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	if old := b.parts[e.name]; old != nil {
		b.c.lru.Remove(old)
	}
	if claimed, flying := b.ahead.flying[e.name]; flying && !claimed {
		// From here on the entry counts as unused, and no longer the flight.
		delete(b.ahead.flying, e.name)
		e.ahead = true
		b.ahead.unusedBytes += e.cost
	}
	b.parts[e.name] = e
	b.c.keep(e)
}

func (b *Bucket) newParts(name partsKey, parts []remote.Part, gone error) *partsEntry {
	life := b.c.opts.TTL
	if gone != nil {
		life = min(life, goneFor)
	}
	e := &partsEntry{b: b, name: name, gone: gone, expires: time.Now().Add(life)}
	if gone == nil {
		e.list = &PartList{Parts: parts, Expires: e.expires}
	}
	e.cost = int64(unsafe.Sizeof(*e)+unsafe.Sizeof(PartList{})) + 128 + int64(2*(len(name.key)+len(name.id)))
	for i := range parts {
		e.cost += int64(unsafe.Sizeof(parts[i])) + int64(len(parts[i].ETag))
		for _, c := range parts[i].Checksums {
			e.cost += int64(unsafe.Sizeof(c)) + int64(len(c.Value))
		}
	}
	return e
}
