package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"uploadfs/remote/emulator"
)

// The key pair of every store: made up.
const (
	accessKey = "interopaccess"
	secretKey = "interopsecretinteropsecret"
)

// store is a running store behind its proxy, and what is in it.
type store struct {
	name  string
	proxy *proxy
	// direct is the store without its proxy, for filling; empty for the embedded one.
	direct   string
	embedded *emulator.Store
	data     string
	truth    truths
	stop     func()
}

// command is how a real store is started (see real-servers.md).
func command(name, bin, addr, data string) (args, env []string) {
	switch name {
	case "versitygw":
		dir := filepath.Join(data, "gw")
		return []string{filepath.Join(bin, name), "--port", addr, "--access", accessKey, "--secret", secretKey, "--region", "us-east-1", "--quiet", "posix", dir}, nil
	default: // minio
		dir := filepath.Join(data, "d1")
		return []string{filepath.Join(bin, name), "server", "--quiet", "--address", addr, dir}, []string{
			"MINIO_ROOT_USER=" + accessKey, "MINIO_ROOT_PASSWORD=" + secretKey,
			"MINIO_UPDATE=off", "MINIO_BROWSER=off", "MINIO_CALLHOME_ENABLE=off",
		}
	}
}

// openStore starts a store and its proxy.
func openStore(ctx context.Context, name, bin, data string) (*store, error) {
	s := &store{name: name, data: data, stop: func() {}}
	if name == "embedded" {
		s.embedded = emulator.New(emulator.Options{Credentials: []emulator.Credential{{ID: accessKey, Secret: secretKey}}})
		p, err := newProxy(s.embedded)
		s.proxy = p
		return s, err
	}
	if err := s.start(ctx, bin); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	h, err := forward(s.direct)
	if err == nil {
		s.proxy, err = newProxy(h)
	}
	if err != nil {
		s.stop()
	}
	return s, err
}

func (s *store) close() {
	_ = s.proxy.server.Close()
	s.stop()
	if s.embedded != nil {
		_ = s.embedded.Close()
	}
}

func (s *store) start(ctx context.Context, bin string) error {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	addr := l.Addr().String()
	if err := l.Close(); err != nil {
		return err
	}
	for _, d := range []string{"gw", "d1"} {
		if err := os.MkdirAll(filepath.Join(s.data, d), 0o755); err != nil {
			return err
		}
	}
	args, env := command(s.name, bin, addr, s.data)
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, args[0], args[1:]...)
	cmd.Env = append([]string{"PATH=" + os.Getenv("PATH"), "HOME=" + s.data}, env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		cancel()
		return fmt.Errorf("%w (make servers builds it)", err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // ended by us
		close(done)
	}()
	s.direct = "http://" + addr
	s.stop = func() { cancel(); <-done }
	path := "/"
	if s.name == "minio" {
		path = "/minio/health/ready"
	}
	return answers(ctx, s.direct+path, done)
}

// answers waits until the store serves.
func answers(ctx context.Context, url string, ended <-chan struct{}) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		if resp, err := http.DefaultClient.Do(req); err == nil {
			_ = resp.Body.Close()
			if resp.StatusCode != http.StatusServiceUnavailable {
				return nil
			}
		}
		select {
		case <-tick.C:
		case <-ended:
			return errors.New("it ended at once")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
