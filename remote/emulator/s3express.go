package emulator

import (
	"encoding/base64"
	"net/http"
	"strings"
)

// S3Express are the ways of S3 directory buckets (dialects.md 3.5): no order, a
// delimiter and prefixes of slashes alone, a key-marker that is an opaque token
// of the page before, and no upload-id-marker.
func S3Express() Quirks {
	return Quirks{Emulate: EmulateS3Express, Order: OrderNone, Next: NextTruncated}
}

// expressPage continues from a token of its own making, and takes no other.
func expressPage(all []upload, l listing) (*page, *apiError) {
	if l.delimiter != "" && l.delimiter != "/" || l.prefix != "" && !strings.HasSuffix(l.prefix, "/") {
		return nil, fail(http.StatusBadRequest, "InvalidRequest", "This bucket takes / as delimiter and prefixes that end in it.")
	}
	list := entries(all, l.prefix, l.delimiter)
	start := 0
	if l.keyMarker != "" {
		start = -1
		for i, e := range list {
			if e.token() == l.keyMarker {
				start = i + 1
			}
		}
		if start < 0 {
			return nil, fail(http.StatusBadRequest, "InvalidArgument", "The key-marker provided is not valid.",
				element{"ArgumentName", "key-marker"}, element{"ArgumentValue", l.keyMarker})
		}
	}
	pg := cut(list, start, l)
	pg.nextKey, pg.nextID = "", ""
	if pg.truncated {
		pg.nextKey = list[start+l.max-1].token()
	}
	return pg, nil
}

func (e entry) token() string {
	id := ""
	if e.upload != nil {
		id = e.upload.id
	}
	return base64.RawURLEncoding.EncodeToString([]byte(id + "\x00" + e.name))
}
