package logging

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
)

// Options choose the log.
type Options struct {
	Level slog.Level
	// Format is text or json.
	Format string
	// File is an absolute path, empty for Stderr or, where that is nil, the
	// system's log.
	File   string
	Stderr io.Writer
}

// Log is the process's log.
type Log struct {
	*slog.Logger
	dropped atomic.Int64

	// mu guards buf, in which a record is formatted, and out.
	mu  sync.Mutex
	buf bytes.Buffer
	out sink
}

// sink takes one line, ending in a newline, at a time.
type sink interface {
	write(level slog.Level, line []byte) error
	reopen() error
	close() error
}

// New opens the log. The error says which file cannot be written.
func New(o Options) (*Log, error) {
	l := &Log{}
	stamp := true
	switch {
	case o.File != "":
		f, err := openFile(o.File)
		if err != nil {
			return nil, err
		}
		l.out = f
	case o.Stderr != nil:
		l.out = &stream{w: o.Stderr}
	default:
		l.out, stamp = newSyslog(), false
	}
	opts := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if !stamp && len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return plain(redact(a))
	}}
	var inner slog.Handler = slog.NewTextHandler(&l.buf, opts)
	if o.Format == "json" {
		inner = slog.NewJSONHandler(&l.buf, opts)
	}
	l.Logger = slog.New(&handler{inner: inner, log: l})
	return l, nil
}

// Reopen opens the log file again, after it was rotated. Where that fails the
// old file stays.
func (l *Log) Reopen() error { return l.out.reopen() }

// Close ends the log.
func (l *Log) Close() error { return l.out.close() }

// Dropped is the number of lines that could not be written.
func (l *Log) Dropped() int64 { return l.dropped.Load() }

// handler formats a record with a handler of the standard library into a buffer
// and hands the line on together with its level, which a plain io.Writer would
// not learn.
type handler struct {
	inner slog.Handler
	log   *Log
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.inner.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	h.log.mu.Lock()
	defer h.log.mu.Unlock()
	h.log.buf.Reset()
	if err := h.inner.Handle(ctx, r); err != nil {
		return err
	}
	if err := h.log.out.write(r.Level, h.log.buf.Bytes()); err != nil {
		h.log.dropped.Add(1)
	}
	return nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{inner: h.inner.WithAttrs(attrs), log: h.log}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{inner: h.inner.WithGroup(name), log: h.log}
}

// redact replaces the value of an attribute whose name says that it is secret.
func redact(a slog.Attr) slog.Attr {
	key := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(a.Key))
	for _, word := range []string{"secret", "token", "password", "authorization", "signature", "accesskey"} {
		if strings.Contains(key, word) {
			return slog.String(a.Key, "(redacted)")
		}
	}
	return a
}

// plain escapes what moves a terminal and what the handlers leave as it is: DEL,
// the C1 controls and the marks that turn the direction of writing, in keys and
// in what stores say.
func plain(a slog.Attr) slog.Attr {
	text := ""
	switch v := a.Value.Any().(type) {
	case string:
		text = v
	case error:
		text = v.Error()
	}
	if !strings.ContainsFunc(text, moves) {
		return a
	}
	var b strings.Builder
	for _, r := range text {
		if moves(r) {
			fmt.Fprintf(&b, "\\u%04x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return slog.String(a.Key, b.String())
}

func moves(r rune) bool {
	return r >= 0x7f && r < 0xa0 || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// stream is stderr. It is used under the handler's lock.
type stream struct {
	w io.Writer
	// held is what waits while hold is set.
	hold bool
	held bytes.Buffer
}

// maxHeld bounds what waits, in bytes.
const maxHeld = 64 << 10

func (s *stream) write(_ slog.Level, line []byte) error {
	if s.hold {
		if s.held.Len()+len(line) > maxHeld {
			return errors.New("too much is held back")
		}
		s.held.Write(line)
		return nil
	}
	_, err := s.w.Write(line)
	return err
}
func (s *stream) reopen() error { return nil }
func (s *stream) close() error  { return nil }

// Hold keeps back what goes to stderr until Release. A start that fails says so
// in one line of its own, and the steps before it would only stand in the way.
func (l *Log) Hold() { l.set(true) }

// Release writes what was held back.
func (l *Log) Release() { l.set(false) }

func (l *Log) set(hold bool) {
	s, ok := l.out.(*stream)
	if !ok {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	s.hold = hold
	if !hold && s.held.Len() > 0 {
		if _, err := s.w.Write(s.held.Bytes()); err != nil {
			l.dropped.Add(1)
		}
		s.held.Reset()
	}
}
