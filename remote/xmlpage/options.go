package xmlpage

import (
	"time"

	"uploadfs/remote"
)

// MaxEntries bounds the entries of one page: uploads and common prefixes, parts,
// or buckets. The largest page any store sends by default is MinIO's and
// SeaweedFS's 10,000 (dialects.md 3.3).
const MaxEntries = 200_000

// MaxPartNumber bounds part numbers. Every provider documents 10,000; what is
// far beyond is no part number.
const MaxPartNumber = 1_000_000

// Options says what the request of a page was, and how its store answers.
//
// Names are decoded when URLRequested is set, Encoded names their element, and,
// with EchoRequired, the page echoes EncodingType url in any case. That decision
// is then checked against the names of the page. It is taken back for the whole
// page when a key, common prefix or NextKeyMarker cannot have been encoded: a
// percent sequence that does not parse, a raw blank, a control byte or a byte
// outside ASCII (SeaweedFS echoes url and sends raw keys). It is also taken back
// when the decoded keys do not all have the requested prefix and the keys as they
// came do. The echoed Prefix and KeyMarker are decoded each on its own where
// they parse, since Tencent documents only Key and NextKeyMarker as encoded.
//
// Decoding follows query rules, so that + is a blank (dialects.md 2.4).
type Options struct {
	// URLRequested says that encoding-type=url was sent.
	URLRequested bool
	// Encoded and EchoRequired are those of the store's remote.Profile.
	Encoded      remote.Encoded
	EchoRequired bool
	// Prefix is the prefix that was asked for, for the check above.
	Prefix string
	// Zone is the zone of dates that carry none, nil for UTC+8, in which
	// Tencent COS printed them (dialects.md 2.2).
	Zone *time.Location
}
