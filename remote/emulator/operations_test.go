package emulator

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"uploadfs/remote"
)

// TestLifeOfAnUpload holds the write operations: create, parts (one sent
// again), list, complete, abort, in each dialect and over loopback too.
func TestLifeOfAnUpload(t *testing.T) {
	for _, dialect := range dialectNames() {
		for _, loopback := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/loopback=%v", dialect, loopback), func(t *testing.T) {
				s := New(Options{})
				defer s.Close()
				if err := s.AddBucket(BucketOptions{Name: "b-1250000000", Dialect: dialect}); err != nil {
					t.Fatal(err)
				}
				c := newClient(t, s, dialect, "b-1250000000")
				if loopback {
					srv := httptest.NewServer(s)
					defer srv.Close()
					c.host, c.pathStyle, c.rt = strings.TrimPrefix(srv.URL, "http://"), true, http.DefaultTransport
					if dialect == "cos" {
						c.pathStyle, c.rt = false, s.Transport() // COS has no path style
						c.host = c.defaultHost()
					}
				}
				key := "dir/a b+c%/中//x"
				var made struct{ Key, UploadId string }
				if err := xml.Unmarshal(c.do("POST", key, "uploads", nil).body, &made); err != nil || made.UploadId == "" {
					t.Fatalf("creating: %v %+v", err, made)
				}
				for _, p := range []struct{ number, size int }{{3, 10}, {1, 70000}, {3, 30}} {
					a := c.do("PUT", key, params("partNumber", itoa(p.number), "uploadId", made.UploadId), bytes.NewReader(make([]byte, p.size)))
					sum := md5.Sum(make([]byte, p.size))
					if a.status != 200 || !strings.EqualFold(strings.Trim(a.header.Get("Etag"), `"`), hex.EncodeToString(sum[:])) {
						t.Fatalf("part %d: %d %v %s", p.number, a.status, a.header, a.body)
					}
				}
				var parts xmlParts
				decode(t, c.do("GET", key, params("uploadId", made.UploadId), nil), &parts)
				if len(parts.Part) != 2 || parts.Part[0].Size != 70000 || parts.Part[1].PartNumber != 3 || parts.Part[1].Size != 30 {
					t.Errorf("parts %+v, want 1 of 70000 and 3 of 30 bytes", parts.Part)
				}
				if u := s.Uploads("b-1250000000"); len(u) != 1 || u[0].Key != key {
					t.Errorf("the store holds %+v", u)
				}
				done := "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>wrong</ETag></Part></CompleteMultipartUpload>"
				if a := c.do("POST", key, params("uploadId", made.UploadId), strings.NewReader(done)); errorCode(t, a).Code != "InvalidPart" {
					t.Errorf("completing with a wrong ETag: %d %s, want InvalidPart", a.status, a.body)
				}
				done = strings.Replace(done, "wrong", parts.Part[0].ETag, 1)
				if a := c.do("POST", key, params("uploadId", made.UploadId), strings.NewReader(done)); a.status != 200 {
					t.Errorf("completing: %d %s", a.status, a.body)
				}
				for _, method := range []string{"GET", "DELETE"} {
					if a := c.do(method, key, params("uploadId", made.UploadId), nil); a.status != 404 || errorCode(t, a).Code != "NoSuchUpload" {
						t.Errorf("%s of a completed upload: %d %s, want 404 NoSuchUpload", method, a.status, a.body)
					}
				}
			})
		}
	}
}

// TestStreamingBodies holds that aws-chunked bodies are measured without their
// framing, and that their trailing checksum is kept.
func TestStreamingBodies(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	id, err := s.PutUpload("b", "k", "", base)
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(t, s, "s3", "b")
	for _, tc := range []struct {
		body string
		size int64
		ok   bool
	}{
		{"5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n", 5, true},
		{"5;chunk-signature=ab\r\nhello\r\n6;chunk-signature=cd\r\n world\r\n0;chunk-signature=ef\r\n\r\n", 11, true},
		{"0\r\n\r\n", 0, true},
		{"5\r\nhel", 0, false},
		{"zz\r\nhello\r\n0\r\n\r\n", 0, false},
		{"-1\r\nhello\r\n0\r\n\r\n", 0, false},
		{"2\r\nhello\r\n0\r\n\r\n", 0, false},
	} {
		r := c.request("PUT", "k", params("partNumber", "1", "uploadId", id), strings.NewReader(tc.body))
		r.Header.Del("Authorization")
		r.Header.Set("Content-Encoding", "aws-chunked")
		c.sign(r, "k")
		resp, err := c.rt.RoundTrip(r)
		if err != nil {
			t.Fatal(err)
		}
		b, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if tc.ok != (resp.StatusCode == 200) {
			t.Errorf("%q: %d %s, want taken: %v", tc.body, resp.StatusCode, b, tc.ok)
			continue
		}
		if parts, _ := s.Parts("b", "k", id); tc.ok && parts[0].Size != tc.size {
			t.Errorf("%q: size %d, want %d", tc.body, parts[0].Size, tc.size)
		}
	}
}

// TestOddNumbers holds the answers to counts that are too large, zero, negative
// or no numbers (dialects.md 3.3).
func TestOddNumbers(t *testing.T) {
	s, bucket := filledStore(t, "s3")
	c := newClient(t, s, "s3", bucket)
	u := s.Uploads(bucket)[0]
	for _, tc := range []struct{ value, code string }{
		{"5000", ""}, {"0", ""}, {"-1", "InvalidArgument"}, {"x", "InvalidArgument"}, {"2147483648", "InvalidArgument"},
	} {
		a := c.do("GET", "", params("uploads", "", "max-uploads", tc.value), nil)
		if tc.code != "" {
			if e := errorCode(t, a); a.status != 400 || e.Code != tc.code {
				t.Errorf("max-uploads=%s: %d %s, want 400 %s", tc.value, a.status, e.Code, tc.code)
			}
			if a := c.do("GET", u.Key, params("uploadId", u.UploadID, "max-parts", tc.value), nil); a.status != 400 {
				t.Errorf("max-parts=%s: %d, want 400", tc.value, a.status)
			}
			continue
		}
		var doc xmlUploads
		decode(t, a, &doc)
		want := map[string]int{"5000": 1000, "0": 0}[tc.value]
		if doc.MaxUploads != want || doc.IsTruncated || (len(doc.Upload) == 0) != (want == 0) {
			t.Errorf("max-uploads=%s: MaxUploads %d, truncated %v, %d uploads; want %d, false", tc.value, doc.MaxUploads, doc.IsTruncated, len(doc.Upload), want)
		}
	}
}

// TestRefusals holds requests that a provider refuses for their form.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		dialect, method, key, query string
		status                      int
		code                        string
	}{
		{"s3", "GET", "", "uploads&encoding-type=", 400, "InvalidArgument"},
		{"s3", "GET", "", "uploads&encoding-type=foo", 400, "InvalidArgument"},
		{"s3", "GET", "k", "uploads", 400, "InvalidRequest"},
		{"s3", "GET", "", "uploadId=x", 400, "InvalidRequest"},
		{"s3", "GET", "k", "uploads&uploadId=x", 400, "InvalidArgument"},
		{"s3", "GET", "k", "partNumber=1&uploadId=x", 405, "MethodNotAllowed"},
		{"s3", "GET", "k", "uploadId=", 404, "NoSuchUpload"},
		{"s3", "GET", "", "uploads&key-marker=a&upload-id-marker=nope", 400, "InvalidArgument"},
		{"s3", "GET", "k", "", 404, "NoSuchKey"},
		{"s3", "GET", "", "uploads&prefix=%zz", 400, "InvalidURI"},
		{"cos", "GET", "k", "uploadId=", 400, "ListPartUploadIdIsEmpty"},
		{"cos", "GET", "k", "max-parts=1&uploadId=x", 404, "NoSuchKey"}, // the first parameter selects
		{"cos", "POST", "/lead", "uploads", 400, "InvalidObjectName"},
		{"cos", "POST", strings.Repeat("k", 851), "uploads", 400, "KeyTooLong"},
		{"oss", "POST", "\\lead", "uploads", 400, "InvalidObjectName"},
		{"oss", "GET", "k", "partNumber=1&uploadId=x", 404, "NoSuchUpload"},
	} {
		s, bucket := filledStore(t, tc.dialect)
		c := newClient(t, s, tc.dialect, bucket)
		if strings.Contains(tc.query, "%zz") {
			c.id = "" // no signer can sign it
		}
		a := c.do(tc.method, tc.key, tc.query, nil)
		if e := errorCode(t, a); a.status != tc.status || e.Code != tc.code {
			t.Errorf("%s %s %q?%s: %d %s, want %d %s", tc.dialect, tc.method, tc.key, tc.query, a.status, e.Code, tc.status, tc.code)
		}
	}
}

// TestOddCharacters holds what XML 1.0 cannot hold: references on S3, U+FFFD
// where asked for, and exact bytes under encoding-type=url (dialects.md 2.4).
func TestOddCharacters(t *testing.T) {
	key := "a\x01b\r\n\"<&>"
	for _, replace := range []bool{false, true} {
		s := New(Options{})
		defer s.Close()
		if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3", Quirks: Quirks{ReplaceControls: replace}}); err != nil {
			t.Fatal(err)
		}
		if _, err := s.PutUpload("b", key, "", base); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, s, "s3", "b")
		want := "<Key>a&#x1;b&#13;\n&quot;&lt;&amp;&gt;</Key>"
		if replace {
			want = "<Key>a\uFFFDb&#13;\n&quot;&lt;&amp;&gt;</Key>"
		}
		if a := c.do("GET", "", "uploads", nil); !bytes.Contains(a.body, []byte(want)) {
			t.Errorf("want %s in %s", want, a.body)
		}
		if names, _ := c.uploads(1000, "", "", true); len(names) != 1 || !strings.HasPrefix(names[0], key+" ") {
			t.Errorf("url encoded: %q, want %q", names, key)
		}
	}
}

// TestURLEncodingRules holds the character rule of each provider.
func TestURLEncodingRules(t *testing.T) {
	in := "a b+c/d~e*f'(中)"
	for _, tc := range []struct {
		rule func(string) string
		want string
	}{
		{s3URL, "a+b%2Bc/d%7Ee*f%27%28%E4%B8%AD%29"},
		{ossURL, "a%20b%2Bc%2Fd~e%2Af%27%28%E4%B8%AD%29"},
		{cosURL, "a%20b%2Bc%2Fd~e%2Af%27%28%E4%B8%AD%29"},
	} {
		if got := tc.rule(in); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

// TestComingAndGoing holds that a walk under way sees every upload that stays,
// once, while others appear and vanish.
func TestComingAndGoing(t *testing.T) {
	for _, dialect := range dialectNames() {
		s := New(Options{})
		defer s.Close()
		if err := s.AddBucket(BucketOptions{Name: "b", Dialect: dialect, Population: Population{Uploads: 300, Shape: ShapeFlat}}); err != nil {
			t.Fatal(err)
		}
		stays := make(map[string]int)
		for u := range s.All("b") {
			stays[u.Key+" "+u.UploadID] = 0
		}
		stop := make(chan struct{})
		var wg sync.WaitGroup
		for g := range 3 {
			wg.Go(func() {
				for i := 0; ; i++ {
					select {
					case <-stop:
						return
					default:
					}
					key := fmt.Sprintf("data/%010d.bin", (i*37+g)%300)
					id, err := s.PutUpload("b", key, "", base.Add(time.Duration(i)*time.Second), remote.Part{Number: 1, Size: 1})
					if err != nil {
						t.Error(err)
						return
					}
					s.DropUpload("b", key, id)
				}
			})
		}
		c := newClient(t, s, dialect, "b")
		names, _ := c.uploads(7, "", "", false)
		close(stop)
		wg.Wait()
		for _, n := range names {
			if _, ok := stays[n]; ok {
				stays[n]++
			}
		}
		for n, times := range stays {
			if times != 1 {
				t.Errorf("%s: %q was listed %d times, want once", dialect, n, times)
			}
		}
	}
}
