package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	amzTime       = "20060102T150405Z"
	emptySHA256   = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	unsignedBody  = "UNSIGNED-PAYLOAD"
	streamingBody = "STREAMING-"
)

// scope is the part of a version 4 signature that names its key.
type scope struct {
	id, date, region string
	full             string
}

func parseScope(credential, service, terminator string) (scope, bool) {
	// The id may hold slashes, so the scope is read from the end.
	parts := strings.Split(credential, "/")
	n := len(parts)
	if n < 5 || parts[n-1] != terminator || parts[n-2] != service {
		return scope{}, false
	}
	return scope{
		id: strings.Join(parts[:n-4], "/"), date: parts[n-4], region: parts[n-3],
		full: strings.Join(parts[n-4:], "/"),
	}, true
}

// fields reads the comma separated name=value list after an algorithm's name.
func fields(authorization string) map[string]string {
	_, rest, _ := strings.Cut(authorization, " ")
	m := make(map[string]string)
	for f := range strings.SplitSeq(rest, ",") {
		name, value, ok := strings.Cut(strings.TrimSpace(f), "=")
		if ok {
			m[name] = value
		}
	}
	return m
}

// verifyAWS4 checks the header form of Signature Version 4 (dialects.md 7.4).
func (x *exchange) verifyAWS4() *apiError {
	f := fields(x.r.Header.Get("Authorization"))
	sc, ok := parseScope(f["Credential"], "s3", "aws4_request")
	if !ok || f["SignedHeaders"] == "" || f["Signature"] == "" {
		return fail(http.StatusBadRequest, "AuthorizationHeaderMalformed", "The authorization header is malformed; the Credential is mal-formed")
	}
	when, err := time.Parse(amzTime, x.r.Header.Get("X-Amz-Date"))
	if err != nil || when.Format("20060102") != sc.date {
		return fail(http.StatusForbidden, "AccessDenied", "AWS authentication requires a valid Date or x-amz-date header")
	}
	c, e := x.credential(sc.id, x.r.Header.Get("X-Amz-Security-Token"))
	if e != nil {
		return e
	}
	if e := x.checkRegionAWS4(sc.region); e != nil {
		return e
	}
	if x.skewed(when) {
		return x.dialect.authError(x, authSkewed, sc.id)
	}
	payload := x.r.Header.Get("X-Amz-Content-Sha256")
	if payload == "" {
		return fail(http.StatusBadRequest, "InvalidRequest", "Missing required header for this request: x-amz-content-sha256")
	}
	signed := strings.Split(f["SignedHeaders"], ";")
	if missing := x.unsignedHeader(signed); missing != "" {
		return fail(http.StatusForbidden, "AccessDenied", "There were headers present in the request which were not signed",
			element{"HeadersNotSigned", missing})
	}
	sum := sha256.Sum256(x.canonicalAWS4(signed, f["SignedHeaders"], payload))
	toSign := "AWS4-HMAC-SHA256\n" + when.Format(amzTime) + "\n" + sc.full + "\n" + hex.EncodeToString(sum[:])
	key := x.store.signingKey("AWS4", c.Secret, sc, "s3", "aws4_request")
	if !same(hex.EncodeToString(hmac256(key, toSign)), f["Signature"]) {
		return x.dialect.authError(x, authMismatch, sc.id)
	}
	if payload != emptySHA256 && x.r.ContentLength == 0 && len(payload) == len(emptySHA256) {
		return fail(http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
	}
	return nil
}

// canonicalAWS4 is the canonical request. The path is encoded once, as S3
// wants it, and by this side's own rules whatever way the client spelt it.
func (x *exchange) canonicalAWS4(signed []string, list, payload string) []byte {
	b := make([]byte, 0, 1024)
	b = append(b, x.r.Method...)
	b = append(b, '\n')
	b = append(b, percentPath(x.r.URL.Path)...)
	b = append(b, '\n')
	params := make([]string, 0, len(x.q))
	for _, p := range x.q {
		params = append(params, percent(p.name)+"="+percent(p.value))
	}
	slices.Sort(params)
	for i, p := range params {
		if i > 0 {
			b = append(b, '&')
		}
		b = append(b, p...)
	}
	b = append(b, '\n')
	for _, name := range signed {
		b = append(b, name...)
		b = append(b, ':')
		b = append(b, x.header(name)...)
		b = append(b, '\n')
	}
	b = append(b, '\n')
	b = append(b, list...)
	b = append(b, '\n')
	return append(b, payload...)
}

// header is the value of a signed header: all values joined, blanks collapsed.
func (x *exchange) header(name string) string {
	switch name {
	case "host":
		return x.r.Host
	case "content-length":
		return strconv.FormatInt(x.r.ContentLength, 10)
	}
	values := x.r.Header[http.CanonicalHeaderKey(name)]
	if len(values) == 1 && !strings.Contains(values[0], "  ") {
		return strings.TrimSpace(values[0])
	}
	var all []string
	for _, v := range values {
		all = append(all, strings.Join(strings.Fields(v), " "))
	}
	return strings.Join(all, ",")
}

// unsignedHeader names a header that must be signed and is not: host and every
// x-amz- header.
func (x *exchange) unsignedHeader(signed []string) string {
	if !slices.Contains(signed, "host") {
		return "host"
	}
	for name := range x.r.Header {
		if strings.HasPrefix(name, "X-Amz-") && !slices.Contains(signed, strings.ToLower(name)) {
			return strings.ToLower(name)
		}
	}
	return ""
}

// checkRegionAWS4 holds the scope's region against the bucket's
// (dialects.md 6.2, 7.4). The service takes any.
func (x *exchange) checkRegionAWS4(region string) *apiError {
	x.signedRegion = region
	if x.bucket == nil || x.bucket.region == "" || region == x.bucket.region || x.bucket.quirks.AnyRegion {
		return nil
	}
	want := x.bucket.region
	if x.bucket.quirks.Redirect {
		return x.permanentRedirect()
	}
	e := fail(http.StatusBadRequest, "AuthorizationHeaderMalformed",
		"The authorization header is malformed; the region '"+region+"' is wrong; expecting '"+want+"'", element{"Region", want})
	e.header = http.Header{"X-Amz-Bucket-Region": {want}}
	return e
}

// permanentRedirect is the 301 of AWS, which has no Location (dialects.md 0.16).
func (x *exchange) permanentRedirect() *apiError {
	e := fail(http.StatusMovedPermanently, "PermanentRedirect",
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		element{"Endpoint", x.bucket.name + ".s3." + x.bucket.region + ".amazonaws.com"}, element{"Bucket", x.bucket.name})
	e.header = http.Header{"X-Amz-Bucket-Region": {x.bucket.region}}
	return e
}
