package insight

import (
	"context"
	"errors"
	"io"
	"strconv"
	"sync"
	"time"

	"uploadfs/remote"
)

// maxErrors is how many failures are kept.
const maxErrors = 100

// failure is one line of .uploadfs/errors.
type failure struct {
	at  time.Time
	err error
}

// errorLog is a ring of the last failures.
type errorLog struct {
	mu   sync.Mutex
	ring []failure
	next int
}

// flatten splits what was joined: the list of buckets can fail for several
// sources at once.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

// add notes a failure, unless it is none (the reader went away) or the one that
// several readers shared and that is there already.
func (l *errorLog) add(at time.Time, err error) bool {
	if err == nil || errors.Is(err, context.Canceled) {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if e, ok := errors.AsType[*remote.Error](err); ok {
		for _, f := range l.ring {
			if known, ok := errors.AsType[*remote.Error](f.err); ok && known == e {
				return false
			}
		}
	}
	f := failure{at, err}
	if len(l.ring) < maxErrors {
		l.ring = append(l.ring, f)
		return true
	}
	l.ring[l.next] = f
	l.next = (l.next + 1) % maxErrors
	return true
}

func (l *errorLog) write(w io.Writer) error {
	l.mu.Lock()
	all := append(append([]failure(nil), l.ring[l.next:]...), l.ring[:l.next]...)
	l.mu.Unlock()
	var b []byte
	for _, f := range all {
		b = appendFailure(b[:0], f)
		if _, err := w.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func appendFailure(b []byte, f failure) []byte {
	b = append(b, "time="...)
	b = f.at.UTC().AppendFormat(b, stamp)
	e, ok := errors.AsType[*remote.Error](f.err)
	if !ok {
		return append(appendPair(b, "error", f.err.Error()), '\n')
	}
	b = appendPair(b, "kind", e.Kind.String())
	b = appendPair(b, "source", e.Source)
	b = appendPair(b, "api", e.Op)
	b = appendPair(b, "bucket", e.Bucket)
	b = appendPair(b, "key", e.Key)
	b = appendPair(b, "upload_id", e.UploadID)
	if e.Status != 0 {
		b = append(b, " status="...)
		b = strconv.AppendInt(b, int64(e.Status), 10)
	}
	b = appendPair(b, "code", e.Code)
	b = appendPair(b, "message", e.Message)
	if e.Err != nil {
		b = appendPair(b, "cause", e.Err.Error())
	}
	b = appendPair(b, "request_id", e.RequestID)
	b = appendPair(b, "advice", e.Advice())
	return append(b, '\n')
}
