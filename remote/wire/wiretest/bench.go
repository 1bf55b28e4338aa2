package wiretest

import (
	"strings"
	"testing"

	"uploadfs/remote"
)

// Bench measures one List Parts call, all but the network: address, sign,
// transport, decode. client is given the network to use.
func Bench(b *testing.B, bucket string, client func(remote.Config) (remote.Client, error)) {
	page := "<ListPartsResult>" + strings.Repeat(`<Part><PartNumber>1</PartNumber><LastModified>2026-11-20T02:00:00.000Z</LastModified><ETag>"d41d8cd98f00b204e9800998ecf8427e"</ETag><Size>5242880</Size></Part>`, 3) + "<IsTruncated>false</IsTruncated></ListPartsResult>"
	c, err := client(remote.Config{Base: &canned{page}})
	if err != nil {
		b.Fatalf("making the client: %v", err)
	}
	ctx := b.Context()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := c.Parts(ctx, bucket, "dir/some key.bin", "0123456789abcdef0123456789abcdef", remote.PartsRequest{}); err != nil {
			b.Fatal(err)
		}
	}
}
