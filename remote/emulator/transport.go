package emulator

import (
	"context"
	"io"
	"log"
	"net"
	"net/http"
)

// connections is how many idle connections a Transport keeps. net/http's own
// default of 2 a host makes a wave of 64 requests dial 62 times.
const connections = 1024

// Transport returns a RoundTripper that reaches the store whatever a request's
// scheme and host are, through a real net/http server over connections in
// memory. An https URL is taken at its word: nothing is encrypted, since
// nothing leaves the process.
func (s *Store) Transport() http.RoundTripper {
	t := &http.Transport{
		DialContext: s.DialContext, DialTLSContext: s.DialContext,
		MaxIdleConns: connections, MaxIdleConnsPerHost: connections,
		DisableCompression: true,
		ReadBufferSize:     32 << 10,
	}
	s.serving.Lock()
	defer s.serving.Unlock()
	s.transport = append(s.transport, t)
	return t
}

// DialContext connects to the store's in-process server, whatever the network
// and the address: for an http.Transport of one's own.
func (s *Store) DialContext(ctx context.Context, _, _ string) (net.Conn, error) {
	l, err := s.serve()
	if err != nil {
		return nil, err
	}
	return l.dial(ctx)
}

// quiet swallows what net/http logs of dropped connections, which are the
// store's own doing.
func quiet() *log.Logger { return log.New(io.Discard, "", 0) }
