package s3

import (
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

// Keys, ids and parameters arrive as the bytes that they are. Dots stay dots:
// the signature is over the path as the server encodes it.
func TestRequestLines(t *testing.T) {
	l := wiretest.Listen(t)
	for _, store := range []string{"generic", "aws"} {
		c, err := newTest(remote.Config{Endpoint: l.URL, Store: store})
		if err != nil {
			t.Fatalf("making the client: %v", err)
		}
		keys := wiretest.Keys(func(n int) string { return "..."[:n] })
		wiretest.Lines(t, c, l, "bkt", keys, "max-parts=1000&part-number-marker=7&uploadId=ID")
	}
	c, err := newTest(remote.Config{Endpoint: l.URL, Store: "aws"})
	if err != nil {
		t.Fatalf("making the client: %v", err)
	}
	wiretest.Queries(t, c, l, "bkt", map[string]remote.UploadsRequest{
		"encoding-type=url&max-uploads=1000&uploads=": {},
		"delimiter=%2F&encoding-type=url&key-marker=k%20%FF&max-uploads=5&prefix=a%2Fb%2B&upload-id-marker=i%2Bd&uploads=": {
			Prefix: "a/b+", Delimiter: "/", Marker: remote.Cursor{Key: "k \xff", UploadID: "i+d", Before: "x"}, Max: 5,
		},
		"encoding-type=url&max-uploads=1000&upload-id-marker=i&uploads=": {Marker: remote.Cursor{UploadID: "i"}, Max: 9999},
	})
	c, err = newTest(remote.Config{Endpoint: l.URL, Store: "generic"})
	if err != nil {
		t.Fatalf("making the client: %v", err)
	}
	wiretest.Queries(t, c, l, "bkt", map[string]remote.UploadsRequest{"max-uploads=1000&uploads=": {}})
}

// Where the host is the bucket, a key's own leading slashes follow the path's.
func TestLeadingSlashes(t *testing.T) {
	l := wiretest.Listen(t)
	c, err := newTest(remote.Config{Endpoint: l.URL, CNAME: true, Bucket: "bkt", Store: "generic"})
	if err != nil {
		t.Fatalf("making the client: %v", err)
	}
	for key, want := range map[string]string{"/a": "//a", "//": "///", "a": "/a"} {
		if _, err := c.Parts(t.Context(), "bkt", key, "id", remote.PartsRequest{}); err != nil {
			t.Errorf("List Parts of key %q: %v", key, err)
		}
		if got := l.Last(); got != "GET "+want+"?max-parts=1000&uploadId=id HTTP/1.1" {
			t.Errorf("List Parts of key %q: the request line is %q, want the path %q", key, got, want)
		}
	}
}
