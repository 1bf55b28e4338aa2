package fs

import (
	"context"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/cache"
)

// streamFlags make a file that is read once from its beginning, like a pipe:
// past the page cache, whatever st_size says, and without seeks. The kernel then
// sends no offset.
const streamFlags = fuse.FOPEN_DIRECT_IO | fuse.FOPEN_STREAM | fuse.FOPEN_NONSEEKABLE

// feed appends the next piece of a stream to b, or fails with io.EOF at its end.
type feed interface {
	more(ctx context.Context, b []byte) ([]byte, error)
	close()
}

// stream is an open file that is read as a stream.
type stream struct {
	t *tree
	f feed
	// eager is for a stream that must not wait for a second piece once it has
	// one to give.
	eager bool
	turn  turn
	// rest was read and not given yet, pending came after it.
	rest    []byte
	pending error
}

func newStream(t *tree, f feed, eager bool) *stream {
	return &stream{t: t, f: f, eager: eager, turn: newTurn()}
}

// Read gives as much as fits. What was read is given before an error is.
func (s *stream) Read(ctx context.Context, dest []byte, _ int64) (fuse.ReadResult, syscall.Errno) {
	if !s.turn.take(ctx) {
		return nil, syscall.EINTR
	}
	defer s.turn.give()

	for len(s.rest) < len(dest) && s.pending == nil {
		if s.eager && len(s.rest) > 0 {
			break
		}
		b, err := s.f.more(ctx, s.rest)
		s.rest = b
		if err == nil {
			continue
		}
		if ctx.Err() == nil || atEnd(err) {
			s.pending = err
		} else if len(s.rest) == 0 {
			return nil, syscall.EINTR
		}
		break
	}
	if n := copy(dest, s.rest); n > 0 {
		s.rest = append(s.rest[:0], s.rest[n:]...)
		return fuse.ReadResultData(dest[:n]), 0
	}
	if atEnd(s.pending) {
		return fuse.ReadResultData(nil), 0
	}
	err := s.pending
	s.pending = nil
	return nil, s.t.fail(ctx, err)
}

func (s *stream) release() { s.f.close() }

// streamNode is uploads.jsonl: every upload of the bucket, a line each.
type streamNode struct {
	base
	b *bucket
}

var _ opener = (*streamNode)(nil)

func (n *streamNode) name() string { return streamName }

func (n *streamNode) Getattr(_ context.Context, out *fuse.AttrOut) syscall.Errno {
	n.t.fillAttr(out, n.t.fileMeta(0, time.Time{}, n.t.fixed()))
	return 0
}

func (n *streamNode) Open(_ context.Context, flags uint32) (openFile, uint32, syscall.Errno) {
	if no := n.t.openOnlyToRead(flags); no != 0 {
		return nil, 0, no
	}
	b := n.b.get()
	return newStream(n.t, &uploadFeed{bucket: b.Name(), r: b.All()}, false), streamFlags, 0
}

// uploadFeed is the records of a bucket's uploads.
type uploadFeed struct {
	bucket string
	r      cache.UploadReader
}

func (f *uploadFeed) more(ctx context.Context, b []byte) ([]byte, error) {
	u, err := f.r.Next(ctx)
	if err != nil {
		return b, err
	}
	return appendUpload(b, f.bucket, u), nil
}

func (f *uploadFeed) close() {}
