package logging

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestFileIsPrivateAppendedAndReopened(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := New(Options{File: path})
	if err != nil {
		t.Fatal(err)
	}
	l.Info("one")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	l.Info("two")
	if err := l.Reopen(); err != nil {
		t.Fatal(err)
	}
	l.Info("three")
	old, _ := os.ReadFile(path + ".1")
	now, _ := os.ReadFile(path)
	if !strings.HasPrefix(string(old), "before\n") || !strings.Contains(string(old), "msg=two") || strings.Contains(string(old), "three") {
		t.Errorf("the rotated file holds %q; want what was before, one and two", old)
	}
	if !strings.Contains(string(now), "msg=three") || strings.Contains(string(now), "two") {
		t.Errorf("the new file holds %q; want three alone", now)
	}
	if st, err := os.Stat(path); err != nil || st.Mode().Perm() != 0o600 {
		t.Errorf("mode of the log file: %v, %v; want 0600", st.Mode(), err)
	}
}

func TestSecretsAreRedactedWhoeverLogsThem(t *testing.T) {
	var b bytes.Buffer
	for _, format := range []string{"text", "json"} {
		l, err := New(Options{Format: format, Stderr: &b})
		if err != nil {
			t.Fatal(err)
		}
		l.With("session_token", "hunter2").WithGroup("g").Info("m", "SecretKey", "hunter2", "authorization", "hunter2", "bucket", "b")
	}
	if strings.Contains(b.String(), "hunter2") || !strings.Contains(b.String(), "bucket=b") {
		t.Errorf("log: %s; want the bucket and no secret", b.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left on device") }

func TestFullDiskDropsAndCounts(t *testing.T) {
	l, err := New(Options{Stderr: full{}})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		l.Error("x")
	}
	if l.Dropped() != 3 {
		t.Errorf("dropped %d lines; want 3 counted and no failure", l.Dropped())
	}
}

func TestSyslogCarriesSeverityAndSurvivesItsDaemon(t *testing.T) {
	dir, err := os.MkdirTemp("", "slog")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	place := filepath.Join(dir, "log")
	listen := func() *net.UnixConn {
		c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: place, Net: "unixgram"})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	read := func(c *net.UnixConn) string {
		b := make([]byte, 4096)
		if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			t.Fatal(err)
		}
		n, err := c.Read(b)
		if err != nil {
			t.Fatal(err)
		}
		return string(b[:n])
	}
	s := &syslog{places: []string{filepath.Join(dir, "none"), place}}
	c := listen()
	if err := s.write(slog.LevelWarn, []byte("msg=hello\n")); err != nil {
		t.Fatal(err)
	}
	if got := read(c); !strings.HasPrefix(got, "<28>") || !strings.HasSuffix(got, "]: msg=hello") {
		t.Errorf("datagram %q; want daemon.warning and the line", got)
	}
	c.Close()
	os.Remove(place)
	if err := s.write(slog.LevelInfo, []byte("lost\n")); err == nil {
		t.Error("a line to a log that is gone was reported as written")
	}
	c = listen()
	defer c.Close()
	s.after = time.Time{}
	if err := s.write(slog.LevelInfo, []byte("msg=again\n")); err != nil {
		t.Errorf("a log that came back: %v; want the line written", err)
	}
	if got := read(c); !strings.HasSuffix(got, "msg=again") {
		t.Errorf("datagram %q; want the line after the log came back", got)
	}
}

func TestHeldLinesComeOnceTheStartIsDone(t *testing.T) {
	var b bytes.Buffer
	l, err := New(Options{Stderr: &b})
	if err != nil {
		t.Fatal(err)
	}
	l.Hold()
	l.Warn("early")
	if b.Len() != 0 {
		t.Errorf("stderr has %q while held; want nothing", b.String())
	}
	l.Release()
	l.Info("late")
	if got := b.String(); strings.Count(got, "\n") != 2 || strings.Index(got, "early") > strings.Index(got, "late") {
		t.Errorf("stderr has %q; want both lines in order", got)
	}
}
