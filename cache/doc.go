// Package cache is the keyspace: what is known of a bucket's pending uploads,
// what to fetch next, and what to forget.
package cache
