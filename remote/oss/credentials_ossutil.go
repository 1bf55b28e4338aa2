package oss

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"path"
	"strings"
	"time"

	"uploadfs/remote/creds"
)

// ossutilFile is ossutil's file. ossutil 1 keeps one identity in [Credentials]
// with bucket's hosts in [Bucket-Endpoint] and [Bucket-Cname]; ossutil 2 has
// [default], [profile NAME] and [buckets NAME], and still reads the former
// (dialects.md 8; lib/config_helper.go of aliyun/ossutil).
type ossutilFile struct{ ini creds.INI }

// profile returns the sections that a profile is read from, the first one
// first; nil where the file has no such profile. A nil file has none.
func (u *ossutilFile) profile(name string) ossutilProfile {
	if u == nil {
		return nil
	}
	var p ossutilProfile
	add := func(section string) {
		if s := u.ini.Section(section); s != nil {
			p = append(p, s)
		}
	}
	add("profile " + name)
	if strings.EqualFold(name, "default") {
		add("default")
		add("Credentials")
	}
	// A profile may name another one that its missing settings come from.
	const depth = 8
	for range depth {
		if len(p) == 0 {
			break
		}
		next := u.ini.Section("profile " + p[len(p)-1].Get("source-profile"))
		if next == nil {
			break
		}
		p = append(p, next)
	}
	return p
}

// ossutilProfile looks a setting up in one section after another.
type ossutilProfile []*creds.Section

func (p ossutilProfile) get(keys ...string) string {
	for _, s := range p {
		if v := s.Get(keys...); v != "" {
			return v
		}
	}
	return ""
}

// keys reads the pair under the spellings that ossutil 1 takes, which include
// those of ossutil 2. In the mode AK a token that is left over is not sent.
func (p ossutilProfile) keys() creds.Keys {
	k := creds.Keys{
		ID:     p.get("access-key-id", "access-id"),
		Secret: p.get("access-key-secret", "access-key"),
	}
	if !strings.EqualFold(p.get("mode"), "AK") {
		k.Token = p.get("sts-token")
	}
	return k
}

// check refuses a profile of which a part is missing.
func (p ossutilProfile) check(show string) error {
	k := p.keys()
	switch {
	case k.ID != "" && k.Secret == "":
		return usage("%s has accessKeyID without accessKeySecret", show)
	case k.ID == "" && k.Secret != "":
		return usage("%s has accessKeySecret without accessKeyID", show)
	case k.Token == "" && strings.EqualFold(p.get("mode"), "StsToken"):
		return usage("%s has the mode StsToken without stsToken", show)
	}
	return nil
}

func (f *finder) ossutilPath() string { return f.env.Path("OSSUTIL_CONFIG_FILE", ".ossutilconfig") }

// ossutilProfile is the name of the profile in force.
func (f *finder) ossutilProfile() string {
	if f.Profile != "" {
		return f.Profile
	}
	if p := f.env.Get("OSSUTIL_PROFILE"); p != "" {
		return p
	}
	return "default"
}

// readOssutil reads ossutil's file, nil where there is none.
func (f *finder) readOssutil(log *slog.Logger) (*ossutilFile, error) {
	path := f.ossutilPath()
	data, err := creds.ReadFile(path, log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usage("ossutil's file: %v", err)
	}
	ini, err := creds.ParseINI(data)
	if err != nil {
		return nil, usage("%s: %v", f.env.Show(path), err)
	}
	return &ossutilFile{ini: ini}, nil
}

// fromOssutil is the source that a profile of ossutil's file names, nil where
// it names none.
func (f *finder) fromOssutil(util *ossutilFile, name string) (*source, error) {
	p := util.profile(name)
	if p == nil {
		if util != nil && f.env.Get("OSSUTIL_PROFILE") == name {
			return nil, usage("OSSUTIL_PROFILE names a profile %q that is not in %s", name, f.env.Show(f.ossutilPath()))
		}
		return nil, nil
	}
	show := f.env.Show(f.ossutilPath())
	origin := "file " + show
	switch mode := p.get("mode"); strings.ToLower(mode) {
	case "anonymous":
		return &source{Source: creds.Source{Origin: "anonymous, as " + show + " says"}, anonymous: true}, nil
	case "ecsramrole":
		return f.ossutilRole(util, p, origin)
	case "":
		if uri := p.get("credential-uri"); uri != "" && p.keys().ID == "" {
			src, err := f.uri(origin, uri)
			return from(src), err
		}
		if p.keys().ID == "" && util.ini.Section("AkService").Get("ecsAk") != "" {
			return f.ossutilRole(util, p, origin)
		}
	case "ak", "ststoken":
	default:
		return nil, usage("%s has the mode %q, which is not supported here: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or ALIBABA_CLOUD_CREDENTIALS_URI", show, mode)
	}
	return f.ossutilKeys(p, name, show)
}

// ossutilKeys is the source for a profile with a key pair of its own.
func (f *finder) ossutilKeys(p ossutilProfile, name, show string) (*source, error) {
	if err := p.check(show); err != nil {
		return nil, err
	}
	if p.keys().ID == "" {
		return nil, nil
	}
	return from(&creds.Source{Origin: "file " + show, Fetch: func(context.Context) (creds.Keys, time.Time, error) {
		util, err := f.readOssutil(nil)
		if err != nil {
			return creds.Keys{}, time.Time{}, err
		}
		p := util.profile(name)
		k := p.keys()
		if k.ID == "" && k.Secret == "" {
			return k, time.Time{}, usage("profile %q of %s has no keys any more", name, show)
		}
		return k, time.Time{}, p.check(show)
	}}), nil
}

// ossutilRole is the ECS role of a profile. ossutil 1 may name it by the URL of
// the metadata service with the role at its end, or give the URL of a service
// of the user's own that answers alike.
func (f *finder) ossutilRole(util *ossutilFile, p ossutilProfile, origin string) (*source, error) {
	if role := p.get("ecs-role-name"); role != "" {
		return from(f.role(role)), nil
	}
	uri := util.ini.Section("AkService").Get("ecsAk")
	dir, role := path.Split(uri)
	if strings.EqualFold(dir, metadataBase+rolePath) {
		return from(f.role(role)), nil
	}
	if uri == "" {
		return from(f.role("")), nil
	}
	src, err := f.uri(origin, uri)
	return from(src), err
}

// place is where requests for the bucket go. Sections that name the bucket win
// over the profile, the environment over both, as in ossutil.
func (f *finder) place(util *ossutilFile, region string) Place {
	pl := Place{Region: f.env.Get("OSS_REGION"), Endpoint: f.env.Get("OSS_ENDPOINT")}
	if util != nil {
		p := util.profile(f.ossutilProfile())
		b := util.ini.Section("buckets " + f.Bucket)
		endpoint, cname := b.Get("endpoint"), false
		if endpoint == "" {
			endpoint = util.ini.Section("Bucket-Cname").Exact(f.Bucket)
			cname = endpoint != ""
		}
		if endpoint == "" {
			endpoint = util.ini.Section("Bucket-Endpoint").Exact(f.Bucket)
		}
		style := b.Get("addressing-style")
		if endpoint == "" {
			endpoint = p.get("endpoint", "host")
		}
		if style == "" && !cname {
			style = p.get("addressing-style")
		}
		if pl.Endpoint == "" {
			pl.Endpoint = endpoint
			pl.CNAME = cname || endpoint != "" && strings.EqualFold(style, "cname")
		}
		pl.PathStyle = strings.EqualFold(style, "path")
		if pl.Region == "" {
			pl.Region = b.Get("region")
		}
		if pl.Region == "" {
			pl.Region = p.get("region")
		}
	}
	if pl.Region == "" {
		pl.Region = region
	}
	return pl
}
