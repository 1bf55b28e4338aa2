package cos

import (
	"context"
	"net/http"
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func newTest(cfg remote.Config) (remote.Client, error) {
	c, err := New(context.Background(), cfg, keys{ID: "AKIDEXAMPLE", Secret: "secret"})
	if err != nil {
		return nil, err
	}
	return c, nil
}

const bucket = "bkt-1250000000"

func TestAddresses(t *testing.T) {
	yes, no := true, false
	wiretest.Addresses(t, []wiretest.Addressing{
		{
			Name: "region", Bucket: bucket, Config: remote.Config{Bucket: bucket, Region: "ap-guangzhou"},
			Service: "https://service.cos.myqcloud.com/",
			Uploads: "https://bkt-1250000000.cos.ap-guangzhou.myqcloud.com/",
			Parts:   "https://bkt-1250000000.cos.ap-guangzhou.myqcloud.com/dir/a%20b",
		},
		{
			Name: "an account, nothing set", Bucket: bucket,
			Service: "https://service.cos.myqcloud.com/",
		},
		{
			Name: "regional endpoint", Bucket: bucket, Config: remote.Config{Endpoint: "cos.ap-shanghai.myqcloud.com"},
			Service: "https://cos.ap-shanghai.myqcloud.com/",
			Uploads: "https://bkt-1250000000.cos.ap-shanghai.myqcloud.com/",
			Parts:   "https://bkt-1250000000.cos.ap-shanghai.myqcloud.com/dir/a%20b",
		},
		{
			Name: "the backup domain", Bucket: bucket, Config: remote.Config{Endpoint: "https://cos.ap-shanghai.tencentcos.cn"},
			Service: "https://cos.ap-shanghai.tencentcos.cn/",
			Uploads: "https://bkt-1250000000.cos.ap-shanghai.tencentcos.cn/",
			Parts:   "https://bkt-1250000000.cos.ap-shanghai.tencentcos.cn/dir/a%20b",
		},
		{
			Name: "the private network", Bucket: bucket, Config: remote.Config{Endpoint: "https://cos-internal.ap-tokyo.tencentcos.cn"},
			Service: "https://cos-internal.ap-tokyo.tencentcos.cn/",
			Uploads: "https://bkt-1250000000.cos-internal.ap-tokyo.tencentcos.cn/",
			Parts:   "https://bkt-1250000000.cos-internal.ap-tokyo.tencentcos.cn/dir/a%20b",
		},
		{
			Name: "the console's host of the bucket", Bucket: bucket, Config: remote.Config{Bucket: bucket, Endpoint: "https://bkt-1250000000.cos.ap-beijing.myqcloud.com"},
			Service: "https://cos.ap-beijing.myqcloud.com/",
			Uploads: "https://bkt-1250000000.cos.ap-beijing.myqcloud.com/",
			Parts:   "https://bkt-1250000000.cos.ap-beijing.myqcloud.com/dir/a%20b",
		},
		{
			Name: "acceleration is no region", Bucket: bucket, Config: remote.Config{Endpoint: "https://cos.accelerate.myqcloud.com"},
			Service: "https://cos.accelerate.myqcloud.com/",
			Uploads: "https://bkt-1250000000.cos.accelerate.myqcloud.com/",
			Parts:   "https://bkt-1250000000.cos.accelerate.myqcloud.com/dir/a%20b",
		},
		{
			Name: "an address has no names below it", Bucket: bucket, Config: remote.Config{Endpoint: "http://127.0.0.1:9000", PathStyle: &no},
			Service: "http://127.0.0.1:9000/",
			Uploads: "http://127.0.0.1:9000/bkt-1250000000/",
			Parts:   "http://127.0.0.1:9000/bkt-1250000000/dir/a%20b",
		},
		{
			Name: "localhost", Bucket: bucket, Config: remote.Config{Endpoint: "http://localhost:9000"},
			Service: "http://localhost:9000/",
			Uploads: "http://localhost:9000/bkt-1250000000/",
			Parts:   "http://localhost:9000/bkt-1250000000/dir/a%20b",
		},
		{
			Name: "path style where it is wanted", Bucket: bucket, Config: remote.Config{Endpoint: "https://gw.example.com", PathStyle: &yes},
			Service: "https://gw.example.com/",
			Uploads: "https://gw.example.com/bkt-1250000000/",
			Parts:   "https://gw.example.com/bkt-1250000000/dir/a%20b",
		},
		{
			Name: "cname", Bucket: bucket, Config: remote.Config{Endpoint: "https://files.example.com", CNAME: true},
			Uploads: "https://files.example.com/",
			Parts:   "https://files.example.com/dir/a%20b",
		},
		{
			Name: "a bucket whose name would be another host", Bucket: "evil.example/", Config: remote.Config{Region: "ap-guangzhou"},
			Service: "https://service.cos.myqcloud.com/",
		},
	}, newTest)
}

// Each bucket of an account is addressed in the region that the list of
// buckets gives it; what is no region's name is not believed.
func TestBucketsTeachRegions(t *testing.T) {
	net := &wiretest.Network{}
	net.Answer = func(req *http.Request, n int) wiretest.Answer {
		if n > 1 {
			return wiretest.Empty(req, n)
		}
		return wiretest.Answer{Body: `<ListAllMyBucketsResult><Buckets>
<Bucket><Name>a-125</Name><Location>ap-tokyo</Location></Bucket>
<Bucket><Name>b-125</Name><Location>evil.example/#</Location></Bucket></Buckets></ListAllMyBucketsResult>`}
	}
	c, err := newTest(remote.Config{Base: net, Region: "ap-beijing"})
	if err != nil {
		t.Fatalf("making the client: %v", err)
	}
	if _, err := c.Buckets(t.Context(), remote.BucketsRequest{}); err != nil {
		t.Fatalf("listing buckets: %v", err)
	}
	for bucket, want := range map[string]string{"a-125": "a-125.cos.ap-tokyo.myqcloud.com", "b-125": "b-125.cos.ap-beijing.myqcloud.com"} {
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
		"no region": {Bucket: bucket},
		"service":   {Bucket: bucket, Endpoint: "https://service.cos.myqcloud.com"},
		"http":      {Bucket: bucket, Endpoint: "http://cos.ap-beijing.myqcloud.com"},
		"region":    {Region: "AP_GUANGZHOU"},
		"store":     {Region: "ap-guangzhou", Store: "x"},
		"cname":     {Region: "ap-guangzhou", CNAME: true},
	}, map[string]string{
		"no region": "--region", "service": "--region", "http": "--insecure-http", "region": "ap-guangzhou", "store": "cos", "cname": "--endpoint",
	}, newTest)
}

// A key of which nothing is left when its path is simplified would make a
// request for the bucket: COS's SDK refuses it too (dialects.md 1.2).
func TestKeysThatNameTheBucket(t *testing.T) {
	net := &wiretest.Network{Answer: wiretest.Empty}
	c, err := newTest(remote.Config{Base: net, Region: "ap-guangzhou"})
	if err != nil {
		t.Fatalf("making the client: %v", err)
	}
	for _, key := range []string{"", "/", "//", ".", "..", "a/..", "a/../..", "./"} {
		if _, err := c.Parts(t.Context(), bucket, key, "id", remote.PartsRequest{}); remote.KindOf(err) != remote.KindInvalid {
			t.Errorf("List Parts of key %q: error %v, want one of kind invalid", key, err)
		}
		if err := c.Abort(t.Context(), bucket, key, "id"); remote.KindOf(err) != remote.KindInvalid {
			t.Errorf("abort of key %q: error %v, want one of kind invalid", key, err)
		}
	}
	if n := len(net.Sent()); n != 0 {
		t.Errorf("%d requests were sent for keys that cannot be named, want none", n)
	}
}
