package connect

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"uploadfs/cmd/internal/source"
	"uploadfs/remote"
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
