package cache

// ahead is what is known of a walk that asks for one upload's parts after
// another.
type ahead struct{}

// asked notes that a reader wants the parts of an upload.
func (b *Bucket) asked(key, id string, hit bool) {}
