package emulator

import (
	"time"

	"uploadfs/remote"
)

// Quirks are ways in which a bucket differs from what its provider documents.
// The zero value has none. Whole stores that are known to differ are MinIO,
// Versitygw, Ceph, SeaweedFS and Gofakes3.
//
// A bucket whose quirks change order or markers serves each page by reading
// all its uploads: such buckets are for tests, not for millions.
type Quirks struct {
	// Server replaces the Server header.
	Server string
	// Emulate names a store whose own rules of paging are used.
	Emulate Family

	// Order is that of the uploads.
	Order Order
	// Markers is how key-marker and upload-id-marker are taken, Next when the
	// markers of the next page are filled in.
	Markers Markers
	Next    Next
	// NoNextKey leaves NextKeyMarker out and keeps NextUploadIdMarker.
	NoNextKey bool
	// ForgetsAborted refuses the id of an aborted upload as a marker with 400.
	ForgetsAborted bool

	// IgnorePrefix, IgnoreDelimiter, IgnoreMax and IgnoreMarkers serve as if
	// those parameters had not been sent, and echo them all the same.
	IgnorePrefix, IgnoreDelimiter, IgnoreMax, IgnoreMarkers bool
	// PageCap is the most entries that a page has, whatever is asked for.
	PageCap int
	// EmptyPages is how many empty truncated pages, with markers that move,
	// come before the first; -1 means that nothing else ever comes.
	EmptyPages int
	// FilterAfterCut cuts pages before it looks at the prefix, so that pages
	// are short or empty though truncated (lakeFS, Storj: dialects.md 3.3).
	FilterAfterCut bool
	// AlwaysTruncated says so on the last page too.
	AlwaysTruncated bool
	// StallMarkers gives the markers of the request as those of the next page.
	StallMarkers bool
	// Overlap is how many entries of the page before a page repeats.
	Overlap int
	// Duplicates lists every upload twice in a row.
	Duplicates bool
	// SlashlessPrefixes cuts the delimiter off common prefixes, PrefixesLost
	// leaves them out of every page of a listing that has more than one,
	// PrefixesTogether writes one CommonPrefixes around them all.
	SlashlessPrefixes, PrefixesLost, PrefixesTogether bool

	// URL is whether names are encoded, Echo whether EncodingType is echoed:
	// by default where it is asked for. Encoded, where not 0, is which names.
	URL, Echo Switch
	Encoded   remote.Encoded
	// PercentAll encodes by the rule of %20 and %2F instead of the dialect's.
	PercentAll bool
	// AnyEncoding takes any value of encoding-type instead of refusing it.
	AnyEncoding bool
	// ReplaceControls writes U+FFFD for what XML 1.0 cannot hold.
	ReplaceControls bool

	// Namespace is that of OSS's documents, which have none today
	// (samples/oss-lmu-2012.xml has one).
	Namespace string
	// OldNames writes COS's old element names (UploadID, CommonPrefixs), and
	// Malformed its unclosed <UIN> (seeds/003).
	OldNames, Malformed bool
	// ANSIDates writes C dates in UTC+8 without a zone (dialects.md 2.2),
	// WholeSeconds dates without a fraction, NoDates none.
	ANSIDates, WholeSeconds, NoDates bool
	// Milliseconds keeps the fraction of a new upload's date.
	Milliseconds bool

	// Parts is how part-number-marker is taken, PartsCap the most parts a page
	// has (1000 where 0), PartsEncoding lets S3 encode the key of List Parts.
	Parts         Parts
	PartsCap      int
	PartsEncoding bool
	// GetPartLists answers GET with partNumber and uploadId as List Parts
	// (dialects.md 4).
	GetPartLists bool

	// AbortMissingOK answers 204 for an upload that is gone, AbortsSurvived is
	// how many aborts an upload outlives (dialects.md 0.13).
	AbortMissingOK bool
	AbortsSurvived int

	// AnyRegion takes any region in a signature, Redirect answers a wrong one
	// with 301 in place of 400, AcceptAnySignature verifies nothing.
	AnyRegion, Redirect, AcceptAnySignature bool
	// PadErrors pads the texts of OSS's errors with blanks (samples/oss-err-padded-text.xml).
	PadErrors bool
	// EmptyIsMissing answers 404 NoSuchUpload for a bucket without uploads.
	EmptyIsMissing bool
}

// Family is a kind of store that speaks S3 in its own way.
type Family string

// The stores that Quirks.Emulate knows.
const (
	EmulateMinIO     Family = "minio"
	EmulateVersitygw Family = "versitygw"
	EmulateCeph      Family = "ceph"
	EmulateSeaweedFS Family = "seaweedfs"
	EmulateGofakes3  Family = "gofakes3"
	EmulateGarage    Family = "garage"
	EmulateS3Express Family = "s3express"
)

// Order is the order of uploads in a listing.
type Order int

// The orders. OrderDialect is the dialect's: by key, and inside a key by time
// (S3) or by id (COS, OSS).
const (
	OrderDialect Order = iota
	// OrderID and OrderTime are by key, and inside a key by id or by time.
	OrderID
	OrderTime
	// OrderStart is by time over the whole bucket, OrderAllIDs by id over the
	// whole bucket, OrderNone by nothing that can be told.
	OrderStart
	OrderAllIDs
	OrderNone
	// OrderMeta is that of the strings "key.id.meta" (Ceph RGW).
	OrderMeta
)

// Markers is how a request's markers are taken.
type Markers int

// The ways to take markers.
const (
	MarkersExclusive Markers = iota
	// MarkersInclusive begins with the marked entry, and names the first entry
	// of the next page as the next marker.
	MarkersInclusive
	// MarkersKeyInclusive begins with the uploads of key-marker where it comes
	// alone (Ceph RGW).
	MarkersKeyInclusive
)

// Next is when the markers of the next page are filled in.
type Next int

// The ways to fill in next markers. NextDialect is the dialect's.
const (
	NextDialect Next = iota
	// NextAlways fills them on the last page too, NextTruncated only where a
	// page follows.
	NextAlways
	NextTruncated
	// NextEmpty sends them empty and NextNever leaves them out, on truncated
	// pages too.
	NextEmpty
	NextNever
)

// Switch is on, off, or as the dialect has it.
type Switch int

// The positions of a Switch.
const (
	AsDialect Switch = iota
	On
	Off
)

// Parts is how part-number-marker is taken.
type Parts int

// The ways to take part-number-marker.
const (
	PartsExclusive Parts = iota
	// PartsInclusive repeats the marked part.
	PartsInclusive
	// PartsMustExist gives an empty, complete page for a marker that is no
	// part's number (MinIO).
	PartsMustExist
	// PartsStalled ignores the marker: the first page for ever.
	PartsStalled
)

// precision is that of the dates of new uploads and parts.
func (q Quirks) precision() time.Duration {
	if q.Milliseconds {
		return time.Millisecond
	}
	return time.Second
}

// odd reports whether pages must be made by the slow engine.
func (q *Quirks) odd() bool {
	return q.Emulate != "" || q.Order != OrderDialect || q.Markers != MarkersExclusive || q.Overlap > 0 ||
		q.FilterAfterCut || q.EmptyIsMissing
}
