// Package emulator is an object store that knows nothing but buckets and
// pending multipart uploads: an [http.Handler] that speaks Amazon S3, Tencent
// COS and Alibaba OSS as their documents and recorded answers have them
// (dialects.md). The source demo: is one, and so is what tests and benchmarks
// of every other package list.
//
// # A store and its buckets
//
//	s := emulator.New(emulator.Options{Latency: 30 * time.Millisecond})
//	defer s.Close()
//	err := s.AddBucket(emulator.BucketOptions{Name: "b", Dialect: "s3"})
//	id, err := s.PutUpload("b", "dir/key", "", initiated, remote.Part{Number: 1, Size: 5 << 20})
//	client := &http.Client{Transport: s.Transport()}
//
// [Store.Transport] reaches the store through a real net/http server whose
// connections are memory: no port, no network, and it works in a
// testing/synctest bubble when the store is made inside it. The host of a
// request is not dialled but read, as a provider reads it, so that the real
// endpoints are used: http or https, nothing is encrypted. For programs that
// need a port, httptest.NewServer(s) serves the same store.
//
// A bucket is named by virtual host on the providers' domains, by a host of its
// own (BucketOptions.Hosts, for custom domains), as first label of any other
// host, or in the path. Its dialect decides how it answers; requests to the
// service (GET /) are told apart by host, else by the scheme of the signature.
//
// Signatures are verified by code of this package's own, from dialects.md 7,
// for every request: AWS Signature Version 4 in a header, COS
// q-sign-algorithm, OSS V1 and V4. What is wrong is answered with the
// provider's own status and code. Presigned URLs are not known, and chunk
// signatures of a streamed body are not looked at.
//
// # What is kept
//
// Uploads that are put or created live in a sorted slice: a page costs a binary
// search and its entries. The bodies of parts are measured and forgotten, and
// completing an upload makes no object. [Store.Uploads] and [Store.Parts] are
// the truth that a listing is held against; PutUpload, PutPart and DropUpload
// change it under a reader.
//
// A [Population] is uploads that are computed instead: key, id, date and parts
// of upload i are arithmetic on i and a seed, keys never go down as i goes up,
// and so a marker, a prefix or a common prefix is a binary search. A page out
// of ten million costs what a page out of a thousand does, and no memory. They
// can be aborted; what is gone is remembered one by one.
//
// # What can go wrong
//
// Nothing does unless it is asked for:
//
//   - [Quirks] make a bucket answer as some stores do: another order, markers
//     that include or stall, parameters that are ignored, encodings that are
//     not echoed, old names and dates. [MinIO], [Versitygw], [Ceph],
//     [SeaweedFS], [Garage], [S3Express] and [Gofakes3] are whole stores.
//   - [Fault] spoils one request: delays, resets, bodies that are cut, stall or
//     never end, errors with any status, documents that are none. A [Rule]
//     names the requests of a bucket, Options.Fault is asked for every one.
//   - Options.Rate and Options.MaxInFlight refuse requests as a service that
//     throttles does, and OnlyPrefix and DenyService as one that denies.
//
// [Store.Counters] says what went over the wire, by API and status, and
// [Store.OnRequest] tells of each request. Both are up to date before a client
// has read the end of its answer. Hooks must not call Close.
package emulator
