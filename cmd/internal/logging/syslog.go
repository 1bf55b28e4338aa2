package logging

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"
)

// syslogPlaces are where a system's log listens: Linux (where it may be the
// journal), macOS, FreeBSD. They are a function so that a test has its own.
func syslogPlaces() []string { return []string{"/dev/log", "/var/run/syslog", "/var/run/log"} }

// syslog writes RFC 3164 datagrams to the system's log. The standard library's
// client waits for a log daemon that does not read; this one gives up after
// syslogWait and drops the line. It is used under the handler's lock.
type syslog struct {
	places []string
	conn   net.Conn
	// after is when the next attempt to connect is due.
	after time.Time
}

const (
	syslogWait  = 100 * time.Millisecond
	syslogRetry = 5 * time.Second
	// facility is daemon, 3.
	facility = 3 << 3
)

var errNoSyslog = errors.New("no system log answers")

func newSyslog() *syslog { return &syslog{places: syslogPlaces()} }

func (s *syslog) write(level slog.Level, line []byte) error {
	// A record stays one record: what a line holds is already quoted, and the
	// newline at its end is the handler's.
	msg := fmt.Appendf(nil, "<%d>%s uploadfs[%d]: %s", facility|severity(level), time.Now().Format(time.Stamp), os.Getpid(), bytes.TrimRight(line, "\n"))
	for range 2 {
		if err := s.dial(); err != nil {
			return err
		}
		// A deadline in the past is an error that the write reports.
		_ = s.conn.SetWriteDeadline(time.Now().Add(syslogWait))
		_, err := s.conn.Write(msg)
		if err == nil {
			return nil
		}
		_ = s.close()
		if errors.Is(err, os.ErrDeadlineExceeded) {
			s.after = time.Now().Add(syslogRetry)
			return err
		}
	}
	return errNoSyslog
}

func (s *syslog) dial() error {
	if s.conn != nil {
		return nil
	}
	now := time.Now()
	if now.Before(s.after) {
		return errNoSyslog
	}
	for _, place := range s.places {
		conn, err := net.DialTimeout("unixgram", place, syslogWait)
		if err == nil {
			s.conn = conn
			return nil
		}
	}
	s.after = now.Add(syslogRetry)
	return errNoSyslog
}

func (s *syslog) reopen() error { return nil }

func (s *syslog) close() error {
	if s.conn == nil {
		return nil
	}
	err := s.conn.Close()
	s.conn = nil
	return err
}

// severity is the number of RFC 5424 6.2.1.
func severity(level slog.Level) int {
	switch {
	case level >= slog.LevelError:
		return 3
	case level >= slog.LevelWarn:
		return 4
	case level >= slog.LevelInfo:
		return 6
	}
	return 7
}
