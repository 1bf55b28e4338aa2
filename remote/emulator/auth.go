package emulator

import (
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"strings"
	"time"
)

// maxSkew is how far a request's clock may be off (dialects.md 6.2).
const maxSkew = 15 * time.Minute

// The key pair that a store without credentials of its own knows.
const (
	DemoID     = "AKIDEMO00000000000000"
	DemoSecret = "demo-secret-of-the-embedded-store"
)

// Credential is a key pair that a store knows.
type Credential struct {
	ID, Secret string
	// Token is the session token that requests must carry, if any.
	Token string
	// Expired makes the store answer that the token has expired.
	Expired bool
	// Expires is a moment after which the store does so, zero for never.
	Expires time.Time
}

// scheme is the kind of signature that a request carries.
func scheme(r *http.Request) string {
	a := r.Header.Get("Authorization")
	switch {
	case a == "":
		return ""
	case strings.HasPrefix(a, "AWS4-HMAC-SHA256"):
		return "aws4"
	case strings.HasPrefix(a, "OSS4-HMAC-SHA256"):
		return "oss4"
	case strings.HasPrefix(a, "OSS "):
		return "oss1"
	case strings.Contains(a, "q-sign-algorithm="):
		return "cos"
	}
	return "unknown"
}

// schemeDialect is the dialect that a signature belongs to.
func schemeDialect(scheme string) string {
	switch scheme {
	case "aws4":
		return "s3"
	case "oss4", "oss1":
		return "oss"
	case "cos":
		return "cos"
	}
	return ""
}

// authenticate verifies the request's signature by the rules of dialects.md 7.
func (x *exchange) authenticate() *apiError {
	kind := scheme(x.r)
	if x.quirks().AcceptAnySignature || x.store.anonymous && kind == "" {
		return nil
	}
	if kind == "" {
		return x.dialect.unsigned(x)
	}
	if schemeDialect(kind) != x.dialect.name() {
		return fail(http.StatusBadRequest, "InvalidArgument", "Unsupported Authorization Type",
			element{"ArgumentName", "Authorization"})
	}
	switch kind {
	case "aws4":
		return x.verifyAWS4()
	case "cos":
		return x.verifyCOS()
	case "oss4":
		return x.verifyOSS4()
	}
	return x.verifyOSS1()
}

// credential finds the key pair of an id and checks the token that was sent.
func (x *exchange) credential(id, token string) (Credential, *apiError) {
	c, ok := x.store.credential(id)
	if !ok {
		return c, x.dialect.authError(x, authUnknownID, id)
	}
	if c.Expired || !c.Expires.IsZero() && !x.now.Before(c.Expires) {
		return c, x.dialect.authError(x, authExpired, id)
	}
	if c.Token != token {
		return c, x.dialect.authError(x, authBadToken, id)
	}
	return c, nil
}

// authFailure is why a signature is refused; each dialect has its own code and
// status for it (dialects.md 6.2).
type authFailure int

const (
	authUnknownID authFailure = iota
	authExpired
	authBadToken
	authSkewed
	authMismatch
)

func (x *exchange) skewed(t time.Time) bool {
	d := x.now.Sub(t)
	return d > maxSkew || d < -maxSkew
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func hmac256(key []byte, data string) []byte {
	m := hmac.New(sha256.New, key)
	m.Write([]byte(data))
	return m.Sum(nil)
}

func hmac1(key []byte, data string) []byte {
	m := hmac.New(sha1.New, key)
	m.Write([]byte(data))
	return m.Sum(nil)
}
