package oss

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"uploadfs/remote"
)

// ecs is a metadata service with one role, in its second version if hardened.
type ecs struct {
	hardened bool
	asked    atomic.Int32
	status   atomic.Int32
	answer   func(n int32) string
}

func (e *ecs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s := e.status.Load(); s != 0 {
		http.Error(w, hidden, int(s))
		return
	}
	if e.hardened {
		if r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" {
			if r.Header.Get("X-aliyun-ecs-metadata-token-ttl-seconds") == "" {
				http.Error(w, "no ttl", http.StatusBadRequest)
				return
			}
			fmt.Fprint(w, "h1dden-metadata-token")
			return
		}
		if r.Header.Get("X-aliyun-ecs-metadata-token") != "h1dden-metadata-token" {
			http.Error(w, hidden, http.StatusForbidden)
			return
		}
	}
	switch {
	case r.Method != http.MethodGet:
		http.NotFound(w, r)
	case r.URL.Path == "/latest/meta-data/ram/security-credentials/":
		fmt.Fprint(w, "myrole")
	case r.URL.Path == "/latest/meta-data/ram/security-credentials/myrole", r.URL.Path == "/uri":
		fmt.Fprint(w, e.answer(e.asked.Add(1)))
	default:
		http.NotFound(w, r)
	}
}

// ecsAnswer is the answer of the service as documented, with made up keys.
func ecsAnswer(n int32, expires time.Time) string {
	return fmt.Sprintf(`{"AccessKeyId":"role%d","AccessKeySecret":"h1dden","Expiration":"%s","SecurityToken":"h1dden","LastUpdated":"2026-11-20T00:00:00Z","Code":"Success"}`,
		n, expires.UTC().Format(time.RFC3339))
}

func TestRoleOfTheInstance(t *testing.T) {
	expires := time.Now().Add(time.Hour).Truncate(time.Second)
	good := ecsAnswer(1, expires)
	asked := "[default]\nmode=EcsRamRole\n"
	for _, tt := range []struct {
		name, env, profile, ini string
		files                   map[string]string
		hardened                bool
		answer                  string
		status                  int32
		kind                    remote.Kind
		says                    string
	}{
		{name: "probed", answer: good},
		{name: "probed, second version of the service", hardened: true, answer: good},
		{name: "second version alone", env: "ALIBABA_CLOUD_IMDSV1_DISABLED=true", hardened: true, answer: good},
		{name: "named by the environment", env: "ALIBABA_CLOUD_ECS_METADATA=myrole", answer: good},
		{name: "of ossutil 2", profile: "role", files: util2, answer: good},
		{name: "of ossutil 1, by its URL", ini: "[Credentials]\nendpoint=e\n[AkService]\necsAk=http://100.100.100.200/latest/meta-data/Ram/security-credentials/myrole\n", answer: good},
		{name: "of ossutil, without its name", ini: asked, answer: good},
		{name: "of the CLI", profile: "role", files: cli, answer: good},

		{name: "second version refused", env: "ALIBABA_CLOUD_IMDSV1_DISABLED=true", ini: asked, answer: good, kind: remote.KindDenied, says: "HTTP 404"},
		{name: "another role", ini: "[default]\nmode=EcsRamRole\necs-role-name=other\n", kind: remote.KindDenied, says: "HTTP 404"},
		{name: "no name of a role", ini: "[default]\nmode=EcsRamRole\necs-role-name=../x\n", kind: remote.KindUsage, says: "no name of a role"},
		{name: "refused", ini: asked, answer: `{"Code":"Forbidden","AccessKeySecret":"h1dden"}`, kind: remote.KindDenied, says: `"Forbidden"`},
		{name: "no JSON", ini: asked, answer: "h1dden", kind: remote.KindUnavailable, says: "JSON"},
		{name: "no keys", ini: asked, answer: `{"AccessKeySecret":"h1dden"}`, kind: remote.KindUnavailable, says: "no keys"},
		{name: "too long", ini: asked, answer: strings.Repeat(" ", 1<<20), kind: remote.KindUnavailable, says: "too long"},
		{name: "broken", ini: asked, status: 500, kind: remote.KindUnavailable, says: "HTTP 500"},
		{name: "broken where nobody asked for a role", status: 500, kind: remote.KindDenied, says: "no Alibaba Cloud credentials"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			e := &ecs{hardened: tt.hardened, answer: func(int32) string { return tt.answer }}
			e.status.Store(tt.status)
			srv := httptest.NewServer(e)
			defer srv.Close()
			files := tt.files
			if tt.ini != "" {
				files = map[string]string{".ossutilconfig": tt.ini}
			}
			id, err := FindCredentials(t.Context(), CredentialOptions{Profile: tt.profile, Getenv: environ(tt.env), Home: homeWith(t, files), Metadata: srv.URL})
			showsNothing(t, err)
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) || remote.KindOf(err) != tt.kind {
					t.Fatalf("the error is %v (%v), want one of kind %v that says %q", err, remote.KindOf(err), tt.kind, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			k, err := id.Provider.GetCredentials(t.Context())
			if err != nil || k.AccessKeyID != "role1" || k.SecurityToken == "" || k.Expires == nil || !k.Expires.Equal(expires) || id.Origin != "ECS role" {
				t.Errorf("from %s: id %q (%v); want role1 of ECS role until %v", id.Origin, k.AccessKeyID, err, expires)
			}
		})
	}
}

func TestCredentialsURI(t *testing.T) {
	e := &ecs{answer: func(n int32) string { return ecsAnswer(n, time.Now().Add(-time.Minute)) }}
	srv := httptest.NewServer(e)
	defer srv.Close()
	uri := srv.URL + "/uri"
	for name, o := range map[string]CredentialOptions{
		"environment ALIBABA_CLOUD_CREDENTIALS_URI": {Getenv: environ("ALIBABA_CLOUD_CREDENTIALS_URI=" + uri)},
		"file ~/.ossutilconfig":                     {Getenv: environ(""), Home: homeWith(t, map[string]string{".ossutilconfig": "[default]\ncredential-uri=" + uri + "\n"})},
		"file ~/.aliyun/config.json":                {Getenv: environ(""), Home: homeWith(t, map[string]string{".aliyun/config.json": `{"profiles":[{"name":"default","mode":"CredentialsURI","credentials_uri":"` + uri + `"}]}`})},
	} {
		e.asked.Store(0)
		id, err := FindCredentials(t.Context(), o)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if id.Origin != name {
			t.Errorf("the origin is %q, want %q", id.Origin, name)
		}
		if k, err := id.Provider.GetCredentials(t.Context()); err != nil || k.AccessKeyID != "role2" {
			t.Errorf("%s: the second call gave %q (%v), want a new answer: the first had lapsed", name, k.AccessKeyID, err)
		}
	}
}

func TestRoleThatAnsweredOnceAndFailsNow(t *testing.T) {
	e := &ecs{answer: func(n int32) string { return ecsAnswer(n, time.Now().Add(-time.Minute)) }}
	srv := httptest.NewServer(e)
	defer srv.Close()
	id, err := FindCredentials(t.Context(), CredentialOptions{Getenv: environ(""), Metadata: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	e.status.Store(http.StatusServiceUnavailable)
	if _, err := id.Provider.GetCredentials(t.Context()); remote.KindOf(err) != remote.KindUnavailable {
		t.Errorf("the error is %v, want unavailable and not: no credentials", err)
	}
}

func TestMetadataServiceThatNeverAnswers(t *testing.T) {
	t.Parallel()
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer srv.Close()
	_, err := FindCredentials(t.Context(), CredentialOptions{Getenv: environ(""), Metadata: srv.URL})
	if remote.KindOf(err) != remote.KindDenied {
		t.Errorf("the probe of a service that never answers ended with %v, want denied", err)
	}
}
