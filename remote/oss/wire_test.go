package oss

import (
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

// Keys, ids and parameters arrive as the bytes that they are, and steps that are
// dots encoded.
func TestRequestLines(t *testing.T) {
	l := wiretest.Listen(t)
	for _, region := range []string{"", "cn-hangzhou"} {
		c, err := newTest(remote.Config{Endpoint: l.URL, Region: region})
		if err != nil {
			t.Fatalf("making the client: %v", err)
		}
		keys := wiretest.Keys(func(n int) string { return "%2E%2E"[:3*n] })
		wiretest.Lines(t, c, l, "bkt", keys, "uploadId=ID&encoding-type=url&max-parts=1000&part-number-marker=7")
		wiretest.Queries(t, c, l, "bkt", map[string]remote.UploadsRequest{
			"uploads&encoding-type=url&max-uploads=1000": {},
			"uploads&delimiter=%2F&encoding-type=url&key-marker=k%20%FF&max-uploads=5&prefix=a%2Fb%2B&upload-id-marker=i%2Bd": {
				Prefix: "a/b+", Delimiter: "/", Marker: remote.Cursor{Key: "k \xff", UploadID: "i+d", Before: "x"}, Max: 5,
			},
		})
	}
}
