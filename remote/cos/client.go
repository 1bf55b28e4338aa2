package cos

import (
	"context"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// Client is one source's connection to COS. It is safe for concurrent use.
type Client struct {
	*wire.Client
	dialect *dialect
}

var _ remote.Client = (*Client)(nil)

// New returns a client for cfg. creds are nil for anonymous requests. It sends
// nothing, and fails with KindUsage for settings that cannot work.
func New(_ context.Context, cfg remote.Config, creds CredentialsProvider) (*Client, error) {
	if cfg.Anonymous {
		creds = nil
	}
	h, err := newHosts(cfg)
	if err != nil {
		return nil, err
	}
	stores, err := wire.NewStores(cfg.Store, "cos", true)
	if err != nil {
		return nil, err
	}
	d := &dialect{hosts: h, creds: creds}
	return &Client{Client: wire.New(cfg, d, stores), dialect: d}, nil
}

// Describe returns what is in force, without secrets.
func (c *Client) Describe() map[string]string {
	m := map[string]string{
		"provider":    "cos",
		"addressing":  c.dialect.style().String(),
		"signature":   wire.SignatureName("q-sign-algorithm=sha1", c.dialect.creds != nil),
		"credentials": wire.CredentialsName(c.dialect.creds != nil),
		"store":       c.Profile(c.dialect.bucket).Name,
	}
	if a, err := c.Place(c.dialect.bucket); err == nil {
		m["endpoint"], m["region"] = a.String(), a.Region
	}
	return m
}
