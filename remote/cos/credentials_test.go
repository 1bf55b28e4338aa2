package cos

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"uploadfs/remote"
)

const (
	fixtureID     = "AKIDexampleexampleexampleexample0001"
	fixtureSecret = "fileSecretKEYexample0123456789ab"
	fixtureToken  = "fileTOKEN-1"
	// hidden is in every secret and token of these tests but the fixture's.
	hidden = "h1dden"
)

// noRole is a metadata service of a machine without a role.
func noRole(t *testing.T) string {
	srv := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	return srv.URL
}

// homeWith makes a home directory of files "name: content", readable by the owner.
func homeWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func coscliFixture(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/credentials/coscli.yaml")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// environ is a Getenv over "A=1 B=2".
func environ(s string) func(string) string {
	m := map[string]string{}
	for pair := range strings.FieldsSeq(s) {
		k, v, _ := strings.Cut(pair, "=")
		m[k] = v
	}
	return func(name string) string { return m[name] }
}

// showsNothing fails the test if a secret is in what a person can see.
func showsNothing(t *testing.T, seen ...any) {
	t.Helper()
	for _, s := range seen {
		text := fmt.Sprintf("%v", s)
		for _, secret := range []string{hidden, fixtureSecret, fixtureToken} {
			if strings.Contains(text, secret) {
				t.Errorf("a secret is shown: %s", text)
			}
		}
	}
}

func TestWhereCredentialsComeFrom(t *testing.T) {
	shared := "[default]\nsecret_id = shared\nsecret_key = h1dden-shared\n[ops]\nsecret_id=ops\nsecret_key=h1dden-ops\ntoken=h1dden-token\n"
	cli := coscliFixture(t)
	const env = "COS_SECRETID=env COS_SECRETKEY=h1dden-env"
	for _, tt := range []struct {
		name, env, profile string
		anonymous          bool
		files              map[string]string
		origin, id, token  string
		kind               remote.Kind
		says               string
	}{
		{name: "anonymous wins over everything", anonymous: true, env: env, origin: "anonymous"},
		{name: "COS_SECRETID", env: env + " COS_SESSIONTOKEN=h1dden", files: map[string]string{".cos.yaml": cli}, origin: "environment COS_SECRETID", id: "env", token: "h1dden"},
		{name: "COS_SECRET_ID with COS_TOKEN", env: "COS_SECRET_ID=e2 COS_SECRET_KEY=h1dden COS_TOKEN=h1dden-t", origin: "environment COS_SECRET_ID", id: "e2", token: "h1dden-t"},
		{name: "TENCENTCLOUD_SECRET_ID", env: "TENCENTCLOUD_SECRET_ID=tc TENCENTCLOUD_SECRET_KEY=h1dden TENCENTCLOUD_TOKEN=h1dden-t COS_TOKEN=h1dden-other", origin: "environment TENCENTCLOUD_SECRET_ID", id: "tc", token: "h1dden-t"},
		{name: "COS_ wins over TENCENTCLOUD_", env: env + " TENCENTCLOUD_SECRET_ID=tc TENCENTCLOUD_SECRET_KEY=h1dden", origin: "environment COS_SECRETID", id: "env"},
		{name: "SECRETID", env: "SECRETID=s SECRETKEY=h1dden", origin: "environment SECRETID", id: "s"},
		{name: "coscli's encrypted file", files: map[string]string{".cos.yaml": cli, ".tencentcloud/credentials": shared}, origin: "file ~/.cos.yaml", id: fixtureID, token: fixtureToken},
		{name: "coscli's plain file, keys in any case", files: map[string]string{".cos.yaml": "cos:\n  Base:\n    SecretID: plain\n    secretKey: h1dden\n    disableencryption: \"true\"\n"}, origin: "file ~/.cos.yaml", id: "plain"},
		{name: "plain text where coscli would decrypt", files: map[string]string{".cos.yaml": "cos:\n  base:\n    secretid: AKIDplainplainplainplain\n    secretkey: h1dden\n"}, origin: "file ~/.cos.yaml", id: "AKIDplainplainplainplain"},
		{name: "shared credentials", files: map[string]string{".tencentcloud/credentials": shared}, origin: "file ~/.tencentcloud/credentials", id: "shared"},
		{name: "a coscli file without keys is passed over", files: map[string]string{".cos.yaml": "cos:\n  buckets: []\n", ".tencentcloud/credentials": shared}, origin: "file ~/.tencentcloud/credentials", id: "shared"},
		{name: "a profile wins over the environment", env: env, profile: "ops", files: map[string]string{".tencentcloud/credentials": shared}, origin: "file ~/.tencentcloud/credentials", id: "ops", token: "h1dden-token"},
		{name: "a broken coscli file does not matter to the environment", env: env, files: map[string]string{".cos.yaml": "\t:"}, origin: "environment COS_SECRETID", id: "env"},

		{name: "nothing anywhere", kind: remote.KindDenied, says: "set COS_SECRETID and COS_SECRETKEY"},
		{name: "half a pair", env: "COS_SECRETID=env", kind: remote.KindUsage, says: "COS_SECRETKEY is not"},
		{name: "half a pair of mixed spellings", env: "COS_SECRETID=env COS_SECRET_KEY=h1dden", kind: remote.KindUsage, says: "COS_SECRETKEY is not"},
		{name: "half a file", files: map[string]string{".cos.yaml": "cos:\n  base:\n    secretkey: h1dden\n"}, kind: remote.KindUsage, says: "~/.cos.yaml has secretkey without secretid"},
		{name: "half a section", files: map[string]string{".tencentcloud/credentials": "[default]\nsecret_id=x\n"}, kind: remote.KindUsage, says: "secret_id without secret_key"},
		{name: "a profile that is not there", profile: "nobody", files: map[string]string{".tencentcloud/credentials": shared}, kind: remote.KindUsage, says: `no profile "nobody"`},
		{name: "not YAML", files: map[string]string{".cos.yaml": "cos: [h1dden\n h1dden: {"}, kind: remote.KindUsage, says: "not valid YAML"},
		{name: "not INI", files: map[string]string{".tencentcloud/credentials": "[h1dden"}, kind: remote.KindUsage, says: "line 1"},
		{name: "an unknown mode", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: Oidc\n"}, kind: remote.KindUsage, says: `the mode "Oidc"`},
		{name: "a role that is no name", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n    cvmrolename: ../x\n"}, kind: remote.KindUsage, says: "no name of a role"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			o := CredentialOptions{
				Profile: tt.profile, Anonymous: tt.anonymous, Getenv: environ(tt.env), Metadata: noRole(t),
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			}
			if tt.files != nil {
				o.Home = homeWith(t, tt.files)
			}
			id, err := FindCredentials(t.Context(), o)
			showsNothing(t, err, log.String())
			if tt.says != "" {
				if err == nil || !strings.Contains(err.Error(), tt.says) || remote.KindOf(err) != tt.kind {
					t.Fatalf("the error is %v (%v), want one of kind %v that says %q", err, remote.KindOf(err), tt.kind, tt.says)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			showsNothing(t, id.Origin)
			if id.Origin != tt.origin {
				t.Errorf("the origin is %q, want %q", id.Origin, tt.origin)
			}
			if tt.anonymous {
				if id.Provider != nil {
					t.Error("anonymous requests have a provider, want none")
				}
				return
			}
			got, err := id.Provider.Retrieve(t.Context())
			if err != nil || got.ID != tt.id || got.Token != tt.token || got.Secret == "" {
				t.Errorf("Retrieve gave id %q, token %q (error %v), want %q, %q and a secret", got.ID, got.Token, err, tt.id, tt.token)
			}
		})
	}
}

func TestBucketsOfCoscli(t *testing.T) {
	dir := homeWith(t, map[string]string{".cos.yaml": coscliFixture(t)})
	for _, tt := range []struct{ bucket, region, endpoint, name string }{
		{"logs-1250000000", "ap-guangzhou", "cos.ap-guangzhou.myqcloud.com", "logs-1250000000"},
		{"logs", "ap-guangzhou", "cos.ap-guangzhou.myqcloud.com", "logs-1250000000"},
		{"plain-1250000000", "ap-shanghai", "", "plain-1250000000"},
		{"other", "", "", ""},
		{"", "", "", ""},
	} {
		id, err := FindCredentials(t.Context(), CredentialOptions{Bucket: tt.bucket, Home: dir, Getenv: environ("")})
		if err != nil {
			t.Fatal(err)
		}
		if id.Region != tt.region || id.Endpoint != tt.endpoint || id.Name != tt.name {
			t.Errorf("bucket %q is %q at %q named %q, want %q, %q, %q", tt.bucket, id.Region, id.Endpoint, id.Name, tt.region, tt.endpoint, tt.name)
		}
	}
}

func TestFileThatOthersCanReadIsWarnedOfOnce(t *testing.T) {
	dir := homeWith(t, map[string]string{".cos.yaml": coscliFixture(t)})
	if err := os.Chmod(filepath.Join(dir, ".cos.yaml"), 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	id, err := FindCredentials(t.Context(), CredentialOptions{Home: dir, Getenv: environ(""), Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	invalidate(t, id.Provider)
	if _, err := id.Provider.Retrieve(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings, want 1: %s", n, log.String())
	}
	showsNothing(t, log.String())
}

func invalidate(t *testing.T, p CredentialsProvider) {
	t.Helper()
	i, ok := p.(interface{ Invalidate() })
	if !ok {
		t.Fatal("the provider has no Invalidate")
	}
	i.Invalidate()
}

func TestFileIsReadAgainAfterItsKeysWereRefused(t *testing.T) {
	const text = "cos:\n  base:\n    disableencryption: \"true\"\n    secretkey: h1dden\n    secretid: "
	dir := homeWith(t, map[string]string{".cos.yaml": text + "old\n"})
	id, err := FindCredentials(t.Context(), CredentialOptions{Home: dir, Getenv: environ("")})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, ".cos.yaml"), []byte(text+"new\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if k, _ := id.Provider.Retrieve(t.Context()); k.ID != "old" {
		t.Errorf("before Invalidate the id is %q, want that of the cache", k.ID)
	}
	invalidate(t, id.Provider)
	if k, err := id.Provider.Retrieve(t.Context()); err != nil || k.ID != "new" {
		t.Errorf("after Invalidate the id is %q (%v), want that of the file now", k.ID, err)
	}
	if err := os.Remove(filepath.Join(dir, ".cos.yaml")); err != nil {
		t.Fatal(err)
	}
	invalidate(t, id.Provider)
	if _, err := id.Provider.Retrieve(t.Context()); remote.KindOf(err) != remote.KindUsage {
		t.Errorf("with the file gone: %v, want an error of kind usage", err)
	}
}

// cvm is a metadata service with one role.
type cvm struct {
	asked  atomic.Int32
	status atomic.Int32
	answer func(n int32) string
}

func (c *cvm) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s := c.status.Load(); s != 0 {
		http.Error(w, hidden, int(s))
		return
	}
	switch r.URL.Path {
	case "/latest/meta-data/cam/security-credentials/":
		fmt.Fprintln(w, "myrole")
	case "/latest/meta-data/cam/security-credentials/myrole":
		fmt.Fprint(w, c.answer(c.asked.Add(1)))
	default:
		http.NotFound(w, r)
	}
}

// cvmAnswer is the answer of the service as seen on an instance, with made up keys.
func cvmAnswer(n int32, expires time.Time) string {
	return fmt.Sprintf(`{"TmpSecretId":"role%d","TmpSecretKey":"h1dden","ExpiredTime":%d,"Expiration":"%s","Token":"h1dden","Code":"Success"}`,
		n, expires.Unix(), expires.UTC().Format(time.RFC3339))
}

func TestRoleOfTheInstance(t *testing.T) {
	expires := time.Now().Add(time.Hour)
	for _, tt := range []struct {
		name   string
		files  map[string]string
		answer string
		status int32
		kind   remote.Kind
		says   string
	}{
		{name: "probed", answer: cvmAnswer(1, expires)},
		{name: "named by coscli", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n    cvmrolename: myrole\n"}, answer: cvmAnswer(1, expires)},
		{name: "named without its name", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n"}, answer: cvmAnswer(1, expires)},
		{name: "another role", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n    cvmrolename: other\n"}, kind: remote.KindDenied, says: "HTTP 404"},
		{name: "refused", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n"}, answer: `{"Code":"Forbidden","TmpSecretKey":"h1dden"}`, kind: remote.KindDenied, says: `"Forbidden"`},
		{name: "no JSON", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n"}, answer: `h1dden`, kind: remote.KindUnavailable, says: "not the JSON"},
		{name: "no keys", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n"}, answer: `{"TmpSecretKey":"h1dden"}`, kind: remote.KindUnavailable, says: "no keys"},
		{name: "too long", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n"}, answer: strings.Repeat(" ", 1<<20), kind: remote.KindUnavailable, says: "too long"},
		{name: "broken", files: map[string]string{".cos.yaml": "cos:\n  base:\n    mode: CvmRole\n"}, status: 500, kind: remote.KindUnavailable, says: "HTTP 500"},
		{name: "broken where nobody asked for a role", status: 500, kind: remote.KindDenied, says: "no Tencent Cloud credentials"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &cvm{answer: func(int32) string { return tt.answer }}
			c.status.Store(tt.status)
			srv := httptest.NewServer(c)
			defer srv.Close()
			id, err := FindCredentials(t.Context(), CredentialOptions{Getenv: environ(""), Home: homeWith(t, tt.files), Metadata: srv.URL + "/"})
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
			k, err := id.Provider.Retrieve(t.Context())
			if err != nil || k.ID != "role1" || k.Token == "" || !k.Expires.Equal(expires.Truncate(time.Second)) || id.Origin != "CVM role" {
				t.Errorf("from %s: id %q, expires %v (%v); want role1 of CVM role until %v", id.Origin, k.ID, k.Expires, err, expires)
			}
		})
	}
}

func TestLapsedRoleCredentialsAreFetchedAgain(t *testing.T) {
	c := &cvm{answer: func(n int32) string { return cvmAnswer(n, time.Now().Add(-time.Minute)) }}
	srv := httptest.NewServer(c)
	defer srv.Close()
	id, err := FindCredentials(t.Context(), CredentialOptions{Getenv: environ(""), Metadata: srv.URL})
	if err != nil {
		t.Fatal(err)
	}
	if k, err := id.Provider.Retrieve(t.Context()); err != nil || k.ID != "role2" {
		t.Errorf("the second Retrieve gave %q (%v), want a new answer: the first had lapsed", k.ID, err)
	}
	c.status.Store(http.StatusServiceUnavailable)
	if _, err := id.Provider.Retrieve(t.Context()); remote.KindOf(err) != remote.KindUnavailable {
		t.Errorf("a service that answered once and fails now is %v, want unavailable and not: no credentials", err)
	}
}

func TestMetadataServiceThatIsNotThere(t *testing.T) {
	_, err := FindCredentials(t.Context(), CredentialOptions{Getenv: environ(""), Metadata: "http://127.0.0.1:1"})
	if remote.KindOf(err) != remote.KindDenied || !strings.Contains(fmt.Sprint(err), "--anonymous") {
		t.Errorf("without a metadata service the error is %v, want denied with what to do", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FindCredentials(ctx, CredentialOptions{Getenv: environ(""), Metadata: noRole(t)}); err == nil {
		t.Error("a cancelled search found credentials")
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

func FuzzCoscliFile(f *testing.F) {
	data, err := os.ReadFile("testdata/credentials/coscli.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("cos: &a [*a]"))
	f.Add([]byte("cos: {base: {secretid: 1, SECRETKEY: !!binary aGk=}, buckets: {}}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parseCoscli(data)
		if err != nil {
			if err.Error() != "not valid YAML" {
				t.Fatalf("the error %q may quote the file", err)
			}
			return
		}
		if again, err := parseCoscli(data); err != nil || again.keys != file.keys {
			t.Fatal("the same file was read in two ways")
		}
		file.bucket("x")
	})
}
