package emulator

import (
	"bufio"
	"encoding/xml"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"unicode/utf8"
)

// FuzzRequest holds that no request, whatever its host, path, query and
// signature, breaks the store: it always answers, and errors are well formed.
func FuzzRequest(f *testing.F) {
	f.Add("b.s3.us-east-1.amazonaws.com", "/k", "uploads&prefix=a", "AWS4-HMAC-SHA256 Credential=a/b/c/s3/aws4_request, SignedHeaders=host, Signature=x")
	f.Add("b.oss-cn-hangzhou.aliyuncs.com", "/", "uploads", "OSS4-HMAC-SHA256 Credential=a/1/cn-hangzhou/oss/aliyun_v4_request,Signature=0")
	f.Add("service.cos.myqcloud.com", "/", "max-keys=0", "q-sign-algorithm=sha1&q-ak=a&q-key-time=1;2")
	f.Add("127.0.0.1:9", "/b/k", "uploadId=%zz&part-number-marker=9", "OSS a:b")
	f.Add("b.cos.ap-guangzhou.myqcloud.com", "//", "uploads&key-marker=%ff&delimiter=%2F&max-uploads=3", "")
	s := New(Options{Anonymous: true})
	for _, d := range dialectNames() {
		if err := s.AddBucket(BucketOptions{Name: "b", Dialect: d, Population: Population{Uploads: 100}}); err != nil {
			f.Fatal(err)
		}
	}
	f.Fuzz(func(t *testing.T, host, path, query, authorization string) {
		r := httptest.NewRequest(http.MethodGet, "http://x/", nil)
		r.Host, r.URL.Path, r.URL.RawQuery = host, "/"+path, query
		if authorization != "" {
			r.Header.Set("Authorization", authorization)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		if w.Code >= 400 && w.Body.Len() > 0 && utf8.ValidString(host+path+query+authorization) && !strings.ContainsFunc(host+path+query+authorization, illegal) {
			if err := xml.Unmarshal(w.Body.Bytes(), new(xmlError)); err != nil && !strings.Contains(w.Body.String(), "&#x") {
				t.Errorf("%d with a document that cannot be read: %v\n%s", w.Code, err, w.Body)
			}
		}
	})
}

func illegal(r rune) bool { return r < 0x20 || r == 0xFFFE || r == 0xFFFF || r == utf8.RuneError }

// FuzzChunks holds that an aws-chunked body never yields more than was sent.
func FuzzChunks(f *testing.F) {
	f.Add("5\r\nhello\r\n0\r\n\r\n")
	f.Add("5;chunk-signature=a\r\nhello\r\n0\r\nx-amz-checksum-crc32:AA==\r\n")
	f.Add("ffffffffffffffff\r\n")
	f.Fuzz(func(t *testing.T, body string) {
		n, _ := readChunks(bufio.NewReader(strings.NewReader(body)), io.Discard, http.Header{})
		if n < 0 || n > int64(len(body)) {
			t.Errorf("%d bytes out of %d", n, len(body))
		}
	})
}

// FuzzEscape holds that what is written is read back, but for what XML cannot
// hold.
func FuzzEscape(f *testing.F) {
	f.Add("a<b>&\"\r\n\t'\uFFFE\x01\xff\u00e9\U0010FFFF")
	f.Fuzz(func(t *testing.T, s string) {
		d := &doc{replace: true}
		d.text("K", s)
		var got string
		if err := xml.Unmarshal(d.b, &got); err != nil {
			t.Fatalf("%q is written as %q: %v", s, d.b, err)
		}
		want := strings.Map(func(r rune) rune {
			if r != '\t' && r != '\n' && r != '\r' && illegal(r) {
				return utf8.RuneError
			}
			return r
		}, s)
		if got != want {
			t.Errorf("%q comes back as %q, want %q", s, got, want)
		}
	})
}
