package transport

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"uploadfs/remote"
)

// raw serves connections on loopback by serve, which owns them, and returns
// the address.
func raw(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				if _, err := http.ReadRequest(bufio.NewReader(c)); err == nil {
					serve(c)
				}
			})
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return "http://" + l.Addr().String()
}

// TestRealFaults says what each fault of a real connection is to the user: a
// kind, and one clear line.
func TestRealFaults(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	write := func(s string) func(net.Conn) {
		return func(c net.Conn) { io.WriteString(c, s) }
	}
	for _, c := range []struct {
		name, url string
		kind      remote.Kind
		says      string
		is        error
	}{
		{"nobody listens", "http://" + gone.Addr().String(), remote.KindUnavailable, "connection refused", syscall.ECONNREFUSED},
		{"closed without an answer", raw(t, func(net.Conn) {}), remote.KindUnavailable, "closed the connection", nil},
		{"reset", raw(t, func(c net.Conn) { c.(*net.TCPConn).SetLinger(0) }), remote.KindUnavailable, "127.0.0.1", nil},
		{"cut by length", raw(t, write("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")), remote.KindUnavailable, "cut short", io.ErrUnexpectedEOF},
		{"cut in a chunk", raw(t, write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n64\r\nhalf")), remote.KindUnavailable, "cut short", io.ErrUnexpectedEOF},
		{"cut before the last chunk", raw(t, write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n")), remote.KindUnavailable, "cut short", io.ErrUnexpectedEOF},
		{"a chunk that is none", raw(t, write("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")), remote.KindUnavailable, "cut short", nil},
		{"no HTTP", raw(t, write("SSH-2.0-OpenSSH\r\n\r\n")), remote.KindUnavailable, "no answer", nil},
		{"an endless header", raw(t, func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n")
			for i := 0; ; i++ {
				if _, err := fmt.Fprintf(c, "X-%d: %s\r\n", i, strings.Repeat("x", 1000)); err != nil {
					return
				}
			}
		}), remote.KindUnavailable, "no answer", nil},
		{"silent", raw(t, func(c net.Conn) { io.Copy(io.Discard, c) }), remote.KindTimeout, "no whole answer within", context.DeadlineExceeded},
		{"stalled in the body", raw(t, func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
			io.Copy(io.Discard, c)
		}), remote.KindTimeout, "no whole answer within", context.DeadlineExceeded},
		{"a body without end", raw(t, func(c net.Conn) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
			for {
				if _, err := c.Write(make([]byte, 1<<20)); err != nil {
					return
				}
			}
		}), remote.KindMalformed, "longer than", nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			timeout := 20 * time.Second
			if c.kind == remote.KindTimeout {
				timeout = 200 * time.Millisecond
			}
			tr := New(remote.Config{Retries: 1, Timeout: timeout}, "s3", nil, plain)
			defer tr.CloseIdle()
			_, err := tr.RoundTrip(get(t.Context(), c.url+"/b?X-Amz-Signature=SECRET"))
			if remote.KindOf(err) != c.kind {
				t.Fatalf("%v is of kind %v, want %v", err, remote.KindOf(err), c.kind)
			}
			if !strings.Contains(err.Error(), c.says) || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("the error %q does not say %q in one line", err, c.says)
			}
			if c.is != nil && !errors.Is(err, c.is) {
				t.Errorf("the error %v does not wrap %v", err, c.is)
			}
			if strings.Contains(err.Error(), "SECRET") {
				t.Errorf("the error %q holds the query", err)
			}
		})
	}
}

// TestPlainHTTP says that plain http is for loopback alone, unless allowed, and
// that the refusal says what to do and sends nothing.
func TestPlainHTTP(t *testing.T) {
	for host, want := range map[string]bool{
		"127.0.0.1": true, "127.1.2.3": true, "localhost": true, "LocalHost": true, "::1": true, "::ffff:127.0.0.1": true,
		"10.0.0.1": false, "0.0.0.0": false, "128.0.0.1": false, "::": false, "localhost.evil.test": false, "127.0.0.1.evil.test": false, "": false,
	} {
		if loopback(host) != want {
			t.Errorf("loopback(%q) is %v, want %v", host, !want, want)
		}
	}
	s := newScript(says(200, ""))
	tr := New(remote.Config{}, "s3", nil, plain)
	_, err := tr.RoundTrip(get(t.Context(), "http://store.test/b"))
	if remote.KindOf(err) != remote.KindUsage || !strings.Contains(err.Error(), "--insecure-http") {
		t.Errorf("plain http off loopback: %v, want a usage error that names --insecure-http", err)
	}
	if _, err = New(remote.Config{Base: s}, "s3", nil, plain).RoundTrip(get(t.Context(), "http://store.test/b")); err != nil {
		t.Errorf("plain http over a Base: %v, want it allowed", err)
	}
	// A signer may turn to another endpoint: the refusal is for what is sent.
	turn := func(_ context.Context, req *http.Request) error { req.URL.Scheme = "http"; return nil }
	if _, err = New(remote.Config{}, "s3", turn, plain).RoundTrip(get(t.Context(), "https://store.test/b")); remote.KindOf(err) != remote.KindUsage {
		t.Errorf("plain http by the signer: %v, want a usage error", err)
	}
}

// secure is a TLS server and a Transport that trusts it if trusted.
func secure(t *testing.T, h http.Handler, h2, trusted bool, cfg remote.Config) (*httptest.Server, *Transport) {
	t.Helper()
	srv := httptest.NewUnstartedServer(h)
	srv.EnableHTTP2 = h2
	srv.Config.ErrorLog = log.New(io.Discard, "", 0)
	srv.StartTLS()
	t.Cleanup(srv.Close)
	tr := New(cfg, "s3", nil, plain)
	t.Cleanup(tr.CloseIdle)
	pool := x509.NewCertPool()
	if trusted {
		pool.AddCert(srv.Certificate())
	}
	tr.base.(*network).TLSClientConfig.RootCAs = pool
	return srv, tr
}

// TestTLS says that a certificate is verified, that a wrong one is not tried
// again, and what is said of it.
func TestTLS(t *testing.T) {
	var n atomic.Int64
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { n.Add(1) })
	srv, tr := secure(t, h, false, true, remote.Config{})
	if _, err := tr.RoundTrip(get(t.Context(), srv.URL)); err != nil {
		t.Errorf("a trusted certificate: %v", err)
	}
	srv, tr = secure(t, h, false, false, remote.Config{Timeout: time.Hour})
	_, err := tr.RoundTrip(get(t.Context(), srv.URL))
	if remote.KindOf(err) != remote.KindUnavailable || !strings.Contains(err.Error(), "certificate is not trusted") {
		t.Errorf("an untrusted certificate: %v", err)
	}
	srv, tr = secure(t, h, false, true, remote.Config{})
	tr.base.(*network).TLSClientConfig.ServerName = "other.test"
	if _, err = tr.RoundTrip(get(t.Context(), srv.URL)); err == nil || !strings.Contains(err.Error(), "another name than other.test") {
		t.Errorf("a certificate for another name: %v", err)
	}
	srv, tr = secure(t, h, false, true, remote.Config{Retries: 1})
	srv.TLS.MaxVersion, srv.TLS.MinVersion = tls.VersionTLS11, tls.VersionTLS10
	if _, err = tr.RoundTrip(get(t.Context(), srv.URL)); err == nil || !strings.Contains(err.Error(), "TLS with 127.0.0.1") {
		t.Errorf("an old TLS version: %v", err)
	}
	plainText := httptest.NewServer(h)
	defer plainText.Close()
	tr = New(remote.Config{Timeout: time.Hour}, "s3", nil, plain)
	if _, err = tr.RoundTrip(get(t.Context(), strings.Replace(plainText.URL, "http:", "https:", 1))); err == nil || !strings.Contains(err.Error(), "TLS") {
		t.Errorf("https to a plain server: %v", err)
	}
	if n.Load() != 1 {
		t.Errorf("%d requests reached a server, want the trusted one alone", n.Load())
	}
}

// TestConnections says that as many connections are opened as there are
// requests in flight, once, and over HTTP/2 that many requests need few.
func TestConnections(t *testing.T) {
	for _, h2 := range []bool{false, true} {
		const most, waves = 16, 10
		var dialled atomic.Int64
		srv, tr := secure(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if (r.ProtoMajor == 2) != h2 {
				t.Errorf("a request came by %s, want HTTP/2: %v", r.Proto, h2)
			}
			io.WriteString(w, "page")
		}), h2, true, remote.Config{Concurrency: most})
		inner := tr.base.(*network).DialContext
		tr.base.(*network).DialContext = func(ctx context.Context, network, addr string) (net.Conn, error) {
			dialled.Add(1)
			return inner(ctx, network, addr)
		}
		for range waves {
			var wg sync.WaitGroup
			for range 4 * most {
				wg.Go(func() {
					if resp, err := tr.RoundTrip(get(t.Context(), srv.URL)); err != nil || string(Body(resp)) != "page" {
						t.Errorf("HTTP/2 %v: %v", h2, err)
					}
				})
			}
			wg.Wait()
		}
		if n := dialled.Load(); n > most {
			t.Errorf("HTTP/2 %v: %d connections were dialled for %d in flight", h2, n, most)
		}
	}
}

// TestRedirectIsNotFollowed says that a Location is never asked.
func TestRedirectIsNotFollowed(t *testing.T) {
	var followed atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	defer other.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		srv := httptest.NewServer(http.RedirectHandler(other.URL, status))
		_, err := New(remote.Config{}, "s3", nil, plain).RoundTrip(get(t.Context(), srv.URL))
		if remote.KindOf(err) != remote.KindMalformed {
			t.Errorf("%d: %v, want malformed", status, err)
		}
		srv.Close()
	}
	if followed.Load() {
		t.Error("a redirect was followed")
	}
}

// TestScrub says that no secret which a URL in an error may carry is printed.
func TestScrub(t *testing.T) {
	secret := &url.Error{Op: "Get", URL: "https://user:SECRET@store.test/b?X-Amz-Signature=SECRET", Err: errors.New("broken\r\npipe")}
	e, _ := unreached(secret, "store.test")
	for _, s := range []string{e.Error(), scrub(secret.Error()), scrub(`parse "http://u:SECRET@proxy:80": bad`), scrub("at https://x/y?token=SECRET, sorry")} {
		if strings.Contains(s, "SECRET") || strings.ContainsAny(s, "\r\n") {
			t.Errorf("%q holds a secret or a line break", s)
		}
	}
	if s := scrub("why? dial tcp 1.2.3.4:80: no"); s != "why? dial tcp 1.2.3.4:80: no" {
		t.Errorf("scrub changed a text without a URL to %q", s)
	}
}

func FuzzScrub(f *testing.F) {
	f.Add("://a@b?c", "x")
	f.Fuzz(func(t *testing.T, before, token string) {
		if len(token) < 4 || strings.ContainsFunc(token, func(r rune) bool { return !('a' <= r && r <= 'z') }) {
			return
		}
		if strings.Contains(before, token) || strings.Contains("https://host/path?sig=", token) {
			return
		}
		if s := scrub(before + " https://host/path?sig=" + token); strings.Contains(s, token) {
			t.Errorf("scrub left %q in %q", token, s)
		}
	})
}

func FuzzRetryAfter(f *testing.F) {
	f.Add("3")
	f.Add("-1")
	f.Add("Fri, 20 Nov 2026 08:49:37 GMT")
	f.Add("99999999999999999999")
	f.Fuzz(func(t *testing.T, s string) {
		if d := retryAfter(http.Header{"Retry-After": {s}}, time.Now()); d < 0 {
			t.Errorf("Retry-After %q gives %v, want none or a wait", s, d)
		}
	})
}
