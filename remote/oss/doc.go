// Package oss speaks to Alibaba Cloud OSS.
//
// # Where requests go
//
// Every bucket is a label of the host of its region,
// bucket.oss-cn-hangzhou.aliyuncs.com. The region is the configured one, written
// with or without oss- and -internal, that of an endpoint which is one of OSS's
// regional hosts, what the list of buckets says, or what OSS names when it
// refuses (403 with Endpoint, dialects.md 0.16). Endpoints of the user's own stay
// what they are: virtual host, or path style where the endpoint is an IP address
// or localhost, or the bucket itself with CNAME, which accounts opened since
// 2025-03-20 need for mainland regions (dialects.md 1.3).
//
// # Signatures
//
// V4 where the region is known, else V1, which holds none, until it is learned;
// both by the signers of alibabacloud-oss-go-sdk-v2. The resource that is signed
// is /bucket/key, however the bucket is addressed (dialects.md 7.2, 7.3).
package oss
