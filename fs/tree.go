package fs

import (
	"context"
	"io"
	"time"

	"uploadfs/cache"
	"uploadfs/remote"
)

// Buckets is the list of directories under the mount point.
type Buckets interface {
	// Names returns every bucket's directory name, sorted and without
	// duplicates, and when the list lapses. Names are raw: the tree encodes them.
	// With an error come the names that could be had: they are shown, and then
	// the reader gets the error.
	Names(ctx context.Context) ([]string, time.Time, error)
	// Open returns the bucket with that directory name and when the answer
	// lapses. It fails with remote.KindNoBucket where there is none.
	Open(ctx context.Context, name string) (Bucket, time.Time, error)
}

// Bucket is what the tree asks of one bucket. Every method may wait for the
// store, ends with ctx's error when ctx does, and otherwise fails with a
// *remote.Error. cache.Bucket implements it.
type Bucket interface {
	// Name is the bucket's own name, as it stands in records.
	Name() string
	// Children lists the directory of that prefix ("" or ending in a slash) for
	// somebody, 0 if unknown. Walk is the same for a walker, who reads all of it and
	// then goes into each child.
	Children(prefix string, by uint32) cache.Reader
	Walk(prefix string, by uint32) cache.Reader
	// Describe returns the child component of the directory of prefix, with Key
	// and Prefix both known, or fails with KindNoKey where neither is. Lookup
	// leaves Prefix unknown where Key is true and a listing has shown no more.
	Describe(ctx context.Context, prefix, component string) (cache.Child, error)
	Lookup(ctx context.Context, prefix, component string) (cache.Child, error)
	// FindComponent returns the only child component of the directory that
	// begins with the given bytes and satisfies match, or fails with KindNoKey.
	FindComponent(ctx context.Context, prefix, begins string, match func(component string) bool) (cache.Child, error)
	// Upload returns the upload of that key and id and when the listing that
	// shows it lapses, or fails with KindNoUpload.
	Upload(ctx context.Context, key, uploadID string) (*remote.Upload, time.Time, error)
	// FindUpload returns the first upload of key whose id begins with the given
	// bytes and satisfies match, or fails with KindNoUpload.
	FindUpload(ctx context.Context, key, begins string, match func(uploadID string) bool) (*remote.Upload, time.Time, error)
	// Parts returns every part of the upload, from one or more List Parts. ctx may
	// say which walker asks.
	Parts(ctx context.Context, key, uploadID string) (*cache.PartList, error)
	// Expect tells in which order a walker goes into the children of the
	// directory of that prefix. It never waits.
	Expect(prefix string, visits []cache.Visit)
	// Walked tells that a walker has read the directory of that prefix, and goes
	// into its children next. It never waits.
	Walked(walker uint32, prefix string)
	// All reads every upload of the bucket in listing order.
	All() cache.UploadReader
	// Abort aborts the upload by the rules of --allow-abort, or fails with
	// KindNoUpload where it is gone and KindBusy where it is too young or
	// outlived its abort.
	Abort(ctx context.Context, key, uploadID string) error
}

// Insight is what stands under .uploadfs.
type Insight interface {
	// Stats writes Prometheus text, Errors the last failures with advice,
	// Config what is in force.
	Stats(w io.Writer) error
	Errors(w io.Writer) error
	Config(w io.Writer) error
	// Requests returns a stream of one line for each request from now on.
	// Read waits for the next line and ends with ctx; Close ends the stream.
	Requests() RequestStream
	// Failed notes a failure that a reader was given, for Errors.
	Failed(err error)
}

// RequestStream is one open reader of .uploadfs/requests.
type RequestStream interface {
	// Next returns the lines that have come since the last call, at least one,
	// each ending in a newline.
	Next(ctx context.Context) ([]byte, error)
	Close() error
}
