package main

import (
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync/atomic"
	"time"
)

// proxy is a store as everybody here reaches it: on a loopback port, with a
// delay before each request, and counted.
type proxy struct {
	endpoint string
	delay    atomic.Int64
	requests atomic.Int64
	server   *http.Server
}

// newProxy listens in front of h. Bodies stream both ways; connections are kept.
func newProxy(h http.Handler) (*proxy, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	p := &proxy{endpoint: "http://" + l.Addr().String()}
	p.server = &http.Server{
		ReadHeaderTimeout: 30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p.requests.Add(1)
			if d := time.Duration(p.delay.Load()); d > 0 {
				t := time.NewTimer(d)
				defer t.Stop()
				select {
				case <-t.C:
				case <-r.Context().Done():
					return
				}
			}
			h.ServeHTTP(w, r)
		}),
	}
	go func() { _ = p.server.Serve(l) }() // ends with Close
	return p, nil
}

// forward passes requests on to the store at endpoint as they came: the host
// stays what the client signed, and at most 256 connections are open.
func forward(endpoint string) (http.Handler, error) {
	u, err := url.Parse(endpoint)
	if err != nil {
		return nil, err
	}
	return &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(u)
			r.Out.Host = r.In.Host
		},
		Transport: &http.Transport{
			MaxIdleConnsPerHost: 256, MaxConnsPerHost: 256,
			DisableCompression:    true,
			ResponseHeaderTimeout: 2 * time.Minute,
		},
		// A client that was ended in the middle of an answer is no news.
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}, nil
}
