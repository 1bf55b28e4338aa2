package s3

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// Client is one source's connection to an S3 store. It is safe for concurrent use.
type Client struct {
	*wire.Client
	dialect *dialect
}

var _ remote.Client = (*Client)(nil)

// New returns a client for cfg. creds are nil for anonymous requests. It sends
// nothing, and fails with KindUsage for settings that cannot work.
func New(_ context.Context, cfg remote.Config, creds aws.CredentialsProvider) (*Client, error) {
	if _, ok := creds.(aws.AnonymousCredentials); ok || cfg.Anonymous {
		creds = nil
	}
	d, err := newDialect(cfg, creds)
	if err != nil {
		return nil, err
	}
	store, certain := d.store()
	stores, err := wire.NewStores(cfg.Store, store, certain)
	if err != nil {
		return nil, err
	}
	return &Client{Client: wire.New(cfg, d, stores), dialect: d}, nil
}

// Buckets returns one page of the account's buckets: first all at once, as every
// store has it, and in pages where S3 refuses that, which it does for accounts
// with a quota over 10,000 (dialects.md 1.4).
func (c *Client) Buckets(ctx context.Context, req remote.BucketsRequest) (*remote.BucketPage, error) {
	page, err := c.Client.Buckets(ctx, req)
	if remote.KindOf(err) == remote.KindInvalid && req.Marker == "" && req.Max == 0 {
		req.Max = bucketPage
		return c.Client.Buckets(ctx, req)
	}
	return page, err
}

// Describe returns what is in force, without secrets.
func (c *Client) Describe() map[string]string {
	m := c.dialect.describe(c.dialect.bucket)
	m["store"] = c.Profile(c.dialect.bucket).Name
	if a, err := c.Place(c.dialect.bucket); err == nil {
		m["endpoint"], m["region"] = a.String(), a.Region
	}
	return m
}
