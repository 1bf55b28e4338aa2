package connect

import (
	"encoding/pem"
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uploadfs/cmd/internal/source"
	"uploadfs/remote"
	"uploadfs/remote/emulator"
)

func parseAll(t *testing.T, args ...string) []source.Source {
	t.Helper()
	var all []source.Source
	for _, arg := range args {
		s, err := source.Parse(arg, source.Settings{Store: "auto", Timeout: 5 * time.Second, Retries: 2, Concurrency: 8})
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, s)
	}
	return all
}

func TestDemoIsOneRealClientADialect(t *testing.T) {
	var seen []remote.Attempt
	all, failed := All(t.Context(), parseAll(t, "demo:?uploads=3&as=x&dialect=cos", "demo:?dialect=oss"), Options{
		Logger: slog.New(slog.DiscardHandler), Observe: func(a remote.Attempt) { seen = append(seen, a) }, UserAgent: "t/1",
	})
	if len(failed) > 0 || len(all) != 2 || all[0].Dir != "x" || all[1].Dir != "demo-oss" {
		t.Fatalf("%d connections, failures %v; want x and demo-oss", len(all), failed)
	}
	page, err := all[0].Client.Uploads(t.Context(), all[0].Bucket, remote.UploadsRequest{Max: 1})
	if err != nil || len(page.Uploads) != 1 || len(seen) != 1 || seen[0].Status != 200 {
		t.Errorf("one upload of demo:cos: %v, %v, attempts %v; want one signed request that was answered", page, err, seen)
	}
	if _, most, _ := all[0].Limit(); most != 8 {
		t.Errorf("limit %d; want the concurrency of the source", most)
	}
}

func TestEmbeddedBucketsMayNotTakeANameTwice(t *testing.T) {
	_, failed := All(t.Context(), parseAll(t, "demo:", "demo:?dialect=s3"), Options{Logger: slog.New(slog.DiscardHandler)})
	if len(failed) != 1 || remote.KindOf(failed[0].Err) != remote.KindUsage || !strings.Contains(failed[0].Err.Error(), "as=NAME") {
		t.Errorf("failures %v; want one of usage that says as=NAME", failed)
	}
}

func TestSettingsOfTheSourceReachTheClient(t *testing.T) {
	t.Setenv("AWS_ACCESS_KEY_ID", "AKID")
	t.Setenv("AWS_SECRET_ACCESS_KEY", "s")
	t.Setenv("AWS_REGION", "eu-north-1")
	t.Setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:7")
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	all, failed := All(t.Context(), parseAll(t, "s3://bkt", "s3://own?region=us-west-1&endpoint=http://127.0.0.1:8&path-style=true&store=minio"), Options{Logger: slog.New(slog.DiscardHandler)})
	if len(failed) > 0 {
		t.Fatal(failed)
	}
	for i, want := range []map[string]string{
		{"region": "eu-north-1", "endpoint": "http://127.0.0.1:7"},
		{"region": "us-west-1", "endpoint": "http://127.0.0.1:8", "store": "minio", "addressing": "path"},
	} {
		got := all[i].Client.Describe()
		for k, v := range want {
			if !strings.HasPrefix(got[k], v) {
				t.Errorf("%s: %s is %q; want %q", all[i].Name, k, got[k], v)
			}
		}
	}
	if all[0].Place == all[1].Place {
		t.Errorf("both are at %q; two endpoints are two places", all[0].Place)
	}
}

// TestCertificatesAreVerifiedByTheBundleThatAWSNames: a store with a
// certificate of its own is refused, and taken with AWS_CA_BUNDLE.
func TestCertificatesAreVerifiedByTheBundleThatAWSNames(t *testing.T) {
	store := emulator.New(emulator.Options{})
	if err := store.AddBucket(emulator.BucketOptions{Name: "bkt", Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewTLSServer(store)
	defer server.Close()
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelInfo)
	t.Setenv("AWS_ACCESS_KEY_ID", emulator.DemoID)
	t.Setenv("AWS_SECRET_ACCESS_KEY", emulator.DemoSecret)
	t.Setenv("AWS_CONFIG_FILE", "/dev/null")
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
	bundle := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(bundle, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, named := range []bool{false, true} {
		if named {
			t.Setenv("AWS_CA_BUNDLE", bundle)
		}
		all, failed := All(t.Context(), parseAll(t, "s3://bkt?region=us-east-1&retries=1&endpoint="+server.URL), Options{Logger: slog.New(slog.DiscardHandler)})
		if len(failed) > 0 {
			t.Fatal(failed)
		}
		_, err := all[0].Client.Uploads(t.Context(), "bkt", remote.UploadsRequest{Max: 1})
		if (err == nil) != named {
			t.Errorf("bundle named: %v, error %v; want the certificate taken only with it", named, err)
		}
	}
}
