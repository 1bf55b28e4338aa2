package emulator

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"uploadfs/remote"
)

// dialectOSS is Alibaba Cloud's.
type dialectOSS struct{}

func (dialectOSS) name() string   { return "oss" }
func (dialectOSS) region() string { return "cn-hangzhou" }

// order is by id, which is random and says nothing of time (dialects.md 0.4).
func (dialectOSS) order() order { return byID }

func (dialectOSS) headers(h http.Header, x *exchange) {
	h.Set("Server", "AliyunOSS")
	h.Set("X-Oss-Request-Id", ossRequestID(x))
}

// ossRequestID has 24 hex digits, as OSS's have.
func ossRequestID(x *exchange) string { return "5C3D9175" + x.id }

func (dialectOSS) selectors(x *exchange) query { return x.q }

// precheck refuses path style on OSS's own hosts (dialects.md 1.3).
func (dialectOSS) precheck(x *exchange) *apiError {
	if x.at.dialect == "oss" && x.at.pathStyle && x.at.bucket != "" {
		return fail(http.StatusForbidden, "SecondLevelDomainForbidden", "The bucket you are attempting to access must be addressed using OSS third level domain.")
	}
	return nil
}

func (dialectOSS) checkPlace(x *exchange) *apiError {
	if r := x.at.region; r != "" && x.bucket.region != "" && r != x.bucket.region {
		return x.ossElsewhere()
	}
	return nil
}

// errorDocument is samples/oss-err-nosuchbucket-ec.xml, its texts padded where
// the bucket pads them (samples/oss-err-padded-text.xml).
func (dialectOSS) errorDocument(d *doc, x *exchange, e *apiError) {
	pad := func(s string) string {
		if x.quirks().PadErrors {
			return "\n        " + s + "\n    "
		}
		return s
	}
	host := x.r.Host
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	d.raw(prolog + "<Error>\n  ")
	d.text("Code", pad(e.code))
	d.raw("\n  ")
	d.text("Message", pad(e.message))
	d.raw("\n  ")
	d.text("RequestId", pad(ossRequestID(x)))
	d.raw("\n  ")
	d.text("HostId", pad(host))
	for _, el := range e.extra {
		d.raw("\n  ")
		d.text(el.name, pad(el.value))
	}
	d.raw("\n</Error>\n")
}

func (dialectOSS) unsigned(*exchange) *apiError {
	return fail(http.StatusForbidden, "AccessDenied", "Anonymous access is forbidden for this operation.", element{"EC", "0003-00000907"})
}

func (dialectOSS) authError(x *exchange, why authFailure, id string) *apiError {
	switch why {
	case authUnknownID:
		return fail(http.StatusForbidden, "InvalidAccessKeyId", "The OSS Access Key Id you provided does not exist in our records.",
			element{"OSSAccessKeyId", id}, element{"EC", "0002-00000902"})
	case authExpired:
		return fail(http.StatusForbidden, "SecurityTokenExpired", "The security token you provided has expired.", element{"EC", "0002-00000069"})
	case authBadToken:
		return fail(http.StatusForbidden, "InvalidSecurityToken", "The security token you provided is invalid.", element{"EC", "0002-00000068"})
	case authSkewed:
		return fail(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large.",
			element{"MaxAllowedSkewMilliseconds", "900000"}, element{"RequestTime", x.r.Header.Get("Date")},
			element{"ServerTime", x.now.UTC().Format("2006-01-02T15:04:05.000Z")}, element{"EC", "0002-00000504"})
	}
	return fail(http.StatusForbidden, "SignatureDoesNotMatch",
		"The request signature we calculated does not match the signature you provided. Check your key and signing method.",
		element{"OSSAccessKeyId", id}, element{"EC", "0002-00000040"})
}

func (dialectOSS) throttled(*exchange) *apiError {
	return fail(http.StatusServiceUnavailable, "TotalQpsLimitExceeded", "Please reduce your request rate.")
}

func (dialectOSS) noBucket(x *exchange) *apiError {
	return fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist.", element{"BucketName", x.at.bucket}, element{"EC", "0015-00000101"})
}

func (dialectOSS) noUpload(x *exchange) *apiError {
	return fail(http.StatusNotFound, "NoSuchUpload",
		"The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
		element{"UploadId", x.q.get("uploadId")})
}

func (dialectOSS) badKey(key string) *apiError { return keyRoom(key, 1023, true) }

// info has neither initiator nor owner, which OSS never sends (dialects.md 2.3).
func (dialectOSS) info() *remote.UploadInfo { return &remote.UploadInfo{StorageClass: "Standard"} }

func (dialectOSS) appendID(b []byte, h uint64, _ time.Time) []byte {
	return letters(b, h, 32, upperHex)
}

// appendSyntheticID keeps the order inside a key: a twin's id begins with a
// greater digit than its elder's.
func (d dialectOSS) appendSyntheticID(b []byte, p *population, i int, t time.Time) []byte {
	at := len(b)
	b = d.appendID(b, p.hash(i, 6), t)
	half := 0
	if p.twin(i) {
		half = 8
	}
	b[at] = upperHex[half+int(p.hash(i, 7)%8)]
	return b
}

func (dialectOSS) syntheticSums(_ *population, _ int, h uint64, part *remote.Part) {
	part.ETag = string(letters(make([]byte, 0, 32), h, 32, upperHex))
	part.Checksums = []remote.Checksum{{Name: "HashCrc64ecma", Value: strconv.FormatUint(mix(h), 10)}}
}
