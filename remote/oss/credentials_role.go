package oss

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/creds"
)

const (
	metadataBase = "http://100.100.100.200"
	rolePath     = "/latest/meta-data/ram/security-credentials/"
	tokenPath    = "/latest/api/token"
)

// roleAnswer is what the ECS metadata service says of a role, and what a
// credentials URI answers (dialects.md 8).
type roleAnswer struct {
	Code, AccessKeyID, AccessKeySecret, SecurityToken string
	// Expiration is RFC 3339.
	Expiration string
}

// metadata asks the ECS metadata service. Its first version needs no token and
// an instance may have it switched off; the second asks for one first. The
// vendor's own provider speaks the first alone, follows redirects and quotes
// the answer in an error.
type metadata struct {
	base   string
	client *http.Client
	// strict refuses to go on without a token.
	strict bool
}

func (f *finder) metadata() *metadata {
	base := f.Metadata
	if base == "" {
		base = metadataBase
	}
	return &metadata{
		base:   strings.TrimRight(base, "/"),
		client: creds.HTTPClient(fetchTimeout),
		strict: f.env.Is("ALIBABA_CLOUD_IMDSV1_DISABLED"),
	}
}

// role is the source for the instance's role of that name; empty for
// ALIBABA_CLOUD_ECS_METADATA, or else the only one.
func (f *finder) role(name string) *creds.Source {
	m := f.metadata()
	if name == "" {
		name = f.env.Get("ALIBABA_CLOUD_ECS_METADATA")
	}
	return &creds.Source{Origin: "ECS role", Fetch: func(ctx context.Context) (creds.Keys, time.Time, error) {
		return m.fetch(ctx, name)
	}}
}

// probeRole is the source of last resort: the role of the instance, if this
// is one. Until it has answered once, its silence means that there are no
// credentials at all.
func (f *finder) probeRole() *creds.Source {
	src := f.role("")
	ask := src.Fetch
	var known atomic.Bool
	src.Fetch = func(ctx context.Context) (creds.Keys, time.Time, error) {
		ctx, cancel := context.WithTimeout(ctx, creds.ProbeTimeout)
		defer cancel()
		k, expires, err := ask(ctx)
		if err == nil {
			known.Store(true)
		} else if !known.Load() {
			f.log.Debug("no ECS role", "reason", err)
			err = creds.Fail(remote.KindDenied, "oss", "%s", hint)
		}
		return k, expires, err
	}
	return src
}

func (m *metadata) fetch(ctx context.Context, name string) (creds.Keys, time.Time, error) {
	none := func(err error) (creds.Keys, time.Time, error) { return creds.Keys{}, time.Time{}, err }
	header, err := m.token(ctx)
	if err != nil {
		return none(creds.AskFailed("oss", "ECS role: the metadata service", err))
	}
	if name == "" {
		list, err := creds.Ask(ctx, m.client, http.MethodGet, m.base+rolePath, header)
		if err != nil {
			return none(creds.AskFailed("oss", "ECS role: the metadata service", err))
		}
		if name, err = creds.RoleName(list); err != nil {
			return none(creds.Fail(remote.KindDenied, "oss", "ECS role: %v", err))
		}
	} else if valid, err := creds.RoleName([]byte(name)); err != nil || valid != name {
		return none(usage("ECS role: that is no name of a role"))
	}
	body, err := creds.Ask(ctx, m.client, http.MethodGet, m.base+rolePath+name, header)
	if err != nil {
		return none(creds.AskFailed("oss", "ECS role: the metadata service", err))
	}
	return parseRole("ECS role: the metadata service", body)
}

// token asks for the token of the second version of the service. Where the
// service has none to give, the first version is asked, unless that is
// forbidden. An unreachable service is not asked twice.
func (m *metadata) token(ctx context.Context) (map[string]string, error) {
	body, err := creds.Ask(ctx, m.client, http.MethodPut, m.base+tokenPath,
		map[string]string{"X-Aliyun-Ecs-Metadata-Token-Ttl-Seconds": "60"})
	if err == nil {
		return map[string]string{"X-Aliyun-Ecs-Metadata-Token": strings.TrimSpace(string(body))}, nil
	}
	if _, answered := errors.AsType[creds.StatusError](err); answered && !m.strict {
		return nil, nil
	}
	return nil, err
}

// uri is the source for a local service that hands out credentials. Plain http
// is for the machine itself and the metadata service: anywhere else the secret
// would cross a network in the clear.
func (f *finder) uri(origin, uri string) (*creds.Source, error) {
	u, err := url.Parse(uri)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, usage("%s: the credentials URI is not an http or https URL", origin)
	}
	if u.Scheme == "http" && !local(u.Hostname()) {
		return nil, usage("%s: the credentials URI is plain http to another machine: use https", origin)
	}
	client := creds.HTTPClient(fetchTimeout)
	return &creds.Source{Origin: origin, Fetch: func(ctx context.Context) (creds.Keys, time.Time, error) {
		body, err := creds.Ask(ctx, client, http.MethodGet, uri, nil)
		if err != nil {
			return creds.Keys{}, time.Time{}, creds.AskFailed("oss", "the credentials URI", err)
		}
		return parseRole("the credentials URI", body)
	}}, nil
}

// local reports whether host is this machine or the ECS metadata service.
func local(host string) bool {
	if strings.EqualFold(host, "localhost") || host == "100.100.100.200" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

// parseRole reads an answer with credentials. No part of it but the code goes
// into an error.
func parseRole(who string, body []byte) (creds.Keys, time.Time, error) {
	none := func(kind remote.Kind, format string, args ...any) (creds.Keys, time.Time, error) {
		return creds.Keys{}, time.Time{}, creds.Fail(kind, "oss", who+" "+format, args...)
	}
	var a roleAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return none(remote.KindUnavailable, "did not answer the JSON that was expected")
	}
	if a.Code != "" && !strings.EqualFold(a.Code, "Success") {
		return none(remote.KindDenied, "answers %.60q", a.Code)
	}
	if a.AccessKeyID == "" || a.AccessKeySecret == "" {
		return none(remote.KindUnavailable, "gave no keys")
	}
	// Without a date they are kept until the service refuses them.
	expires, _ := time.Parse(time.RFC3339, a.Expiration)
	return creds.Keys{ID: a.AccessKeyID, Secret: a.AccessKeySecret, Token: a.SecurityToken, Expires: expires}, expires, nil
}
