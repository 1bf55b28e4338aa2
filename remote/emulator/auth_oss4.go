package emulator

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"slices"
	"strings"
	"time"
)

// verifyOSS4 checks the fourth version of OSS's signature (dialects.md 7.3).
func (x *exchange) verifyOSS4() *apiError {
	f := fields(x.r.Header.Get("Authorization"))
	sc, ok := parseScope(f["Credential"], "oss", "aliyun_v4_request")
	if !ok || f["Signature"] == "" {
		return fail(http.StatusBadRequest, "InvalidArgument", "The Authorization header is malformed.", element{"ArgumentName", "Authorization"})
	}
	c, e := x.credential(sc.id, x.r.Header.Get("X-Oss-Security-Token"))
	if e != nil {
		return e
	}
	when, err := time.Parse(amzTime, x.r.Header.Get("X-Oss-Date"))
	if err != nil || when.Format("20060102") != sc.date {
		return fail(http.StatusForbidden, "AccessDenied", "OSS authentication requires a valid x-oss-date.")
	}
	if x.skewed(when) {
		return x.dialect.authError(x, authSkewed, sc.id)
	}
	if x.r.Header.Get("X-Oss-Content-Sha256") != unsignedBody {
		return fail(http.StatusBadRequest, "InvalidArgument", "x-oss-content-sha256 must be UNSIGNED-PAYLOAD", element{"ArgumentName", "x-oss-content-sha256"})
	}
	x.signedRegion = sc.region
	if b := x.bucket; b != nil && b.region != "" && sc.region != b.region && !b.quirks.AnyRegion {
		return x.ossElsewhere()
	}
	sum := sha256.Sum256([]byte(x.canonicalOSS4(f["AdditionalHeaders"])))
	toSign := "OSS4-HMAC-SHA256\n" + when.Format(amzTime) + "\n" + sc.full + "\n" + hex.EncodeToString(sum[:])
	key := x.store.signingKey("aliyun_v4", c.Secret, sc, "oss", "aliyun_v4_request")
	if !same(hex.EncodeToString(hmac256(key, toSign)), f["Signature"]) {
		return x.dialect.authError(x, authMismatch, sc.id)
	}
	return nil
}

func (x *exchange) canonicalOSS4(additional string) string {
	var params []string
	for _, p := range x.q {
		if p.value == "" {
			params = append(params, percent(p.name))
		} else {
			params = append(params, percent(p.name)+"="+percent(p.value))
		}
	}
	slices.Sort(params)
	extra := splitList(additional)
	var lines []string
	for name := range x.r.Header {
		lower := strings.ToLower(name)
		if lower == "content-type" || lower == "content-md5" || strings.HasPrefix(lower, "x-oss-") || slices.Contains(extra, lower) {
			lines = append(lines, lower+":"+x.header(lower)+"\n")
		}
	}
	if slices.Contains(extra, "host") {
		lines = append(lines, "host:"+x.r.Host+"\n")
	}
	slices.Sort(lines)
	return x.r.Method + "\n" + percentPath(x.ossPath()) + "\n" + strings.Join(params, "&") + "\n" +
		strings.Join(lines, "") + "\n" + additional + "\n" + unsignedBody
}

// ossElsewhere is OSS's way to say wrong region: a 403 with the right endpoint
// (dialects.md 0.16).
func (x *exchange) ossElsewhere() *apiError {
	return fail(http.StatusForbidden, "AccessDenied",
		"The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
		element{"Bucket", x.bucket.name}, element{"Endpoint", "oss-" + x.bucket.region + ".aliyuncs.com"})
}
