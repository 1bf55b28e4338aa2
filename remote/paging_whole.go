package remote

import (
	"context"
	"crypto/sha256"
	"fmt"
)

// maxPages bounds the pages of one listing that is read in a store's own order.
const maxPages = 1 << 20

// Whole reads every upload under prefix in the store's own order and paging,
// giving each page's new uploads to emit: for stores that do not sort or
// ignore the prefix (MinIO, SeaweedFS, S3 directory buckets). Nothing is
// trusted but that a page which is not truncated is the last. It ends with
// emit's error, with KindIncomplete where pages repeat, and with the store's own.
func (p *Pager) Whole(ctx context.Context, prefix string, emit func([]Upload) error) error {
	req := UploadsRequest{Prefix: prefix}
	seen := map[[16]byte]struct{}{}
	markers := map[Cursor]struct{}{}
	from := Cursor{}
	for pages, empty := 0, 0; ; pages++ {
		req.Marker = from
		page, err := p.client.Uploads(ctx, p.bucket, req)
		if err != nil {
			return err
		}
		fresh := page.Uploads[:0:0]
		for _, u := range page.Uploads {
			if id := digest(u.Key, u.UploadID); !has(seen, id) {
				seen[id] = struct{}{}
				fresh = append(fresh, u)
			}
		}
		if err := emit(fresh); err != nil {
			return err
		}
		if !page.Truncated {
			return nil
		}
		next := page.Next
		if n := len(page.Uploads); next.IsZero() && n > 0 {
			next = Cursor{Key: page.Uploads[n-1].Key, UploadID: page.Uploads[n-1].UploadID}
		}
		if empty++; len(fresh) > 0 {
			empty = 0
		}
		if next.IsZero() || has(markers, next) || pages >= maxPages || empty > maxEmptyPages {
			return p.fail(KindIncomplete, req, "the listing is truncated but does not advance past %q", from.Key)
		}
		markers[next] = struct{}{}
		from = next
	}
}

func has[K comparable](m map[K]struct{}, k K) bool { _, ok := m[k]; return ok }

// digest is a 128-bit name of an upload, so that the set of those seen has a
// fixed size for each.
func digest(key, id string) [16]byte {
	h := sha256.New()
	fmt.Fprintf(h, "%d:%s%s", len(key), key, id)
	return [16]byte(h.Sum(nil))
}

// Buckets reads every bucket of the account. Like a listing of uploads it is
// driven by Truncated alone, and fails with KindIncomplete where it does not
// advance.
func Buckets(ctx context.Context, c Client) ([]Bucket, error) {
	const most = 1_000_000
	var all []Bucket
	seen := map[string]struct{}{}
	for marker, empty := "", 0; ; {
		page, err := c.Buckets(ctx, BucketsRequest{Marker: marker})
		if err != nil {
			return nil, err
		}
		before := len(all)
		for _, b := range page.Buckets {
			if !has(seen, b.Name) {
				seen[b.Name] = struct{}{}
				all = append(all, b)
			}
		}
		if !page.Truncated {
			return all, nil
		}
		next := page.Next
		if n := len(page.Buckets); next == "" && n > 0 {
			next = page.Buckets[n-1].Name
		}
		if empty++; len(all) > before {
			empty = 0
		}
		if next == "" || next == marker || len(all) > most || empty > maxEmptyPages {
			return nil, &Error{Kind: KindIncomplete, Op: "ListBuckets", Message: fmt.Sprintf("the list of buckets is truncated but does not advance past %q", marker)}
		}
		marker = next
	}
}
