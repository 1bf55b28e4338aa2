package emulator

import (
	"net/http"
	"testing"
	"time"
)

// TestAuthErrors holds that each provider refuses with its own status, code and
// hints (dialects.md 6.2).
func TestAuthErrors(t *testing.T) {
	now := base
	cases := []struct {
		name    string
		dialect string
		ossV1   bool
		client  func(c *testClient)
		status  int
		code    string
		region  string
		hint    string
	}{
		{name: "s3 wrong secret", dialect: "s3", client: func(c *testClient) { c.secret = "x" }, status: 403, code: "SignatureDoesNotMatch"},
		{name: "s3 unknown id", dialect: "s3", client: func(c *testClient) { c.id = "x" }, status: 403, code: "InvalidAccessKeyId"},
		{name: "s3 skewed", dialect: "s3", client: func(c *testClient) { c.now = at(now.Add(16 * time.Minute)) }, status: 403, code: "RequestTimeTooSkewed"},
		{name: "s3 region", dialect: "s3", client: func(c *testClient) { c.region = "eu-west-1" }, status: 400, code: "AuthorizationHeaderMalformed", region: "us-east-1"},
		{name: "s3 host of a region", dialect: "s3", client: func(c *testClient) { c.host = "bkt-1250000000.s3.eu-west-1.amazonaws.com" }, status: 301, code: "PermanentRedirect", hint: "bkt-1250000000.s3.us-east-1.amazonaws.com"},
		{name: "s3 expired", dialect: "s3", client: func(c *testClient) { c.id, c.token = "sts", "tok" }, status: 400, code: "ExpiredToken"},
		{name: "s3 token", dialect: "s3", client: func(c *testClient) { c.token = "stray" }, status: 400, code: "InvalidToken"},
		{name: "cos wrong secret", dialect: "cos", client: func(c *testClient) { c.secret = "x" }, status: 403, code: "SignatureDoesNotMatch"},
		{name: "cos unknown id", dialect: "cos", client: func(c *testClient) { c.id = "x" }, status: 403, code: "InvalidAccessKeyId"},
		{name: "cos skewed", dialect: "cos", client: func(c *testClient) { c.now = at(now.Add(16 * time.Minute)) }, status: 403, code: "RequestTimeTooSkewed"},
		{name: "cos lapsed", dialect: "cos", client: func(c *testClient) { c.now = at(now.Add(-61 * time.Minute)) }, status: 403, code: "Request has expired"},
		{name: "cos region", dialect: "cos", client: func(c *testClient) { c.host = "bkt-1250000000.cos.ap-shanghai.myqcloud.com" }, status: 404, code: "NoSuchBucket"},
		{name: "cos expired", dialect: "cos", client: func(c *testClient) { c.id, c.token = "sts", "tok" }, status: 400, code: "ExpiredToken"},
		{name: "oss4 wrong secret", dialect: "oss", client: func(c *testClient) { c.secret = "x" }, status: 403, code: "SignatureDoesNotMatch"},
		{name: "oss4 unknown id", dialect: "oss", client: func(c *testClient) { c.id = "x" }, status: 403, code: "InvalidAccessKeyId"},
		{name: "oss4 skewed", dialect: "oss", client: func(c *testClient) { c.now = at(now.Add(-16 * time.Minute)) }, status: 403, code: "RequestTimeTooSkewed"},
		{name: "oss4 region", dialect: "oss", client: func(c *testClient) { c.region = "cn-beijing" }, status: 403, code: "AccessDenied", hint: "oss-cn-hangzhou.aliyuncs.com"},
		{name: "oss4 host of a region", dialect: "oss", client: func(c *testClient) { c.host = "bkt-1250000000.oss-cn-beijing.aliyuncs.com" }, status: 403, code: "AccessDenied", hint: "oss-cn-hangzhou.aliyuncs.com"},
		{name: "oss4 expired", dialect: "oss", client: func(c *testClient) { c.id, c.token = "sts", "tok" }, status: 403, code: "SecurityTokenExpired"},
		{name: "oss1 wrong secret", dialect: "oss", ossV1: true, client: func(c *testClient) { c.secret = "x" }, status: 403, code: "SignatureDoesNotMatch"},
		{name: "oss1 skewed", dialect: "oss", ossV1: true, client: func(c *testClient) { c.now = at(now.Add(-16 * time.Minute)) }, status: 403, code: "RequestTimeTooSkewed"},
		{name: "oss path style", dialect: "oss", client: func(c *testClient) { c.host, c.pathStyle = "oss-cn-hangzhou.aliyuncs.com", true }, status: 403, code: "SecondLevelDomainForbidden"},
	}
	for _, tc := range cases {
		t.Run(tc.name, func(t *testing.T) {
			s := New(Options{Now: at(now), Credentials: []Credential{{ID: DemoID, Secret: DemoSecret}, {ID: "sts", Secret: DemoSecret, Token: "tok", Expired: true}}})
			defer s.Close()
			if err := s.AddBucket(BucketOptions{Name: "bkt-1250000000", Dialect: tc.dialect}); err != nil {
				t.Fatal(err)
			}
			c := newClient(t, s, tc.dialect, "bkt-1250000000")
			c.now, c.ossV1 = at(now), tc.ossV1
			if a := c.do("GET", "", "uploads", nil); a.status != http.StatusOK {
				t.Fatalf("the request as it should be: %d %s", a.status, a.body)
			}
			tc.client(c)
			a := c.do("GET", "", "uploads", nil)
			e := errorCode(t, a)
			if a.status != tc.status || e.Code != tc.code {
				t.Errorf("%d %s, want %d %s", a.status, e.Code, tc.status, tc.code)
			}
			if e.Region != tc.region || e.Endpoint != tc.hint {
				t.Errorf("Region %q Endpoint %q, want %q %q", e.Region, e.Endpoint, tc.region, tc.hint)
			}
			if tc.status == 301 && (a.header.Get("Location") != "" || a.header.Get("X-Amz-Bucket-Region") != "us-east-1") {
				t.Errorf("a 301 of AWS has no Location and names the region: %v", a.header)
			}
		})
	}
}

func at(now time.Time) func() time.Time { return func() time.Time { return now } }

// TestAddressing holds the ways in which a bucket can be named by host and path
// (dialects.md 1.2 to 1.5).
func TestAddressing(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	for _, b := range []BucketOptions{
		{Name: "b.dots", Dialect: "s3"}, {Name: "b", Dialect: "oss", Hosts: []string{"uploads.example.com"}}, {Name: "b-1250000000", Dialect: "cos"},
	} {
		if err := s.AddBucket(b); err != nil {
			t.Fatal(err)
		}
	}
	for _, tc := range []struct {
		host, path string
		want       address
	}{
		{"s3.us-east-1.amazonaws.com", "/", address{dialect: "s3", region: "us-east-1", pathStyle: true}},
		{"s3.amazonaws.com", "/b.dots/k/", address{dialect: "s3", bucket: "b.dots", key: "k/", pathStyle: true}},
		{"b.dots.s3.us-east-1.amazonaws.com:443", "//k", address{dialect: "s3", region: "us-east-1", bucket: "b.dots", key: "/k"}},
		{"b.s3.dualstack.eu-west-1.amazonaws.com", "/k", address{dialect: "s3", region: "eu-west-1", bucket: "b", key: "k"}},
		{"b.s3-eu-west-1.amazonaws.com", "/k", address{dialect: "s3", region: "eu-west-1", bucket: "b", key: "k"}},
		{"b.s3.cn-north-1.amazonaws.com.cn", "/k", address{dialect: "s3", region: "cn-north-1", bucket: "b", key: "k"}},
		{"service.cos.myqcloud.com", "/", address{dialect: "cos", pathStyle: true}},
		{"cos.ap-shanghai.myqcloud.com", "/", address{dialect: "cos", region: "ap-shanghai", pathStyle: true}},
		{"b-1250000000.cos.ap-guangzhou.myqcloud.com", "/a//b", address{dialect: "cos", region: "ap-guangzhou", bucket: "b-1250000000", key: "a//b"}},
		{"b-1250000000.cos.ap-guangzhou.tencentcos.cn", "/a", address{dialect: "cos", region: "ap-guangzhou", bucket: "b-1250000000", key: "a"}},
		{"b-1250000000.cos-internal.ap-guangzhou.tencentcos.cn", "/a", address{dialect: "cos", region: "ap-guangzhou", bucket: "b-1250000000", key: "a"}},
		{"b-1250000000.cos.accelerate.myqcloud.com", "/a", address{dialect: "cos", bucket: "b-1250000000", key: "a"}},
		{"oss-cn-hangzhou.aliyuncs.com", "/", address{dialect: "oss", region: "cn-hangzhou", pathStyle: true}},
		{"b.oss-cn-hangzhou-internal.aliyuncs.com", "/k", address{dialect: "oss", region: "cn-hangzhou", bucket: "b", key: "k"}},
		{"b.cn-hangzhou.oss.aliyuncs.com", "/k", address{dialect: "oss", region: "cn-hangzhou", bucket: "b", key: "k"}},
		{"b.oss-accelerate.aliyuncs.com", "/k", address{dialect: "oss", bucket: "b", key: "k"}},
		{"uploads.example.com:8080", "/b/k", address{dialect: "oss", region: "cn-hangzhou", bucket: "b", key: "b/k"}},
		{"b-1250000000.demo.invalid", "/k", address{dialect: "cos", bucket: "b-1250000000", key: "k"}},
		{"127.0.0.1:9000", "/b/k/../x", address{bucket: "b", key: "k/../x", pathStyle: true}},
		{"[::1]:9000", "/b", address{bucket: "b", pathStyle: true}},
		{"localhost:9000", "/", address{pathStyle: true}},
	} {
		tc.want.host = tc.host
		if got := s.resolve(tc.host, tc.path); got != tc.want {
			t.Errorf("resolve(%q, %q)\n = %+v\nwant %+v", tc.host, tc.path, got, tc.want)
		}
	}
}
