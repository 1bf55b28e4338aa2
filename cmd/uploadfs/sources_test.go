package main

import (
	"fmt"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"uploadfs/remote/emulator"
)

// TestProvidersShareOneMount: three dialects over real HTTP, each with the
// credentials of its own environment variables.
func TestProvidersShareOneMount(t *testing.T) {
	needMount(t)
	s := emulator.New(emulator.Options{})
	for _, b := range []emulator.BucketOptions{{Name: "one", Dialect: "s3"}, {Name: "two-1250000000", Dialect: "cos"}, {Name: "three", Dialect: "oss"}} {
		if err := s.AddBucket(b); err != nil {
			t.Fatal(err)
		}
		put(t, s, b.Name, "dir/key")
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	env := append(demoKeys(), "COS_SECRETID="+emulator.DemoID, "COS_SECRETKEY="+emulator.DemoSecret,
		"OSS_ACCESS_KEY_ID="+emulator.DemoID, "OSS_ACCESS_KEY_SECRET="+emulator.DemoSecret)
	dir := place(t)
	end := "endpoint=" + server.URL
	mountAt(t, env, dir, "s3://one?region=us-east-1&"+end, "cos://two-1250000000?region=ap-guangzhou&"+end, "oss://three?region=cn-hangzhou&as=drei&"+end)
	if got := strings.Join(list(t, dir), " "); got != "drei one two-1250000000" {
		t.Errorf("ls: %q; want the three buckets, one under its other name", got)
	}
	if got := strings.Count(output(t, "find", dir, "-path", "*/parts/1"), "\n"); got != 3 {
		t.Errorf("%d parts; want one in each dialect", got)
	}
	config := read(t, dir, "config")
	for _, want := range []string{"source.1.provider=s3", "source.2.provider=cos", "source.3.provider=oss", "source.3.directory=drei", "source.3.bucket=three"} {
		if !strings.Contains(config, want+"\n") {
			t.Errorf(".uploadfs/config has no line %q:\n%s", want, config)
		}
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(dir, ".uploadfs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestAccountShowsItsBucketsAndADeniedOneHarmsNothing.
func TestAccountShowsItsBucketsAndADeniedOneHarmsNothing(t *testing.T) {
	needMount(t)
	s, url := store(t)
	denied := emulator.BucketOptions{Name: "denied", Dialect: "s3", Faults: []emulator.Rule{{Fault: emulator.ErrorFault(403, "AccessDenied")}}}
	if err := s.AddBucket(denied); err != nil {
		t.Fatal(err)
	}
	dir := place(t)
	mountAt(t, demoKeys(), dir, "s3://?region=us-east-1&endpoint="+url)
	if got := strings.Join(list(t, dir), " "); got != "bkt denied" {
		t.Errorf("ls: %q; want every bucket of the account", got)
	}
	r := finish(t, command(t, nil, need(t, "find"), dir, "-name", "upload.json"))
	if r.status == 0 || strings.Count(r.stdout, "\n") != 3 || strings.Count(r.stderr, "Permission denied") != 1 {
		t.Errorf("find: status %d, stdout %q, stderr %q; want the three uploads of bkt, and one Permission denied", r.status, r.stdout, r.stderr)
	}
	errors := read(t, dir, "errors")
	for _, want := range []string{"bucket=denied", "status=403", "code=AccessDenied", "request_id=", "s3:ListBucketMultipartUploads"} {
		if !strings.Contains(errors, want) {
			t.Errorf(".uploadfs/errors is %q; want %s", errors, want)
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "nothere")); !os.IsNotExist(err) {
		t.Errorf("a bucket that the account does not have: %v; want ENOENT", err)
	}
}

// TestNamedBucketStandsForItselfInItsAccount.
func TestNamedBucketStandsForItselfInItsAccount(t *testing.T) {
	needMount(t)
	s, url := store(t)
	if err := s.AddBucket(emulator.BucketOptions{Name: "other", Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	dir := place(t)
	end := "?region=us-east-1&endpoint=" + url
	mountAt(t, demoKeys(), dir, "s3://"+end, "s3://bkt"+end+"&as=mine")
	if got := strings.Join(list(t, dir), " "); got != "mine other" {
		t.Errorf("ls: %q; want bkt once, as it was named, and the other bucket", got)
	}
}

// TestCollidingAccountsAreSaidNotHidden: a bucket comes to be in the second
// account while both are mounted.
func TestCollidingAccountsAreSaidNotHidden(t *testing.T) {
	needMount(t)
	_, first := store(t)
	s, second := store(t, func(o *emulator.BucketOptions) { o.Name = "two" })
	dir := place(t)
	mountAt(t, demoKeys(), dir, "--ttl=0", "s3://?region=us-east-1&endpoint="+first, "s3://?region=us-east-1&endpoint="+second)
	if got := strings.Join(list(t, dir), " "); got != "bkt two" {
		t.Fatalf("ls: %q; want the buckets of both accounts", got)
	}
	if err := s.AddBucket(emulator.BucketOptions{Name: "bkt", Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	r := finish(t, command(t, nil, need(t, "ls"), dir))
	if r.status == 0 || r.stdout != "bkt\ntwo\n" || !strings.Contains(read(t, dir, "errors"), "as=NAME") {
		t.Errorf("ls with a bucket that has no name: status %d, stdout %q, stderr %q, errors %q; want what has a name, and a failure that says as=NAME", r.status, r.stdout, r.stderr, read(t, dir, "errors"))
	}
	if got := strings.Join(list(t, filepath.Join(dir, "bkt", "uploads")), " "); got != "a b" {
		t.Errorf("bkt has %q; want the bucket of the account given first", got)
	}
}

// TestAnonymousNeedsNoCredentials.
func TestAnonymousNeedsNoCredentials(t *testing.T) {
	needMount(t)
	s := emulator.New(emulator.Options{Anonymous: true})
	if err := s.AddBucket(emulator.BucketOptions{Name: "open", Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	put(t, s, "open", "k")
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	dir := place(t)
	mountAt(t, nil, dir, "--anonymous", fmt.Sprintf("s3://open?region=us-east-1&endpoint=%s", server.URL))
	if got := strings.Join(list(t, filepath.Join(dir, "open", "uploads")), " "); got != "k" {
		t.Errorf("uploads has %q; want k", got)
	}
}
