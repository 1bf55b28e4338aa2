package s3

import (
	"context"
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func newTest(cfg remote.Config) (remote.Client, error) {
	c, err := New(context.Background(), cfg, keys{"AKIAEXAMPLE", "secret", ""})
	if err != nil {
		return nil, err
	}
	return c, nil
}

func TestAddresses(t *testing.T) {
	yes, no := true, false
	wiretest.Addresses(t, []wiretest.Addressing{
		{
			Name: "nothing set", Bucket: "bkt",
			Service: "https://s3.us-east-1.amazonaws.com/",
			Uploads: "https://bkt.s3.us-east-1.amazonaws.com/",
			Parts:   "https://bkt.s3.us-east-1.amazonaws.com/dir/a%20b",
		},
		{
			Name: "region", Bucket: "bkt", Config: remote.Config{Region: "eu-west-1"},
			Service: "https://s3.eu-west-1.amazonaws.com/",
			Uploads: "https://bkt.s3.eu-west-1.amazonaws.com/",
			Parts:   "https://bkt.s3.eu-west-1.amazonaws.com/dir/a%20b",
		},
		{
			Name: "China", Bucket: "bkt", Config: remote.Config{Region: "cn-north-1"},
			Service: "https://s3.cn-north-1.amazonaws.com.cn/",
			Uploads: "https://bkt.s3.cn-north-1.amazonaws.com.cn/",
			Parts:   "https://bkt.s3.cn-north-1.amazonaws.com.cn/dir/a%20b",
		},
		{
			Name: "a name with dots is no label under TLS", Bucket: "my.bkt",
			Service: "https://s3.us-east-1.amazonaws.com/",
			Uploads: "https://s3.us-east-1.amazonaws.com/my.bkt/",
			Parts:   "https://s3.us-east-1.amazonaws.com/my.bkt/dir/a%20b",
		},
		{
			Name: "an old name in upper case", Bucket: "My_Bkt",
			Service: "https://s3.us-east-1.amazonaws.com/",
			Uploads: "https://s3.us-east-1.amazonaws.com/My_Bkt/",
			Parts:   "https://s3.us-east-1.amazonaws.com/My_Bkt/dir/a%20b",
		},
		{
			Name: "path style on Amazon", Bucket: "bkt", Config: remote.Config{PathStyle: &yes, Region: "eu-west-1"},
			Service: "https://s3.eu-west-1.amazonaws.com/",
			Uploads: "https://s3.eu-west-1.amazonaws.com/bkt/",
			Parts:   "https://s3.eu-west-1.amazonaws.com/bkt/dir/a%20b",
		},
		{
			Name: "dual stack endpoint", Bucket: "bkt", Config: remote.Config{Endpoint: "https://s3.dualstack.eu-west-1.amazonaws.com", Region: "us-east-1"},
			Service: "https://s3.dualstack.eu-west-1.amazonaws.com/",
			Uploads: "https://bkt.s3.dualstack.eu-west-1.amazonaws.com/",
			Parts:   "https://bkt.s3.dualstack.eu-west-1.amazonaws.com/dir/a%20b",
		},
		{
			Name: "the console's host of the bucket", Bucket: "bkt", Config: remote.Config{Bucket: "bkt", Endpoint: "bkt.s3.eu-west-1.amazonaws.com"},
			Service: "https://s3.eu-west-1.amazonaws.com/",
			Uploads: "https://bkt.s3.eu-west-1.amazonaws.com/",
			Parts:   "https://bkt.s3.eu-west-1.amazonaws.com/dir/a%20b",
		},
		{
			Name: "private link", Bucket: "bkt", Config: remote.Config{Endpoint: "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com"},
			Service: "https://bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com/",
			Uploads: "https://bkt.bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com/",
			Parts:   "https://bkt.bucket.vpce-1a2b.s3.us-east-1.vpce.amazonaws.com/dir/a%20b",
		},
		{
			Name: "another's endpoint", Bucket: "bkt", Config: remote.Config{Endpoint: "http://127.0.0.1:9000"},
			Service: "http://127.0.0.1:9000/",
			Uploads: "http://127.0.0.1:9000/bkt/",
			Parts:   "http://127.0.0.1:9000/bkt/dir/a%20b",
		},
		{
			Name: "another's endpoint with a path", Bucket: "bkt", Config: remote.Config{Endpoint: "https://gw.example.com/s3/"},
			Service: "https://gw.example.com/s3/",
			Uploads: "https://gw.example.com/s3/bkt/",
			Parts:   "https://gw.example.com/s3/bkt/dir/a%20b",
		},
		{
			Name: "another's endpoint, virtual host", Bucket: "bkt", Config: remote.Config{Endpoint: "minio.example.com:9000", PathStyle: &no},
			Service: "https://minio.example.com:9000/",
			Uploads: "https://bkt.minio.example.com:9000/",
			Parts:   "https://bkt.minio.example.com:9000/dir/a%20b",
		},
		{
			Name: "an address has no names below it", Bucket: "bkt", Config: remote.Config{Endpoint: "http://[::1]:9000", PathStyle: &no},
			Service: "http://[::1]:9000/",
			Uploads: "http://[::1]:9000/bkt/",
			Parts:   "http://[::1]:9000/bkt/dir/a%20b",
		},
		{
			Name: "cname", Bucket: "bkt", Config: remote.Config{Endpoint: "https://files.example.com", CNAME: true, Bucket: "bkt"},
			Uploads: "https://files.example.com/",
			Parts:   "https://files.example.com/dir/a%20b",
		},
		{
			Name: "directory bucket", Bucket: "base--use1-az4--x-s3",
			Service: "https://s3.us-east-1.amazonaws.com/",
			Uploads: "https://base--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/",
			Parts:   "https://base--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com/dir/a%20b",
		},
		{
			Name: "a bucket whose name would be another host", Bucket: "evil.example/", Config: remote.Config{PathStyle: &no},
			Service: "https://s3.us-east-1.amazonaws.com/",
		},
		{
			Name: "a bucket whose name would be another path", Bucket: "..",
			Service: "https://s3.us-east-1.amazonaws.com/",
		},
		{
			Name: "a bucket whose name is escaped in the path", Bucket: "a/b?c",
			Service: "https://s3.us-east-1.amazonaws.com/",
			Uploads: "https://s3.us-east-1.amazonaws.com/a%2Fb%3Fc/",
			Parts:   "https://s3.us-east-1.amazonaws.com/a%2Fb%3Fc/dir/a%20b",
		},
	}, newTest)
}

// The region of the signature comes from the settings, or from hosts that name
// it (dialects.md 1.5).
func TestSignedRegion(t *testing.T) {
	for _, c := range []struct{ endpoint, region, want string }{
		{"", "", "us-east-1"},
		{"", "eu-central-1", "eu-central-1"},
		{"http://127.0.0.1:9000", "", "us-east-1"},
		{"http://127.0.0.1:9000", "garage", "garage"},
		{"https://acct.r2.cloudflarestorage.com", "", "auto"},
		{"https://storage.googleapis.com", "", "auto"},
		{"https://s3.us-west-004.backblazeb2.com", "", "us-west-004"},
		{"https://s3.us-west-004.backblazeb2.com", "eu-central-003", "eu-central-003"},
		{"https://obs.cn-north-4.myhuaweicloud.com", "", "cn-north-4"},
		{"https://s3.fr-par.scw.cloud", "", "fr-par"},
		{"https://s3.example.com", "", "us-east-1"},
		{"https://s3.amazonaws.com", "eu-west-1", "eu-west-1"},
		{"https://s3-eu-west-1.amazonaws.com", "us-east-1", "eu-west-1"},
	} {
		h, err := newHosts(remote.Config{Endpoint: c.endpoint, Region: c.region})
		if err != nil {
			t.Errorf("endpoint %q, region %q: %v", c.endpoint, c.region, err)
			continue
		}
		a, err := h.Address("", "")
		if err != nil || a.Region != c.want {
			t.Errorf("endpoint %q, region %q: signed for %q (%v), want %q", c.endpoint, c.region, a.Region, err, c.want)
		}
	}
}

// What cannot work is refused before any request, in one line.
func TestRefusedSettings(t *testing.T) {
	wiretest.Refusals(t, map[string]remote.Config{
		"store":  {Store: "nosuch"},
		"cname":  {CNAME: true},
		"region": {Region: "eu west"},
		"query":  {Endpoint: "https://h?X=1"},
		"user":   {Endpoint: "https://id:secret@h"},
		"scheme": {Endpoint: "ftp://h"},
	}, map[string]string{
		"store": "minio", "cname": "--endpoint", "region": "eu-west-1", "query": "query", "user": "user name", "scheme": "ftp",
	}, newTest)
	for endpoint, want := range map[string]bool{
		"http://minio.example.com": false, "http://10.0.0.1:9000": false,
		"http://127.0.0.1:9000": true, "http://localhost:9000": true, "http://[::1]:9000": true, "https://minio.example.com": true,
	} {
		_, err := New(t.Context(), remote.Config{Endpoint: endpoint}, nil)
		if (err == nil) != want {
			t.Errorf("endpoint %s without --insecure-http: error %v, want it taken: %v", endpoint, err, want)
		}
		if _, err := New(t.Context(), remote.Config{Endpoint: endpoint, InsecureHTTP: true}, nil); err != nil {
			t.Errorf("endpoint %s with --insecure-http: %v", endpoint, err)
		}
	}
}
