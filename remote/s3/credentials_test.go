package s3

import (
	"bytes"
	"encoding/pem"
	"errors"
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

	"github.com/aws/aws-sdk-go-v2/aws"

	"uploadfs/remote"
)

// hidden is in every secret and token of these tests.
const hidden = "h1dden"

// awsEnviron makes an environment of nothing but "A=1 B=2" and the two shared
// files. AWS's loader reads the process's own, so that these tests cannot run
// side by side.
func awsEnviron(t *testing.T, vars, config, credentials string) (dir string) {
	t.Helper()
	for _, pair := range os.Environ() {
		if name, _, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "AWS_") {
			t.Setenv(name, "")
			os.Unsetenv(name)
		}
	}
	dir = t.TempDir()
	for name, text := range map[string]string{"config": config, "credentials": credentials} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("HOME", dir)
	t.Setenv("AWS_CONFIG_FILE", filepath.Join(dir, "config"))
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", filepath.Join(dir, "credentials"))
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	for pair := range strings.FieldsSeq(vars) {
		k, v, _ := strings.Cut(pair, "=")
		t.Setenv(k, v)
	}
	return dir
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

const (
	sharedCredentials = "[default]\naws_access_key_id=fileid\naws_secret_access_key=h1dden\n" +
		"[ops]\naws_access_key_id=opsid\naws_secret_access_key=h1dden\naws_session_token=h1dden\n"
	sharedConfig = "[default]\nregion=eu-west-1\n[profile ops]\nregion=us-west-2\nendpoint_url=http://127.0.0.1:9000\n"
	envKeys      = "AWS_ACCESS_KEY_ID=envid AWS_SECRET_ACCESS_KEY=h1dden"
)

func TestWhereCredentialsComeFrom(t *testing.T) {
	for _, tt := range []struct {
		name, env, profile, config, credentials string
		anonymous                               bool
		origin, id, region, endpoint            string
	}{
		{name: "anonymous wins over everything", anonymous: true, env: envKeys, config: sharedConfig, origin: "anonymous", region: "eu-west-1"},
		{name: "environment", env: envKeys + " AWS_REGION=ap-south-1", config: sharedConfig, credentials: sharedCredentials, origin: "environment AWS_ACCESS_KEY_ID", id: "envid", region: "ap-south-1"},
		{name: "default profile", config: sharedConfig, credentials: sharedCredentials, origin: "file ~/credentials", id: "fileid", region: "eu-west-1"},
		{name: "AWS_PROFILE", env: "AWS_PROFILE=ops", config: sharedConfig, credentials: sharedCredentials, origin: "file ~/credentials", id: "opsid", region: "us-west-2", endpoint: "http://127.0.0.1:9000"},
		{name: "environment wins over AWS_PROFILE", env: envKeys + " AWS_PROFILE=ops", config: sharedConfig, credentials: sharedCredentials, origin: "environment AWS_ACCESS_KEY_ID", id: "envid", region: "us-west-2", endpoint: "http://127.0.0.1:9000"},
		{name: "a profile asked for wins over the environment", env: envKeys, profile: "ops", config: sharedConfig, credentials: sharedCredentials, origin: "file ~/credentials", id: "opsid", region: "us-west-2", endpoint: "http://127.0.0.1:9000"},
		{name: "a profile asked for makes half a pair no matter", env: "AWS_ACCESS_KEY_ID=x", profile: "ops", config: sharedConfig, credentials: sharedCredentials, origin: "file ~/credentials", id: "opsid", region: "us-west-2", endpoint: "http://127.0.0.1:9000"},
		{name: "credential_process", config: "[default]\ncredential_process = echo '{\"Version\":1,\"AccessKeyId\":\"procid\",\"SecretAccessKey\":\"h1dden\"}'\n", origin: "credential_process", id: "procid"},
		{name: "AWS_ENDPOINT_URL", env: envKeys + " AWS_ENDPOINT_URL=http://all", origin: "environment AWS_ACCESS_KEY_ID", id: "envid", endpoint: "http://all"},
		{name: "AWS_ENDPOINT_URL_S3 wins over AWS_ENDPOINT_URL", env: envKeys + " AWS_ENDPOINT_URL=http://all AWS_ENDPOINT_URL_S3=http://s3", origin: "environment AWS_ACCESS_KEY_ID", id: "envid", endpoint: "http://s3"},
		{name: "the services section wins over endpoint_url", env: envKeys, config: "[default]\nservices=mine\nendpoint_url=http://all\n[services mine]\ns3 =\n  endpoint_url = http://s3\n", origin: "environment AWS_ACCESS_KEY_ID", id: "envid", endpoint: "http://s3"},
		{name: "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", env: envKeys + " AWS_ENDPOINT_URL=http://all AWS_ENDPOINT_URL_S3=http://s3 AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true", origin: "environment AWS_ACCESS_KEY_ID", id: "envid"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			awsEnviron(t, tt.env, tt.config, tt.credentials)
			var log bytes.Buffer
			id, err := FindCredentials(t.Context(), CredentialOptions{
				Profile: tt.profile, Anonymous: tt.anonymous,
				Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			if err != nil {
				t.Fatal(err)
			}
			showsNothing(t, id.Origin, log.String())
			if id.Origin != tt.origin || id.Region != tt.region || id.Endpoint != tt.endpoint || id.RootCAs != nil {
				t.Errorf("found %q, region %q, endpoint %q; want %q, %q, %q and the system's roots", id.Origin, id.Region, id.Endpoint, tt.origin, tt.region, tt.endpoint)
			}
			if tt.anonymous {
				if _, ok := id.Provider.(aws.AnonymousCredentials); !ok {
					t.Errorf("the provider of anonymous requests is a %T", id.Provider)
				}
				return
			}
			k, err := id.Provider.Retrieve(t.Context())
			if err != nil || k.AccessKeyID != tt.id || !k.HasKeys() {
				t.Errorf("Retrieve gave id %q (%v), want %q", k.AccessKeyID, err, tt.id)
			}
		})
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	const sso = "[default]\nsso_session=s\nsso_account_id=1\nsso_role_name=r\n[sso-session s]\nsso_start_url=https://x.invalid\nsso_region=us-east-1\n"
	for _, tt := range []struct {
		name, env, profile, config, credentials string
		kind                                    remote.Kind
		says                                    string
	}{
		{name: "nothing anywhere", kind: remote.KindDenied, says: "no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or use --anonymous"},
		{name: "id alone", env: "AWS_ACCESS_KEY_ID=x", credentials: sharedCredentials, kind: remote.KindUsage, says: "AWS_SECRET_ACCESS_KEY is not"},
		{name: "secret alone", env: "AWS_SECRET_ACCESS_KEY=h1dden", kind: remote.KindUsage, says: "AWS_ACCESS_KEY_ID is not"},
		{name: "a profile that is not there", profile: "nobody", config: sharedConfig, kind: remote.KindUsage, says: `no AWS profile "nobody"`},
		{name: "AWS_PROFILE that is not there", env: "AWS_PROFILE=nobody", config: sharedConfig, kind: remote.KindUsage, says: `no AWS profile "nobody"`},
		{name: "a profile that asks for an MFA code", config: "[default]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=ops\nmfa_serial=m\n", credentials: sharedCredentials, kind: remote.KindUsage, says: "MFA"},
		{name: "a role whose source is not there", config: "[default]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=nobody\n", kind: remote.KindUsage, says: `no AWS profile "nobody"`},
		{name: "a role whose source has no credentials", config: "[default]\nrole_arn=arn:aws:iam::1:role/r\nsource_profile=empty\n[profile empty]\nregion=x\n", kind: remote.KindUsage, says: "no valid source"},
		{name: "a process that fails", config: "[default]\ncredential_process = echo h1dden >&2; echo h1dden; exit 3\n", kind: remote.KindDenied, says: "exit status 3"},
		{name: "a process that prints something else", config: "[default]\ncredential_process = echo h1dden\n", kind: remote.KindDenied, says: "did not print credentials"},
		{name: "an SSO session that was never opened", config: sso, kind: remote.KindDenied, says: "aws sso login --profile default"},
		{name: "a web identity without its token", env: "AWS_WEB_IDENTITY_TOKEN_FILE=/nonexistent/token AWS_ROLE_ARN=arn:aws:iam::1:role/r AWS_REGION=us-east-1", kind: remote.KindUsage, says: "/nonexistent/token"},
		{name: "a container's service elsewhere", env: "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://192.0.2.1/h1dden", kind: remote.KindUsage, says: "AWS configuration"},
		{name: "a container's service that is not there", env: "AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:1/h1dden AWS_MAX_ATTEMPTS=1", kind: remote.KindUnavailable, says: "container"},
		{name: "a CA bundle that is not there", env: envKeys + " AWS_CA_BUNDLE=/nonexistent/ca", kind: remote.KindUsage, says: "/nonexistent/ca"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			awsEnviron(t, tt.env, tt.config, tt.credentials)
			var log bytes.Buffer
			_, err := FindCredentials(t.Context(), CredentialOptions{
				Profile: tt.profile, Logger: slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})),
			})
			showsNothing(t, err, log.String())
			for e := err; e != nil; e = errors.Unwrap(e) {
				showsNothing(t, e)
			}
			if err == nil || !strings.Contains(err.Error(), tt.says) || remote.KindOf(err) != tt.kind {
				t.Errorf("the error is %v (%v), want one of kind %v that says %q", err, remote.KindOf(err), tt.kind, tt.says)
			}
		})
	}
}

func TestCABundle(t *testing.T) {
	srv := httptest.NewTLSServer(http.NotFoundHandler())
	defer srv.Close()
	dir := awsEnviron(t, envKeys, "", "")
	bundle := filepath.Join(dir, "ca.pem")
	write := func(data []byte) {
		t.Helper()
		if err := os.WriteFile(bundle, data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("AWS_CA_BUNDLE", bundle)
	write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: srv.Certificate().Raw}))
	id, err := FindCredentials(t.Context(), CredentialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if id.RootCAs == nil {
		t.Error("RootCAs is nil, want those of AWS_CA_BUNDLE")
	}
	write([]byte(hidden))
	if _, err := FindCredentials(t.Context(), CredentialOptions{}); remote.KindOf(err) != remote.KindUsage {
		t.Errorf("a bundle without a certificate gave %v, want an error of kind usage", err)
	} else {
		showsNothing(t, err)
	}
}

func TestFileIsReadAgainAfterItsKeysWereRefused(t *testing.T) {
	dir := awsEnviron(t, "", sharedConfig, sharedCredentials)
	file := filepath.Join(dir, "credentials")
	if err := os.Chmod(file, 0o644); err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	id, err := FindCredentials(t.Context(), CredentialOptions{Logger: slog.New(slog.NewTextHandler(&log, nil))})
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("a file that is open to others: %d warnings, want 1: %s", n, log.String())
	}
	if err := os.WriteFile(file, []byte(strings.Replace(sharedCredentials, "fileid", "newid", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	if k, _ := id.Provider.Retrieve(t.Context()); k.AccessKeyID != "fileid" {
		t.Errorf("before Invalidate the id is %q, want that of the cache", k.AccessKeyID)
	}
	id.Provider.(interface{ Invalidate() }).Invalidate()
	if k, err := id.Provider.Retrieve(t.Context()); err != nil || k.AccessKeyID != "newid" {
		t.Errorf("after Invalidate the id is %q (%v), want that of the file now", k.AccessKeyID, err)
	}
}

// ec2 is an instance's metadata service, second version, with one role.
type ec2 struct {
	asked  atomic.Int32
	status atomic.Int32
	life   time.Duration
	tail   string
}

func (e *ec2) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s := e.status.Load(); s != 0 {
		http.Error(w, hidden, int(s))
		return
	}
	if r.Method == http.MethodPut && r.URL.Path == "/latest/api/token" {
		w.Header().Set("X-Aws-Ec2-Metadata-Token-Ttl-Seconds", "21600")
		fmt.Fprint(w, "h1dden-metadata-token")
		return
	}
	if r.Header.Get("X-Aws-Ec2-Metadata-Token") != "h1dden-metadata-token" {
		http.Error(w, hidden, http.StatusUnauthorized)
		return
	}
	switch r.URL.Path {
	case "/latest/meta-data/iam/security-credentials/":
		fmt.Fprint(w, "myrole")
	case "/latest/meta-data/iam/security-credentials/myrole":
		fmt.Fprintf(w, `{"Code":"Success","AccessKeyId":"role%d","SecretAccessKey":"h1dden","Token":"h1dden","Expiration":"%s"%s}`,
			e.asked.Add(1), time.Now().Add(e.life).UTC().Format(time.RFC3339), e.tail)
	default:
		http.NotFound(w, r)
	}
}

func onEC2(t *testing.T, e *ec2) {
	t.Helper()
	srv := httptest.NewServer(e)
	t.Cleanup(srv.Close)
	awsEnviron(t, "AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT="+srv.URL, "", "")
}

func TestRoleOfTheInstance(t *testing.T) {
	e := &ec2{life: 30 * time.Minute}
	onEC2(t, e)
	id, err := FindCredentials(t.Context(), CredentialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		k, err := id.Provider.Retrieve(t.Context())
		if err != nil || k.AccessKeyID != "role1" || !k.CanExpire || id.Origin != "EC2 role" {
			t.Errorf("from %s: id %q, can expire %t (%v); want role1 of EC2 role, once", id.Origin, k.AccessKeyID, k.CanExpire, err)
		}
	}
}

func TestRoleThatAnsweredOnceAndFailsNow(t *testing.T) {
	e := &ec2{life: -time.Minute}
	onEC2(t, e)
	id, err := FindCredentials(t.Context(), CredentialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	if k, err := id.Provider.Retrieve(t.Context()); err != nil || k.AccessKeyID != "role2" {
		t.Errorf("the second Retrieve gave %q (%v), want a new answer: the first had lapsed", k.AccessKeyID, err)
	}
	e.status.Store(http.StatusServiceUnavailable)
	_, err = id.Provider.Retrieve(t.Context())
	showsNothing(t, err)
	if remote.KindOf(err) != remote.KindUnavailable {
		t.Errorf("the error is %v, want unavailable and not: no credentials", err)
	}
}

func TestInstanceWithoutAUsableRole(t *testing.T) {
	for name, e := range map[string]*ec2{
		"no role":  {},
		"too long": {life: time.Hour, tail: strings.Repeat(" ", 1<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "no role" {
				e.status.Store(http.StatusNotFound)
			}
			onEC2(t, e)
			_, err := FindCredentials(t.Context(), CredentialOptions{})
			showsNothing(t, err)
			if remote.KindOf(err) != remote.KindDenied {
				t.Errorf("the error is %v, want denied", err)
			}
		})
	}
}

func TestMetadataServiceThatNeverAnswers(t *testing.T) {
	srv := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer srv.Close()
	awsEnviron(t, "AWS_EC2_METADATA_DISABLED=false AWS_EC2_METADATA_SERVICE_ENDPOINT="+srv.URL, "", "")
	if _, err := FindCredentials(t.Context(), CredentialOptions{}); remote.KindOf(err) != remote.KindDenied {
		t.Errorf("the probe of a service that never answers ended with %v, want denied", err)
	}
}

func TestRoleOfTheContainer(t *testing.T) {
	var asked atomic.Int32
	var asJSON atomic.Bool
	asJSON.Store(true)
	answer := `{"AccessKeyId":"task","SecretAccessKey":"h1dden","Token":"h1dden","Expiration":"2100-01-01T00:00:00Z"}`
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		if r.Header.Get("Authorization") != "h1dden-auth" {
			if asJSON.Load() {
				w.Header().Set("Content-Type", "application/json")
			}
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `{"code":"AccessDenied","message":"no"}`)
			return
		}
		fmt.Fprint(w, answer)
	}))
	defer srv.Close()
	awsEnviron(t, "AWS_CONTAINER_AUTHORIZATION_TOKEN=h1dden-auth AWS_CONTAINER_CREDENTIALS_FULL_URI="+srv.URL, "", "")
	id, err := FindCredentials(t.Context(), CredentialOptions{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if k, err := id.Provider.Retrieve(t.Context()); err != nil || k.AccessKeyID != "task" || id.Origin != "container role" {
			t.Errorf("from %s: id %q (%v), want task of container role", id.Origin, k.AccessKeyID, err)
		}
	}
	if asked.Load() != 1 {
		t.Errorf("the service was asked %d times, want once", asked.Load())
	}
	t.Setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "h1dden-other")
	id.Provider.(interface{ Invalidate() }).Invalidate()
	for _, said := range []string{"AccessDenied", "HTTP 403"} {
		_, err = id.Provider.Retrieve(t.Context())
		showsNothing(t, err)
		if remote.KindOf(err) != remote.KindDenied || !strings.Contains(fmt.Sprint(err), said) {
			t.Errorf("a service that refuses gave %v, want denied with %s", err, said)
		}
		asJSON.Store(false)
	}
}

func TestAssumedRole(t *testing.T) {
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_ = r.ParseForm()
		if r.PostForm.Get("Action") != "AssumeRole" || !strings.Contains(r.Header.Get("Authorization"), "Credential=opsid/") {
			w.WriteHeader(http.StatusForbidden)
			fmt.Fprint(w, `<ErrorResponse><Error><Code>AccessDenied</Code><Message>not allowed</Message></Error></ErrorResponse>`)
			return
		}
		fmt.Fprint(w, `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>assumed</AccessKeyId><SecretAccessKey>h1dden</SecretAccessKey><SessionToken>h1dden</SessionToken><Expiration>2100-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`)
	}))
	defer sts.Close()
	const role = "[profile r]\nregion=us-east-1\nrole_arn=arn:aws:iam::1:role/r\nsource_profile="
	awsEnviron(t, "AWS_ENDPOINT_URL_STS="+sts.URL, role+"ops\n", sharedCredentials)
	id, err := FindCredentials(t.Context(), CredentialOptions{Profile: "r"})
	if err != nil {
		t.Fatal(err)
	}
	if k, err := id.Provider.Retrieve(t.Context()); err != nil || k.AccessKeyID != "assumed" || id.Origin != "assumed role" || id.Endpoint != "" {
		t.Errorf("from %s: id %q (%v), endpoint %q; want assumed of assumed role", id.Origin, k.AccessKeyID, err, id.Endpoint)
	}
	awsEnviron(t, "AWS_ENDPOINT_URL_STS="+sts.URL, role+"default\n", sharedCredentials)
	_, err = FindCredentials(t.Context(), CredentialOptions{Profile: "r"})
	showsNothing(t, err)
	if remote.KindOf(err) != remote.KindDenied || !strings.Contains(fmt.Sprint(err), "AccessDenied: not allowed") {
		t.Errorf("a role that may not be assumed gave %v, want denied with the code and message of STS", err)
	}
}

func TestWithoutAHomeDirectory(t *testing.T) {
	awsEnviron(t, envKeys, "", "")
	for _, name := range []string{"HOME", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		os.Unsetenv(name)
	}
	if _, err := FindCredentials(t.Context(), CredentialOptions{}); err != nil {
		t.Errorf("with the keys in the environment and no home: %v, want no error", err)
	}
}
