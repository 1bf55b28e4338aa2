package emulator

import (
	"strings"

	"uploadfs/remote"
)

// Ceph are the ways of Ceph RGW as its source has them (dialects.md 2.4, 3.1):
// uploads in the order of "key.id.meta", a key-marker that includes its own
// key, keys and common prefixes encoded and nothing echoed.
func Ceph() Quirks {
	return Quirks{
		Emulate: EmulateCeph, Order: OrderMeta, Markers: MarkersKeyInclusive,
		Next: NextTruncated, PrefixesTogether: true, Encoded: remote.EncodedKey | remote.EncodedCommonPrefix,
		Echo: Off, GetPartLists: true, Milliseconds: true,
	}
}

// cephPage starts at the name that the markers make: key.id.meta, or key alone,
// after which that key's own names come.
func cephPage(all []upload, l listing) (*page, *apiError) {
	mark := l.keyMarker
	if mark != "" && l.idMarker != "" {
		mark = metaName(l.keyMarker, l.idMarker)
	}
	var rest []upload
	for i := range all {
		if cp := group(all[i].key, l.prefix, l.delimiter); strings.HasPrefix(all[i].key, l.prefix) && cp != "" && cp <= l.keyMarker {
			continue
		}
		if mark == "" || metaName(all[i].key, all[i].id) > mark {
			rest = append(rest, all[i])
		}
	}
	return cut(entries(rest, l.prefix, l.delimiter), 0, l), nil
}
