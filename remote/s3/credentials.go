package s3

import (
	"context"
	"crypto/x509"
	"log/slog"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"uploadfs/remote"
	"uploadfs/remote/creds"
)

// CredentialOptions say where to look for credentials. The environment and
// the home directory are those of the process: AWS's own loader reads them
// itself.
type CredentialOptions struct {
	// Profile is a profile of AWS's shared files. With one named, the
	// environment's keys are passed over, as the AWS command line does.
	Profile   string
	Anonymous bool
	// Logger is told of files that are open to others and of renewals that
	// failed, nil for nobody.
	Logger *slog.Logger
}

// Identity is who requests are signed as, and what AWS's settings say of where
// and how to send them.
type Identity struct {
	// Provider renews what it gives, and has Invalidate. For anonymous requests
	// it is [aws.AnonymousCredentials], which gives none.
	Provider aws.CredentialsProvider
	// Origin is the kind of source, never a value from it.
	Origin string
	// Region is AWS_REGION or the profile's, Endpoint AWS_ENDPOINT_URL_S3,
	// AWS_ENDPOINT_URL or the profile's endpoint_url, unless
	// AWS_IGNORE_CONFIGURED_ENDPOINT_URLS is true.
	Region, Endpoint string
	// RootCAs are those of AWS_CA_BUNDLE or the profile's ca_bundle, nil for
	// the system's.
	RootCAs *x509.CertPool
}

// FindCredentials runs AWS's default chain and asks what it finds once:
//
//  1. nothing, with Anonymous;
//  2. with a Profile, that profile (3 to 8 do not apply before it);
//  3. AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_SESSION_TOKEN;
//  4. AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN;
//  5. profile AWS_PROFILE or default of AWS_CONFIG_FILE and
//     AWS_SHARED_CREDENTIALS_FILE: keys, an assumed role, SSO, aws login,
//     credential_process;
//  6. AWS_CONTAINER_CREDENTIALS_RELATIVE_URI or _FULL_URI;
//  7. the role of the EC2 instance, if this is one, unless
//     AWS_EC2_METADATA_DISABLED is true.
//
// Half a pair in the environment, a profile that does not exist and a file that
// cannot be read are [remote.KindUsage]. No source at all is
// [remote.KindDenied], within the time of [creds.ProbeTimeout].
func FindCredentials(ctx context.Context, o CredentialOptions) (*Identity, error) {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	c := &chain{profile: o.Profile, anonymous: o.Anonymous, log: log}
	if err := c.checkEnvironment(); err != nil {
		return nil, err
	}
	loading, cancel := context.WithTimeout(ctx, chainTimeout)
	defer cancel()
	cfg, err := c.load(loading)
	if err != nil {
		return nil, err
	}
	id := &Identity{Region: cfg.Region, Endpoint: endpoint(loading, cfg), RootCAs: rootCAs(cfg)}
	if o.Anonymous {
		id.Provider, id.Origin = aws.AnonymousCredentials{}, "anonymous"
		return id, nil
	}
	p := &provider{cache: creds.NewCache(c.fetch, chainTimeout, func(err error) {
		log.Warn("credentials could not be renewed, the old ones are still good", "reason", err)
	})}
	first, err := p.Retrieve(ctx)
	if err != nil {
		return nil, err
	}
	id.Provider, id.Origin = p, origin(first.Source)
	if path, ok := strings.CutPrefix(first.Source, sharedFile); ok {
		// Read again for the warning alone.
		_, _ = creds.ReadFile(path, log)
	}
	return id, nil
}

// provider is an [aws.CredentialsProvider] over the chain. The SDK's own cache
// gives an error where a renewal fails before the old credentials have lapsed.
type provider struct{ cache *creds.Cache[aws.Credentials] }

// Retrieve returns credentials that are good for a request now.
func (p *provider) Retrieve(ctx context.Context) (aws.Credentials, error) { return p.cache.Get(ctx) }

// Invalidate makes the next Retrieve run the chain: the service has refused
// what it gave.
func (p *provider) Invalidate() { p.cache.Invalidate() }

// fetch runs the chain anew, so that files that were rewritten are seen.
func (c *chain) fetch(ctx context.Context) (aws.Credentials, time.Time, error) {
	cfg, err := c.load(ctx)
	if err != nil {
		return aws.Credentials{}, time.Time{}, err
	}
	value, err := c.retrieve(ctx, cfg)
	if err != nil {
		return aws.Credentials{}, time.Time{}, err
	}
	var expires time.Time
	if value.CanExpire {
		expires = value.Expires
	}
	return value, expires, nil
}

// checkEnvironment refuses half a key pair, which the SDK passes over for the
// next source: that would be another identity than was meant.
func (c *chain) checkEnvironment() error {
	if c.profile != "" || c.anonymous {
		return nil
	}
	env := creds.Env{}
	id := env.First("AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY")
	secret := env.First("AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY")
	switch {
	case id != "" && secret == "":
		return usage("AWS_ACCESS_KEY_ID is set but AWS_SECRET_ACCESS_KEY is not: set both")
	case id == "" && secret != "":
		return usage("AWS_SECRET_ACCESS_KEY is set but AWS_ACCESS_KEY_ID is not: set both")
	}
	return nil
}

func usage(format string, args ...any) error {
	return creds.Fail(remote.KindUsage, "s3", format, args...)
}

func denied(format string, args ...any) error {
	return creds.Fail(remote.KindDenied, "s3", format, args...)
}
