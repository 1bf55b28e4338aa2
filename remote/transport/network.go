package transport

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"

	"uploadfs/remote"
)

const (
	dialTimeout      = 10 * time.Second
	handshakeTimeout = 10 * time.Second
	idleTimeout      = 90 * time.Second
	// pingAfter finds a dead HTTP/2 connection, which unlike one of HTTP/1.1
	// would outlive the requests that time out on it.
	pingAfter = 10 * time.Second
	// maxHeader bounds an answer's header, in bytes.
	maxHeader = 256 << 10
	// readSize is a connection's read buffer: pages are hundreds of kilobytes.
	readSize = 32 << 10
)

// network is the layer that talks to the network. It refuses plain http where
// a signed request or its answer could be read on the way.
type network struct {
	http.Transport
	insecure bool
}

func newNetwork(cfg remote.Config) *network {
	dialer := &net.Dialer{Timeout: min(dialTimeout, cfg.Timeout), KeepAlive: 30 * time.Second}
	return &network{insecure: cfg.InsecureHTTP, Transport: http.Transport{
		Proxy:       proxy,
		DialContext: dialer.DialContext,
		// Resumed sessions save most of a handshake's work on all connections
		// but the first.
		TLSClientConfig:     &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: cfg.RootCAs, ClientSessionCache: tls.NewLRUClientSessionCache(0)},
		TLSHandshakeTimeout: min(handshakeTimeout, cfg.Timeout),
		// As many connections stay open as there are requests in flight; the
		// default of two dials for nearly every request (performance.md). With
		// HTTP/2 the bound on connections is never reached.
		MaxIdleConnsPerHost:    cfg.Concurrency,
		MaxConnsPerHost:        cfg.Concurrency,
		IdleConnTimeout:        idleTimeout,
		ForceAttemptHTTP2:      true,
		HTTP2:                  &http.HTTP2Config{SendPingTimeout: pingAfter, PingTimeout: pingAfter},
		MaxResponseHeaderBytes: maxHeader,
		ReadBufferSize:         readSize,
	}}
}

func (n *network) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.URL.Scheme == "http" && !n.insecure && !loopback(req.URL.Hostname()) {
		return nil, &fault{err: &remote.Error{Kind: remote.KindUsage, Err: fmt.Errorf(
			"plain http to %s would show requests and listings to the network: use an https endpoint, or --insecure-http", req.URL.Host)}, final: true}
	}
	return n.Transport.RoundTrip(req)
}

// loopback reports whether host is this machine by its spelling: a name that
// merely resolves to it is not.
func loopback(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// errProxy hides the variable's value, which may hold a password.
var errProxy = errors.New("HTTPS_PROXY or HTTP_PROXY is not a proxy's URL")

// proxy is the proxy that the environment asks for.
func proxy(req *http.Request) (*url.URL, error) {
	u, err := http.ProxyFromEnvironment(req)
	if err != nil {
		return nil, &remote.Error{Kind: remote.KindUsage, Err: errProxy}
	}
	return u, nil
}
