package fs

import "uploadfs/cache"

// The cache is the Bucket that the tree is mounted on.
var _ Bucket = (*cache.Bucket)(nil)
