package oss

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/signer"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// bucketPage is how many buckets are asked for at a time: the most that OSS
// gives, whose default is 100 (dialects.md 1.3).
const bucketPage = 1000

// dialect is what OSS has of its own. See wire.Dialect.
type dialect struct {
	hosts
	creds   credentials.CredentialsProvider
	renewal wire.Renewal
}

func (d *dialect) Provider() string { return "oss" }

func (d *dialect) Sign(ctx context.Context, req *http.Request, s wire.Signing) (string, error) {
	if d.creds == nil {
		return "", nil
	}
	c, err := d.creds.GetCredentials(ctx)
	if err != nil {
		return "", fmt.Errorf("no credentials for OSS: %w", err)
	}
	if !c.HasKeys() {
		return "", nil
	}
	return wire.Identity(c.AccessKeyID, c.SecurityToken), sign(ctx, req, c, s)
}

// sign uses V4 for a known region and V1 otherwise. Both cover /bucket/key,
// whatever the URL shows of it.
func sign(ctx context.Context, req *http.Request, c credentials.Credentials, s wire.Signing) error {
	sc := &signer.SigningContext{Request: req, Credentials: &c, Time: s.Time}
	if s.Bucket != "" {
		sc.Bucket = &s.Bucket
	}
	if s.Key != "" {
		sc.Key = &s.Key
	}
	if s.Address.Region == "" {
		return (&signer.SignerV1{}).Sign(ctx, sc)
	}
	product := "oss"
	sc.Product, sc.Region = &product, &s.Address.Region
	return (&signer.SignerV4{}).Sign(ctx, sc)
}

func (d *dialect) Renew(identity string) bool { return d.renewal.Renew(identity, d.creds) }

func (d *dialect) BucketsQuery(q *wire.Query, req remote.BucketsRequest) {
	n := req.Max
	if n <= 0 || n > bucketPage {
		n = bucketPage
	}
	q.Add("marker", req.Marker)
	q.Int("max-keys", n)
}

func (d *dialect) KeyPath(key string) (string, error) { return wire.EscapeDots(key), nil }
