// Package emulator is an object store that knows nothing but buckets and
// pending multipart uploads: an http.Handler that speaks S3, COS and OSS.
package emulator
