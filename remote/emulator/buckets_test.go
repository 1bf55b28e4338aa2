package emulator

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"slices"
	"testing"
	"time"

	"uploadfs/remote"
)

// TestBuckets holds GET Service of each provider: its own buckets, its paging.
func TestBuckets(t *testing.T) {
	type doc struct {
		XMLName                                xml.Name `xml:"ListAllMyBucketsResult"`
		IsTruncated                            bool
		NextMarker, ContinuationToken, MaxKeys string
		Names                                  []string `xml:"Buckets>Bucket>Name"`
		Regions                                []string `xml:"Buckets>Bucket>BucketRegion"`
	}
	s := New(Options{})
	defer s.Close()
	for _, d := range dialectNames() {
		for i := range 5 {
			if err := s.AddBucket(BucketOptions{Name: fmt.Sprintf("%s-%d", d, i), Dialect: d}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, tc := range []struct{ dialect, size, next string }{
		{"s3", "max-buckets", "continuation-token"}, {"cos", "max-keys", "marker"}, {"oss", "max-keys", "marker"},
	} {
		c := newClient(t, s, tc.dialect, "")
		var whole doc
		decode(t, c.do("GET", "", "", nil), &whole)
		if len(whole.Names) != 5 || whole.IsTruncated || len(whole.Regions) > 0 {
			t.Errorf("%s: %+v, want its 5 buckets in one page", tc.dialect, whole)
		}
		var names []string
		marker := ""
		for range 5 {
			q := params(tc.size, "2")
			if marker != "" {
				q += "&" + params(tc.next, marker)
			}
			var pg doc
			decode(t, c.do("GET", "", q, nil), &pg)
			names = append(names, pg.Names...)
			if marker = pg.NextMarker + pg.ContinuationToken; marker == "" {
				break
			}
		}
		if !slices.Equal(names, whole.Names) {
			t.Errorf("%s: pages of two join to %q, want %q", tc.dialect, names, whole.Names)
		}
	}
}

// TestBucketsComeAndGo holds PUT, HEAD, GET ?location and DELETE of a bucket in
// each dialect, and what a bucket that is gone answers.
func TestBucketsComeAndGo(t *testing.T) {
	for _, dialect := range dialectNames() {
		s := New(Options{})
		defer s.Close()
		c := newClient(t, s, dialect, "new-1250000000")
		for _, tc := range []struct {
			method, query string
			status        int
		}{
			{"GET", "uploads", 404}, {"PUT", "", 200}, {"PUT", "", 409}, {"HEAD", "", 200}, {"GET", "location", 200},
			{"GET", "uploads", 200}, {"GET", "", 200}, {"POST", "", 501}, {"DELETE", "", 204}, {"GET", "uploads", 404},
		} {
			if a := c.do(tc.method, "", tc.query, nil); a.status != tc.status {
				t.Errorf("%s: %s ?%s: %d, want %d: %s", dialect, tc.method, tc.query, a.status, tc.status, a.body)
			}
		}
	}
}

// TestUnsigned holds what requests without a signature are answered: a redirect
// to advertising by AWS's service (dialects.md 1.4), a refusal elsewhere, and a
// page where a store takes them.
func TestUnsigned(t *testing.T) {
	for _, tc := range []struct {
		dialect, bucket string
		anonymous       bool
		status          int
	}{
		{"s3", "", false, 307}, {"cos", "", false, 403}, {"oss", "", false, 403},
		{"s3", "b", false, 403}, {"cos", "b", false, 403}, {"oss", "b", false, 403},
		{"s3", "b", true, 200}, {"cos", "b", true, 200}, {"oss", "b", true, 200},
	} {
		s := New(Options{Anonymous: tc.anonymous})
		defer s.Close()
		if err := s.AddBucket(BucketOptions{Name: "b", Dialect: tc.dialect}); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, s, tc.dialect, tc.bucket)
		c.id = ""
		query := ""
		if tc.bucket != "" {
			query = "uploads"
		}
		if a := c.do("GET", "", query, nil); a.status != tc.status {
			t.Errorf("%+v: %d %s", tc, a.status, a.body)
		}
		s.ResetCounters()
		if n := s.Counters(); n.Total != 0 || len(n.Requests) != 0 {
			t.Errorf("after a reset: %+v", n)
		}
	}
}

// TestCOSBucketFilters holds the filters of COS's GET Service by region and by
// date (dialects.md 1.2).
func TestCOSBucketFilters(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for i, region := range []string{"ap-guangzhou", "ap-shanghai", "ap-shanghai"} {
		if err := s.AddBucket(BucketOptions{Name: fmt.Sprint("b", i), Dialect: "cos", Region: region, Created: time.Unix(int64(1000+i), 0)}); err != nil {
			t.Fatal(err)
		}
	}
	c := newClient(t, s, "cos", "")
	for query, want := range map[string]int{
		"": 3, "region=ap-shanghai": 2, "create-time=1001&range=lt": 1, "create-time=1001&range=lte": 2,
		"create-time=1001&range=gt": 1, "create-time=1001&range=gte": 2,
	} {
		if a := c.do("GET", "", query, nil); bytes.Count(a.body, []byte("<Name>")) != want {
			t.Errorf("?%s: want %d buckets in %s", query, want, a.body)
		}
	}
	c.host = "cos.ap-shanghai.myqcloud.com"
	if a := c.do("GET", "", "", nil); bytes.Count(a.body, []byte("<Name>")) != 2 {
		t.Errorf("the service of a region: want its 2 buckets in %s", a.body)
	}
}

// TestTruth holds the methods by which tests change and read a store.
func TestTruth(t *testing.T) {
	s := New(Options{Now: at(base)})
	defer s.Close()
	for _, d := range []string{"s3", "oss"} {
		if err := s.AddBucket(BucketOptions{Name: "same", Dialect: d}); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.AddBucket(BucketOptions{Name: "same", Dialect: "s3"}); err == nil {
		t.Error("two buckets of one dialect have one name")
	}
	if err := s.AddBucket(BucketOptions{Name: "x", Dialect: "ftp"}); err == nil {
		t.Error("an unknown dialect is taken")
	}
	id, err := s.PutUpload("oss/same", "k", "", time.Time{}, remote.Part{Number: 2, Size: 2}, remote.Part{Number: 1, Size: 1})
	if err != nil || len(id) != 32 {
		t.Fatalf("%q, %v", id, err)
	}
	if n, m := len(s.Uploads("s3/same")), len(s.Uploads("oss/same")); n != 0 || m != 1 {
		t.Errorf("%d and %d uploads, want 0 and 1", n, m)
	}
	if err := s.PutPart("oss/same", "k", id, remote.Part{Number: 2, Size: 20}); err != nil {
		t.Error(err)
	}
	if parts, ok := s.Parts("oss/same", "k", id); !ok || len(parts) != 2 || parts[0].Size != 1 || parts[1].Size != 20 {
		t.Errorf("%+v, want 1 and the part that was put again", parts)
	}
	if u := s.Uploads("oss/same")[0]; !u.Initiated.Equal(base) {
		t.Errorf("initiated %s, want the store's now", u.Initiated)
	}
	if s.DropUpload("oss/same", "k", "other") || !s.DropUpload("oss/same", "k", id) || s.DropUpload("oss/same", "k", id) {
		t.Error("only what is there can be dropped, once")
	}
	if err := s.PutPart("oss/same", "k", id, remote.Part{}); err == nil {
		t.Error("a part of an upload that is gone is taken")
	}
	if _, err := s.PutUpload("none", "k", "", base); err == nil {
		t.Error("an upload in no bucket is taken")
	}
}
