package connect

import (
	"cmp"
	"context"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	"github.com/aws/aws-sdk-go-v2/aws"

	"uploadfs/cmd/internal/source"
	"uploadfs/remote"
	"uploadfs/remote/cos"
	"uploadfs/remote/emulator"
	"uploadfs/remote/oss"
	"uploadfs/remote/s3"
)

// demo connects the embedded store: a source a bucket, with real clients that
// sign, page and decode, and a transport that stays in the process.
func (d *dialer) demo(ctx context.Context, s source.Source, label string) ([]Connection, error) {
	store, made, err := emulator.Demo(emulator.DemoOptions{
		Uploads: s.Demo.Uploads, Parts: s.Demo.Parts, Latency: s.Demo.Latency, Dialect: s.Demo.Dialect, Seed: s.Demo.Seed,
	})
	if err != nil {
		return nil, &remote.Error{Kind: remote.KindUsage, Message: err.Error()}
	}
	var all []Connection
	for _, b := range made {
		cfg := d.config(s)
		cfg.Name, cfg.Bucket = label+b.Dialect, b.Name
		cfg.Endpoint, cfg.Region, cfg.Profile, cfg.Anonymous, cfg.CNAME, cfg.PathStyle = b.Endpoint, b.Region, "", false, false, nil
		cfg.Base = store.Transport()
		c, err := demoClient(ctx, b, cfg)
		if err != nil {
			return nil, err
		}
		c.Name, c.Bucket, c.Dir = cfg.Name, b.Name, cmp.Or(s.As, b.Name)
		all = append(all, c)
	}
	return all, nil
}

func demoClient(ctx context.Context, b emulator.DemoBucket, cfg remote.Config) (Connection, error) {
	const origin = "the embedded store's own"
	switch b.Dialect {
	case source.COS:
		c, err := cos.New(ctx, cfg, demoKeys{ID: b.ID, Secret: b.Secret})
		if err != nil {
			return Connection{}, err
		}
		return connection(c, origin, c.Limit), nil
	case source.OSS:
		c, err := oss.New(ctx, cfg, credentials.NewStaticCredentialsProvider(b.ID, b.Secret))
		if err != nil {
			return Connection{}, err
		}
		return connection(c, origin, c.Limit), nil
	}
	c, err := s3.New(ctx, cfg, aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: b.ID, SecretAccessKey: b.Secret, Source: origin}, nil
	}))
	if err != nil {
		return Connection{}, err
	}
	return connection(c, origin, c.Limit), nil
}

// demoKeys are a key pair that never lapses.
type demoKeys cos.Credentials

// Retrieve implements cos.CredentialsProvider.
func (k demoKeys) Retrieve(context.Context) (cos.Credentials, error) { return cos.Credentials(k), nil }
