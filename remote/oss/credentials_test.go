package oss

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
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/creds"
)

// hidden is in every secret and token of these tests.
const hidden = "h1dden"

// noRole is a metadata service of a machine without a role.
func noRole(t *testing.T) string {
	srv := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(srv.Close)
	return srv.URL
}

// homeWith makes a home directory of files "name: content". Content that
// begins with @ is the name of a file below testdata/credentials.
func homeWith(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, content := range files {
		data := []byte(content)
		if from, ok := strings.CutPrefix(content, "@"); ok {
			var err error
			if data, err = os.ReadFile(filepath.Join("testdata/credentials", from)); err != nil {
				t.Fatal(err)
			}
		}
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
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
		if text := fmt.Sprintf("%v", s); strings.Contains(text, hidden) {
			t.Errorf("a secret is shown: %s", text)
		}
	}
}

var (
	util1 = map[string]string{".ossutilconfig": "@ossutil1.ini"}
	util2 = map[string]string{".ossutilconfig": "@ossutil2.ini"}
	cli   = map[string]string{".aliyun/config.json": "@config.json"}
	both  = map[string]string{".ossutilconfig": "@ossutil2.ini", ".aliyun/config.json": "@config.json"}
)

const keysInEnv = "OSS_ACCESS_KEY_ID=env OSS_ACCESS_KEY_SECRET=h1dden"

func TestWhereCredentialsComeFrom(t *testing.T) {
	for _, tt := range []struct {
		name, env, profile string
		anonymous          bool
		files              map[string]string
		origin, id, token  string
		region             string
	}{
		{name: "anonymous wins over everything", anonymous: true, env: keysInEnv, origin: "anonymous"},
		{name: "OSS_ACCESS_KEY_ID", env: keysInEnv + " OSS_SESSION_TOKEN=h1dden", files: both, origin: "environment OSS_ACCESS_KEY_ID", id: "env", token: "h1dden", region: "ap-southeast-1"},
		{name: "ALIBABA_CLOUD_ACCESS_KEY_ID", env: "ALIBABA_CLOUD_ACCESS_KEY_ID=ac ALIBABA_CLOUD_ACCESS_KEY_SECRET=h1dden ALIBABA_CLOUD_SECURITY_TOKEN=h1dden-t ALIBABA_CLOUD_REGION_ID=cn-zhangjiakou", origin: "environment ALIBABA_CLOUD_ACCESS_KEY_ID", id: "ac", token: "h1dden-t", region: "cn-zhangjiakou"},
		{name: "OSS_ wins over ALIBABA_CLOUD_", env: keysInEnv + " ALIBABA_CLOUD_ACCESS_KEY_ID=ac ALIBABA_CLOUD_ACCESS_KEY_SECRET=h1dden", origin: "environment OSS_ACCESS_KEY_ID", id: "env"},
		{name: "ossutil 1", files: util1, origin: "file ~/.ossutilconfig", id: "v1id", token: "h1dden-token"},
		{name: "ossutil 2 wins over the CLI", files: both, origin: "file ~/.ossutilconfig", id: "v2id", region: "ap-southeast-1"},
		{name: "OSSUTIL_PROFILE", env: "OSSUTIL_PROFILE=sts", files: util2, origin: "file ~/.ossutilconfig", id: "stsid", token: "h1dden-token", region: "cn-hangzhou"},
		{name: "OSS_REGION wins over the file", env: "OSS_REGION=cn-hongkong", files: util2, origin: "file ~/.ossutilconfig", id: "v2id", region: "cn-hongkong"},
		{name: "a profile wins over the environment", env: keysInEnv, profile: "STS", files: util2, origin: "file ~/.ossutilconfig", id: "stsid", token: "h1dden-token", region: "cn-hangzhou"},
		{name: "a profile that inherits", profile: "inherits", files: util2, origin: "file ~/.ossutilconfig", id: "stsid", token: "h1dden-token", region: "cn-beijing"},
		{name: "mode AK sends no token", profile: "ak", files: util2, origin: "file ~/.ossutilconfig", id: "akid"},
		{name: "mode Anonymous", profile: "anyone", files: util2, origin: "anonymous, as ~/.ossutilconfig says", region: "cn-shenzhen"},
		{name: "an ossutil profile without keys is passed over", env: "OSSUTIL_PROFILE=empty", files: both, origin: "file ~/.aliyun/config.json", id: "cliid", region: "cn-hangzhou"},
		{name: "the CLI's current profile", files: cli, origin: "file ~/.aliyun/config.json", id: "cliid", region: "cn-qingdao"},
		{name: "ALIBABA_CLOUD_PROFILE", env: "ALIBABA_CLOUD_PROFILE=sts", files: cli, origin: "file ~/.aliyun/config.json", id: "clists", token: "h1dden-token", region: "cn-qingdao"},
		{name: "a profile of the CLI alone", env: keysInEnv, profile: "work", files: both, origin: "file ~/.aliyun/config.json", id: "cliid", region: "cn-qingdao"},
		{name: "a broken ossutil file does not matter to the environment", env: keysInEnv, files: map[string]string{".ossutilconfig": "[h1dden"}, origin: "environment OSS_ACCESS_KEY_ID", id: "env"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			id, err := FindCredentials(t.Context(), CredentialOptions{
				Profile: tt.profile, Anonymous: tt.anonymous, Getenv: environ(tt.env), Home: homeWith(t, tt.files), Metadata: noRole(t),
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			if err != nil {
				t.Fatal(err)
			}
			showsNothing(t, id.Origin, id.Place, log.String())
			if id.Origin != tt.origin || id.Region != tt.region {
				t.Errorf("the origin is %q and the region %q, want %q and %q", id.Origin, id.Region, tt.origin, tt.region)
			}
			got, err := id.Provider.GetCredentials(t.Context())
			if err != nil || got.AccessKeyID != tt.id || got.SecurityToken != tt.token || got.HasKeys() != (tt.id != "") {
				t.Errorf("GetCredentials gave id %q, token %q (%v), want %q and %q", got.AccessKeyID, got.SecurityToken, err, tt.id, tt.token)
			}
		})
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	for _, tt := range []struct {
		name, env, profile string
		files              map[string]string
		kind               remote.Kind
		says               string
	}{
		{name: "nothing anywhere", kind: remote.KindDenied, says: "set OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET"},
		{name: "nothing anywhere, and no probe", env: "ALIBABA_CLOUD_ECS_METADATA_DISABLED=TRUE", kind: remote.KindDenied, says: "set OSS_ACCESS_KEY_ID"},
		{name: "id alone", env: "OSS_ACCESS_KEY_ID=x", files: both, kind: remote.KindUsage, says: "OSS_ACCESS_KEY_SECRET is not"},
		{name: "secret alone", env: "ALIBABA_CLOUD_ACCESS_KEY_SECRET=h1dden", kind: remote.KindUsage, says: "ALIBABA_CLOUD_ACCESS_KEY_ID is not"},
		{name: "half a profile", profile: "half", files: util2, kind: remote.KindUsage, says: "accessKeyID without accessKeySecret"},
		{name: "no token", profile: "untokened", files: util2, kind: remote.KindUsage, says: "without stsToken"},
		{name: "a mode of ossutil", profile: "arn", files: util2, kind: remote.KindUsage, says: `the mode "RamRoleArn"`},
		{name: "a profile without credentials", profile: "empty", files: util2, kind: remote.KindUsage, says: `profile "empty" of ~/.ossutilconfig has no credentials`},
		{name: "a profile that inherits from itself", profile: "loop", files: util2, kind: remote.KindUsage, says: "has no credentials"},
		{name: "a profile that is nowhere", profile: "nobody", files: both, kind: remote.KindUsage, says: `no profile "nobody"`},
		{name: "OSSUTIL_PROFILE that is nowhere", env: "OSSUTIL_PROFILE=nobody", files: both, kind: remote.KindUsage, says: "OSSUTIL_PROFILE"},
		{name: "ALIBABA_CLOUD_PROFILE that is nowhere", env: "ALIBABA_CLOUD_PROFILE=nobody", files: cli, kind: remote.KindUsage, says: "ALIBABA_CLOUD_PROFILE"},
		{name: "a mode of the CLI", profile: "sso", files: cli, kind: remote.KindUsage, says: `the mode "CloudSSO"`},
		{name: "half a profile of the CLI", profile: "half", files: cli, kind: remote.KindUsage, says: "access_key_id without access_key_secret"},
		{name: "an empty profile of the CLI", profile: "default", files: cli, kind: remote.KindUsage, says: "has no access_key_id"},
		{name: "the CLI switched off", env: "ALIBABA_CLOUD_CLI_PROFILE_DISABLED=true", files: cli, kind: remote.KindDenied, says: "no Alibaba Cloud credentials"},
		{name: "not INI", files: map[string]string{".ossutilconfig": "[default]\n[h1dden"}, kind: remote.KindUsage, says: "~/.ossutilconfig: line 2"},
		{name: "not JSON", files: map[string]string{".aliyun/config.json": `{"current": h1dden`}, kind: remote.KindUsage, says: "not the JSON"},
		{name: "JSON of another type", files: map[string]string{".aliyun/config.json": `{"profiles": ["h1dden"]}`}, kind: remote.KindUsage, says: "not the JSON"},
		{name: "a credentials URI to elsewhere", env: "ALIBABA_CLOUD_CREDENTIALS_URI=http://192.0.2.1/h1dden", kind: remote.KindUsage, says: "plain http"},
		{name: "a credentials URI that is none", env: "ALIBABA_CLOUD_CREDENTIALS_URI=h1dden", kind: remote.KindUsage, says: "not an http or https URL"},
		{name: "a credentials URI where nobody listens", env: "ALIBABA_CLOUD_CREDENTIALS_URI=http://127.0.0.1:1/h1dden", kind: remote.KindUnavailable, says: "refused"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			var log bytes.Buffer
			_, err := FindCredentials(t.Context(), CredentialOptions{
				Profile: tt.profile, Getenv: environ(tt.env), Home: homeWith(t, tt.files), Metadata: noRole(t),
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			showsNothing(t, err, log.String())
			if err == nil || !strings.Contains(err.Error(), tt.says) || remote.KindOf(err) != tt.kind {
				t.Errorf("the error is %v (%v), want one of kind %v that says %q", err, remote.KindOf(err), tt.kind, tt.says)
			}
		})
	}
}

func TestPlaceOfABucket(t *testing.T) {
	for _, tt := range []struct {
		name, bucket, env, profile string
		files                      map[string]string
		want                       Place
	}{
		{name: "ossutil 1, the base section", bucket: "x", files: util1, want: Place{Endpoint: "oss-cn-hangzhou.aliyuncs.com"}},
		{name: "ossutil 1, Bucket-Endpoint", bucket: "my-logs", files: util1, want: Place{Endpoint: "oss-cn-shanghai.aliyuncs.com"}},
		{name: "ossutil 1, hyphens count", bucket: "mylogs", files: util1, want: Place{Endpoint: "oss-cn-hangzhou.aliyuncs.com"}},
		{name: "ossutil 1, Bucket-Cname wins", bucket: "both", files: util1, want: Place{Endpoint: "files.example.com", CNAME: true}},
		{name: "ossutil 2, buckets section", bucket: "own", files: util2, want: Place{Region: "cn-chengdu", Endpoint: "own.example.com", CNAME: true}},
		{name: "ossutil 2, the profile's", bucket: "x", profile: "sts", files: util2, want: Place{Region: "cn-hangzhou", Endpoint: "https://oss-cn-hangzhou-internal.aliyuncs.com"}},
		{name: "ossutil 2, path style", bucket: "x", profile: "ak", files: util2, want: Place{PathStyle: true}},
		{name: "the environment wins", bucket: "own", env: "OSS_ENDPOINT=e OSS_REGION=r", files: util2, want: Place{Region: "r", Endpoint: "e"}},
		{name: "anonymous requests go there too", bucket: "own", profile: "anyone", files: util2, want: Place{Region: "cn-chengdu", Endpoint: "own.example.com", CNAME: true}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			id, err := FindCredentials(t.Context(), CredentialOptions{Bucket: tt.bucket, Profile: tt.profile, Getenv: environ(tt.env), Home: homeWith(t, tt.files)})
			if err != nil {
				t.Fatal(err)
			}
			if id.Place != tt.want {
				t.Errorf("bucket %q is at %+v, want %+v", tt.bucket, id.Place, tt.want)
			}
		})
	}
}

func TestFilesNamedByTheEnvironment(t *testing.T) {
	dir := homeWith(t, map[string]string{"u": "@ossutil2.ini", "c": "@config.json"})
	for variable, id := range map[string]string{"OSSUTIL_CONFIG_FILE=" + dir + "/u": "v2id", "ALIBABA_CLOUD_CONFIG_FILE=" + dir + "/c": "cliid"} {
		found, err := FindCredentials(t.Context(), CredentialOptions{Getenv: environ(variable)})
		if err != nil {
			t.Fatal(err)
		}
		if k, err := found.Provider.GetCredentials(t.Context()); err != nil || k.AccessKeyID != id {
			t.Errorf("with %s the id is %q (%v), want %q", variable, k.AccessKeyID, err, id)
		}
	}
}

func TestFileIsReadAgainAfterItsKeysWereRefused(t *testing.T) {
	for name, text := range map[string]string{
		".ossutilconfig":      "[default]\naccessKeySecret=h1dden\naccessKeyID=KEY\n",
		".aliyun/config.json": `{"profiles":[{"name":"default","mode":"AK","access_key_id":"KEY","access_key_secret":"h1dden"}]}`,
	} {
		dir := homeWith(t, map[string]string{name: strings.Replace(text, "KEY", "old", 1)})
		file := filepath.Join(dir, name)
		if err := os.Chmod(file, 0o644); err != nil {
			t.Fatal(err)
		}
		var log bytes.Buffer
		id, err := FindCredentials(t.Context(), CredentialOptions{Home: dir, Getenv: environ(""), Logger: slog.New(slog.NewTextHandler(&log, nil))})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(text, "KEY", "new", 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if k, _ := id.Provider.GetCredentials(t.Context()); k.AccessKeyID != "old" {
			t.Errorf("%s: before Invalidate the id is %q, want that of the cache", name, k.AccessKeyID)
		}
		id.Provider.(interface{ Invalidate() }).Invalidate()
		if k, err := id.Provider.GetCredentials(t.Context()); err != nil || k.AccessKeyID != "new" {
			t.Errorf("%s: after Invalidate the id is %q (%v), want that of the file now", name, k.AccessKeyID, err)
		}
		if n := strings.Count(log.String(), "level=WARN"); n != 1 {
			t.Errorf("%s is open to others: %d warnings, want 1", name, n)
		}
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
		id.Provider.(interface{ Invalidate() }).Invalidate()
		if _, err := id.Provider.GetCredentials(t.Context()); remote.KindOf(err) != remote.KindUsage {
			t.Errorf("%s is gone: %v, want an error of kind usage", name, err)
		}
	}
}

func TestCancelledSearch(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := FindCredentials(ctx, CredentialOptions{Getenv: environ(""), Metadata: noRole(t)}); err == nil {
		t.Error("a cancelled search found credentials")
	}
}

func FuzzCLIFile(f *testing.F) {
	data, err := os.ReadFile("testdata/credentials/config.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte(`{"profiles":[null]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := parseCLI(data)
		if err != nil {
			if file != nil || err.Error() != "not the JSON that was expected" {
				t.Fatalf("the error %q may quote the file", err)
			}
			return
		}
		if p := file.profile(""); p != nil && p.check("x") == nil && (p.ID == "" || p.Secret == "") {
			t.Fatal("half a pair passed the check")
		}
	})
}

func FuzzOssutilFile(f *testing.F) {
	for _, name := range []string{"ossutil1.ini", "ossutil2.ini"} {
		data, err := os.ReadFile(filepath.Join("testdata/credentials", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "default", "both")
	}
	f.Add([]byte("[profile a]\nsource-profile=b\n[profile b]\nsource-profile=a\n"), "a", "")
	f.Fuzz(func(t *testing.T, data []byte, profile, bucket string) {
		ini, err := creds.ParseINI(data)
		if err != nil {
			return
		}
		util := &ossutilFile{ini: ini}
		find := newFinder(CredentialOptions{Profile: profile, Bucket: bucket, Getenv: environ("")})
		if pl := find.place(util, ""); pl.CNAME && pl.Endpoint == "" {
			t.Fatal("a CNAME without a host")
		}
		src, err := find.fromOssutil(util, profile)
		if src != nil && err != nil {
			t.Fatal("a source and an error at once")
		}
		if p := util.profile(profile); p.check("x") == nil && (p.keys().ID == "") != (p.keys().Secret == "") {
			t.Fatal("half a pair passed the check")
		}
	})
}
