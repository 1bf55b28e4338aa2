package cos

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"uploadfs/remote/wire/wiretest"
)

// keys is a provider of fixed credentials.
type keys Credentials

func (k keys) Retrieve(context.Context) (Credentials, error) { return Credentials(k), nil }

// Signatures are those of cos-go-sdk-v5: every parameter, the host and the
// token are covered (dialects.md 7.1).
func TestSignatureVectors(t *testing.T) {
	for _, v := range wiretest.Vectors(t, "testdata/signing-vectors.json", 8) {
		from, to, ok := strings.Cut(v.Time, ";")
		start, err1 := strconv.ParseInt(from, 10, 64)
		end, err2 := strconv.ParseInt(to, 10, 64)
		if !ok || err1 != nil || err2 != nil {
			t.Fatalf("vector %s: time %q", v.Name, v.Time)
		}
		req := v.Request(t)
		signBetween(req, Credentials{ID: v.AccessKey, Secret: v.SecretKey, Token: v.Token}, time.Unix(start, 0), time.Unix(end, 0))
		v.Check(t, req)
		if got := req.URL.String(); got != v.URL {
			t.Errorf("vector %s: the signer changed the URL to %s from %s", v.Name, got, v.URL)
		}
	}
}
