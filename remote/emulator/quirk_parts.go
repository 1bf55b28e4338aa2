package emulator

import "uploadfs/remote"

// oddParts fills a page of parts where part-number-marker is not taken as
// documented.
func (b *bucket) oddParts(u *upload, pg *partPage) *apiError {
	n := b.partCount(u)
	all := make([]remote.Part, n)
	for i := range all {
		all[i] = b.part(u, i)
	}
	start := b.firstPart(u, pg.marker)
	marked := start > 0 && all[start-1].Number == pg.marker
	switch b.quirks.Parts {
	case PartsInclusive:
		if marked {
			start--
		}
	case PartsMustExist:
		if pg.marker > 0 && !marked {
			start = n
		}
	case PartsStalled:
		start = 0
	}
	end := min(start+pg.max, n)
	pg.parts = all[start:end]
	pg.truncated = end < n && pg.max > 0
	if len(pg.parts) > 0 {
		pg.next = pg.parts[len(pg.parts)-1].Number
	}
	if b.quirks.Parts == PartsInclusive && pg.truncated {
		pg.next = all[end].Number
	}
	if b.quirks.Emulate == EmulateMinIO && !pg.truncated {
		pg.next = 0
	}
	return nil
}
