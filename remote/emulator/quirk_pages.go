package emulator

import (
	"math"
	"strings"
)

// ignore forgets the parameters that the bucket does not take.
func (q *Quirks) ignore(l *listing) {
	if q.IgnorePrefix {
		l.prefix = ""
	}
	if q.IgnoreDelimiter {
		l.delimiter = ""
	}
	if q.IgnoreMarkers {
		l.keyMarker, l.idMarker = "", ""
	}
	if q.IgnoreMax {
		l.max = math.MaxInt32
	}
	if q.PageCap > 0 {
		l.max = min(l.max, q.PageCap)
	}
	if q.EmptyPages != 0 && strings.Trim(l.keyMarker, emptyMark) == "" {
		l.keyMarker = ""
	}
}

// emptyMark is what the markers of empty pages are made of: a character below
// every key of a test.
const emptyMark = "\x01"

// distort changes a finished page.
func (q *Quirks) distort(pg *page) {
	if q.emptied(pg) {
		return
	}
	if q.PrefixesLost && (pg.truncated || pg.keyMarker != "") {
		pg.prefixes = nil
	}
	if q.SlashlessPrefixes {
		for i, p := range pg.prefixes {
			pg.prefixes[i] = strings.TrimSuffix(p, pg.delimiter)
		}
	}
	if q.Duplicates {
		var twice []upload
		for _, u := range pg.uploads {
			twice = append(twice, u, u)
		}
		pg.uploads = twice
	}
	if q.AlwaysTruncated {
		pg.truncated = true
	}
	if q.StallMarkers && pg.keyMarker != "" {
		pg.nextKey, pg.nextID = pg.keyMarker, pg.idMarker
	}
}

// emptied turns the first pages, or all, into empty ones that move on. The
// count is kept in the marker, so that the store keeps none.
func (q *Quirks) emptied(pg *page) bool {
	n := len(pg.keyMarker)
	first := pg.keyMarker == strings.Repeat(emptyMark, n)
	if q.EmptyPages == 0 || q.EmptyPages > 0 && (!first || n >= q.EmptyPages) {
		return false
	}
	pg.uploads, pg.prefixes, pg.truncated = nil, nil, true
	pg.nextKey, pg.nextID = pg.keyMarker+emptyMark, ""
	return true
}
