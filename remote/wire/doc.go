// Package wire is one request on the wire, as the three dialects share it:
// build the URL, sign, send, classify what comes back, put right what can be
// put right, decode.
//
// # Parts
//
// A [Dialect] is what differs between COS, OSS and S3: where a bucket is
// addressed, how a request is signed, how the account's buckets are paged. The
// [Client] is the rest, and is what the packages s3, cos and oss hand out: it
// implements remote.Client on top of remote/transport, which retries, limits
// and counts.
//
// # Addressing
//
// An [Endpoint] is a URL or host from the command line, or one that the
// provider's region makes. An endpoint of the user's own is fixed: what a
// server says never moves a request, or its signature, to another host. One of
// the provider's regional hosts stands for its region, so that the buckets of
// an account are each addressed in their own. A bucket is a label of the host
// (virtual host), the first step of the path (path style), or the host itself
// (CNAME). Names that cannot stand there are refused before anything is sent.
//
// Keys are percent-encoded byte by byte and sent as they are: no cleaning of
// dot segments, no folding of slashes, any bytes (dialects.md 0.20). An empty
// key or upload id is refused, since without them List Parts and
// AbortMultipartUpload turn into requests for the bucket or the object
// (dialects.md 2.1).
//
// # Corrections
//
// Three refusals are answered with one more attempt each: a wrong region (the
// store named the right one), a skewed clock (the store's Date header gives the
// offset), lapsed credentials (they are fetched again). Redirects are never
// followed (dialects.md 6.3).
//
// # Profiles
//
// Which store answers at an endpoint of the user's own is told by its first
// answers (dialects.md 9); the [Stores] of a client keeps what it has seen.
package wire
