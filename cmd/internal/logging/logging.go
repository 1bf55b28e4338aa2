package logging

import (
	"bytes"
	"context"
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
	out     sink
	dropped atomic.Int64
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
		l.out = stream{o.Stderr}
	default:
		l.out, stamp = newSyslog(), false
	}
	buf := new(bytes.Buffer)
	opts := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if !stamp && len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		return redact(a)
	}}
	var inner slog.Handler = slog.NewTextHandler(buf, opts)
	if o.Format == "json" {
		inner = slog.NewJSONHandler(buf, opts)
	}
	l.Logger = slog.New(&handler{inner: inner, shared: &shared{buf: buf, log: l}})
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
	inner  slog.Handler
	shared *shared
}

type shared struct {
	mu  sync.Mutex
	buf *bytes.Buffer
	log *Log
}

func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	return h.inner.Enabled(ctx, level)
}

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	h.shared.mu.Lock()
	defer h.shared.mu.Unlock()
	h.shared.buf.Reset()
	if err := h.inner.Handle(ctx, r); err != nil {
		return err
	}
	if err := h.shared.log.out.write(r.Level, h.shared.buf.Bytes()); err != nil {
		h.shared.log.dropped.Add(1)
	}
	return nil
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &handler{inner: h.inner.WithAttrs(attrs), shared: h.shared}
}

func (h *handler) WithGroup(name string) slog.Handler {
	return &handler{inner: h.inner.WithGroup(name), shared: h.shared}
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

// stream is stderr.
type stream struct{ w io.Writer }

func (s stream) write(_ slog.Level, line []byte) error {
	_, err := s.w.Write(line)
	return err
}
func (s stream) reopen() error { return nil }
func (s stream) close() error  { return nil }
