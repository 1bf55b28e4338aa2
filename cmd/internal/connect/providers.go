package connect

import (
	"cmp"
	"context"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"

	"uploadfs/remote"
	"uploadfs/remote/cos"
	"uploadfs/remote/oss"
	"uploadfs/remote/s3"
)

func (d *dialer) connectS3(ctx context.Context, cfg *remote.Config) (Connection, error) {
	id, err := d.identityS3(ctx, identityKey{cfg.Profile, cfg.Anonymous})()
	if err != nil {
		return Connection{}, err
	}
	id.place(cfg)
	provider, _ := id.provider.(aws.CredentialsProvider)
	c, err := s3.New(ctx, *cfg, provider)
	if err != nil {
		return Connection{}, err
	}
	return connection(c, id.origin, c.Limit), nil
}

// identityS3 finds the credentials of a profile once for all its sources.
func (d *dialer) identityS3(ctx context.Context, key identityKey) func() (*identity, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	find := d.s3[key]
	if find == nil {
		find = sync.OnceValues(func() (*identity, error) {
			id, err := s3.FindCredentials(ctx, s3.CredentialOptions{Profile: key.profile, Anonymous: key.anonymous, Logger: d.Logger})
			if err != nil {
				return nil, err
			}
			return &identity{provider: id.Provider, origin: id.Origin, place: func(cfg *remote.Config) {
				cfg.Region = cmp.Or(cfg.Region, id.Region)
				cfg.Endpoint = cmp.Or(cfg.Endpoint, id.Endpoint)
				cfg.RootCAs = id.RootCAs
			}}, nil
		})
		d.s3[key] = find
	}
	return find
}

func (d *dialer) connectCOS(ctx context.Context, cfg *remote.Config) (Connection, error) {
	id, err := cos.FindCredentials(ctx, cos.CredentialOptions{Profile: cfg.Profile, Bucket: cfg.Bucket, Anonymous: cfg.Anonymous, Logger: d.Logger})
	if err != nil {
		return Connection{}, err
	}
	cfg.Region, cfg.Endpoint = cmp.Or(cfg.Region, id.Region), cmp.Or(cfg.Endpoint, id.Endpoint)
	cfg.Bucket = cmp.Or(id.Name, cfg.Bucket)
	c, err := cos.New(ctx, *cfg, id.Provider)
	if err != nil {
		return Connection{}, err
	}
	return connection(c, id.Origin, c.Limit), nil
}

func (d *dialer) connectOSS(ctx context.Context, cfg *remote.Config) (Connection, error) {
	id, err := oss.FindCredentials(ctx, oss.CredentialOptions{Profile: cfg.Profile, Bucket: cfg.Bucket, Anonymous: cfg.Anonymous, Logger: d.Logger})
	if err != nil {
		return Connection{}, err
	}
	cfg.Region = cmp.Or(cfg.Region, id.Region)
	if cfg.Endpoint == "" && id.Endpoint != "" {
		// The addressing belongs to the endpoint that it was set for.
		cfg.Endpoint = id.Endpoint
		cfg.CNAME = cfg.CNAME || id.CNAME
		if cfg.PathStyle == nil && id.PathStyle {
			cfg.PathStyle = &id.PathStyle
		}
	}
	c, err := oss.New(ctx, *cfg, id.Provider)
	if err != nil {
		return Connection{}, err
	}
	return connection(c, id.Origin, c.Limit), nil
}

func connection(c remote.Client, origin string, limit func() (int, int, int)) Connection {
	conn := Connection{Credentials: origin, limit: limit}
	conn.Client = c
	return conn
}
