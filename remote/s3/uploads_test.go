package s3

import (
	"net/http"
	"strings"
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func page(keys string, more string) string {
	var b strings.Builder
	b.WriteString("<ListMultipartUploadsResult>" + more + "<IsTruncated>false</IsTruncated>")
	for k := range strings.SplitSeq(keys, " ") {
		if k != "" {
			b.WriteString("<Upload><Key>" + k + "</Key><UploadId>i</UploadId></Upload>")
		}
	}
	return b.String() + "</ListMultipartUploadsResult>"
}

func keysOf(p *remote.UploadPage) string {
	if p == nil {
		return "no page"
	}
	var keys []string
	for _, u := range p.Uploads {
		keys = append(keys, u.Key)
	}
	return strings.Join(keys, " ")
}

// A store that is not known is asked for url encoding when a plain page cannot
// be read or shows keys that lost bytes, and asked so from then on if it helps
// (dialects.md 2.4).
func TestEncodingIsTriedOnce(t *testing.T) {
	for name, c := range map[string]struct {
		plain, encoded string
		want           string
		then           bool
		requests       int
	}{
		"keys that XML cannot hold, and encoding helps":   {page("a\uFFFDb", ""), page("a%01b", "<EncodingType>url</EncodingType>"), "a\x01b", true, 3},
		"keys that XML cannot hold, and encoding is lost": {page("a\uFFFDb", ""), page("a\uFFFDb", ""), "a\uFFFDb", false, 3},
		"a page that cannot be read, and encoding helps":  {"<ListMultipartUploadsResult><Upl", page("a%01b", "<EncodingType>url</EncodingType>"), "a\x01b", true, 3},
		"nothing is wrong": {page("a b", ""), page("x", ""), "a b", false, 2},
	} {
		net := &wiretest.Network{Answer: func(r *http.Request, _ int) wiretest.Answer {
			if r.URL.Query().Has("encoding-type") {
				return wiretest.Answer{Body: c.encoded}
			}
			return wiretest.Answer{Body: c.plain}
		}}
		cl := open(t, remote.Config{Endpoint: "https://store.example.com"}, net, keys{"A", "s", ""})
		for range 2 {
			p, err := cl.Uploads(t.Context(), "bkt", remote.UploadsRequest{})
			if err != nil || keysOf(p) != c.want {
				t.Errorf("%s: keys %q and error %v, want %q", name, keysOf(p), err, c.want)
			}
		}
		if got := len(net.Sent()); got != c.requests {
			t.Errorf("%s: two listings took %d requests, want %d", name, got, c.requests)
		}
		if got := cl.Profile("bkt").AskURL; got != c.then {
			t.Errorf("%s: the profile asks for encoding: %v, want %v", name, got, c.then)
		}
	}
}

// A page that was cut is asked for once more, and no more than that.
func TestMalformedPageOnceMore(t *testing.T) {
	for name, c := range map[string]struct {
		good int
		want remote.Kind
	}{"the second is whole": {2, -1}, "none is whole": {99, remote.KindMalformed}} {
		for op, send := range map[string]func(*Client) error{
			"uploads": func(cl *Client) error { return list(t, cl, "bkt") },
			"parts": func(cl *Client) error {
				_, err := cl.Parts(t.Context(), "bkt", "k", "i", remote.PartsRequest{})
				return err
			},
			"buckets": func(cl *Client) error { _, err := cl.Buckets(t.Context(), remote.BucketsRequest{}); return err },
		} {
			net := &wiretest.Network{Answer: func(r *http.Request, n int) wiretest.Answer {
				if n >= c.good {
					return wiretest.Empty(r, n)
				}
				return wiretest.Answer{Body: "<html><body>welcome"}
			}}
			err := send(open(t, remote.Config{}, net, keys{"A", "s", ""}))
			if c.want == -1 && err != nil || c.want != -1 && remote.KindOf(err) != c.want {
				t.Errorf("%s, %s: error %v, want kind %v", op, name, err, c.want)
			}
			if got := len(net.Sent()); got != 2 {
				t.Errorf("%s, %s: %d requests, want 2", op, name, got)
			}
		}
	}
}

// The first answer tells the store at an endpoint of the user's own, and a
// listing that was sent for another is sent again in the store's way; a named
// store is not questioned (dialects.md 9).
func TestStoreIsDetected(t *testing.T) {
	for _, c := range []struct {
		cfg    remote.Config
		header map[string]string
		body   string
		want   string
	}{
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "MinIO"}, "", "minio"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "VERSITYGW"}, "", "versitygw"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "SeaweedFS 30GB 3.80"}, "", "seaweedfs"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "OBS"}, "", "obs"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "UploadServer"}, "", "gcs"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "Ceph Object Gateway (squid)"}, "", "ceph"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"x-amz-request-id": "tx00000a3b5c7d9e1f23456-0067890abc-1a2b-default"}, "", "ceph"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "nginx"}, `<ListMultipartUploadsResult xmlns="http://obs.cn-north-4.myhuaweicloud.com/doc/2015-06-30/"></ListMultipartUploadsResult>`, "obs"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "AmazonS3"}, "", "generic"},
		{remote.Config{Endpoint: "https://h.example"}, map[string]string{"Server": "cloudflare"}, "", "generic"},
		{remote.Config{Endpoint: "https://h.example", Store: "ceph"}, map[string]string{"Server": "MinIO"}, "", "ceph"},
		{remote.Config{Endpoint: "https://h.example", Store: "auto"}, map[string]string{"Server": "MinIO"}, "", "minio"},
		{remote.Config{}, map[string]string{"Server": "MinIO"}, "", "aws"},
		{remote.Config{Endpoint: "https://a.r2.cloudflarestorage.com"}, map[string]string{"Server": "MinIO"}, "", "r2"},
		{remote.Config{Endpoint: "https://s3.us-west-004.backblazeb2.com"}, nil, "", "b2"},
		{remote.Config{Endpoint: "https://storage.googleapis.com"}, nil, "", "gcs"},
		{remote.Config{Endpoint: "https://obs.cn-north-4.myhuaweicloud.com"}, nil, "", "obs"},
	} {
		net := &wiretest.Network{Answer: func(*http.Request, int) wiretest.Answer {
			body := c.body
			if body == "" {
				body = wiretest.NoUploads
			}
			return wiretest.Answer{Header: c.header, Body: body}
		}}
		cl := open(t, c.cfg, net, keys{"A", "s", ""})
		if err := list(t, cl, "bkt"); err != nil {
			t.Errorf("%+v, %v: %v", c.cfg, c.header, err)
		}
		p := cl.Profile("bkt")
		if p.Name != c.want {
			t.Errorf("endpoint %q, store %q, answer %v: the profile is %s, want %s", c.cfg.Endpoint, c.cfg.Store, c.header, p.Name, c.want)
		}
		sent := net.Sent()
		if asks := sent[len(sent)-1].URL.Query().Has("encoding-type"); asks != p.AskURL {
			t.Errorf("endpoint %q, answer %v: the last request asks for encoding: %v, the profile %s: %v", c.cfg.Endpoint, c.header, asks, p.Name, p.AskURL)
		}
	}
	c := open(t, remote.Config{}, &wiretest.Network{Answer: wiretest.Empty}, nil)
	if got := c.Profile("base--use1-az4--x-s3").Name; got != "s3express" {
		t.Errorf("the profile of a directory bucket is %s, want s3express", got)
	}
}

// What a proxy answers in the store's place does not settle which store it is.
func TestStoreIsNotDetectedFromFailures(t *testing.T) {
	net := &wiretest.Network{Answer: func(r *http.Request, n int) wiretest.Answer {
		if n == 1 {
			return wiretest.Answer{Status: 502, Header: map[string]string{"Server": "nginx"}}
		}
		a := wiretest.Empty(r, n)
		a.Header = map[string]string{"Server": "MinIO"}
		return a
	}}
	c := open(t, remote.Config{Endpoint: "https://h.example"}, net, nil)
	if err := list(t, c, "bkt"); err != nil {
		t.Fatalf("the listing fails: %v", err)
	}
	if got := c.Profile("bkt").Name; got != "minio" {
		t.Errorf("the profile is %s, want minio", got)
	}
}

// gofakes3 says NoSuchUpload of a bucket without uploads. It is believed of the
// whole bucket, and of less only if the whole bucket says so or may not be
// asked (dialects.md 6.2).
func TestNoSuchUploadOfAListing(t *testing.T) {
	none := failure(404, "NoSuchUpload", "", nil)
	for name, c := range map[string]struct {
		cfg      remote.Config
		req      remote.UploadsRequest
		whole    wiretest.Answer
		empty    bool
		requests int
	}{
		"the whole bucket":                {remote.Config{}, remote.UploadsRequest{}, none, true, 1},
		"a prefix of an empty bucket":     {remote.Config{}, remote.UploadsRequest{Prefix: "p/"}, none, true, 2},
		"a prefix of a full bucket":       {remote.Config{}, remote.UploadsRequest{Prefix: "p/"}, wiretest.Answer{Body: page("k", "")}, false, 2},
		"a prefix, and no leave for more": {remote.Config{Prefix: "p/"}, remote.UploadsRequest{Prefix: "p/"}, none, true, 1},
		"after a key":                     {remote.Config{}, remote.UploadsRequest{Marker: remote.Cursor{Key: "k"}}, none, true, 2},
		"after an upload":                 {remote.Config{}, remote.UploadsRequest{Marker: remote.Cursor{Key: "k", UploadID: "u"}}, none, false, 1},
	} {
		net := &wiretest.Network{Answer: func(r *http.Request, _ int) wiretest.Answer {
			q := r.URL.Query()
			if q.Has("prefix") || q.Has("key-marker") {
				return none
			}
			return c.whole
		}}
		c.cfg.Endpoint = "https://h.example"
		p, err := open(t, c.cfg, net, nil).Uploads(t.Context(), "bkt", c.req)
		switch {
		case c.empty && (err != nil || len(p.Uploads) != 0 || p.Truncated):
			t.Errorf("%s: page %+v and error %v, want an empty page", name, p, err)
		case !c.empty && remote.KindOf(err) != remote.KindNoUpload:
			t.Errorf("%s: page %+v and error %v, want the store's error", name, p, err)
		}
		if got := len(net.Sent()); got != c.requests {
			t.Errorf("%s: %d requests, want %d", name, got, c.requests)
		}
	}
}

// A 200 that carries an Error document is that error, and every error names
// what was asked.
func TestErrorsAreNamed(t *testing.T) {
	net := &wiretest.Network{Answer: func(*http.Request, int) wiretest.Answer {
		a := failure(200, "AccessDenied", "<RequestId>r1</RequestId><Key>made up</Key>", nil)
		return a
	}}
	c := open(t, remote.Config{Name: "s3://bkt"}, net, nil)
	for op, send := range map[string]func() error{
		"ListMultipartUploads": func() error { return list(t, c, "bkt") },
		"ListParts": func() error {
			_, err := c.Parts(t.Context(), "bkt", "k", "i", remote.PartsRequest{})
			return err
		},
		"AbortMultipartUpload": func() error { return c.Abort(t.Context(), "bkt", "k", "i") },
		"ListBuckets":          func() error { _, err := c.Buckets(t.Context(), remote.BucketsRequest{}); return err },
	} {
		err := send()
		e, ok := err.(*remote.Error)
		if !ok {
			t.Errorf("%s: error %v, want a *remote.Error", op, err)
			continue
		}
		if e.Kind != remote.KindDenied || e.Status != 200 || e.Op != op || e.Source != "s3://bkt" || e.Provider != "s3" || e.RequestID != "r1" {
			t.Errorf("%s: error %+v, want it named", op, e)
		}
		if op == "ListParts" && (e.Bucket != "bkt" || e.Key != "k" || e.UploadID != "i") {
			t.Errorf("%s: error %+v, want what was asked and not what was sent", op, e)
		}
		if !strings.Contains(e.Advice(), map[string]string{
			"ListMultipartUploads": "s3:ListBucketMultipartUploads on arn:aws:s3:::bkt", "ListParts": "s3:ListMultipartUploadParts on arn:aws:s3:::bkt/k",
			"AbortMultipartUpload": "s3:AbortMultipartUpload on arn:aws:s3:::bkt/k", "ListBuckets": "s3:ListAllMyBuckets",
		}[op]) {
			t.Errorf("%s: the advice is %q, want the permission", op, e.Advice())
		}
	}
}

// Without a key or an id the request would be another one: it is not sent.
func TestRequestsThatWouldBeOthers(t *testing.T) {
	net := &wiretest.Network{Answer: wiretest.Empty}
	c := open(t, remote.Config{}, net, nil)
	for _, n := range [][3]string{{"bkt", "", "i"}, {"bkt", "k", ""}, {"", "k", "i"}} {
		if _, err := c.Parts(t.Context(), n[0], n[1], n[2], remote.PartsRequest{}); remote.KindOf(err) != remote.KindInvalid || err == nil {
			t.Errorf("List Parts of %q: error %v, want one of kind invalid", n, err)
		}
		if err := c.Abort(t.Context(), n[0], n[1], n[2]); remote.KindOf(err) != remote.KindInvalid || err == nil {
			t.Errorf("abort of %q: error %v, want one of kind invalid", n, err)
		}
	}
	if err := list(t, c, ""); remote.KindOf(err) != remote.KindInvalid || err == nil {
		t.Errorf("a listing of no bucket: error %v, want one of kind invalid", err)
	}
	if n := len(net.Sent()); n != 0 {
		t.Errorf("%d requests were sent, want none", n)
	}
}

// Buckets come whole at first, and in pages where S3 refuses that.
func TestBucketsInPages(t *testing.T) {
	net := &wiretest.Network{}
	net.Answer = func(r *http.Request, _ int) wiretest.Answer {
		switch q := r.URL.Query(); {
		case !q.Has("max-buckets"):
			return failure(400, "InvalidRequest", "", nil)
		case q.Get("continuation-token") == "":
			return wiretest.Answer{Body: "<ListAllMyBucketsResult><Buckets><Bucket><Name>one</Name><BucketRegion>eu-west-1</BucketRegion></Bucket></Buckets><ContinuationToken>t+/=</ContinuationToken></ListAllMyBucketsResult>"}
		}
		return wiretest.Answer{Body: "<ListAllMyBucketsResult><Buckets><Bucket><Name>two</Name></Bucket></Buckets></ListAllMyBucketsResult>"}
	}
	c := open(t, remote.Config{}, net, nil)
	p, err := c.Buckets(t.Context(), remote.BucketsRequest{})
	if err != nil || len(p.Buckets) != 1 || !p.Truncated || p.Next != "t+/=" {
		t.Fatalf("the first page is %+v, %v, want one bucket and the token", p, err)
	}
	p, err = c.Buckets(t.Context(), remote.BucketsRequest{Marker: p.Next})
	if err != nil || len(p.Buckets) != 1 || p.Truncated || p.Buckets[0].Name != "two" {
		t.Errorf("the second page is %+v, %v, want the other bucket", p, err)
	}
	sent := net.Sent()
	if got := sent[2].URL.RawQuery; got != "continuation-token=t%2B%2F%3D&max-buckets=1000" {
		t.Errorf("the second page is asked for with %q", got)
	}
	net.Answer = wiretest.Empty
	if err := list(t, c, "one"); err != nil {
		t.Errorf("the listing fails: %v", err)
	}
	sent = net.Sent()
	if got := sent[len(sent)-1].Host; got != "one.s3.eu-west-1.amazonaws.com" {
		t.Errorf("the bucket is addressed at %s, want its own region's host", got)
	}
}
