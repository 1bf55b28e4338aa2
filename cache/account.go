package cache

import (
	"context"
	"fmt"
	"time"

	"uploadfs/remote"
)

// Account is the list of buckets that one source's credentials can see.
type Account struct {
	c      *Cache
	client remote.Client
	// The cache's lock guards the last list.
	buckets []remote.Bucket
	expires time.Time
}

// Account returns the account behind client.
func (c *Cache) Account(client remote.Client) *Account {
	a := &Account{c: c, client: client}
	c.mu.Lock()
	c.accounts = append(c.accounts, a)
	c.mu.Unlock()
	return a
}

// List returns every bucket of the account, in the store's order, and when the
// list lapses.
func (a *Account) List(ctx context.Context) ([]remote.Bucket, time.Time, error) {
	a.c.mu.Lock()
	buckets, expires := a.buckets, a.expires
	a.c.mu.Unlock()
	if time.Now().Before(expires) {
		return buckets, expires, nil
	}
	v, err := a.c.flight(ctx, fmt.Sprintf("B|%p", a), func(ctx context.Context) (any, error) {
		all, err := remote.Buckets(ctx, a.client)
		if err != nil {
			return nil, err
		}
		a.c.mu.Lock()
		defer a.c.mu.Unlock()
		a.buckets, a.expires = all, time.Now().Add(a.c.opts.TTL)
		return all, nil
	})
	if err != nil {
		return nil, time.Time{}, err
	}
	return v.([]remote.Bucket), time.Now().Add(a.c.opts.TTL), nil
}
