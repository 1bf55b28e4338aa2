package emulator

import (
	"crypto/sha1"
	"encoding/hex"
)

// SeaweedFS are the ways of SeaweedFS of 2026-08 (dialects.md 2.4, 3.1, 3.3;
// samples/seaweedfs-lmu-shape-url.xml): by upload id, a key-marker that must be
// equal, continuation by upload id alone, a page that is truncated when it is
// full, no dates, encoding-type echoed and nothing encoded.
func SeaweedFS() Quirks {
	return Quirks{
		Server: "SeaweedFS S3", Emulate: EmulateSeaweedFS, Order: OrderAllIDs, NoNextKey: true, Next: NextTruncated,
		URL: Off, NoDates: true, AnyEncoding: true, Parts: PartsInclusive, GetPartLists: true,
	}
}

// seaweedID is an upload id that begins with the key's hash.
func seaweedID(key string, h uint64) string {
	sum := sha1.Sum([]byte(key))
	return hex.EncodeToString(sum[:]) + "_" + string(letters(nil, h, 32, lowerHex))
}

func seaweedPage(all []upload, l listing) (*page, *apiError) {
	pg := &page{listing: l}
	seen := make(map[string]bool)
	for i := range all {
		u := &all[i]
		if l.keyMarker != "" && u.key != l.keyMarker || l.idMarker != "" && u.id <= l.idMarker || !hasPrefix([]byte(u.key), l.prefix) {
			continue
		}
		if len(pg.uploads)+len(pg.prefixes) == l.max {
			break
		}
		pg.nextID = u.id
		if cp := group(u.key, l.prefix, l.delimiter); cp == "" {
			pg.uploads = append(pg.uploads, *u)
		} else if !seen[cp] {
			seen[cp] = true
			pg.prefixes = append(pg.prefixes, cp)
		}
	}
	pg.truncated = l.max > 0 && len(pg.uploads)+len(pg.prefixes) == l.max
	return pg, nil
}
