package fs

import (
	"context"
	"errors"
	"io"
	"syscall"

	"uploadfs/remote"
)

// errNotFound is the absence of a name that cannot exist, found without asking.
var errNotFound = &remote.Error{Kind: remote.KindNoKey}

// errno is the whole table of interface.md, Errors. It never answers ENOTSUP or
// ENOSYS, which programs and the kernel take for a property of the mount.
func errno(err error) syscall.Errno {
	if err == nil {
		return 0
	}
	e, ok := errors.AsType[*remote.Error](err)
	if !ok {
		switch {
		case errors.Is(err, context.Canceled):
			return syscall.EINTR
		case errors.Is(err, context.DeadlineExceeded):
			return syscall.ETIMEDOUT
		}
		return syscall.EIO
	}
	switch e.Kind {
	case remote.KindDenied:
		return syscall.EACCES
	case remote.KindNoUpload, remote.KindNoBucket, remote.KindNoKey:
		return syscall.ENOENT
	case remote.KindThrottled:
		return syscall.EAGAIN
	case remote.KindTimeout:
		return syscall.ETIMEDOUT
	case remote.KindBusy:
		return syscall.EBUSY
	}
	return syscall.EIO
}

// fail turns an error into what the reader is given, and notes it for
// .uploadfs/errors. A reader that was interrupted has not failed, and gets
// EINTR whatever came of its request.
func (t *tree) fail(ctx context.Context, err error) syscall.Errno {
	if err == nil {
		return 0
	}
	if ctx.Err() != nil {
		return syscall.EINTR
	}
	n := errno(err)
	if n != syscall.EINTR && t.o.Insight != nil {
		t.o.Insight.Failed(err)
	}
	return n
}

// failLookup is fail for a name that was asked for: that there is no such name
// is an answer and no failure.
func (t *tree) failLookup(ctx context.Context, err error) syscall.Errno {
	if absent(err) {
		return syscall.ENOENT
	}
	return t.fail(ctx, err)
}

// failReading is fail for a directory that is being read. readdir(3) takes
// ENOENT for the end of the directory, which would be a short listing.
func (t *tree) failReading(ctx context.Context, err error) syscall.Errno {
	if n := t.fail(ctx, err); n != syscall.ENOENT {
		return n
	}
	return syscall.EIO
}

// absent reports whether err says that a key or an upload is not there.
func absent(err error) bool {
	switch remote.KindOf(err) {
	case remote.KindNoKey, remote.KindNoUpload:
		return true
	}
	return false
}

// atEnd reports whether err is the end of a listing: io.EOF itself. An error of
// the network may wrap io.EOF too (a connection that was dropped), and taken for
// the end it would be a silent short listing.
func atEnd(err error) bool { return err == io.EOF }
