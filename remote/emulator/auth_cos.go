package emulator

import (
	"crypto/sha1"
	"encoding/hex"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// verifyCOS checks Tencent's q-sign-algorithm=sha1 (dialects.md 7.1) as the
// strict mode has it: host and every parameter must be signed, and so must the
// session token.
func (x *exchange) verifyCOS() *apiError {
	f := make(map[string]string)
	for part := range strings.SplitSeq(x.r.Header.Get("Authorization"), "&") {
		name, value, _ := strings.Cut(part, "=")
		f[name] = value
	}
	start, stop, ok := keyTime(f["q-key-time"])
	if !ok || f["q-sign-algorithm"] != "sha1" || f["q-sign-time"] != f["q-key-time"] {
		return fail(http.StatusForbidden, "AccessDenied", "The Authorization is malformed.")
	}
	token := x.r.Header.Get("X-Cos-Security-Token")
	c, e := x.credential(f["q-ak"], token)
	if e != nil {
		return e
	}
	switch {
	case start.Sub(x.now) > maxSkew:
		return x.dialect.authError(x, authSkewed, c.ID)
	case x.now.After(stop):
		return fail(http.StatusForbidden, "Request has expired", "Request has expired")
	}
	headers, params := f["q-header-list"], f["q-url-param-list"]
	toSign, ok := x.canonicalCOS(headers, params)
	if !ok || token != "" && !slices.Contains(strings.Split(headers, ";"), "x-cos-security-token") {
		return x.dialect.authError(x, authMismatch, c.ID)
	}
	sum := sha1.Sum([]byte(toSign))
	signKey := hex.EncodeToString(hmac1([]byte(c.Secret), f["q-key-time"]))
	signature := hex.EncodeToString(hmac1([]byte(signKey), "sha1\n"+f["q-key-time"]+"\n"+hex.EncodeToString(sum[:])+"\n"))
	if !same(signature, f["q-signature"]) {
		return x.dialect.authError(x, authMismatch, c.ID)
	}
	return nil
}

// canonicalCOS is the HttpString: method, decoded path, parameters, headers.
// The lists must be sorted, lower case, and complete.
func (x *exchange) canonicalCOS(headerList, paramList string) (string, bool) {
	params := make(map[string]string)
	for _, p := range x.q {
		params[strings.ToLower(percent(p.name))] = percent(p.value)
	}
	listed := splitList(paramList)
	if !slices.IsSorted(listed) || len(listed) != len(params) {
		return "", false
	}
	var b strings.Builder
	b.WriteString(strings.ToLower(x.r.Method) + "\n" + x.r.URL.Path + "\n")
	for i, name := range listed {
		value, ok := params[name]
		if !ok {
			return "", false
		}
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + value)
	}
	b.WriteByte('\n')
	names := splitList(headerList)
	if !slices.IsSorted(names) || !slices.Contains(names, "host") {
		return "", false
	}
	for i, name := range names {
		if i > 0 {
			b.WriteByte('&')
		}
		b.WriteString(name + "=" + percent(x.header(name)))
	}
	b.WriteByte('\n')
	return b.String(), true
}

func splitList(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, ";")
}

func keyTime(s string) (start, stop time.Time, ok bool) {
	a, b, found := strings.Cut(s, ";")
	from, err1 := strconv.ParseInt(a, 10, 64)
	to, err2 := strconv.ParseInt(b, 10, 64)
	return time.Unix(from, 0), time.Unix(to, 0), found && err1 == nil && err2 == nil
}
