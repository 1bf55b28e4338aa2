package creds

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	// MaxAnswer is the most bytes of a metadata service's answer that are read.
	MaxAnswer = 64 << 10
	// ProbeTimeout bounds the whole question whether this machine is an
	// instance with a role. Off the cloud nobody answers at all.
	ProbeTimeout = 2 * time.Second
)

// ErrTooLong is an answer over [MaxAnswer].
var ErrTooLong = errors.New("the answer is too long")

// StatusError is an answer of a metadata service other than 200.
type StatusError int

// Error names the status alone: a body may hold anything.
func (e StatusError) Error() string { return fmt.Sprintf("HTTP %d", int(e)) }

// HTTPClient returns a client fit for metadata services: no proxy, no
// redirect, every wait at most timeout, every body at most [MaxAnswer] bytes.
func HTTPClient(timeout time.Duration) *http.Client {
	return &http.Client{
		Timeout: timeout,
		CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		},
		Transport: bounded{&http.Transport{
			DialContext:           (&net.Dialer{Timeout: timeout}).DialContext,
			ResponseHeaderTimeout: timeout,
			TLSHandshakeTimeout:   timeout,
			// One question an hour is no reason to hold a connection.
			DisableKeepAlives:      true,
			MaxResponseHeaderBytes: MaxAnswer,
		}},
	}
}

// bounded fails the reading of a body past MaxAnswer.
type bounded struct{ next http.RoundTripper }

func (b bounded) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err == nil {
		resp.Body = &limited{ReadCloser: resp.Body, left: MaxAnswer}
	}
	return resp, err
}

type limited struct {
	io.ReadCloser
	left int
}

func (l *limited) Read(p []byte) (int, error) {
	n, err := l.ReadCloser.Read(p[:min(len(p), l.left+1)])
	if n > l.left {
		return 0, ErrTooLong
	}
	l.left -= n
	return n, err
}

// Ask sends one request without a body and returns the body of its 200. Any
// other status is a [StatusError].
func Ask(ctx context.Context, client *http.Client, method, url string, header map[string]string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return nil, errors.New("not a valid URL")
	}
	for k, v := range header {
		req.Header.Set(k, v)
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, StatusError(resp.StatusCode)
	}
	return io.ReadAll(resp.Body)
}

// RoleName returns the first line of a metadata service's list of roles, or
// an error where that is no name of a role: it goes into a path.
func RoleName(body []byte) (string, error) {
	name, _, _ := strings.Cut(strings.TrimSpace(string(body)), "\n")
	name = strings.TrimSpace(name)
	const others = "+=,.@_-"
	for _, r := range name {
		if !(r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' || strings.ContainsRune(others, r)) {
			return "", errors.New("the instance's role has no valid name")
		}
	}
	if name == "" || name == "." || name == ".." || len(name) > 128 {
		return "", errors.New("the instance has no role")
	}
	return name, nil
}
