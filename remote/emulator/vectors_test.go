package emulator

import (
	"encoding/json"
	"net/http"
	"os"
	"strings"
	"testing"
	"time"
)

// vector is one request of samples/signing-vectors.json, which the vendors'
// own signers signed.
type vector struct {
	Name, Scheme, Method, URL, AccessKey, SecretKey, Token, Region, Bucket, Key, Authorization string
	Headers                                                                                    map[string]string
}

func vectors(t *testing.T) []vector {
	t.Helper()
	raw, err := os.ReadFile("testdata/signing-vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var all []vector
	if err := json.Unmarshal(raw, &all); err != nil {
		t.Fatal(err)
	}
	if len(all) != 32 {
		t.Fatalf("%d vectors, want 32", len(all))
	}
	return all
}

func (v vector) request(t *testing.T) *http.Request {
	t.Helper()
	r, err := http.NewRequest(v.Method, v.URL, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Host = r.URL.Host
	for name, value := range v.Headers {
		if name != "Host" {
			r.Header.Set(name, value)
		}
	}
	r.Header.Set("Authorization", v.Authorization)
	return r
}

func (v vector) store(t *testing.T) *Store {
	t.Helper()
	s := New(Options{
		Credentials: []Credential{{ID: v.AccessKey, Secret: v.SecretKey, Token: v.Token}},
		Now:         func() time.Time { return time.Unix(1700000000, 0) },
	})
	t.Cleanup(func() { s.Close() })
	for _, b := range []BucketOptions{
		{Name: "examplebucket", Dialect: "s3"},
		{Name: "examplebucket", Dialect: "oss"},
		{Name: "examplebucket-1250000000", Dialect: "cos"},
	} {
		if err := s.AddBucket(b); err != nil {
			t.Fatal(err)
		}
	}
	return s
}

// TestVectors holds that the store takes every signature that the vendors'
// signers made (dialects.md 7).
func TestVectors(t *testing.T) {
	for _, v := range vectors(t) {
		t.Run(v.Name, func(t *testing.T) {
			if e := v.store(t).exchange(v.request(t)).authenticate(); e != nil {
				t.Errorf("the vendor's signature is refused: %s: %s", e.code, e.message)
			}
		})
	}
}

// TestVectorsChanged holds that no signature survives a change of what it
// covers, nor a wrong secret, id, token or clock.
func TestVectorsChanged(t *testing.T) {
	changes := []struct {
		name   string
		change func(s *Store, v vector, r *http.Request) bool // false where it does not apply
		codes  string
	}{
		{"signature", func(_ *Store, v vector, r *http.Request) bool {
			a := v.Authorization
			i := strings.LastIndexAny(a, "=:") - 3 // V1 ends in an equals sign
			if strings.HasPrefix(a, "q-") || strings.Contains(a, "4-HMAC") {
				i = len(a) - 1
			}
			c := byte('0')
			if a[i] == c {
				c = '1'
			}
			r.Header.Set("Authorization", a[:i]+string(c)+a[i+1:])
			return true
		}, "SignatureDoesNotMatch"},
		{"method", func(_ *Store, _ vector, r *http.Request) bool { r.Method = "HEAD"; return true }, "SignatureDoesNotMatch"},
		{"key", func(_ *Store, v vector, r *http.Request) bool {
			r.URL.Path, r.URL.RawPath = r.URL.Path+"x", ""
			return v.Key != "" || strings.Contains(v.Name, "listparts") || strings.Contains(v.Name, "abort")
		}, "SignatureDoesNotMatch"},
		{"parameter", func(_ *Store, v vector, r *http.Request) bool {
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "max-uploads=1000", "max-uploads=999", 1)
			return strings.HasPrefix(v.Name, "cos-lmu") || strings.HasPrefix(v.Name, "s3-lmu") || strings.HasPrefix(v.Name, "oss-lmu-v4")
		}, "SignatureDoesNotMatch"},
		{"upload id", func(_ *Store, _ vector, r *http.Request) bool {
			before := r.URL.RawQuery
			r.URL.RawQuery = strings.Replace(r.URL.RawQuery, "uploadId=", "uploadId=0", 1)
			return before != r.URL.RawQuery
		}, "SignatureDoesNotMatch"},
		{"host", func(_ *Store, v vector, r *http.Request) bool {
			r.Host = strings.Replace(r.Host, "examplebucket", "Examplebucket", 1)
			return v.Scheme == "aws4" && strings.HasPrefix(r.URL.Host, "examplebucket")
		}, "SignatureDoesNotMatch"},
		{"secret", func(s *Store, v vector, _ *http.Request) bool {
			s.SetCredentials(Credential{ID: v.AccessKey, Secret: "other", Token: v.Token})
			return true
		}, "SignatureDoesNotMatch"},
		{"unknown id", func(s *Store, _ vector, _ *http.Request) bool {
			s.SetCredentials(Credential{ID: "other", Secret: "other"})
			return true
		}, "InvalidAccessKeyId"},
		{"token", func(s *Store, v vector, _ *http.Request) bool {
			s.SetCredentials(Credential{ID: v.AccessKey, Secret: v.SecretKey, Token: "another"})
			return true
		}, "InvalidToken InvalidAccessKeyId InvalidSecurityToken"},
		{"expired", func(s *Store, v vector, _ *http.Request) bool {
			s.SetCredentials(Credential{ID: v.AccessKey, Secret: v.SecretKey, Token: v.Token, Expired: true})
			return true
		}, "ExpiredToken SecurityTokenExpired"},
		{"late", func(s *Store, _ vector, _ *http.Request) bool {
			s.clock = func() time.Time { return time.Unix(1700000000+3601+901, 0) }
			return true
		}, "RequestTimeTooSkewed Request has expired"},
		{"early", func(s *Store, _ vector, _ *http.Request) bool {
			s.clock = func() time.Time { return time.Unix(1700000000-901, 0) }
			return true
		}, "RequestTimeTooSkewed"},
		{"no signature", func(_ *Store, _ vector, r *http.Request) bool { r.Header.Del("Authorization"); return true }, "AccessDenied"},
	}
	for _, v := range vectors(t) {
		for _, c := range changes {
			t.Run(v.Name+"/"+c.name, func(t *testing.T) {
				s, r := v.store(t), v.request(t)
				if !c.change(s, v, r) {
					return
				}
				e := s.exchange(r).authenticate()
				if e == nil {
					t.Fatalf("a request with a changed %s is taken", c.name)
				}
				if !strings.Contains(c.codes, e.code) {
					t.Errorf("code %s, want one of %s", e.code, c.codes)
				}
			})
		}
	}
}
