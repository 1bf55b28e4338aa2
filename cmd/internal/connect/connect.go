package connect

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	"uploadfs/cmd/internal/buckets"
	"uploadfs/cmd/internal/source"
	"uploadfs/remote"
)

// Options are what all clients have in common.
type Options struct {
	Logger    *slog.Logger
	Observe   func(remote.Attempt)
	UserAgent string
}

// Connection is one bucket or account, connected.
type Connection struct {
	buckets.Source
	// Credentials is the kind of their source, never a value.
	Credentials string
	// limit reads the limiter of the client.
	limit func() (current, most, inflight int)
}

// Limit returns how many requests may be in flight now, at most, and how many are.
func (c Connection) Limit() (current, most, inflight int) { return c.limit() }

// Failure is a source that cannot be connected.
type Failure = buckets.Failure

// All connects every source, side by side. What is usage, and no failure, is in
// the errors' kind.
func All(ctx context.Context, sources []source.Source, o Options) ([]Connection, []Failure) {
	d := &dialer{Options: o, s3: make(map[identityKey]func() (*identity, error))}
	made := make([][]Connection, len(sources))
	errs := make([]error, len(sources))
	var wg sync.WaitGroup
	labels := source.Labels(sources)
	for i, s := range sources {
		wg.Go(func() { made[i], errs[i] = d.connect(ctx, s, labels[i]) })
	}
	wg.Wait()
	var all []Connection
	var failed []Failure
	for i := range sources {
		if errs[i] != nil {
			failed = append(failed, Failure{Source: labels[i], Err: errs[i]})
		}
		all = append(all, made[i]...)
	}
	if len(failed) == 0 {
		failed = sameNames(all)
	}
	return all, failed
}

// sameNames finds the collisions that sources alone do not show: with the
// buckets of the embedded store.
func sameNames(all []Connection) []Failure {
	seen := make(map[string]string)
	var failed []Failure
	for _, c := range all {
		if c.Dir == "" {
			continue
		}
		if other, taken := seen[c.Dir]; taken {
			failed = append(failed, Failure{Source: c.Name, Err: &remote.Error{Kind: remote.KindUsage,
				Message: fmt.Sprintf("%s has the directory %q already; add as=NAME to one of them", other, c.Dir)}})
		}
		seen[c.Dir] = c.Name
	}
	return failed
}

// dialer is one call of All.
type dialer struct {
	Options
	mu sync.Mutex
	// s3 are the identities that sources share: AWS's chain can run a program
	// or ask a login service, which nobody wants twice.
	s3 map[identityKey]func() (*identity, error)
}

// identity is who signs, with what the provider's settings say of where.
type identity struct {
	provider any
	origin   string
	place    func(cfg *remote.Config)
}

type identityKey struct {
	profile   string
	anonymous bool
}

func (d *dialer) connect(ctx context.Context, s source.Source, label string) ([]Connection, error) {
	if s.Scheme == source.Demo {
		return d.demo(ctx, s, label)
	}
	cfg := d.config(s)
	cfg.Name = label
	c, err := d.client(ctx, s.Scheme, &cfg)
	if err != nil {
		return nil, err
	}
	c.Name, c.Dir, c.Bucket, c.Prefix = cfg.Name, s.Dir(), cfg.Bucket, cfg.Prefix
	c.Place = place(s, cfg)
	return []Connection{c}, nil
}

// place is equal where one bucket name is one bucket. Names of COS and OSS are
// unique with the provider, so that an endpoint which the vendor's settings
// have for one bucket makes no difference; S3's are with the endpoint.
func place(s source.Source, cfg remote.Config) string {
	endpoint := cfg.Endpoint
	if s.Scheme != source.S3 {
		endpoint = s.Endpoint
	}
	return s.Scheme + " " + strings.TrimSuffix(endpoint, "/")
}

func (d *dialer) config(s source.Source) remote.Config {
	return remote.Config{
		Bucket: s.Bucket, Prefix: s.Prefix,
		Endpoint: s.Endpoint, Region: s.Region, Profile: s.Profile, Store: s.Store,
		PathStyle: s.PathStyle, CNAME: s.CNAME, Anonymous: s.Anonymous, InsecureHTTP: s.InsecureHTTP,
		Timeout: s.Timeout, Retries: s.Retries, Concurrency: s.Concurrency,
		UserAgent: d.UserAgent, Observe: d.Observe, Logger: d.Logger,
	}
}

func (d *dialer) client(ctx context.Context, scheme string, cfg *remote.Config) (Connection, error) {
	switch scheme {
	case source.S3:
		return d.connectS3(ctx, cfg)
	case source.COS:
		return d.connectCOS(ctx, cfg)
	case source.OSS:
		return d.connectOSS(ctx, cfg)
	}
	return Connection{}, errors.New("no provider has the scheme " + scheme)
}
