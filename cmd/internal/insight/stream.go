package insight

import (
	"context"
	"io"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"

	"uploadfs/remote"
)

// maxPending bounds what one reader of requests may leave unread, in bytes:
// a few thousand lines.
const maxPending = 1 << 20

// streams are the readers of .uploadfs/requests.
type streams struct {
	// count is read without the lock, so that nothing is formatted while
	// nobody reads.
	count atomic.Int32
	mu    sync.Mutex
	open  map[*stream]struct{}
	// closed ends whoever still comes.
	closed bool
}

func (s *streams) add() *stream {
	st := &stream{owner: s, more: make(chan struct{}, 1), done: make(chan struct{})}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		st.closed = true
		close(st.done)
		return st
	}
	s.open[st] = struct{}{}
	s.count.Store(int32(len(s.open)))
	return st
}

// close ends every reader, so that none keeps the mount busy.
func (s *streams) close() {
	s.mu.Lock()
	s.closed = true
	open := slices.Collect(maps.Keys(s.open))
	s.mu.Unlock()
	for _, st := range open {
		st.end()
	}
}

func (s *streams) remove(st *stream) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, st)
	s.count.Store(int32(len(s.open)))
}

func (s *streams) publish(a remote.Attempt) {
	if s.count.Load() == 0 {
		return
	}
	line := appendAttempt(nil, a)
	s.mu.Lock()
	defer s.mu.Unlock()
	for st := range s.open {
		st.put(line)
	}
}

// stream is one reader. What it has not read is bounded; what came too much is
// counted, and reported where it is missing.
type stream struct {
	owner *streams
	more  chan struct{}
	done  chan struct{}

	mu      sync.Mutex
	pending []byte
	dropped int
	closed  bool
}

func (st *stream) put(line []byte) {
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.dropped > 0 || len(st.pending)+len(line) > maxPending {
		st.dropped++
		return
	}
	st.pending = append(st.pending, line...)
	select {
	case st.more <- struct{}{}:
	default:
	}
}

// Next waits for lines and returns all there are. After Close it gives io.EOF.
func (st *stream) Next(ctx context.Context) ([]byte, error) {
	for {
		if lines := st.take(); len(lines) > 0 {
			return lines, nil
		}
		select {
		case <-st.more:
		case <-st.done:
			return nil, io.EOF
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

func (st *stream) take() []byte {
	st.mu.Lock()
	defer st.mu.Unlock()
	lines := st.pending
	st.pending = nil
	if st.dropped > 0 {
		lines = append(lines, "dropped="...)
		lines = strconv.AppendInt(lines, int64(st.dropped), 10)
		lines = append(lines, '\n')
		st.dropped = 0
	}
	return lines
}

// Close ends the stream and a waiting Next.
func (st *stream) Close() error {
	st.end()
	return nil
}

func (st *stream) end() {
	st.owner.remove(st)
	st.mu.Lock()
	defer st.mu.Unlock()
	if !st.closed {
		st.closed = true
		close(st.done)
	}
}
