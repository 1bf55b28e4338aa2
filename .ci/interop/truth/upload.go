package truth

import "time"

// Upload is a pending upload as its creator knows it.
type Upload struct {
	Bucket, Key, ID string
	// Initiated lies between From and To, both included; a store may cut it to
	// whole seconds. Both are zero where it is not known at all.
	From, To time.Time
	Parts    []Part
}

// Part is an uploaded part as its creator knows it.
type Part struct {
	Number int
	Size   int64
	// ETag is bare, without quotes.
	ETag string
	// Modified is zero where the creator does not know it to the second.
	Modified time.Time
}

// Bytes is the size of all parts.
func (u *Upload) Bytes() int64 {
	var n int64
	for _, p := range u.Parts {
		n += p.Size
	}
	return n
}
