package remote

import (
	"errors"
	"fmt"
	"strings"
	"time"
)

// Kind says what a failure means to the reader of a listing. Package fs turns
// it into an errno, and nothing else decides that.
type Kind int

const (
	// KindInternal is a failure that no rule below names.
	KindInternal Kind = iota
	// KindDenied is a 403, a bad signature, an unknown key id, a lapsed token
	// or a skewed clock.
	KindDenied
	// KindNoUpload is NoSuchUpload, KindNoBucket NoSuchBucket and KindNoKey
	// NoSuchKey: what was named is gone.
	KindNoUpload
	KindNoBucket
	KindNoKey
	// KindThrottled is a store that refused for its rate to the end of the retries.
	KindThrottled
	// KindUnavailable is no connection, a 5xx or a body cut short, to the end
	// of the retries.
	KindUnavailable
	// KindMalformed is an answer that is no page: bad XML, a wrong root, a
	// page over the size bound.
	KindMalformed
	// KindIncomplete is a listing whose completeness cannot be shown: markers
	// that do not advance, a prefix that is ignored, too many pages.
	KindIncomplete
	// KindUnsorted is a page that is out of order or ignores its marker, so
	// that only a scan of the whole bucket can be trusted.
	KindUnsorted
	// KindTimeout is a request past its timeout to the end of the retries.
	KindTimeout
	// KindInvalid is a 400: an argument that the store refuses.
	KindInvalid
	// KindWrongRegion names another region or endpoint (Region, Endpoint).
	KindWrongRegion
	// KindUnsupported is a store that does not have the operation (405, 501).
	KindUnsupported
	// KindBusy is an upload that must not or could not be aborted.
	KindBusy
	// KindUsage is a setting that cannot work, found before any request.
	KindUsage
)

var kindNames = [...]string{
	"internal", "denied", "no such upload", "no such bucket", "no such key",
	"throttled", "unavailable", "malformed", "incomplete", "unsorted", "timeout",
	"invalid", "wrong region", "unsupported", "busy", "usage",
}

// String returns a short name, fit for a metric's label.
func (k Kind) String() string {
	if k < 0 || int(k) >= len(kindNames) {
		return "unknown"
	}
	return kindNames[k]
}

// Error is what went wrong with one request, in the store's own words.
type Error struct {
	Kind Kind
	// Source is the source's directory name or URL without its query, Provider
	// s3, cos or oss, and Op the API's name, such as ListParts.
	Source, Provider, Op  string
	Bucket, Key, UploadID string
	// Code, Message, RequestID and Status are the store's. Status is 0 where no
	// answer came.
	Code, Message, RequestID string
	Status                   int
	// Region and Endpoint are where the store says the bucket is.
	Region, Endpoint string
	// Skew is how far the store's clock is ahead of ours, where it complained
	// of ours.
	Skew time.Duration
	// Argument is the ArgumentName of a 400.
	Argument string
	// Err is the cause below, such as a network error.
	Err error
}

// Error gives one line: what was asked, and what the store answered.
func (e *Error) Error() string {
	var b strings.Builder
	if e.Op != "" {
		b.WriteString(e.Op)
		b.WriteByte(' ')
	}
	if e.Bucket != "" {
		b.WriteString(e.Bucket)
		b.WriteByte(' ')
	}
	if e.Key != "" {
		fmt.Fprintf(&b, "%q ", e.Key)
	}
	fmt.Fprintf(&b, "%s", e.Kind)
	if e.Status != 0 {
		fmt.Fprintf(&b, ": HTTP %d", e.Status)
	}
	if e.Code != "" {
		fmt.Fprintf(&b, " %s", printable(e.Code))
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", printable(e.Message))
	}
	if e.Err != nil {
		fmt.Fprintf(&b, ": %v", e.Err)
	}
	if e.RequestID != "" {
		fmt.Fprintf(&b, " (request id %s)", printable(e.RequestID))
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// KindOf returns the kind of the first Error in err's chain, and KindInternal
// where there is none.
func KindOf(err error) Kind {
	if e, ok := errors.AsType[*Error](err); ok {
		return e.Kind
	}
	return KindInternal
}

// IsGone reports whether err says that what was named does not exist.
func IsGone(err error) bool {
	switch KindOf(err) {
	case KindNoUpload, KindNoBucket, KindNoKey:
		return true
	}
	return false
}

// printable replaces control bytes, so that a store's words cannot move a
// terminal's cursor or start a second log line, and cuts what is too long.
func printable(s string) string {
	const most = 300
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 {
			return ' '
		}
		return r
	}, s)
}
