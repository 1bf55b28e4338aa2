package emulator

import (
	"context"
	"encoding/xml"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
	osssigner "github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/signer"
	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/tencentyun/cos-go-sdk-v5"
)

// testClient sends requests that the vendors' own signers sign.
type testClient struct {
	t         testing.TB
	rt        http.RoundTripper
	dialect   string
	host      string
	bucket    string
	region    string
	id        string
	secret    string
	token     string
	ossV1     bool
	now       func() time.Time
	pathStyle bool
}

func newClient(t testing.TB, s *Store, dialect, bucket string) *testClient {
	c := &testClient{t: t, rt: s.Transport(), dialect: dialect, bucket: bucket, id: DemoID, secret: DemoSecret, now: time.Now}
	d, _ := dialectOf(dialect)
	c.region = d.region()
	c.host = c.defaultHost()
	return c
}

func (c *testClient) defaultHost() string {
	prefix := ""
	if c.bucket != "" {
		prefix = c.bucket + "."
	}
	switch c.dialect {
	case "cos":
		if c.bucket == "" {
			return "service.cos.myqcloud.com"
		}
		return prefix + "cos." + c.region + ".myqcloud.com"
	case "oss":
		return prefix + "oss-" + c.region + ".aliyuncs.com"
	}
	return prefix + "s3." + c.region + ".amazonaws.com"
}

func (c *testClient) request(method, key, query string, body io.Reader) *http.Request {
	c.t.Helper()
	path := "/" + percentPath(key)
	if c.pathStyle {
		path = "/" + c.bucket + path
	}
	r, err := http.NewRequestWithContext(context.Background(), method, "http://"+c.host+path, body)
	if err != nil {
		c.t.Fatalf("making %s %q: %v", method, key, err)
	}
	r.URL.RawQuery = query
	c.sign(r, key)
	return r
}

func (c *testClient) sign(r *http.Request, key string) {
	c.t.Helper()
	now := c.now()
	if c.id == "" {
		return
	}
	switch c.dialect {
	case "s3":
		r.Header.Set("X-Amz-Content-Sha256", emptySHA256)
		if r.Body != nil {
			r.Header.Set("X-Amz-Content-Sha256", unsignedBody)
		}
		signer := v4.NewSigner(func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true })
		creds := aws.Credentials{AccessKeyID: c.id, SecretAccessKey: c.secret, SessionToken: c.token}
		if err := signer.SignHTTP(context.Background(), creds, r, r.Header.Get("X-Amz-Content-Sha256"), "s3", c.region, now); err != nil {
			c.t.Fatalf("signing: %v", err)
		}
	case "cos":
		auth := cos.NewAuthTime(time.Hour)
		auth.SignStartTime, auth.SignEndTime = now, now.Add(time.Hour)
		auth.KeyStartTime, auth.KeyEndTime = now, now.Add(time.Hour)
		cos.AddAuthorizationHeader(c.id, c.secret, c.token, r, auth)
	case "oss":
		creds := credentials.Credentials{AccessKeyID: c.id, AccessKeySecret: c.secret, SecurityToken: c.token}
		sc := &osssigner.SigningContext{
			Product: aws.String("oss"), Region: aws.String(c.region), Request: r, Credentials: &creds, Time: now,
			Bucket: emptyToNil(c.bucket), Key: emptyToNil(key),
		}
		var signer osssigner.Signer = &osssigner.SignerV4{}
		if c.ossV1 {
			signer = &osssigner.SignerV1{}
		}
		if err := signer.Sign(context.Background(), sc); err != nil {
			c.t.Fatalf("signing: %v", err)
		}
	}
}

func emptyToNil(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// answer is an answer that was read whole.
type answer struct {
	status int
	header http.Header
	body   []byte
}

func (c *testClient) do(method, key, query string, body io.Reader) answer {
	c.t.Helper()
	a, err := c.try(method, key, query, body)
	if err != nil {
		c.t.Fatalf("%s %q?%s: %v", method, key, query, err)
	}
	return a
}

func (c *testClient) try(method, key, query string, body io.Reader) (answer, error) {
	c.t.Helper()
	resp, err := c.rt.RoundTrip(c.request(method, key, query, body))
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	return answer{resp.StatusCode, resp.Header, b}, err
}

// The documents as encoding/xml reads them.
type xmlUploads struct {
	XMLName            xml.Name `xml:"ListMultipartUploadsResult"`
	Bucket             string
	KeyMarker          string
	UploadIdMarker     string
	NextKeyMarker      *string
	NextUploadIdMarker *string
	Prefix, Delimiter  string
	MaxUploads         int
	IsTruncated        bool
	EncodingType       string
	Upload             []struct {
		Key, UploadId, StorageClass, Initiated string
	}
	CommonPrefixes []struct{ Prefix []string }
}

type xmlParts struct {
	XMLName              xml.Name `xml:"ListPartsResult"`
	Key, UploadId        string
	NextPartNumberMarker *int
	IsTruncated          bool
	Part                 []struct {
		PartNumber   int
		Size         int64
		ETag         string
		LastModified string
	}
}

type xmlError struct {
	XMLName                                           xml.Name `xml:"Error"`
	Code, Message, Region, Endpoint, Bucket, UploadId string
}

func decode(t testing.TB, a answer, into any) {
	t.Helper()
	if a.status != http.StatusOK {
		t.Fatalf("status %d, want 200: %s", a.status, a.body)
	}
	if err := xml.Unmarshal(a.body, into); err != nil {
		t.Fatalf("the answer is not the document that was expected: %v\n%s", err, a.body)
	}
}

func errorCode(t testing.TB, a answer) xmlError {
	t.Helper()
	var e xmlError
	if err := xml.Unmarshal(a.body, &e); err != nil {
		t.Fatalf("status %d, and no error document: %v\n%s", a.status, err, a.body)
	}
	e.Code = strings.TrimSpace(e.Code)
	return e
}

// params joins pairs into a query, uploads first as COS wants it.
func params(pairs ...string) string {
	var parts []string
	for i := 0; i < len(pairs); i += 2 {
		parts = append(parts, pairs[i]+"="+percent(pairs[i+1]))
	}
	return strings.Join(parts, "&")
}

// uploads lists a whole bucket by its markers, page by page, and returns
// "key id" of every upload and every common prefix, in order. With url, names
// are decoded by query rules.
func (c *testClient) uploads(pageSize int, prefix, delimiter string, urlEncoded bool) (names, prefixes []string) {
	c.t.Helper()
	marker, id := "", ""
	for range 100000 {
		q := []string{"uploads", "", "max-uploads", itoa(pageSize)}
		for _, p := range [][2]string{{"prefix", prefix}, {"delimiter", delimiter}, {"key-marker", marker}, {"upload-id-marker", id}} {
			if p[1] != "" {
				q = append(q, p[0], p[1])
			}
		}
		if urlEncoded {
			q = append(q, "encoding-type", "url")
		}
		var doc xmlUploads
		decode(c.t, c.do("GET", "", params(q...), nil), &doc)
		decoded := func(s string) string {
			if !urlEncoded {
				return s
			}
			out, err := url.QueryUnescape(s)
			if err != nil {
				c.t.Fatalf("%q does not decode: %v", s, err)
			}
			return out
		}
		if n := len(doc.Upload) + len(doc.CommonPrefixes); n > pageSize {
			c.t.Fatalf("a page of %d entries, asked for %d", n, pageSize)
		}
		for _, u := range doc.Upload {
			names = append(names, decoded(u.Key)+" "+u.UploadId)
		}
		for _, p := range doc.CommonPrefixes {
			for _, s := range p.Prefix {
				prefixes = append(prefixes, decoded(s))
			}
		}
		if !doc.IsTruncated {
			return names, prefixes
		}
		if doc.NextKeyMarker == nil || doc.NextUploadIdMarker == nil {
			c.t.Fatalf("a truncated page without markers: %+v", doc)
		}
		next, nextID := decoded(*doc.NextKeyMarker), *doc.NextUploadIdMarker
		if next == marker && nextID == id {
			c.t.Fatalf("the marker %q %q does not move", next, nextID)
		}
		marker, id = next, nextID
	}
	c.t.Fatal("the listing does not end")
	return nil, nil
}

// truth is what uploads must return for a bucket.
func truth(s *Store, bucket, prefix, delimiter string) (names, prefixes []string) {
	for u := range s.All(bucket) {
		if !strings.HasPrefix(u.Key, prefix) {
			continue
		}
		if cp := group(u.Key, prefix, delimiter); cp == "" {
			names = append(names, u.Key+" "+u.UploadID)
		} else if !slices.Contains(prefixes, cp) {
			prefixes = append(prefixes, cp)
		}
	}
	return names, prefixes
}
