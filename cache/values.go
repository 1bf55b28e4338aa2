package cache

import (
	"context"
	"time"

	"uploadfs/remote"
)

// Child is one name of a directory: a component of the keys below it, or, where
// Upload is set, an upload of the directory's own key.
type Child struct {
	// Component is the component's own bytes, possibly empty (a key with a
	// leading, trailing or doubled slash), never holding a slash.
	Component string
	// Key says that prefix+Component is the key of an upload, Prefix that
	// prefix+Component+"/" begins one. A listing sets what it has seen so far
	// (at least one of the two), a lookup knows both.
	Key, Prefix bool
	// Newest is the newest Initiated of the uploads of that key, zero where
	// Key is false or the store sent no date.
	Newest time.Time
	// Upload is an upload of the directory's own key.
	Upload *remote.Upload
	// Expires is when the listing that showed this child lapses.
	Expires time.Time
}

// PartList is every part of one upload, by ascending part number.
type PartList struct {
	Parts []remote.Part
	// Expires is when the listing lapses.
	Expires time.Time
}

// Find returns the part of that number, or nil.
func (l *PartList) Find(number int) *remote.Part {
	lo, hi := 0, len(l.Parts)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if l.Parts[m].Number < number {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if lo < len(l.Parts) && l.Parts[lo].Number == number {
		return &l.Parts[lo]
	}
	return nil
}

// Reader reads a directory from the start, one child at a time: first the
// uploads of the directory's own key, then its components in the order in which
// their first upload stands in the listing. A child never comes twice.
type Reader interface {
	// Next returns the next child, or io.EOF after the last. After another
	// error it can be called again and goes on where it stopped.
	Next(ctx context.Context) (Child, error)
	// Mark returns the position before the next child; Reset goes back (or on)
	// to a position that Mark returned. Reset(nil) is the start.
	Mark() any
	Reset(mark any)
}

// UploadReader reads uploads one at a time; io.EOF ends it.
type UploadReader interface {
	Next(ctx context.Context) (*remote.Upload, error)
}
