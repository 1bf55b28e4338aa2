package emulator

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"uploadfs/remote"
)

var base = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

// oddKeys exercise order, encoding and grouping. Those with a leading slash are
// for S3 alone.
func oddKeys(dialect string) []string {
	keys := []string{
		"a", "a/", "a//", "a/b", "a-b", "a.b", "a/b/c", "a b+c%20&<>\"'", "b/../c", "dir/中文.bin", "dir/~tilde!(x)*",
		"Z", "z", "z/1", "z/10", "z/2", "z0", "\U0010FFFF/last",
	}
	if dialect == "s3" {
		keys = append(keys, "/lead", "//two", "/")
	}
	return keys
}

func filledStore(t testing.TB, dialect string) (*Store, string) {
	t.Helper()
	s := New(Options{})
	t.Cleanup(func() { s.Close() })
	bucket := "bkt-1250000000"
	if err := s.AddBucket(BucketOptions{Name: bucket, Dialect: dialect}); err != nil {
		t.Fatal(err)
	}
	for i, k := range oddKeys(dialect) {
		for n := range 1 + i%3 {
			// The second upload of a key is older than the first.
			at := base.Add(time.Duration(i-5*n) * time.Minute)
			if _, err := s.PutUpload(bucket, k, "", at, remote.Part{Number: 1, Size: 5 << 20, ETag: "aa", LastModified: at}); err != nil {
				t.Fatal(err)
			}
		}
	}
	return s, bucket
}

// TestPagesJoinToTheTruth holds that the pages of a listing, followed by both
// markers, are exactly the uploads that the store holds, in its order, whatever
// the page size, prefix, delimiter and encoding.
func TestPagesJoinToTheTruth(t *testing.T) {
	for _, dialect := range dialectNames() {
		s, bucket := filledStore(t, dialect)
		c := newClient(t, s, dialect, bucket)
		for _, size := range []int{1, 2, 7, 1000} {
			for _, prefix := range []string{"", "a", "a/", "a//", "dir/", "z/1", "nothing", "a b+"} {
				for _, delimiter := range []string{"", "/", "/b"} {
					for _, encoded := range []bool{false, true} {
						t.Run(fmt.Sprintf("%s/%d/%q/%q/%v", dialect, size, prefix, delimiter, encoded), func(t *testing.T) {
							c.t = t
							names, prefixes := c.uploads(size, prefix, delimiter, encoded)
							wantNames, wantPrefixes := truth(s, bucket, prefix, delimiter)
							if !slices.Equal(names, wantNames) {
								t.Errorf("uploads listed:\n%q\nwant what the store holds:\n%q", names, wantNames)
							}
							if !slices.Equal(prefixes, wantPrefixes) {
								t.Errorf("common prefixes listed: %q, want %q", prefixes, wantPrefixes)
							}
						})
					}
				}
			}
		}
	}
}
