package cache

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

// quirky is a store whose answers are bent.
type quirky struct {
	*store
	bend func(req remote.UploadsRequest, page *remote.UploadPage, full []remote.Upload)
	// ask changes what the store takes the request for.
	ask func(req remote.UploadsRequest) remote.UploadsRequest
}

func (q *quirky) Uploads(ctx context.Context, bucket string, req remote.UploadsRequest) (*remote.UploadPage, error) {
	asked := req
	if q.ask != nil {
		asked = q.ask(req)
	}
	page, err := q.store.Uploads(ctx, bucket, asked)
	if err == nil && q.bend != nil {
		q.bend(req, page, q.store.uploads)
	}
	return page, err
}

// quirks are ways of stores that page badly (dialects.md 3, real-servers.md).
// sure says that the tree must still be whole, not an error.
func quirks() map[string]struct {
	sure bool
	make func(s *store) remote.Client
} {
	type quirk = struct {
		sure bool
		make func(s *store) remote.Client
	}
	return map[string]quirk{
		"lists by time, all at once (MinIO)": {true, func(s *store) remote.Client {
			return &quirky{store: s, bend: func(req remote.UploadsRequest, page *remote.UploadPage, full []remote.Upload) {
				*page = remote.UploadPage{Uploads: slices.Clone(full)}
				slices.SortFunc(page.Uploads, func(a, b remote.Upload) int { return b.Initiated.Compare(a.Initiated) })
			}}
		}},
		"ignores the prefix": {true, func(s *store) remote.Client {
			return &quirky{store: s, ask: func(req remote.UploadsRequest) remote.UploadsRequest { req.Prefix = ""; return req }}
		}},
		"ignores the delimiter": {true, func(s *store) remote.Client {
			return &quirky{store: s, ask: func(req remote.UploadsRequest) remote.UploadsRequest { req.Delimiter = ""; return req }}
		}},
		"ignores max-uploads": {true, func(s *store) remote.Client {
			return &quirky{store: s, ask: func(req remote.UploadsRequest) remote.UploadsRequest { req.Max = 0; return req }}
		}},
		"takes key markers inclusively (Ceph, gofakes3)": {true, func(s *store) remote.Client {
			return &quirky{store: s, ask: func(req remote.UploadsRequest) remote.UploadsRequest {
				if req.Marker.Key != "" && req.Marker.UploadID == "" {
					req.Marker = remote.Cursor{Key: remote.Predecessor(req.Marker.Key)}
				}
				return req
			}}
		}},
		"takes both markers inclusively (gofakes3, rclone)": {false, func(s *store) remote.Client {
			return &quirky{store: s, ask: func(req remote.UploadsRequest) remote.UploadsRequest {
				if req.Marker.Key != "" {
					i := s.search(req.Marker.Key)
					for i < len(s.uploads) && s.uploads[i].Key == req.Marker.Key && s.uploads[i].UploadID != req.Marker.UploadID && req.Marker.UploadID != "" {
						i++
					}
					req.Marker = remote.Cursor{}
					if i > 0 {
						req.Marker = remote.Cursor{Key: s.uploads[i-1].Key, UploadID: s.uploads[i-1].UploadID}
					}
				}
				return req
			}}
		}},
		"starts again from the top past the end (gofakes3)": {true, func(s *store) remote.Client {
			return &quirky{store: s, bend: func(req remote.UploadsRequest, page *remote.UploadPage, full []remote.Upload) {
				if len(page.Uploads)+len(page.CommonPrefixes) == 0 && req.Marker.Key != "" && req.Delimiter == "" {
					for _, u := range full {
						if strings.HasPrefix(u.Key, req.Prefix) && u.Key <= req.Marker.Key {
							page.Uploads = append(page.Uploads, u)
						}
					}
				}
			}}
		}},
		"loses the slash of common prefixes (gofakes3)": {true, func(s *store) remote.Client {
			return &quirky{store: s, bend: func(_ remote.UploadsRequest, page *remote.UploadPage, _ []remote.Upload) {
				for i, c := range page.CommonPrefixes {
					page.CommonPrefixes[i] = strings.TrimSuffix(c, "/")
				}
			}}
		}},
		"loses common prefixes when it pages (gofakes3)": {true, func(s *store) remote.Client {
			return &quirky{store: s, bend: func(_ remote.UploadsRequest, page *remote.UploadPage, _ []remote.Upload) {
				if page.Truncated {
					page.CommonPrefixes = page.CommonPrefixes[:len(page.CommonPrefixes)/2]
				}
			}}
		}},
		"names the first entry of the next page": {true, func(s *store) remote.Client {
			return &quirky{store: s, bend: func(_ remote.UploadsRequest, page *remote.UploadPage, full []remote.Upload) {
				if n := len(page.Uploads); page.Truncated && n > 0 {
					i := slices.IndexFunc(full, func(u remote.Upload) bool { return u.UploadID == page.Uploads[n-1].UploadID })
					if i+1 < len(full) {
						page.Next = remote.Cursor{Key: full[i+1].Key, UploadID: full[i+1].UploadID}
					}
				}
			}}
		}},
		"overlaps its pages": {false, func(s *store) remote.Client {
			return &quirky{store: s, ask: func(req remote.UploadsRequest) remote.UploadsRequest {
				if req.Delimiter == "" && req.Marker.Key != "" && req.Max == 0 {
					req.Marker = remote.Cursor{Key: remote.Predecessor(req.Marker.Key)}
				}
				return req
			}}
		}},
		"says truncated on the last page": {false, func(s *store) remote.Client {
			return &quirky{store: s, bend: func(_ remote.UploadsRequest, page *remote.UploadPage, _ []remote.Upload) { page.Truncated = true }}
		}},
		"repeats the first page for ever": {false, func(s *store) remote.Client {
			return &quirky{store: s, ask: func(req remote.UploadsRequest) remote.UploadsRequest { req.Marker = remote.Cursor{}; return req }}
		}},
	}
}

// tryTree is tree for a store that may fail.
func tryTree(open func(prefix string) Reader) ([]string, error) {
	var lines []string
	var walk func(prefix string) error
	walk = func(prefix string) error {
		for r := open(prefix); ; {
			c, err := r.Next(context.Background())
			switch {
			case err == io.EOF:
				return nil
			case err != nil:
				return err
			case c.Upload != nil:
				lines = append(lines, fmt.Sprintf("%q: %s", prefix, c.Upload.UploadID))
				continue
			}
			lines = append(lines, fmt.Sprintf("%q: %q/", prefix, c.Component))
			if err := walk(prefix + c.Component + "/"); err != nil {
				return err
			}
		}
	}
	err := walk("")
	slices.Sort(lines)
	return lines, err
}

// Whatever the store does, the tree is whole or there is an error; and where
// the quirk leaves a way to tell, it is whole.
func TestAStoreThatPagesBadlyIsListedWholeOrIsAnError(t *testing.T) {
	for name, quirk := range quirks() {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(300) {
				rnd := rand.New(rand.NewPCG(seed, 4))
				keys := randomKeys(rnd, 1+rnd.IntN(40))
				for i := range rnd.IntN(20) * rnd.IntN(2) {
					keys = append(keys, keys[i%2%len(keys)])
				}
				s := newStore(2+rnd.IntN(8), keys...)
				s.profile = remote.Profiles()["generic"]
				c := New(Options{TTL: time.Minute, Bytes: 1 << 20})
				c.splitAfter, c.splitWaited = 1+rnd.IntN(30), 0
				b := c.Bucket(quirk.make(s), "b", "")
				if rnd.IntN(2) == 0 {
					// The first question is a name, not a listing.
					k := keys[rnd.IntN(len(keys))]
					i := strings.LastIndexByte(k, '/') + 1
					if _, err := b.Describe(context.Background(), k[:i], k[i:]); err != nil && quirk.sure {
						t.Fatalf("seed %d: lookup of %q: %v", seed, k, err)
					}
				}
				open := opensOf(b)
				if rnd.IntN(2) == 0 {
					open = walkOf(b)
				}
				got, err := tryTree(open)
				c.Close()
				switch {
				case err == nil:
					compare(t, fmt.Sprintf("seed %d, page %d", seed, s.page), got, truth(s.uploads, ""))
				case quirk.sure:
					t.Fatalf("seed %d, page %d: %v", seed, s.page, err)
				}
			}
		})
	}
}

func TestABucketTooBigToBeReadWholeIsRefused(t *testing.T) {
	s := newStore(1000, flatKeys(2000)...)
	s.profile = remote.Profiles()["minio"]
	b := New(Options{TTL: time.Minute, Bytes: 1 << 16}).Bucket(s, "b", "")
	_, err := b.Children("", 0).Next(context.Background())
	if remote.KindOf(err) != remote.KindIncomplete || !strings.Contains(err.Error(), "--cache-size") {
		t.Errorf("a bucket over the budget gives %v", err)
	}
}
