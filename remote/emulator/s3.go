package emulator

import (
	"encoding/base64"
	"net/http"
	"time"

	"uploadfs/remote"
)

// dialectS3 is Amazon S3's.
type dialectS3 struct{}

const (
	s3Owner     = "6cf4ba6d24167d9655e8fcd86ca28fdab32c18c99169cbfeb3efe00ff8f4d2ae"
	s3Initiator = "arn:aws:iam::111122223333:user/uploader"
	s3Letters   = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._"
)

func (dialectS3) name() string   { return "s3" }
func (dialectS3) region() string { return "us-east-1" }
func (dialectS3) order() order   { return byTime }

func (dialectS3) headers(h http.Header, x *exchange) {
	h.Set("Server", "AmazonS3")
	h.Set("X-Amz-Request-Id", x.id)
	h.Set("X-Amz-Id-2", hostID(x))
}

func hostID(x *exchange) string {
	return base64.StdEncoding.EncodeToString([]byte("emulator/" + x.id + "/" + x.id))
}

func (dialectS3) selectors(x *exchange) query { return x.q }

// precheck refuses what AWS refuses before it looks for the bucket
// (dialects.md 1.1, 3.3, 4).
func (dialectS3) precheck(x *exchange) *apiError {
	q, key := x.q, x.at.key != ""
	if x.at.bucket == "" {
		return nil
	}
	reading := x.r.Method == http.MethodGet
	switch {
	case q.has("uploads") && q.has("uploadId"):
		return fail(http.StatusBadRequest, "InvalidArgument", "Conflicting query string parameters: uploads, uploadId",
			element{"ArgumentName", "ResourceType"}, element{"ArgumentValue", "uploads"})
	case reading && x.op == OpGetPart && !x.quirks().GetPartLists:
		e := fail(http.StatusMethodNotAllowed, "MethodNotAllowed", "The specified method is not allowed against this resource.",
			element{"Method", "GET"}, element{"ResourceType", "PART"})
		e.header = http.Header{"Allow": {"PUT"}}
		return e
	case reading && q.has("uploads") && key:
		return fail(http.StatusBadRequest, "InvalidRequest", "Key is not expected for the GET method ?uploads subresource")
	case reading && q.has("uploadId") && !key && !x.quirks().GetPartLists:
		return fail(http.StatusBadRequest, "InvalidRequest", "A key must be specified")
	}
	if x.op == OpListUploads && q.get("max-uploads") != "" {
		_, e := x.number("max-uploads", maxPage, maxPage)
		return e
	}
	return nil
}

// checkPlace redirects a request whose host names another region.
func (dialectS3) checkPlace(x *exchange) *apiError {
	if r := x.at.region; r != "" && x.bucket.region != "" && r != x.bucket.region {
		return x.permanentRedirect()
	}
	return nil
}

func (dialectS3) errorDocument(d *doc, x *exchange, e *apiError) {
	d.raw(prolog)
	d.open("Error")
	d.text("Code", e.code)
	d.text("Message", e.message)
	for _, el := range e.extra {
		d.text(el.name, el.value)
	}
	d.text("RequestId", x.id)
	d.text("HostId", hostID(x))
	d.end("Error")
}

const prolog = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

// unsigned is a 307 to a page of advertising for the service (dialects.md 1.4)
// and a 403 for a bucket.
func (dialectS3) unsigned(x *exchange) *apiError {
	if x.at.bucket == "" {
		e := fail(http.StatusTemporaryRedirect, "TemporaryRedirect", "Please re-send this request to the specified temporary endpoint.")
		e.header = http.Header{"Location": {"https://aws.amazon.com/s3/"}}
		return e
	}
	return fail(http.StatusForbidden, "AccessDenied", "Access Denied")
}

func (dialectS3) authError(x *exchange, why authFailure, id string) *apiError {
	switch why {
	case authUnknownID:
		return fail(http.StatusForbidden, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records.", element{"AWSAccessKeyId", id})
	case authExpired:
		return fail(http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
	case authBadToken:
		return fail(http.StatusBadRequest, "InvalidToken", "The provided token is malformed or otherwise invalid.")
	case authSkewed:
		return fail(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
			element{"RequestTime", x.r.Header.Get("X-Amz-Date")}, element{"ServerTime", x.now.UTC().Format(time.RFC3339)},
			element{"MaxAllowedSkewMilliseconds", "900000"})
	}
	return fail(http.StatusForbidden, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.", element{"AWSAccessKeyId", id})
}

func (dialectS3) throttled(*exchange) *apiError {
	return fail(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
}

func (dialectS3) noBucket(x *exchange) *apiError {
	return fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist", element{"BucketName", x.at.bucket})
}

func (dialectS3) noUpload(x *exchange) *apiError {
	return fail(http.StatusNotFound, "NoSuchUpload",
		"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
		element{"UploadId", x.q.get("uploadId")})
}

func (dialectS3) badKey(key string) *apiError { return keyRoom(key, 1024, false) }

func (dialectS3) info() *remote.UploadInfo {
	return &remote.UploadInfo{
		StorageClass: "STANDARD", Initiator: remote.Person{ID: s3Initiator, DisplayName: "uploader"}, Owner: remote.Person{ID: s3Owner},
	}
}

func (dialectS3) appendID(b []byte, h uint64, _ time.Time) []byte {
	return letters(b, h, 128, s3Letters)
}

func (d dialectS3) appendSyntheticID(b []byte, p *population, i int, t time.Time) []byte {
	return d.appendID(b, p.hash(i, 6), t)
}

func (dialectS3) syntheticSums(p *population, i int, h uint64, part *remote.Part) {
	part.ETag = string(letters(make([]byte, 0, 32), h, 32, lowerHex))
	if p.hasChecksums(i) {
		sum := []byte{byte(h), byte(h >> 8), byte(h >> 16), byte(h >> 24)}
		part.Checksums = []remote.Checksum{{Name: "ChecksumCRC32C", Value: base64.StdEncoding.EncodeToString(sum)}}
	}
}
