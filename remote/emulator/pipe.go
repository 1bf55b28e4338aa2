package emulator

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"sync"
	"time"
)

// pipeBuffer is how many bytes one direction of a connection holds before a
// writer waits for its reader: as much as a socket's, so that a thousand
// connections stay small.
const pipeBuffer = 128 << 10

var errListenerClosed = errors.New("emulator: the listener is closed")

// listener is a net.Listener whose connections are memory: no port, no
// network, and nothing but sync and time below it, so that it works in a
// testing/synctest bubble.
type listener struct {
	conns chan net.Conn
	done  chan struct{}
	once  sync.Once
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), done: make(chan struct{})}
}

func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, errListenerClosed
	}
}

func (l *listener) Close() error {
	l.once.Do(func() { close(l.done) })
	return nil
}

func (l *listener) Addr() net.Addr { return memoryAddr{} }

// dial returns the client's end of a new connection.
func (l *listener) dial(ctx context.Context) (net.Conn, error) {
	client, server := newPipe()
	select {
	case l.conns <- server:
		return client, nil
	case <-l.done:
		return nil, errListenerClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

type memoryAddr struct{}

func (memoryAddr) Network() string { return "memory" }
func (memoryAddr) String() string  { return "emulator" }

// pipeConn is one end of a full-duplex connection: it reads from one half and
// writes into the other.
type pipeConn struct {
	in, out *half
}

func newPipe() (client, server net.Conn) {
	a, b := newHalf(), newHalf()
	return &pipeConn{in: a, out: b}, &pipeConn{in: b, out: a}
}

func (c *pipeConn) Read(p []byte) (int, error)  { return c.in.read(p) }
func (c *pipeConn) Write(p []byte) (int, error) { return c.out.write(p) }
func (c *pipeConn) LocalAddr() net.Addr         { return memoryAddr{} }
func (c *pipeConn) RemoteAddr() net.Addr        { return memoryAddr{} }

// Close ends both directions: the peer reads what was sent and then EOF, and
// its writes fail.
func (c *pipeConn) Close() error {
	c.in.closeReader()
	c.out.closeWriter()
	return nil
}

func (c *pipeConn) SetDeadline(t time.Time) error {
	c.in.setReadDeadline(t)
	c.out.setWriteDeadline(t)
	return nil
}

func (c *pipeConn) SetReadDeadline(t time.Time) error  { c.in.setReadDeadline(t); return nil }
func (c *pipeConn) SetWriteDeadline(t time.Time) error { c.out.setWriteDeadline(t); return nil }

// half is one direction: a bounded buffer with a reader and a writer.
type half struct {
	mu         sync.Mutex
	cond       sync.Cond
	buf        []byte
	off        int
	readerGone bool
	writerGone bool
	reading    deadline
	writing    deadline
}

// deadline is a moment after which an operation fails, and the timer that
// wakes those who wait for it.
type deadline struct {
	at    time.Time
	timer *time.Timer
}

func newHalf() *half {
	h := &half{}
	h.cond.L = &h.mu
	return h
}

func (h *half) read(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for {
		switch {
		case h.readerGone:
			return 0, io.ErrClosedPipe
		case h.reading.passed():
			return 0, os.ErrDeadlineExceeded
		case h.off < len(h.buf):
			n := copy(p, h.buf[h.off:])
			h.off += n
			if h.off == len(h.buf) {
				h.buf, h.off = h.buf[:0], 0
			}
			h.cond.Broadcast()
			return n, nil
		case h.writerGone:
			return 0, io.EOF
		case len(p) == 0:
			return 0, nil
		}
		h.cond.Wait()
	}
}

func (h *half) write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	sent := 0
	for {
		switch {
		case h.writerGone, h.readerGone:
			return sent, io.ErrClosedPipe
		case h.writing.passed():
			return sent, os.ErrDeadlineExceeded
		case sent == len(p):
			return sent, nil
		}
		if room := pipeBuffer - (len(h.buf) - h.off); room > 0 {
			if h.off > 0 && h.off >= len(h.buf)/2 {
				h.buf = h.buf[:copy(h.buf, h.buf[h.off:])]
				h.off = 0
			}
			n := min(room, len(p)-sent)
			h.buf = append(h.buf, p[sent:sent+n]...)
			sent += n
			h.cond.Broadcast()
			continue
		}
		h.cond.Wait()
	}
}

func (h *half) closeReader() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.readerGone = true
	h.buf, h.off = nil, 0
	h.reading.stop()
	h.cond.Broadcast()
}

func (h *half) closeWriter() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.writerGone = true
	h.writing.stop()
	h.cond.Broadcast()
}

func (h *half) setReadDeadline(t time.Time)  { h.setDeadline(&h.reading, t) }
func (h *half) setWriteDeadline(t time.Time) { h.setDeadline(&h.writing, t) }

func (h *half) setDeadline(d *deadline, t time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	d.stop()
	d.at = t
	if !t.IsZero() {
		if wait := time.Until(t); wait > 0 {
			d.timer = time.AfterFunc(wait, func() {
				h.mu.Lock()
				defer h.mu.Unlock()
				h.cond.Broadcast()
			})
		}
	}
	h.cond.Broadcast()
}

func (d *deadline) stop() {
	if d.timer != nil {
		d.timer.Stop()
		d.timer = nil
	}
}

func (d *deadline) passed() bool { return !d.at.IsZero() && !time.Now().Before(d.at) }
