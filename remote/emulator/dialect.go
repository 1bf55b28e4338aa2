package emulator

import (
	"net/http"
	"time"

	"uploadfs/remote"
)

// dialect is what differs between the three providers.
type dialect interface {
	identity
	refuser
	writer
	maker
}

// identity is a dialect's names and ways to be addressed.
type identity interface {
	name() string
	// region is the default one.
	region() string
	// order is that of the uploads in a listing.
	order() order
	// headers sets what every answer carries.
	headers(h http.Header, x *exchange)
	// selectors are the parameters among which sub-resources are looked for.
	selectors(x *exchange) query
	// precheck refuses what is refused before the signature is looked at.
	precheck(x *exchange) *apiError
	// checkPlace refuses a bucket that is asked for in a wrong way or place.
	checkPlace(x *exchange) *apiError
}

// refuser makes a provider's errors.
type refuser interface {
	errorDocument(d *doc, x *exchange, e *apiError)
	unsigned(x *exchange) *apiError
	authError(x *exchange, why authFailure, id string) *apiError
	throttled(x *exchange) *apiError
	noBucket(x *exchange) *apiError
	noUpload(x *exchange) *apiError
	badKey(key string) *apiError
}

// writer writes a provider's documents.
type writer interface {
	uploadsDocument(d *doc, x *exchange, pg *page)
	partsDocument(d *doc, x *exchange, pg *partPage)
	bucketsPage(x *exchange, all []*bucket) (func(d *doc), *apiError)
	createdDocument(d *doc, x *exchange, id string)
}

// maker makes what a provider makes up: ids, owners and sums.
type maker interface {
	info() *remote.UploadInfo
	appendID(b []byte, h uint64, initiated time.Time) []byte
	appendSyntheticID(b []byte, p *population, i int, initiated time.Time) []byte
	syntheticSums(p *population, i int, h uint64, part *remote.Part)
}

func dialectNames() []string { return []string{"s3", "cos", "oss"} }

func dialectOf(name string) (dialect, bool) {
	switch name {
	case "s3":
		return dialectS3{}, true
	case "cos":
		return dialectCOS{}, true
	case "oss":
		return dialectOSS{}, true
	}
	return nil, false
}

const lowerHex = "0123456789abcdef"

// letters appends n characters of an alphabet of 16 or 64, drawn from h.
func letters(b []byte, h uint64, n int, alphabet string) []byte {
	bits, have := uint(4), uint(0)
	if len(alphabet) == 64 {
		bits = 6
	}
	var word uint64
	for range n {
		if have < bits {
			h = mix(h + 0x9E3779B97F4A7C15)
			word, have = h, 64
		}
		b = append(b, alphabet[word&(1<<bits-1)])
		word >>= bits
		have -= bits
	}
	return b
}

// keyRoom refuses a key that is too long, or where banned that begins with a
// slash or backslash (dialects.md 5).
func keyRoom(key string, most int, banLeading bool) *apiError {
	if len(key) > most {
		return fail(http.StatusBadRequest, "KeyTooLong", "Your key is too long.", element{"MaxSizeAllowed", itoa(most)}, element{"Size", itoa(len(key))})
	}
	if banLeading && key != "" && (key[0] == '/' || key[0] == '\\') {
		return fail(http.StatusBadRequest, "InvalidObjectName", "The specified object is not valid.", element{"ObjectName", key})
	}
	return nil
}
