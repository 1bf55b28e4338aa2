package cos

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/creds"
)

const (
	metadataBase = "http://metadata.tencentyun.com"
	rolePath     = "/latest/meta-data/cam/security-credentials/"
)

// roleAnswer is the metadata service's answer about a role (dialects.md 8).
type roleAnswer struct {
	Code         string
	TmpSecretID  string `json:"TmpSecretId"`
	TmpSecretKey string
	Token        string
	// ExpiredTime is in Unix seconds, Expiration the same as RFC 3339.
	ExpiredTime int64
	Expiration  string
}

// metadata asks the CVM metadata service.
type metadata struct {
	base   string
	client *http.Client
}

func (f *finder) metadata() *metadata {
	base := f.Metadata
	if base == "" {
		base = metadataBase
	}
	return &metadata{base: strings.TrimRight(base, "/"), client: creds.HTTPClient(fetchTimeout)}
}

// role is the source for the instance's role of that name, or for the only
// role where name is empty.
func (f *finder) role(name string) *creds.Source {
	m := f.metadata()
	return &creds.Source{Origin: "CVM role", Fetch: func(ctx context.Context) (creds.Keys, time.Time, error) {
		return m.fetch(ctx, name)
	}}
}

// probeRole is the source of last resort: the role of the instance, if this
// is one. Until it has answered once, its silence means that there are no
// credentials at all.
func (f *finder) probeRole() *creds.Source {
	m, hint := f.metadata(), f.hint()
	var known atomic.Bool
	return &creds.Source{Origin: "CVM role", Fetch: func(ctx context.Context) (creds.Keys, time.Time, error) {
		ctx, cancel := context.WithTimeout(ctx, creds.ProbeTimeout)
		defer cancel()
		k, expires, err := m.fetch(ctx, "")
		if err == nil {
			known.Store(true)
		} else if !known.Load() {
			f.log.Debug("no CVM role", "reason", err)
			err = creds.Fail(remote.KindDenied, "cos", "%s", hint)
		}
		return k, expires, err
	}}
}

func (m *metadata) fetch(ctx context.Context, name string) (creds.Keys, time.Time, error) {
	none := func(err error) (creds.Keys, time.Time, error) { return creds.Keys{}, time.Time{}, err }
	if name == "" {
		list, err := creds.Ask(ctx, m.client, http.MethodGet, m.base+rolePath, nil)
		if err != nil {
			return none(creds.AskFailed("cos", "CVM role: the metadata service", err))
		}
		if name, err = creds.RoleName(list); err != nil {
			return none(creds.Fail(remote.KindDenied, "cos", "CVM role: %v", err))
		}
	} else if valid, err := creds.RoleName([]byte(name)); err != nil || valid != name {
		return none(usage("cvmrolename is no name of a role"))
	}
	body, err := creds.Ask(ctx, m.client, http.MethodGet, m.base+rolePath+name, nil)
	if err != nil {
		return none(creds.AskFailed("cos", "CVM role: the metadata service", err))
	}
	var a roleAnswer
	if err := json.Unmarshal(body, &a); err != nil {
		return none(creds.Fail(remote.KindUnavailable, "cos", "CVM role: the metadata service's answer is not the JSON that was expected"))
	}
	if a.Code != "" && !strings.EqualFold(a.Code, "Success") {
		return none(creds.Fail(remote.KindDenied, "cos", "CVM role: the metadata service answers %.60q", a.Code))
	}
	if a.TmpSecretID == "" || a.TmpSecretKey == "" {
		return none(creds.Fail(remote.KindUnavailable, "cos", "CVM role: the metadata service's answer has no keys"))
	}
	// Without a date they are kept until the service refuses them.
	expires, _ := time.Parse(time.RFC3339, a.Expiration)
	if a.ExpiredTime > 0 {
		expires = time.Unix(a.ExpiredTime, 0)
	}
	return creds.Keys{ID: a.TmpSecretID, Secret: a.TmpSecretKey, Token: a.Token, Expires: expires}, expires, nil
}
