package emulator

import (
	"encoding/base64"
	"net/http"
	"slices"
	"strings"
	"time"
)

// ossSubResources are the parameters that a V1 signature covers. Prefix,
// delimiter, markers and encoding-type are not among them (dialects.md 7.2).
func ossSubResource(name string) bool {
	switch name {
	case "uploads", "uploadId", "partNumber", "acl", "location", "security-token", "encryption",
		"objectMeta", "append", "position", "lifecycle", "logging", "cors", "stat", "bucketInfo",
		"restore", "delete", "website", "referer", "tagging", "versioning", "versions", "versionId",
		"policy", "requestPayment", "sequential", "symlink", "worm", "wormId", "wormExtend", "regionList":
		return true
	}
	return strings.HasPrefix(name, "x-oss-") || strings.HasPrefix(name, "response-")
}

// verifyOSS1 checks the first version of OSS's signature.
func (x *exchange) verifyOSS1() *apiError {
	id, signature, ok := strings.Cut(strings.TrimPrefix(x.r.Header.Get("Authorization"), "OSS "), ":")
	if !ok {
		return fail(http.StatusForbidden, "AccessDenied", "The Authorization is malformed.")
	}
	c, e := x.credential(id, x.r.Header.Get("X-Oss-Security-Token"))
	if e != nil {
		return e
	}
	date := x.r.Header.Get("Date")
	if d := x.r.Header.Get("X-Oss-Date"); d != "" {
		date = d
	}
	when, err := time.Parse(http.TimeFormat, date)
	if err != nil {
		return fail(http.StatusForbidden, "AccessDenied", "OSS authentication requires a valid Date.")
	}
	if x.skewed(when) {
		return x.dialect.authError(x, authSkewed, id)
	}
	toSign := x.r.Method + "\n" + x.r.Header.Get("Content-Md5") + "\n" + x.r.Header.Get("Content-Type") + "\n" + date + "\n" +
		x.ossHeaders() + x.ossResource()
	if !same(base64.StdEncoding.EncodeToString(hmac1([]byte(c.Secret), toSign)), signature) {
		return x.dialect.authError(x, authMismatch, id)
	}
	return nil
}

// ossHeaders are the x-oss- headers, sorted, each with a line feed.
func (x *exchange) ossHeaders() string {
	var lines []string
	for name := range x.r.Header {
		if strings.HasPrefix(name, "X-Oss-") {
			lines = append(lines, strings.ToLower(name)+":"+x.header(strings.ToLower(name))+"\n")
		}
	}
	slices.Sort(lines)
	return strings.Join(lines, "")
}

// ossResource is /bucket/key, unescaped, with the listed sub-resources.
func (x *exchange) ossResource() string {
	var subs []string
	for _, p := range x.q {
		switch {
		case !ossSubResource(p.name):
		case p.value == "":
			subs = append(subs, p.name)
		default:
			subs = append(subs, p.name+"="+p.value)
		}
	}
	resource := x.ossPath()
	if len(subs) == 0 {
		return resource
	}
	slices.Sort(subs)
	return resource + "?" + strings.Join(subs, "&")
}

// ossPath always holds the bucket, whichever way the request names it.
func (x *exchange) ossPath() string {
	if x.at.bucket == "" {
		return "/"
	}
	return "/" + x.at.bucket + "/" + x.at.key
}
