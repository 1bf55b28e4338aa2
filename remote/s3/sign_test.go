package s3

import (
	"context"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"uploadfs/remote"
	"uploadfs/remote/wire"
	"uploadfs/remote/wire/wiretest"
)

// keys is a provider of fixed credentials.
type keys struct{ id, secret, token string }

func (k keys) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: k.id, SecretAccessKey: k.secret, SessionToken: k.token}, nil
}

// Signatures are those of aws-sdk-go-v2 (dialects.md 7.4).
func TestSignatureVectors(t *testing.T) {
	for _, v := range wiretest.Vectors(t, "testdata/signing-vectors.json", 8) {
		now, err := time.Parse(time.RFC3339, v.Time)
		if err != nil {
			t.Fatalf("vector %s: %v", v.Name, err)
		}
		d, err := newDialect(remote.Config{}, keys{v.AccessKey, v.SecretKey, v.Token})
		if err != nil {
			t.Fatalf("making the dialect: %v", err)
		}
		req := v.Request(t)
		if _, err := d.Sign(t.Context(), req, wire.Signing{Address: wire.Address{Region: v.Region}, Time: now}); err != nil {
			t.Errorf("vector %s: signing fails: %v", v.Name, err)
		}
		v.Check(t, req)
		if got := req.URL.String(); got != v.URL {
			t.Errorf("vector %s: the signer changed the URL to %s from %s", v.Name, got, v.URL)
		}
	}
}
