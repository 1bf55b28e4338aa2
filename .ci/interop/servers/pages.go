package servers

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// SmallPages returns the endpoint of a proxy in front of the store that asks it
// for pages of size entries, whatever its client asked for, and signs that
// request anew. Nothing else is changed: the pages are the store's own.
func (s *Server) SmallPages(t testing.TB, size int) string {
	t.Helper()
	target, err := url.Parse(s.Endpoint)
	if err != nil {
		t.Fatal(err)
	}
	empty := sha256.Sum256(nil)
	hash := hex.EncodeToString(empty[:])
	signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
	sign := func(r *http.Request) error {
		r.Header.Set("X-Amz-Content-Sha256", hash)
		return signer.SignHTTP(r.Context(), aws.Credentials{AccessKeyID: AccessKey, SecretAccessKey: SecretKey}, r, hash, "s3", "us-east-1", time.Now())
	}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			q := r.In.URL.Query()
			switch {
			case q.Has("uploads"):
				q.Set("max-uploads", strconv.Itoa(size))
			case q.Has("uploadId"):
				q.Set("max-parts", strconv.Itoa(size))
			}
			r.Out.URL.RawQuery = strings.ReplaceAll(q.Encode(), "+", "%20")
			r.Out.Host = target.Host
			for name := range r.Out.Header {
				if strings.HasPrefix(name, "X-Amz-") || name == "Authorization" {
					r.Out.Header.Del(name)
				}
			}
			if err := sign(r.Out); err != nil {
				t.Errorf("signing: %v", err)
			}
		},
	}
	srv := httptest.NewServer(proxy)
	t.Cleanup(srv.Close)
	return srv.URL
}
