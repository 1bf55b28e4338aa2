package oss

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func newTest(cfg remote.Config) (remote.Client, error) {
	c, err := New(context.Background(), cfg, keys{id: "LTAIEXAMPLE", secret: "secret"})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func TestAddresses(t *testing.T) {
	no := false
	wiretest.Addresses(t, []wiretest.Addressing{
		{
			Name: "region", Bucket: "bkt", Config: remote.Config{Bucket: "bkt", Region: "cn-shanghai"},
			Service: "https://oss-cn-shanghai.aliyuncs.com/",
			Uploads: "https://bkt.oss-cn-shanghai.aliyuncs.com/",
			Parts:   "https://bkt.oss-cn-shanghai.aliyuncs.com/dir/a%20b",
		},
		{
			Name: "region in OSS's words", Bucket: "bkt", Config: remote.Config{Region: "oss-cn-shanghai"},
			Service: "https://oss-cn-shanghai.aliyuncs.com/",
			Uploads: "https://bkt.oss-cn-shanghai.aliyuncs.com/",
			Parts:   "https://bkt.oss-cn-shanghai.aliyuncs.com/dir/a%20b",
		},
		{
			Name: "region of the private network", Bucket: "bkt", Config: remote.Config{Region: "oss-cn-shanghai-internal"},
			Service: "https://oss-cn-shanghai-internal.aliyuncs.com/",
			Uploads: "https://bkt.oss-cn-shanghai-internal.aliyuncs.com/",
			Parts:   "https://bkt.oss-cn-shanghai-internal.aliyuncs.com/dir/a%20b",
		},
		{
			Name: "an account, nothing set", Bucket: "bkt",
			Service: "https://oss-cn-hangzhou.aliyuncs.com/",
		},
		{
			Name: "regional endpoint wins over the region", Bucket: "bkt", Config: remote.Config{Endpoint: "oss-eu-central-1.aliyuncs.com", Region: "cn-shanghai"},
			Service: "https://oss-eu-central-1.aliyuncs.com/",
			Uploads: "https://bkt.oss-eu-central-1.aliyuncs.com/",
			Parts:   "https://bkt.oss-eu-central-1.aliyuncs.com/dir/a%20b",
		},
		{
			Name: "dual stack", Bucket: "bkt", Config: remote.Config{Endpoint: "https://cn-hangzhou.oss.aliyuncs.com"},
			Service: "https://cn-hangzhou.oss.aliyuncs.com/",
			Uploads: "https://bkt.cn-hangzhou.oss.aliyuncs.com/",
			Parts:   "https://bkt.cn-hangzhou.oss.aliyuncs.com/dir/a%20b",
		},
		{
			Name: "acceleration is no region", Bucket: "bkt", Config: remote.Config{Endpoint: "oss-accelerate-overseas.aliyuncs.com"},
			Service: "https://oss-accelerate-overseas.aliyuncs.com/",
			Uploads: "https://bkt.oss-accelerate-overseas.aliyuncs.com/",
			Parts:   "https://bkt.oss-accelerate-overseas.aliyuncs.com/dir/a%20b",
		},
		{
			Name: "the console's host of the bucket", Bucket: "bkt", Config: remote.Config{Bucket: "bkt", Endpoint: "https://bkt.oss-cn-beijing.aliyuncs.com"},
			Service: "https://oss-cn-beijing.aliyuncs.com/",
			Uploads: "https://bkt.oss-cn-beijing.aliyuncs.com/",
			Parts:   "https://bkt.oss-cn-beijing.aliyuncs.com/dir/a%20b",
		},
		{
			Name: "an address", Bucket: "bkt", Config: remote.Config{Endpoint: "http://127.0.0.1:9000", PathStyle: &no},
			Service: "http://127.0.0.1:9000/",
			Uploads: "http://127.0.0.1:9000/bkt/",
			Parts:   "http://127.0.0.1:9000/bkt/dir/a%20b",
		},
		{
			Name: "localhost, virtual host where it is wanted", Bucket: "bkt", Config: remote.Config{Endpoint: "http://localhost:9000", PathStyle: &no},
			Service: "http://localhost:9000/",
			Uploads: "http://bkt.localhost:9000/",
			Parts:   "http://bkt.localhost:9000/dir/a%20b",
		},
		{
			Name: "cname", Bucket: "bkt", Config: remote.Config{Endpoint: "https://files.example.com", CNAME: true, Bucket: "bkt"},
			Uploads: "https://files.example.com/",
			Parts:   "https://files.example.com/dir/a%20b",
		},
	}, newTest)
}

// Without a region requests are signed V1, with one V4 for it, without oss-.
func TestSignatureVersion(t *testing.T) {
	for _, c := range []struct {
		cfg  remote.Config
		want string
	}{
		{remote.Config{Endpoint: "https://files.example.com", CNAME: true}, "OSS LTAIEXAMPLE:"},
		{remote.Config{Endpoint: "https://files.example.com", CNAME: true, Region: "oss-cn-shanghai"}, "/cn-shanghai/oss/aliyun_v4_request"},
		{remote.Config{Endpoint: "https://oss-cn-beijing-internal.aliyuncs.com"}, "/cn-beijing/oss/aliyun_v4_request"},
		{remote.Config{Region: "us-west-1"}, "/us-west-1/oss/aliyun_v4_request"},
	} {
		net := &wiretest.Network{Answer: wiretest.Empty}
		c.cfg.Base = net
		cl, err := newTest(c.cfg)
		if err != nil {
			t.Fatalf("%+v: %v", c.cfg, err)
		}
		if _, err := cl.Uploads(t.Context(), "bkt", remote.UploadsRequest{}); err != nil {
			t.Fatalf("%+v: %v", c.cfg, err)
		}
		if got := net.Sent()[0].Header.Get("Authorization"); !strings.Contains(got, c.want) {
			t.Errorf("endpoint %q, region %q: Authorization is %q, want it to hold %q", c.cfg.Endpoint, c.cfg.Region, got, c.want)
		}
	}
}

// Each bucket of an account is addressed in its own region, by hosts that are
// made here: what the list gives as an endpoint is not believed.
func TestBucketsTeachRegions(t *testing.T) {
	net := &wiretest.Network{}
	net.Answer = func(req *http.Request, n int) wiretest.Answer {
		if n > 1 {
			return wiretest.Empty(req, n)
		}
		return wiretest.Answer{Body: `<ListAllMyBucketsResult><Buckets>
<Bucket><Name>new</Name><Region>cn-shenzhen</Region><Location>oss-cn-shenzhen</Location><ExtranetEndpoint>evil.example</ExtranetEndpoint></Bucket>
<Bucket><Name>old</Name><Location>oss-ap-southeast-1</Location></Bucket></Buckets></ListAllMyBucketsResult>`}
	}
	c, err := newTest(remote.Config{Base: net, Endpoint: "https://oss-cn-hangzhou-internal.aliyuncs.com"})
	if err != nil {
		t.Fatalf("making the client: %v", err)
	}
	if _, err := c.Buckets(t.Context(), remote.BucketsRequest{}); err != nil {
		t.Fatalf("listing buckets: %v", err)
	}
	for bucket, want := range map[string]string{
		"new": "new.oss-cn-shenzhen.aliyuncs.com", "old": "old.oss-ap-southeast-1.aliyuncs.com", "other": "other.oss-cn-hangzhou-internal.aliyuncs.com",
	} {
		if _, err := c.Uploads(t.Context(), bucket, remote.UploadsRequest{}); err != nil {
			t.Fatalf("listing %s: %v", bucket, err)
		}
		sent := net.Sent()
		if got := sent[len(sent)-1].Host; got != want {
			t.Errorf("bucket %s is addressed at %s, want %s", bucket, got, want)
		}
	}
}

func TestRefusedSettings(t *testing.T) {
	wiretest.Refusals(t, map[string]remote.Config{
		"no region": {Bucket: "bkt"},
		"http":      {Bucket: "bkt", Endpoint: "http://oss-cn-beijing.aliyuncs.com"},
		"region":    {Region: "CN"},
		"store":     {Region: "cn-hangzhou", Store: "x"},
	}, map[string]string{
		"no region": "--region", "http": "--insecure-http", "region": "cn-hangzhou", "store": "oss",
	}, newTest)
}
