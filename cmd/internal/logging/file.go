package logging

import (
	"log/slog"
	"os"
	"sync"
)

// file is a log file: appended to, readable by its owner alone, since it holds
// the names of keys.
type file struct {
	path string
	mu   sync.Mutex
	f    *os.File
}

func openFile(path string) (*file, error) {
	f, err := open(path)
	if err != nil {
		return nil, err
	}
	return &file{path: path, f: f}, nil
}

func open(path string) (*os.File, error) {
	return os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
}

func (l *file) write(_ slog.Level, line []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	_, err := l.f.Write(line)
	return err
}

func (l *file) reopen() error {
	f, err := open(l.path)
	if err != nil {
		return err
	}
	l.mu.Lock()
	old := l.f
	l.f = f
	l.mu.Unlock()
	return old.Close()
}

func (l *file) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.f.Close()
}
