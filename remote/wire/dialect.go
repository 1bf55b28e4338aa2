package wire

import (
	"context"
	"net/http"
	"time"

	"uploadfs/remote"
)

// Dialect is what differs between the providers. Its methods are safe for
// concurrent use.
type Dialect interface {
	// Provider is s3, cos or oss.
	Provider() string
	// Address returns where the requests for a bucket go, or for the service
	// where bucket is empty. region is what answers have taught of the bucket,
	// empty for nothing.
	Address(bucket, region string) (Address, error)
	// Sign authorises req, which is addressed and has neither date nor
	// authorisation. It does nothing for anonymous requests. identity tells the
	// credentials it used from any others: it is compared, and never shown.
	Sign(ctx context.Context, req *http.Request, s Signing) (identity string, err error)
	// Renew is called when the store said that the credentials of that identity
	// have lapsed. It reports whether others may be had now.
	Renew(identity string) bool
	// BucketsQuery adds the parameters of a page of buckets to q.
	BucketsQuery(q *Query, req remote.BucketsRequest)
	// RegionOf reads the region out of one of the provider's own host names or
	// names of a location, and returns "" for any other.
	RegionOf(name string) string
	// KeyPath is the key as it stands in the URL's path, after the slash. It
	// fails for a key that cannot be named there.
	KeyPath(key string) (string, error)
}

// Signing is what a signature covers beside the request.
type Signing struct {
	// Bucket and Key are raw. Both are empty for the service.
	Bucket, Key string
	Address     Address
	// Time is now by the store's clock.
	Time time.Time
}
