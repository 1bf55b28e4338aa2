package emulator

import (
	"strings"
)

// entry is an upload or a common prefix of a listing.
type entry struct {
	name   string
	upload *upload // nil for a common prefix
}

// entries are the uploads under the prefix, grouped by the delimiter, in the
// order given. A common prefix stands where its first upload does.
func entries(all []upload, prefix, delimiter string) []entry {
	var out []entry
	seen := make(map[string]bool)
	for i := range all {
		u := &all[i]
		if !strings.HasPrefix(u.key, prefix) {
			continue
		}
		cp := group(u.key, prefix, delimiter)
		switch {
		case cp == "":
			out = append(out, entry{name: u.key, upload: u})
		case !seen[cp]:
			seen[cp] = true
			out = append(out, entry{name: cp})
		}
	}
	return out
}

// oddPage makes a page where order or markers are not the documented ones. It
// reads every upload of the bucket.
func (x *exchange) oddPage(l listing) (*page, *apiError) {
	b := x.bucket
	all := b.ordered()
	if b.quirks.EmptyIsMissing && len(all) == 0 {
		return nil, x.dialect.noUpload(x)
	}
	switch b.quirks.Emulate {
	case EmulateMinIO:
		return minioPage(all, l)
	case EmulateVersitygw:
		return versitygwPage(all, l)
	case EmulateSeaweedFS:
		return seaweedPage(all, l)
	case EmulateCeph:
		return cephPage(all, l)
	case EmulateGarage:
		return garagePage(all, l)
	case EmulateS3Express:
		return expressPage(all, l)
	}
	if b.quirks.FilterAfterCut {
		return filteredPage(all, l), nil
	}
	list := entries(all, l.prefix, l.delimiter)
	start := b.quirks.start(list, l, b.quirks.order(b.dialect))
	if l.keyMarker != "" {
		start = max(start-b.quirks.Overlap, 0)
	}
	pg := cut(list, start, l)
	if b.quirks.Markers == MarkersInclusive && pg.truncated {
		next := list[start+l.max]
		pg.nextKey, pg.nextID = next.name, ""
		if next.upload != nil {
			pg.nextID = next.upload.id
		}
	}
	return pg, nil
}

// cut is the page of list that begins at start.
func cut(list []entry, start int, l listing) *page {
	pg := &page{listing: l}
	for i := start; i < len(list); i++ {
		if len(pg.uploads)+len(pg.prefixes) == l.max {
			pg.truncated = l.max > 0
			break
		}
		e := list[i]
		if e.upload == nil {
			pg.prefixes = append(pg.prefixes, e.name)
			pg.nextKey, pg.nextID = e.name, ""
			continue
		}
		pg.uploads = append(pg.uploads, *e.upload)
		pg.nextKey, pg.nextID = e.name, e.upload.id
	}
	return pg
}

// start is the position that a request's markers mean.
func (q *Quirks) start(list []entry, l listing, less order) int {
	if l.keyMarker == "" {
		return 0
	}
	sorted := q.Order == OrderDialect || q.Order == OrderID || q.Order == OrderTime
	inclusive := q.Markers == MarkersInclusive
	if !sorted {
		for i := len(list) - 1; i >= 0; i-- {
			if list[i].marks(l) {
				if inclusive {
					return i
				}
				return i + 1
			}
		}
		return 0 // an unknown marker starts again from the top
	}
	for i, e := range list {
		if e.beyond(l, q, less, list) {
			return i
		}
	}
	if inclusive {
		return 0 // so does one past the end on gofakes3 (real-servers.md)
	}
	return len(list)
}

// marks reports whether the entry is the one that the markers name.
func (e entry) marks(l listing) bool {
	return e.name == l.keyMarker && (e.upload == nil || l.idMarker == "" || e.upload.id == l.idMarker)
}

// beyond reports whether the entry belongs to a listing that starts at the
// markers, in an order by key.
func (e entry) beyond(l listing, q *Quirks, less order, list []entry) bool {
	if e.name != l.keyMarker {
		return e.name > l.keyMarker
	}
	if e.upload == nil {
		return q.Markers == MarkersInclusive
	}
	if l.idMarker == "" {
		return q.Markers != MarkersExclusive
	}
	mark := &upload{key: l.keyMarker, id: l.idMarker}
	for _, o := range list {
		if o.upload != nil && o.marks(l) {
			mark = o.upload
		}
	}
	c := less(e.upload, mark)
	return c > 0 || c == 0 && q.Markers == MarkersInclusive
}

// filteredPage cuts the page first and looks at the prefix then.
func filteredPage(all []upload, l listing) *page {
	list := entries(all, "", "")
	start := (&Quirks{}).start(list, l, byTime)
	pg := cut(list, start, l)
	var kept []upload
	for _, u := range pg.uploads {
		if !strings.HasPrefix(u.key, l.prefix) {
			continue
		}
		cp := group(u.key, l.prefix, l.delimiter)
		switch n := len(pg.prefixes); {
		case cp == "":
			kept = append(kept, u)
		case cp > l.keyMarker && (n == 0 || pg.prefixes[n-1] != cp):
			pg.prefixes = append(pg.prefixes, cp)
		}
	}
	pg.uploads = kept
	return pg
}
