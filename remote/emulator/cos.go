package emulator

import (
	"encoding/base64"
	"net/http"
	"strconv"
	"strings"
	"time"

	"uploadfs/remote"
)

// dialectCOS is Tencent Cloud's.
type dialectCOS struct{}

const (
	cosOwner     = "1250000000"
	cosInitiator = "qcs::cam::uin/100000000001:uin/100000000011"
)

func (dialectCOS) name() string   { return "cos" }
func (dialectCOS) region() string { return "ap-guangzhou" }

// order is by id, whose first ten digits are the second of initiation
// (dialects.md 0.4).
func (dialectCOS) order() order { return byID }

func (dialectCOS) headers(h http.Header, x *exchange) {
	h.Set("Server", "tencent-cos")
	h.Set("X-Cos-Request-Id", cosRequestID(x))
}

func cosRequestID(x *exchange) string { return base64.StdEncoding.EncodeToString([]byte(x.id)) }

// selectors is the first parameter alone, by which COS tells requests apart
// (dialects.md 0.14).
func (dialectCOS) selectors(x *exchange) query {
	if len(x.q) == 0 || x.r.Method != http.MethodGet {
		return x.q
	}
	return x.q[:1]
}

func (dialectCOS) precheck(x *exchange) *apiError {
	if x.at.dialect == "cos" && x.at.pathStyle && x.at.bucket != "" {
		return fail(http.StatusBadRequest, "InvalidURI", "Path style is not supported.")
	}
	return nil
}

// checkPlace has no bucket of that name in another region.
func (d dialectCOS) checkPlace(x *exchange) *apiError {
	if r := x.at.region; r != "" && x.bucket.region != "" && r != x.bucket.region {
		return d.noBucket(x)
	}
	if x.q.has("uploadId") && x.q.get("uploadId") == "" {
		return fail(http.StatusBadRequest, "ListPartUploadIdIsEmpty", "The uploadId is empty.")
	}
	return nil
}

// errorDocument is samples/cos-err-nosuchkey.xml.
func (dialectCOS) errorDocument(d *doc, x *exchange, e *apiError) {
	d.raw("<?xml version='1.0' encoding='utf-8' ?>\n")
	d.open("Error")
	d.raw("\n\t")
	d.text("Code", e.code)
	d.raw("\n\t")
	d.text("Message", e.message)
	d.raw("\n\t")
	d.text("Resource", x.r.Host+x.r.URL.Path)
	d.raw("\n\t")
	d.text("RequestId", cosRequestID(x))
	d.raw("\n\t")
	d.text("TraceId", base64.StdEncoding.EncodeToString([]byte("trace/"+x.id)))
	d.raw("\n")
	d.end("Error")
	d.raw("\n")
}

func (dialectCOS) unsigned(*exchange) *apiError {
	return fail(http.StatusForbidden, "AccessDenied", "Access Denied.")
}

func (dialectCOS) authError(_ *exchange, why authFailure, _ string) *apiError {
	switch why {
	case authUnknownID, authBadToken:
		return fail(http.StatusForbidden, "InvalidAccessKeyId", "The Access Key Id you provided does not exist in our records.")
	case authExpired:
		return fail(http.StatusBadRequest, "ExpiredToken", "The provided token has expired.")
	case authSkewed:
		return fail(http.StatusForbidden, "RequestTimeTooSkewed", "The difference between the request time and the server's time is too large.")
	}
	return fail(http.StatusForbidden, "SignatureDoesNotMatch", "The Signature you specified is invalid.")
}

func (dialectCOS) throttled(*exchange) *apiError {
	return fail(http.StatusServiceUnavailable, "SlowDown", "Please reduce your request rate.")
}

func (dialectCOS) noBucket(*exchange) *apiError {
	return fail(http.StatusNotFound, "NoSuchBucket", "The specified bucket does not exist.")
}

func (dialectCOS) noUpload(*exchange) *apiError {
	return fail(http.StatusNotFound, "NoSuchUpload",
		"The specified multipart upload does not exist. The upload ID might be invalid, or the multipart upload might have been aborted or completed.")
}

// badKey applies the bans of dialects.md 5.
func (dialectCOS) badKey(key string) *apiError {
	if strings.ContainsAny(key, "\x18\x19\x1a\x1b") || strings.Contains(key, "\n\r") {
		return fail(http.StatusBadRequest, "InvalidObjectName", "The specified object name is not valid.")
	}
	return keyRoom(key, 850, true)
}

func (dialectCOS) info() *remote.UploadInfo {
	return &remote.UploadInfo{
		StorageClass: "STANDARD", Initiator: remote.Person{ID: cosInitiator, DisplayName: "100000000011"},
		Owner: remote.Person{ID: cosOwner, DisplayName: cosOwner},
	}
}

// appendID makes the second of initiation and 64 hex digits (dialects.md 5).
func (dialectCOS) appendID(b []byte, h uint64, initiated time.Time) []byte {
	return letters(strconv.AppendInt(b, initiated.Unix(), 10), h, 64, lowerHex)
}

func (d dialectCOS) appendSyntheticID(b []byte, p *population, i int, t time.Time) []byte {
	return d.appendID(b, p.hash(i, 6), t)
}

func (dialectCOS) syntheticSums(_ *population, _ int, h uint64, part *remote.Part) {
	part.ETag = string(letters(make([]byte, 0, 32), h, 32, lowerHex))
}
