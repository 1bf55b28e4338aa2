package cache

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"uploadfs/remote"
)

// loadWhole reads the whole bucket in the store's own order and sorts it: for
// stores whose pages do not tell what lies between two keys. The result must
// fit the cache's budget, or the bucket is refused.
func (b *Bucket) loadWhole(ctx context.Context) (*block, error) {
	if k := b.known("", bound{}, true); k != nil {
		return k, nil
	}
	v, err := b.c.flight(ctx, fmt.Sprintf("W|%p", b), func(ctx context.Context) (any, error) {
		us, err := b.scan(ctx)
		if err != nil {
			return nil, err
		}
		slices.SortStableFunc(us, func(x, y remote.Upload) int { return strings.Compare(x.Key, y.Key) })
		k := newBlock(bound{}, bound{end: true}, us, "")
		k.expires = time.Now().Add(b.c.opts.TTL)
		b.c.mu.Lock()
		b.whole = k
		b.c.mu.Unlock()
		return k, nil
	})
	if err != nil {
		return nil, err
	}
	return v.(*block), nil
}

func (b *Bucket) scan(ctx context.Context) ([]remote.Upload, error) {
	b.c.stats.misses.Add(1)
	b.c.stats.wholeScans.Add(1)
	prefix := b.domain
	if b.client.Profile(b.name).ExactPrefix {
		prefix = "" // what is not below the domain is left out here
	}
	var us []remote.Upload
	cost := blockCost
	err := b.pager.Whole(ctx, prefix, func(page []remote.Upload) error {
		b.c.stats.uploadsSeen.Add(int64(len(page)))
		for i := range page {
			if strings.HasPrefix(page[i].Key, b.domain) {
				us = append(us, page[i])
				cost += uploadCost(&page[i])
			}
		}
		if cost > b.c.opts.Bytes {
			return &remote.Error{Kind: remote.KindIncomplete, Op: "ListMultipartUploads", Bucket: b.name, Err: errTooBig}
		}
		return nil
	})
	return us, err
}
