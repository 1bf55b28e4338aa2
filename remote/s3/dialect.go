package s3

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// emptyBody is the SHA-256 of no bytes: no request here has a body.
const emptyBody = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

// bucketPage is how many buckets are asked for where they come in pages.
const bucketPage = 1000

// dialect is what S3 has of its own. See wire.Dialect.
type dialect struct {
	hosts
	bucket  string
	creds   aws.CredentialsProvider
	signer  *v4.Signer
	renewal wire.Renewal
}

func newDialect(cfg remote.Config, creds aws.CredentialsProvider) (*dialect, error) {
	h, err := newHosts(cfg)
	if err != nil {
		return nil, err
	}
	return &dialect{
		hosts: h, bucket: cfg.Bucket, creds: creds,
		signer: v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }),
	}, nil
}

func (d *dialect) Provider() string { return "s3" }

func (d *dialect) Sign(ctx context.Context, req *http.Request, s wire.Signing) (string, error) {
	if d.creds == nil {
		return "", nil
	}
	c, err := d.creds.Retrieve(ctx)
	if err != nil {
		return "", fmt.Errorf("no credentials for S3: %w", err)
	}
	if !c.HasKeys() {
		return "", nil
	}
	req.Header.Set("X-Amz-Content-Sha256", emptyBody)
	service := "s3"
	if s.Address.Express {
		service = "s3express"
	}
	// The signer sorts the query in place; S3 does not mind the order.
	err = d.signer.SignHTTP(ctx, c, req, emptyBody, service, s.Address.Region, s.Time)
	return wire.Identity(c.AccessKeyID, c.SessionToken), err
}

func (d *dialect) Renew(identity string) bool {
	return d.renewal.Renew(identity, d.creds)
}

// BucketsQuery adds nothing to the first request: the list then comes whole, and
// stores that know no pages are not confused.
func (d *dialect) BucketsQuery(q *wire.Query, req remote.BucketsRequest) {
	n := req.Max
	if req.Marker != "" && n == 0 {
		n = bucketPage
	}
	q.Add("continuation-token", req.Marker)
	q.Int("max-buckets", n)
}

func (d *dialect) KeyPath(key string) (string, error) { return wire.EscapePath(key), nil }

// describe returns the settings that do not change.
func (d *dialect) describe(bucket string) map[string]string {
	return map[string]string{
		"provider":    "s3",
		"addressing":  d.style(bucket).String(),
		"signature":   wire.SignatureName("AWS4-HMAC-SHA256", d.creds != nil),
		"credentials": wire.CredentialsName(d.creds != nil),
	}
}
