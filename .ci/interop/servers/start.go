package servers

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"
)

// The credentials of every store: made up, and of a length that all accept.
const (
	AccessKey = "interopaccess"
	SecretKey = "interopsecretinteropsecret"
)

// Server is a running store.
type Server struct {
	Kind     Kind
	Endpoint string
	addr     string
	data     string
	cancel   context.CancelFunc
	done     chan struct{}
	log      *logBuffer
}

// Start starts a store of that kind and waits until it answers HTTP. The test
// fails where the store is not there: `make servers` builds it.
func Start(t testing.TB, kind Kind) *Server {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("no loopback port: %v", err)
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatalf("loopback port: %v", err)
	}
	s := &Server{Kind: kind, Endpoint: "http://" + addr, addr: addr, data: t.TempDir()}
	s.run(t)
	t.Cleanup(func() { s.Stop() })
	return s
}

// Restart stops the store and starts it again on the same data and port.
func (s *Server) Restart(t testing.TB) {
	t.Helper()
	s.Stop()
	s.run(t)
}

// Stop ends the store and waits for its end.
func (s *Server) Stop() {
	s.cancel()
	<-s.done
}

func (s *Server) run(t testing.TB) {
	t.Helper()
	bin := filepath.Join(os.Getenv("INTEROP_BIN"), s.Kind.binary)
	if _, err := os.Stat(bin); err != nil {
		t.Fatalf("%s is not built: run `make servers` (%v)", s.Kind.Name, err)
	}
	// Not the test's context: that ends before the cleanups, which may still
	// have a mount on this store to take down.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), 10*time.Minute)
	s.cancel = cancel
	cmd := exec.CommandContext(ctx, bin, s.Kind.args(s.addr, s.data)...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.data}, s.Kind.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	s.log = new(logBuffer)
	cmd.Stdout, cmd.Stderr = s.log, s.log
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("starting %s: %v", s.Kind.Name, err)
	}
	s.done = make(chan struct{})
	go func() {
		_ = cmd.Wait() // killed: its status says nothing
		close(s.done)
	}()
	if err := s.ready(ctx); err != nil {
		cancel()
		t.Fatalf("%s does not answer: %v\n%s", s.Kind.Name, err, s.log)
	}
}

// ready waits until the store answers any HTTP at all.
func (s *Server) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 60*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	path := s.Kind.health
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, s.Endpoint+path, nil)
		if err != nil {
			return err
		}
		resp, err := http.DefaultClient.Do(req)
		if err == nil {
			_ = resp.Body.Close()
			// MinIO answers its health check before it answers S3.
			if ready := resp.StatusCode != http.StatusServiceUnavailable; ready && path == "/" {
				return nil
			} else if ready {
				path = "/"
				continue
			}
			err = fmt.Errorf("HTTP %d", resp.StatusCode)
		}
		select {
		case <-tick.C:
		case <-s.done:
			return fmt.Errorf("it ended: %w", err)
		case <-ctx.Done():
			return err
		}
	}
}

// Log returns the last of what the store has printed.
func (s *Server) Log() string { return s.log.String() }

// logBuffer keeps the last of a store's output.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.buf.Len() > 64<<10 {
		b.buf.Next(32 << 10)
	}
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
