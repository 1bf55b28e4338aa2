package fs

import "sync/atomic"

// bucket is the bucket that a node belongs to. The node of a bucket's directory
// outlives its listing, so the bucket behind it can be replaced.
type bucket struct {
	// dir is the directory's name, raw.
	dir string
	at  atomic.Pointer[Bucket]
}

func (b *bucket) get() Bucket  { return *b.at.Load() }
func (b *bucket) set(v Bucket) { b.at.Store(&v) }

// upload is who an upload is.
type upload struct {
	b       *bucket
	key, id string
}
