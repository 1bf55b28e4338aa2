package oss

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"log/slog"
	"time"

	"uploadfs/remote/creds"
)

// cliFile is the Alibaba Cloud CLI's ~/.aliyun/config.json, as far as it is
// used (cli_profile.go of aliyun/credentials-go).
type cliFile struct {
	Current  string       `json:"current"`
	Profiles []cliProfile `json:"profiles"`
}

type cliProfile struct {
	Name   string `json:"name"`
	Mode   string `json:"mode"`
	ID     string `json:"access_key_id"`
	Secret string `json:"access_key_secret"`
	Token  string `json:"sts_token"`
	// Expires is in Unix seconds.
	Expires int64  `json:"sts_expiration"`
	Region  string `json:"region_id"`
	Role    string `json:"ram_role_name"`
	URI     string `json:"credentials_uri"`
}

// profile returns the profile of that name, or the current one where name is
// empty, nil where there is none. A nil file has none.
func (c *cliFile) profile(name string) *cliProfile {
	if c == nil {
		return nil
	}
	if name == "" {
		name = c.Current
	}
	if name == "" {
		name = "default"
	}
	for i := range c.Profiles {
		if c.Profiles[i].Name == name {
			return &c.Profiles[i]
		}
	}
	return nil
}

func (f *finder) cliPath() string {
	return f.env.Path("ALIBABA_CLOUD_CONFIG_FILE", ".aliyun/config.json")
}

// readCLI reads the CLI's file, nil where there is none.
func (f *finder) readCLI(log *slog.Logger) (*cliFile, error) {
	path := f.cliPath()
	data, err := creds.ReadFile(path, log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usage("the Alibaba Cloud CLI's file: %v", err)
	}
	file, err := parseCLI(data)
	if err != nil {
		return nil, usage("%s: %v", f.env.Show(path), err)
	}
	return file, nil
}

// parseCLI decodes the file. The decoder's own error can quote a value.
func parseCLI(data []byte) (*cliFile, error) {
	file := &cliFile{}
	if err := json.Unmarshal(data, file); err != nil {
		return nil, errors.New("not the JSON that was expected")
	}
	return file, nil
}

// fromCLI is the source that a profile of the CLI's file names, nil where there
// is no such file, or no such profile and none was asked for by the
// environment.
func (f *finder) fromCLI(name string) (*source, error) {
	file, err := f.readCLI(f.log)
	if err != nil {
		return nil, err
	}
	p := file.profile(name)
	show := f.env.Show(f.cliPath())
	if p == nil {
		if name != "" && f.Profile == "" {
			return nil, usage("ALIBABA_CLOUD_PROFILE names a profile %q that is not in %s", name, show)
		}
		return nil, nil
	}
	switch p.Mode {
	case "AK", "StsToken", "":
		return f.cliKeys(p, name, show)
	case "EcsRamRole":
		src := from(f.role(p.Role))
		src.region = p.Region
		return src, nil
	case "CredentialsURI":
		src, err := f.uri("file "+show, p.URI)
		if err != nil {
			return nil, err
		}
		return &source{Source: *src, region: p.Region}, nil
	}
	return nil, usage("profile %q of %s has the mode %q, which is not supported here: set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or ALIBABA_CLOUD_CREDENTIALS_URI", p.Name, show, p.Mode)
}

func (f *finder) cliKeys(p *cliProfile, name, show string) (*source, error) {
	// A profile that the CLI has not filled in yet is no source.
	if p.ID == "" && p.Secret == "" && f.Profile == "" {
		return nil, nil
	}
	if err := p.check(show); err != nil {
		return nil, err
	}
	return &source{region: p.Region, Source: creds.Source{Origin: "file " + show, Fetch: func(context.Context) (creds.Keys, time.Time, error) {
		file, err := f.readCLI(nil)
		if err != nil {
			return creds.Keys{}, time.Time{}, err
		}
		p := file.profile(name)
		if p == nil {
			return creds.Keys{}, time.Time{}, usage("the profile is not in %s any more", show)
		}
		if err := p.check(show); err != nil {
			return creds.Keys{}, time.Time{}, err
		}
		k := creds.Keys{ID: p.ID, Secret: p.Secret}
		if p.Mode != "AK" {
			k.Token = p.Token
		}
		if k.Token != "" && p.Expires > 0 {
			k.Expires = time.Unix(p.Expires, 0)
		}
		return k, k.Expires, nil
	}}}, nil
}

func (p *cliProfile) check(show string) error {
	switch {
	case p.ID == "":
		return usage("profile %q of %s has no access_key_id", p.Name, show)
	case p.Secret == "":
		return usage("profile %q of %s has access_key_id without access_key_secret", p.Name, show)
	case p.Mode == "StsToken" && p.Token == "":
		return usage("profile %q of %s has the mode StsToken without sts_token", p.Name, show)
	}
	return nil
}
