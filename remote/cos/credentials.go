package cos

import (
	"context"
	"log/slog"
	"strings"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/creds"
)

// fetchTimeout bounds one call for a role's credentials.
const fetchTimeout = 5 * time.Second

// CredentialOptions say where to look for credentials.
type CredentialOptions struct {
	// Profile is a section of ~/.tencentcloud/credentials. With one named, the
	// environment's keys and coscli's file are passed over.
	Profile string
	// Bucket is looked up among coscli's buckets, by name or alias.
	Bucket    string
	Anonymous bool
	// Getenv is os.Getenv where nil, Home is $HOME where empty.
	Getenv func(string) string
	Home   string
	// Metadata is the base URL of the CVM metadata service, empty for
	// http://metadata.tencentyun.com.
	Metadata string
	// Logger is told of files that are open to others and of renewals that
	// failed, nil for nobody.
	Logger *slog.Logger
}

// Identity is who requests are signed as, and what coscli's file says of where
// to send them.
type Identity struct {
	// Provider renews what it gives, and has Invalidate. It is nil for
	// anonymous requests.
	Provider CredentialsProvider
	// Origin is the kind of source, never a value from it.
	Origin string
	// Region and Endpoint are those of the bucket's entry in ~/.cos.yaml, and
	// Name the bucket's own name where it was found by its alias.
	Region, Endpoint, Name string
}

// FindCredentials settles on the first source that there is, and asks it once:
//
//  1. nothing, with Anonymous;
//  2. with a Profile, that section of the credentials file (6) alone;
//  3. COS_SECRETID and COS_SECRETKEY, or COS_SECRET_ID and COS_SECRET_KEY, with
//     COS_SESSIONTOKEN, COS_SESSION_TOKEN or COS_TOKEN;
//  4. TENCENTCLOUD_SECRET_ID, TENCENTCLOUD_SECRET_KEY and TENCENTCLOUD_TOKEN,
//     then SECRETID and SECRETKEY (dialects.md 8);
//  5. coscli's ~/.cos.yaml: a key pair, or the mode CvmRole;
//  6. section default of TENCENTCLOUD_CREDENTIALS_FILE or
//     ~/.tencentcloud/credentials;
//  7. the role of the CVM instance, if this is one.
//
// Half a pair, a file that cannot be read and an unknown mode are
// [remote.KindUsage]: what comes later in the list would be another identity
// than was meant. No source at all is [remote.KindDenied], within the time of
// [creds.ProbeTimeout].
func FindCredentials(ctx context.Context, o CredentialOptions) (*Identity, error) {
	f := newFinder(o)
	id := &Identity{}
	cli, err := f.readCoscli(f.log)
	if err != nil && !f.fileNotNeeded() {
		return nil, err
	}
	if err != nil {
		f.log.Warn("coscli's file is passed over", "reason", err)
	}
	if b := cli.bucket(o.Bucket); b != nil {
		id.Region, id.Endpoint, id.Name = b.region, b.endpoint, b.name
	}
	if o.Anonymous {
		id.Origin = "anonymous"
		return id, nil
	}
	src, err := f.find(cli)
	if err != nil {
		return nil, err
	}
	p := &provider{cache: creds.NewCache(src.Fetch, fetchTimeout, func(err error) {
		f.log.Warn("credentials could not be renewed, the old ones are still good", "origin", src.Origin, "reason", err)
	})}
	if _, err := p.Retrieve(ctx); err != nil {
		return nil, err
	}
	id.Provider, id.Origin = p, src.Origin
	return id, nil
}

// provider is the CredentialsProvider over a source.
type provider struct{ cache *creds.Cache[creds.Keys] }

func (p *provider) Retrieve(ctx context.Context) (Credentials, error) {
	k, err := p.cache.Get(ctx)
	return Credentials{ID: k.ID, Secret: k.Secret, Token: k.Token, Expires: k.Expires}, err
}

// Invalidate makes the next Retrieve ask the source: the service has refused
// what it gave.
func (p *provider) Invalidate() { p.cache.Invalidate() }

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
	return creds.Fail(remote.KindUsage, "cos", format, args...)
}

// variables are the spellings of the key pair, in their order.
func variables() []creds.Names {
	tokens := []string{"COS_SESSIONTOKEN", "COS_SESSION_TOKEN", "COS_TOKEN"}
	return []creds.Names{
		{ID: "COS_SECRETID", Secret: "COS_SECRETKEY", Tokens: tokens},
		{ID: "COS_SECRET_ID", Secret: "COS_SECRET_KEY", Tokens: tokens},
		{ID: "TENCENTCLOUD_SECRET_ID", Secret: "TENCENTCLOUD_SECRET_KEY", Tokens: []string{"TENCENTCLOUD_TOKEN"}},
		{ID: "SECRETID", Secret: "SECRETKEY", Tokens: tokens, Loose: true},
	}
}

// fileNotNeeded reports whether the identity comes from elsewhere than
// coscli's file, so that a broken file is no reason to fail.
func (f *finder) fileNotNeeded() bool {
	if f.Anonymous || f.Profile != "" {
		return true
	}
	src, err := f.env.Keys(variables()...)
	return src != nil || err != nil
}

func (f *finder) find(cli *coscliFile) (*creds.Source, error) {
	if f.Profile != "" {
		return f.fromProfile(f.Profile, true)
	}
	src, err := f.env.Keys(variables()...)
	if err != nil {
		return nil, usage("%v", err)
	}
	if src != nil {
		return src, nil
	}
	if src, err := f.fromCoscli(cli); src != nil || err != nil {
		return src, err
	}
	if src, err := f.fromProfile("default", false); src != nil || err != nil {
		return src, err
	}
	return f.probeRole(), nil
}

// fromProfile reads a section of Tencent Cloud's shared credentials file. A
// section that must be there and is not is an error.
func (f *finder) fromProfile(name string, must bool) (*creds.Source, error) {
	path := f.env.Path("TENCENTCLOUD_CREDENTIALS_FILE", ".tencentcloud/credentials")
	read := func(log *slog.Logger) (creds.Keys, error) {
		file, err := f.readINI(path, log)
		if err != nil {
			return creds.Keys{}, err
		}
		s := file.Section(name)
		k := creds.Keys{ID: s.Get("secret_id"), Secret: s.Get("secret_key"), Token: s.Get("token")}
		return k, f.whole(path, "secret_id", "secret_key", k)
	}
	k, err := read(f.log)
	switch {
	case err != nil:
		return nil, err
	case k.ID == "" && must && path == "":
		return nil, usage("no profile %q: HOME is not set", name)
	case k.ID == "" && must:
		return nil, usage("no profile %q with secret_id and secret_key in %s", name, f.env.Show(path))
	case k.ID == "":
		return nil, nil
	}
	return &creds.Source{Origin: "file " + f.env.Show(path), Fetch: func(context.Context) (creds.Keys, time.Time, error) {
		k, err := read(nil)
		if err == nil && k.ID == "" {
			err = usage("no profile %q with secret_id and secret_key in %s any more", name, f.env.Show(path))
		}
		return k, time.Time{}, err
	}}, nil
}

// whole refuses half a key pair.
func (f *finder) whole(path, id, secret string, k creds.Keys) error {
	switch {
	case k.ID != "" && k.Secret == "":
		return usage("%s has %s without %s", f.env.Show(path), id, secret)
	case k.ID == "" && k.Secret != "":
		return usage("%s has %s without %s", f.env.Show(path), secret, id)
	}
	return nil
}

// hint is what to do where there are no credentials.
func (f *finder) hint() string {
	return strings.Join([]string{
		"no Tencent Cloud credentials: set COS_SECRETID and COS_SECRETKEY",
		"run coscli config",
		"or use --anonymous",
	}, ", ")
}
