package emulator

import (
	"cmp"
	"slices"
	"strings"
)

// order is the comparison that a quirk asks for, d's own where it asks for none.
func (q *Quirks) order(d dialect) order {
	switch q.Order {
	case OrderID:
		return byID
	case OrderTime:
		return byTime
	case OrderStart:
		return byStart
	case OrderAllIDs:
		return byAllIDs
	case OrderNone:
		return byNothing
	case OrderMeta:
		return byMeta
	}
	return d.order()
}

// byStart is MinIO's: the time of initiation over the whole bucket.
func byStart(a, b *upload) int {
	if c := a.initiated.Compare(b.initiated); c != 0 {
		return c
	}
	return cmp.Or(cmp.Compare(a.seq, b.seq), byID(a, b))
}

// byAllIDs is SeaweedFS's: the upload id over the whole bucket.
func byAllIDs(a, b *upload) int { return strings.Compare(a.id, b.id) }

// byMeta is Ceph RGW's: the names of the objects that keep the uploads, so that
// a-b comes before a (dialects.md 3.1).
func byMeta(a, b *upload) int { return strings.Compare(metaName(a.key, a.id), metaName(b.key, b.id)) }

func metaName(key, id string) string { return key + "." + id + ".meta" }

// byNothing is an order that holds from page to page and means nothing.
func byNothing(a, b *upload) int {
	return cmp.Or(cmp.Compare(nameHash(a.key, a.id), nameHash(b.key, b.id)), byID(a, b))
}

// nameHash is FNV-1a over both names, finished by mix.
func nameHash(key, id string) uint64 {
	h := uint64(14695981039346656037)
	for _, s := range []string{key, "\x00", id} {
		for i := range len(s) {
			h = (h ^ uint64(s[i])) * 1099511628211
		}
	}
	return mix(h)
}

// ordered is every upload of the bucket in the order of its quirks. The lock
// is held.
func (b *bucket) ordered() []upload {
	var all []upload
	w := b.walk()
	for {
		if _, ok := w.key(); !ok {
			break
		}
		all = append(all, w.take())
	}
	if b.quirks.Order != OrderDialect {
		less := b.quirks.order(b.dialect)
		slices.SortStableFunc(all, func(x, y upload) int { return less(&x, &y) })
	}
	return all
}
