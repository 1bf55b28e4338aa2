package remote

import "time"

// Person is the initiator or owner of an upload. Tencent COS documents name
// the id UID or UIN (seeds/003), AWS stopped sending DisplayName on 2025-11-21.
type Person struct {
	ID, DisplayName string
}

// UploadInfo holds the members of an upload that many uploads of a listing
// have in common. A decoder shares one value between all uploads that agree.
// It must not be changed once a page is out.
type UploadInfo struct {
	StorageClass      string
	Initiator, Owner  Person
	ChecksumAlgorithm string
	ChecksumType      string
}

// Upload is one pending multipart upload, as List Multipart Uploads gives it.
type Upload struct {
	// Key and UploadID are the store's exact bytes.
	Key, UploadID string
	// Initiated is zero where the store sent no date (SeaweedFS).
	Initiated time.Time
	// Info is never nil in a decoded page; see Details for values made by hand.
	Info *UploadInfo
	// Mangled is set when the key holds U+FFFD and the page was not url
	// encoded: the store may have replaced bytes that XML 1.0 cannot hold, so
	// that the key cannot be used to address the upload (dialects.md 2.4).
	Mangled bool
}

// Details returns the shared members, or none where there are none.
func (u *Upload) Details() UploadInfo {
	if u.Info == nil {
		return UploadInfo{}
	}
	return *u.Info
}

// Checksum is a checksum element under its API name, such as ChecksumCRC32C,
// ChecksumSHA256 or HashCrc64ecma.
type Checksum struct {
	Name, Value string
}

// Part is one uploaded part of a pending upload, as List Parts gives it.
type Part struct {
	// Number is the part number, 1 or more.
	Number int
	// Size is in bytes, never negative.
	Size int64
	// LastModified is zero where the store sent no date.
	LastModified time.Time
	// ETag is bare, without quotes.
	ETag string
	// Checksums are in the order the store sent them.
	Checksums []Checksum
}

// Bucket is one bucket of an account.
type Bucket struct {
	Name string
	// Region and Endpoint say where to address the bucket, where the store
	// tells: COS Location, OSS Region and ExtranetEndpoint, AWS BucketRegion.
	Region, Endpoint string
	Created          time.Time
}

// Cursor is a position in a listing of uploads: just after upload UploadID of
// Key, in the store's own order. With an empty UploadID it is just after every
// upload of Key. The zero Cursor is the beginning.
type Cursor struct {
	Key, UploadID string
	// Before is the greatest key below Key that the listing has shown, or empty
	// where that is not known. versitygw 1.8.0 continues only from there
	// (dialects.md 3.6 step 6a).
	Before string
}

// IsZero reports whether c is the beginning of a listing.
func (c Cursor) IsZero() bool { return c.Key == "" && c.UploadID == "" }

// Same reports whether c and d send the same markers.
func (c Cursor) Same(d Cursor) bool { return c.Key == d.Key && c.UploadID == d.UploadID }

// UploadsRequest asks for one page of List Multipart Uploads.
type UploadsRequest struct {
	// Prefix limits the keys, Delimiter ("" or "/") groups those that hold it
	// after the prefix into common prefixes.
	Prefix, Delimiter string
	Marker            Cursor
	// Max is the number of uploads and common prefixes wanted, 0 for the
	// store's page size. A store may send fewer, and a bad one more.
	Max int
}

// UploadPage is one page of List Multipart Uploads with its names decoded.
type UploadPage struct {
	Uploads        []Upload
	CommonPrefixes []string
	// Truncated alone says whether the listing goes on (dialects.md 0.1).
	Truncated bool
	// Next is what the store sent as NextKeyMarker and NextUploadIdMarker,
	// possibly empty, and possibly set on the last page.
	Next Cursor
	// Bucket, Prefix and KeyMarker are what the store echoed.
	Bucket, Prefix, KeyMarker string
	// URLEncoded says that keys came url encoded and hold their exact bytes.
	URLEncoded bool
}

// PartsRequest asks for one page of List Parts.
type PartsRequest struct {
	// Marker is the part number after which to start, 0 for the beginning.
	Marker int
	// Max is the number of parts wanted, 0 for the store's page size.
	Max int
}

// PartPage is one page of List Parts.
type PartPage struct {
	Parts     []Part
	Truncated bool
	// Next is NextPartNumberMarker, 0 where the store sent none.
	Next int
	// Bucket, Key and UploadID are what the store echoed: never trusted, since
	// List Parts of AWS has no url encoding (dialects.md 0.10).
	Bucket, Key, UploadID string
	Info                  UploadInfo
}

// BucketsRequest asks for one page of the account's buckets.
type BucketsRequest struct {
	// Marker is the continuation that the last page gave, empty at first.
	Marker string
	Max    int
}

// BucketPage is one page of the account's buckets.
type BucketPage struct {
	Buckets   []Bucket
	Truncated bool
	Next      string
}
