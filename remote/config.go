package remote

import (
	"context"
	"crypto/x509"
	"log/slog"
	"net/http"
	"time"
)

// Config is what a dialect's client is made from: one source of the command
// line with its flags, and the machinery that all sources share.
type Config struct {
	// Name is the source as the user wrote it, without its query: it appears
	// in logs, errors and metrics.
	Name string
	// Bucket is the one bucket that is addressed, or empty for a whole account.
	Bucket string
	// Prefix limits what may be asked for.
	Prefix string
	// Endpoint is a URL or host, empty for the provider's own.
	Endpoint, Region, Profile string
	// Store names a Profile, or is "auto".
	Store string
	// PathStyle and CNAME are the addressing: PathStyle nil for the dialect's
	// own choice.
	PathStyle        *bool
	CNAME, Anonymous bool
	// InsecureHTTP allows plain http off loopback.
	InsecureHTTP bool

	// Timeout bounds one attempt, body included. Retries is the number of
	// attempts. Concurrency bounds the requests in flight.
	Timeout     time.Duration
	Retries     int
	Concurrency int
	UserAgent   string

	// RootCAs verify the store's certificate, nil for the system's.
	RootCAs *x509.CertPool
	// Base sends the finished request, nil for the network. The embedded store
	// is mounted by giving its own.
	Base http.RoundTripper
	// Observe is told of every attempt, nil for nobody. It must not block.
	Observe func(Attempt)
	Logger  *slog.Logger
}

// Attempt is one HTTP attempt, as logs, metrics and the request stream see it.
// It holds no secret: no header, no query.
type Attempt struct {
	Start            time.Time
	Source, Provider string
	Op               string
	Bucket           string
	// Key, Prefix, Marker are as they were asked for; empty where not sent.
	Key, Prefix, Marker string
	// Try counts from 1. Status is 0 where no answer came.
	Try, Status int
	Kind        Kind
	Failed      bool
	Throttled   bool
	Duration    time.Duration
	// Bytes is the length of the answer's body as it was read.
	Bytes     int64
	RequestID string
	Code      string
	InFlight  int
	Limit     int
}

// Client is one source's connection to its provider: what a dialect offers.
// Every method sends requests of one API, is safe for concurrent use, fails
// with an *Error, and ends when ctx does.
type Client interface {
	// Buckets returns one page of the account's buckets (GET Service).
	Buckets(ctx context.Context, req BucketsRequest) (*BucketPage, error)
	// Uploads returns one page of List Multipart Uploads, unchecked: see Pager.
	Uploads(ctx context.Context, bucket string, req UploadsRequest) (*UploadPage, error)
	// Parts returns one page of List Parts, unchecked: see Pager.
	Parts(ctx context.Context, bucket, key, uploadID string, req PartsRequest) (*PartPage, error)
	// Abort sends AbortMultipartUpload. 204 and NoSuchUpload are told apart.
	Abort(ctx context.Context, bucket, key, uploadID string) error
	// Profile is the profile in force for the bucket: the configured one, or
	// what the server's answers so far have shown.
	Profile(bucket string) Profile
	// Describe returns what is in force, without secrets: endpoint, region,
	// addressing, signature, kind of the credentials, store.
	Describe() map[string]string
}
