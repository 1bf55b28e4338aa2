package emulator

import "uploadfs/remote"

// Garage are the ways of Garage as its source has them (dialects.md 2.4, 3.1):
// where a page ends between two keys, the next one is named with the upload id
// "include", which means from that key on, itself included. Names are encoded
// with %20 and %2F, common prefixes are not.
func Garage() Quirks {
	return Quirks{
		Emulate: EmulateGarage, Order: OrderID, Next: NextTruncated, Milliseconds: true,
		Encoded: remote.EncodedKey | remote.EncodedKeyMarker | remote.EncodedNextKeyMarker | remote.EncodedPrefix, PercentAll: true,
	}
}

// garageInclude is the upload id that includes its key.
const garageInclude = "include"

func garagePage(all []upload, l listing) (*page, *apiError) {
	list := entries(all, l.prefix, l.delimiter)
	q := Quirks{Order: OrderID}
	from := l
	if l.idMarker == garageInclude {
		q.Markers, from.idMarker = MarkersInclusive, ""
	}
	start := q.start(list, from, byID)
	if n := len(list); q.Markers == MarkersInclusive && n > 0 && list[n-1].name < l.keyMarker {
		start = n
	}
	pg := cut(list, start, l)
	if !pg.truncated {
		return pg, nil
	}
	if next := list[start+l.max]; next.name != pg.nextKey || next.upload == nil {
		pg.nextKey, pg.nextID = next.name, garageInclude
	}
	return pg, nil
}
