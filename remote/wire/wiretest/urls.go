package wiretest

import (
	"context"
	"strings"
	"testing"

	"uploadfs/remote"
)

// Addressing is one way to be configured, and the URLs that it must lead to.
type Addressing struct {
	Name   string
	Config remote.Config
	Bucket string
	// Service is where buckets are listed, empty where that must fail. Uploads,
	// for Bucket, and Parts, of key "dir/a b" and id "id", likewise. They are
	// without their queries.
	Service, Uploads, Parts string
}

// Addresses checks where each request of each way goes.
func Addresses(t *testing.T, table []Addressing, client func(remote.Config) (remote.Client, error)) {
	for _, a := range table {
		t.Run(a.Name, func(t *testing.T) {
			net := &Network{Answer: Empty}
			a.Config.Base = net
			c, err := client(a.Config)
			if err != nil {
				t.Fatalf("making the client: %v", err)
			}
			check := func(what, want string, send func(context.Context) error) {
				t.Helper()
				before := len(net.Sent())
				err := send(t.Context())
				sent := net.Sent()[before:]
				switch {
				case want == "" && (err == nil || len(sent) > 0):
					t.Errorf("%s: want an error and no request, got %v and %d", what, err, len(sent))
				case want == "":
				case err != nil || len(sent) != 1:
					t.Errorf("%s: want one request to %s, got %d and error %v", what, want, len(sent), err)
				default:
					url, _, _ := strings.Cut(sent[0].URL.String(), "?")
					if url != want {
						t.Errorf("%s: the request goes to %s, want %s", what, url, want)
					}
					if sent[0].Host != sent[0].URL.Host {
						t.Errorf("%s: the Host header is %q, the URL's host %q", what, sent[0].Host, sent[0].URL.Host)
					}
				}
			}
			check("the list of buckets", a.Service, func(ctx context.Context) error {
				_, err := c.Buckets(ctx, remote.BucketsRequest{})
				return err
			})
			check("List Multipart Uploads", a.Uploads, func(ctx context.Context) error {
				_, err := c.Uploads(ctx, a.Bucket, remote.UploadsRequest{})
				return err
			})
			check("List Parts", a.Parts, func(ctx context.Context) error {
				_, err := c.Parts(ctx, a.Bucket, "dir/a b", "id", remote.PartsRequest{})
				return err
			})
		})
	}
}

// Refusals checks that each configuration is refused as usage, in one line that
// holds the given words.
func Refusals(t *testing.T, table map[string]remote.Config, words map[string]string, client func(remote.Config) (remote.Client, error)) {
	for name, cfg := range table {
		_, err := client(cfg)
		switch {
		case err == nil:
			t.Errorf("%s: the client is made, want a usage error", name)
		case remote.KindOf(err) != remote.KindUsage:
			t.Errorf("%s: the error is of kind %v, want usage: %v", name, remote.KindOf(err), err)
		case strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), words[name]):
			t.Errorf("%s: the error is %q, want one line with %q", name, err, words[name])
		}
	}
}
