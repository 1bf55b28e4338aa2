// Package cos speaks to Tencent Cloud COS.
//
// # Where requests go
//
// Every bucket is a label of the host of its region,
// bucket-appid.cos.ap-guangzhou.myqcloud.com, and its name ends in the APPID.
// The region is the configured one, that of an endpoint which is one of
// Tencent's regional hosts, or the Location that the list of buckets gives; COS
// signatures hold no region, and nothing is learned from refusals but by that
// list. The list itself is asked of service.cos.myqcloud.com, for all regions,
// or of the regional endpoint that was given, for that region alone
// (dialects.md 1.2). An endpoint that is an IP address or localhost is addressed
// path style, which Tencent's own hosts do not offer.
//
// # Signatures
//
// q-sign-algorithm=sha1 by the signer of cos-go-sdk-v5, over the decoded path,
// every query parameter, the host and the session token (dialects.md 7.1). COS
// dispatches on the first query parameter, so uploads and uploadId stand first
// (dialects.md 0.14).
//
// # Keys
//
// A path step that is one or two dots is sent percent-encoded, and a key that
// nothing is left of once such steps are folded is refused: folded on its way,
// the request would be one for the bucket (dialects.md 1.2).
package cos
