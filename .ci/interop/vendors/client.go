package vendors

import (
	"context"
	"net"
	"net/http"
)

// Query is what one page of List Multipart Uploads is asked for.
type Query struct {
	Prefix, Delimiter, KeyMarker, IDMarker string
	Max                                    int
	// URL asks for encoding-type=url; the answer is decoded either way.
	URL bool
}

// Page is one page of List Multipart Uploads as the SDK read it.
type Page struct {
	Uploads   []Named
	Prefixes  []string
	Truncated bool
	NextKey   string
	NextID    string
}

// Named is an upload's name.
type Named struct{ Key, ID string }

// Part is an uploaded part, its ETag without quotes.
type Part struct {
	Number int
	Size   int64
	ETag   string
}

// Client is a vendor's SDK.
type Client interface {
	Buckets(ctx context.Context) ([]string, error)
	Create(ctx context.Context, bucket, key string) (id string, err error)
	Put(ctx context.Context, bucket, key, id string, number int, body string) (etag string, err error)
	Uploads(ctx context.Context, bucket string, q Query) (*Page, error)
	// Parts returns one page after the marker and whether there are more.
	Parts(ctx context.Context, bucket, key, id string, marker, most int) ([]Part, bool, error)
	Abort(ctx context.Context, bucket, key, id string) error
	Complete(ctx context.Context, bucket, key, id string, parts []Part) error
	// Code is the provider's error code in err, or empty.
	Code(err error) string
}

// Kind makes one SDK's client, addressing buckets in one way.
type Kind struct {
	Name, Dialect, Bucket, Region string
	// DropsPrefixes says that the SDK's result has no common prefixes.
	DropsPrefixes bool
	Connect       func(addr, access, secret string) (Client, error)
}

// Kinds returns the SDKs with each addressing and signature that they have.
func Kinds() []Kind {
	return []Kind{
		{Name: "aws-sdk-go-v2, path style", Dialect: "s3", Bucket: "bucket", Region: "us-east-1", Connect: awsPath},
		{Name: "aws-sdk-go-v2, virtual host", Dialect: "s3", Bucket: "bucket", Region: "us-east-1", Connect: awsVirtual},
		{Name: "alibabacloud-oss-go-sdk-v2, V4", Dialect: "oss", Bucket: "bucket", Region: "cn-hangzhou", DropsPrefixes: true, Connect: ossV4},
		{Name: "alibabacloud-oss-go-sdk-v2, V1, address", Dialect: "oss", Bucket: "bucket", Region: "cn-hangzhou", DropsPrefixes: true, Connect: ossV1},
		{Name: "cos-go-sdk-v5", Dialect: "cos", Bucket: "bucket-1250000000", Region: "ap-guangzhou", Connect: cosVirtual},
	}
}

// dialing is a transport that takes every host for the one at addr.
func dialing(addr string) *http.Transport {
	return &http.Transport{DialContext: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, addr)
	}}
}
