package oss

import (
	"context"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func failure(status int, code, more string, header map[string]string) wiretest.Answer {
	return wiretest.Answer{Status: status, Header: header, Body: "<Error><Code>" + code + "</Code><Message>m</Message>" + more + "</Error>"}
}

// OSS answers a wrong region with 403 and the right endpoint: the bucket is
// asked for again at OSS's own host of that region (dialects.md 0.16).
func TestWrongRegionIsLearned(t *testing.T) {
	for name, c := range map[string]struct {
		endpoint, named string
		hosts           string
	}{
		"a region": {
			"https://oss-cn-qingdao.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com",
			"bkt.oss-cn-qingdao.aliyuncs.com bkt.oss-cn-hangzhou.aliyuncs.com bkt.oss-cn-hangzhou.aliyuncs.com",
		},
		"a region, with the bucket before it": {
			"https://oss-cn-qingdao.aliyuncs.com", "bkt.oss-cn-hangzhou-internal.aliyuncs.com",
			"bkt.oss-cn-qingdao.aliyuncs.com bkt.oss-cn-hangzhou.aliyuncs.com bkt.oss-cn-hangzhou.aliyuncs.com",
		},
		"another's host": {
			"https://oss-cn-qingdao.aliyuncs.com", "oss-cn-hangzhou.aliyuncs.com.evil.example",
			"bkt.oss-cn-qingdao.aliyuncs.com bkt.oss-cn-qingdao.aliyuncs.com",
		},
		"an endpoint of the user's own": {
			"https://files.example.com", "oss-cn-hangzhou.aliyuncs.com",
			"bkt.files.example.com bkt.files.example.com bkt.files.example.com",
		},
	} {
		net := &wiretest.Network{}
		net.Answer = func(r *http.Request, n int) wiretest.Answer {
			if strings.Contains(r.Header.Get("Authorization"), "/cn-hangzhou/oss/") {
				return wiretest.Empty(r, n)
			}
			return failure(403, "AccessDenied", "<Endpoint>"+c.named+"</Endpoint>", nil)
		}
		cl, err := newTest(remote.Config{Endpoint: c.endpoint, Base: net})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		wantErr := strings.Contains(c.named, "evil")
		for range 2 {
			_, err := cl.Uploads(t.Context(), "bkt", remote.UploadsRequest{})
			if wantErr && remote.KindOf(err) != remote.KindWrongRegion || !wantErr && err != nil {
				t.Errorf("%s: error %v, want one: %v", name, err, wantErr)
			}
		}
		var hosts []string
		for _, r := range net.Sent() {
			hosts = append(hosts, r.Host)
		}
		if got := strings.Join(hosts, " "); got != c.hosts {
			t.Errorf("%s: the requests go to\n%s\nwant\n%s", name, got, c.hosts)
		}
	}
}

// rotating gives new credentials after each Invalidate.
type rotating struct{ generation atomic.Int64 }

func (r *rotating) GetCredentials(context.Context) (credentials.Credentials, error) {
	id := "OLD"
	if r.generation.Load() > 0 {
		id = "NEW"
	}
	return credentials.Credentials{AccessKeyID: id, AccessKeySecret: "s", SecurityToken: "t"}, nil
}

func (r *rotating) Invalidate() { r.generation.Add(1) }

// Lapsed credentials and a skewed clock are both put right in one request.
func TestTwoCausesInOneRequest(t *testing.T) {
	for _, region := range []string{"", "cn-hangzhou"} {
		ahead := -2 * time.Hour
		net := &wiretest.Network{}
		net.Answer = func(r *http.Request, n int) wiretest.Answer {
			now := time.Now().Add(ahead).UTC()
			if signed, err := http.ParseTime(r.Header.Get("Date")); err != nil || signed.Sub(now).Abs() > 15*time.Minute {
				return failure(403, "RequestTimeTooSkewed", "", map[string]string{"Date": now.Format(http.TimeFormat)})
			}
			if strings.Contains(r.Header.Get("Authorization"), "OLD") {
				return failure(403, "SecurityTokenExpired", "", nil)
			}
			return wiretest.Empty(r, n)
		}
		creds := &rotating{}
		c, err := New(t.Context(), remote.Config{Endpoint: "https://files.example.com", Region: region, Base: net}, creds)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := c.Uploads(t.Context(), "bkt", remote.UploadsRequest{}); err != nil {
			t.Errorf("region %q: the listing fails: %v", region, err)
		}
		if got := len(net.Sent()); got != 3 || creds.generation.Load() != 1 {
			t.Errorf("region %q: %d requests and %d renewals, want 3 and 1", region, got, creds.generation.Load())
		}
		if got := net.Sent()[2].Header.Get("x-oss-security-token"); got != "t" {
			t.Errorf("region %q: the token sent is %q, want t", region, got)
		}
	}
}
