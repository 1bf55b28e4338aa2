package creds

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"syscall"
)

// MaxFile is the most bytes of a credentials file that are read.
const MaxFile = 1 << 20

// ReadFile reads a credentials file. A file that is not there is
// [fs.ErrNotExist], as is any path below something that is no directory.
// A file that others than its owner can read is told to log, if log is not nil.
func ReadFile(path string, log *slog.Logger) ([]byte, error) {
	if path == "" {
		return nil, fs.ErrNotExist
	}
	// Without O_NONBLOCK opening a named pipe would wait for a writer.
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if errors.Is(err, syscall.ENOTDIR) {
		return nil, fs.ErrNotExist
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	if len(data) > MaxFile {
		return nil, fmt.Errorf("%s is larger than %d bytes", path, MaxFile)
	}
	if log != nil && info.Mode().Perm()&0o077 != 0 {
		log.Warn("a credentials file is open to others: chmod 600 it",
			"file", path, "mode", fmt.Sprintf("%#o", info.Mode().Perm()))
	}
	return data, nil
}
