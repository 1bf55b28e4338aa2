// Package s3 speaks to Amazon S3 and to the stores that answer like it: MinIO,
// Ceph RGW, versitygw, Cloudflare R2, Backblaze B2, Google Cloud Storage's XML
// API and more.
//
// # Where requests go
//
// Without an endpoint, and with one of Amazon's regional ones, each bucket is
// addressed as a label of the host of its own region
// (bucket.s3.eu-west-1.amazonaws.com), or in the path where its name cannot be
// one label under TLS. The region is the configured one, or else us-east-1, until
// S3 names another (301, 400 AuthorizationHeaderMalformed, dialects.md 6.2);
// what it names is remembered for that bucket. Any other endpoint is the user's
// own: path style, one host, and only the region of the signature is learned.
//
// # Signatures
//
// Signature version 4, by the signer of aws-sdk-go-v2: the path is encoded once,
// and the hash of the empty body is sent and signed (dialects.md 7.4). Directory
// buckets (names ending in --x-s3) are addressed in their zone and signed for
// the service s3express, without a session of CreateSession.
package s3
