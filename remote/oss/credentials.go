package oss

import (
	"context"
	"log/slog"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"uploadfs/remote"
	"uploadfs/remote/creds"
)

// fetchTimeout bounds one call for a role's credentials, its steps together.
const fetchTimeout = 5 * time.Second

// CredentialOptions say where to look for credentials.
type CredentialOptions struct {
	// Profile is a profile of ossutil's file, or else of the Alibaba Cloud
	// CLI's. With one named, the environment's keys are passed over.
	Profile string
	// Bucket is looked up among ossutil's buckets.
	Bucket    string
	Anonymous bool
	// Getenv is os.Getenv where nil, Home is $HOME where empty.
	Getenv func(string) string
	Home   string
	// Metadata is the base URL of the ECS metadata service, empty for
	// http://100.100.100.200.
	Metadata string
	// Logger is told of files that are open to others and of renewals that
	// failed, nil for nobody.
	Logger *slog.Logger
}

// Identity is who requests are signed as, and what the environment and the
// vendor's files say of where to send them.
type Identity struct {
	// Provider renews what it gives, and has Invalidate. For anonymous requests
	// it gives empty credentials.
	Provider credentials.CredentialsProvider
	// Origin is the kind of source, never a value from it.
	Origin string
	// Place is where to send requests, as far as it is said.
	Place
}

// Place is where the vendor's settings send requests for a bucket.
type Place struct {
	Region, Endpoint string
	// CNAME says that the endpoint's host already is the bucket, PathStyle that
	// the bucket goes into the path.
	CNAME, PathStyle bool
}

// FindCredentials settles on the first source that there is, and asks it once:
//
//  1. nothing, with Anonymous;
//  2. with a Profile, that profile of ossutil's file, or else of the CLI's;
//  3. OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET and OSS_SESSION_TOKEN;
//  4. ALIBABA_CLOUD_ACCESS_KEY_ID, ALIBABA_CLOUD_ACCESS_KEY_SECRET and
//     ALIBABA_CLOUD_SECURITY_TOKEN;
//  5. ossutil's file, OSSUTIL_CONFIG_FILE or ~/.ossutilconfig, of ossutil 1 or
//     2: profile OSSUTIL_PROFILE or default;
//  6. the CLI's file, ALIBABA_CLOUD_CONFIG_FILE or ~/.aliyun/config.json:
//     profile ALIBABA_CLOUD_PROFILE or the current one, unless
//     ALIBABA_CLOUD_CLI_PROFILE_DISABLED is true;
//  7. ALIBABA_CLOUD_CREDENTIALS_URI;
//  8. the role of the ECS instance, if this is one, unless
//     ALIBABA_CLOUD_ECS_METADATA_DISABLED is true.
//
// The place is OSS_REGION and OSS_ENDPOINT, then what ossutil's file says of
// the bucket, then of the profile, then the CLI's region.
//
// Half a pair, a file that cannot be read and a mode that is not known here are
// [remote.KindUsage]: what comes later in the list would be another identity
// than was meant. No source at all is [remote.KindDenied], within the time of
// [creds.ProbeTimeout].
func FindCredentials(ctx context.Context, o CredentialOptions) (*Identity, error) {
	f := newFinder(o)
	util, err := f.readOssutil(f.log)
	if err != nil && !f.fileNotNeeded() {
		return nil, err
	}
	if err != nil {
		f.log.Warn("ossutil's file is passed over", "reason", err)
	}
	found, err := f.find(util)
	if err != nil {
		return nil, err
	}
	id := &Identity{Origin: found.Origin, Place: f.place(util, found.region)}
	if found.anonymous {
		id.Provider = credentials.NewAnonymousCredentialsProvider()
		return id, nil
	}
	p := &provider{cache: creds.NewCache(found.Fetch, fetchTimeout, func(err error) {
		f.log.Warn("credentials could not be renewed, the old ones are still good", "origin", found.Origin, "reason", err)
	})}
	if _, err := p.GetCredentials(ctx); err != nil {
		return nil, err
	}
	id.Provider = p
	return id, nil
}

// provider is the vendor's CredentialsProvider over a source. The vendor's own
// fetching provider waits under a lock and has no way to drop what a service
// has refused.
type provider struct{ cache *creds.Cache[creds.Keys] }

// GetCredentials returns credentials that are good for a request now.
func (p *provider) GetCredentials(ctx context.Context) (credentials.Credentials, error) {
	k, err := p.cache.Get(ctx)
	if err != nil {
		return credentials.Credentials{}, err
	}
	c := credentials.Credentials{AccessKeyID: k.ID, AccessKeySecret: k.Secret, SecurityToken: k.Token}
	if !k.Expires.IsZero() {
		c.Expires = &k.Expires
	}
	return c, nil
}

// Invalidate makes the next GetCredentials ask the source: the service has
// refused what it gave.
func (p *provider) Invalidate() { p.cache.Invalidate() }

// source is a source of credentials with what its file says besides.
type source struct {
	creds.Source
	anonymous bool
	// region is a region that belongs to the source itself.
	region string
}

func from(s *creds.Source) *source {
	if s == nil {
		return nil
	}
	return &source{Source: *s}
}

// finder is one search for credentials.
type finder struct {
	CredentialOptions
	env creds.Env
	log *slog.Logger
}

func newFinder(o CredentialOptions) *finder {
	log := o.Logger
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &finder{CredentialOptions: o, env: creds.Env{Getenv: o.Getenv, Home: o.Home}, log: log}
}

func usage(format string, args ...any) error {
	return creds.Fail(remote.KindUsage, "oss", format, args...)
}

// variables are the spellings of the key pair, in their order.
func variables() []creds.Names {
	return []creds.Names{
		{ID: "OSS_ACCESS_KEY_ID", Secret: "OSS_ACCESS_KEY_SECRET", Tokens: []string{"OSS_SESSION_TOKEN"}},
		{ID: "ALIBABA_CLOUD_ACCESS_KEY_ID", Secret: "ALIBABA_CLOUD_ACCESS_KEY_SECRET", Tokens: []string{"ALIBABA_CLOUD_SECURITY_TOKEN"}},
	}
}

// fileNotNeeded reports whether the identity comes from the environment, so
// that a broken file of ossutil is no reason to fail.
func (f *finder) fileNotNeeded() bool {
	if f.Anonymous {
		return true
	}
	src, err := f.env.Keys(variables()...)
	return f.Profile == "" && (src != nil || err != nil)
}

func (f *finder) find(util *ossutilFile) (*source, error) {
	switch {
	case f.Anonymous:
		return &source{Source: creds.Source{Origin: "anonymous"}, anonymous: true}, nil
	case f.Profile != "":
		return f.fromProfile(util)
	}
	src, err := f.env.Keys(variables()...)
	if err != nil {
		return nil, usage("%v", err)
	}
	if src != nil {
		found := from(src)
		found.region = f.env.Get("ALIBABA_CLOUD_REGION_ID")
		return found, nil
	}
	if src, err := f.fromOssutil(util, f.ossutilProfile()); src != nil || err != nil {
		return src, err
	}
	if !f.env.Is("ALIBABA_CLOUD_CLI_PROFILE_DISABLED") {
		if src, err := f.fromCLI(f.env.Get("ALIBABA_CLOUD_PROFILE")); src != nil || err != nil {
			return src, err
		}
	}
	if uri := f.env.Get("ALIBABA_CLOUD_CREDENTIALS_URI"); uri != "" {
		src, err := f.uri("environment ALIBABA_CLOUD_CREDENTIALS_URI", uri)
		return from(src), err
	}
	if f.env.Is("ALIBABA_CLOUD_ECS_METADATA_DISABLED") {
		return nil, creds.Fail(remote.KindDenied, "oss", "%s", hint)
	}
	return from(f.probeRole()), nil
}

// fromProfile is the profile that was asked for by name.
func (f *finder) fromProfile(util *ossutilFile) (*source, error) {
	if util.profile(f.Profile) != nil {
		src, err := f.fromOssutil(util, f.Profile)
		if src == nil && err == nil {
			err = usage("profile %q of %s has no credentials", f.Profile, f.env.Show(f.ossutilPath()))
		}
		return src, err
	}
	src, err := f.fromCLI(f.Profile)
	if src != nil || err != nil {
		return src, err
	}
	return nil, usage("no profile %q in ossutil's or the Alibaba Cloud CLI's file", f.Profile)
}

// hint is what to do where there are no credentials.
const hint = "no Alibaba Cloud credentials: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, run ossutil config, or use --anonymous"
