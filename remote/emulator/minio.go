package emulator

import (
	"net/http"
	"strings"

	"uploadfs/remote"
)

// MinIO are the ways of MinIO as they were seen (dialects.md 2.4, 3.1, 3.3,
// 3.4; samples/minio-*.xml): without a prefix a whole list by start time from
// a memory cache, with one the uploads of exactly that key. Store.Forget is
// its restart.
func MinIO() Quirks {
	return Quirks{
		Server: "MinIO", Emulate: EmulateMinIO, Order: OrderStart, Milliseconds: true,
		Next: NextTruncated, AnyEncoding: true, ReplaceControls: true,
		Encoded: remote.EncodedKey | remote.EncodedPrefix | remote.EncodedDelimiter | remote.EncodedKeyMarker,
		Parts:   PartsMustExist, PartsCap: 10000, PartsEncoding: true, GetPartLists: true,
		AbortMissingOK: true, AnyRegion: true,
	}
}

func minioPage(all []upload, l listing) (*page, *apiError) {
	if l.keyMarker != "" && !strings.HasPrefix(l.keyMarker, l.prefix) {
		return nil, fail(http.StatusNotImplemented, "NotImplemented", "A header you provided implies functionality that is not implemented")
	}
	if l.prefix == "" {
		pg := &page{listing: l, uploads: all}
		return pg, nil
	}
	var list []entry
	start := 0
	for i := range all {
		if all[i].key != l.prefix {
			continue
		}
		list = append(list, entry{name: all[i].key, upload: &all[i]})
		if all[i].id == l.idMarker {
			start = len(list)
		}
	}
	if l.max == 0 {
		return &page{listing: l, uploads: uploadsOf(list)}, nil
	}
	pg := cut(list, start, l)
	pg.nextKey = ""
	return pg, nil
}

func uploadsOf(list []entry) []upload {
	var out []upload
	for _, e := range list {
		if e.upload != nil {
			out = append(out, *e.upload)
		}
	}
	return out
}
