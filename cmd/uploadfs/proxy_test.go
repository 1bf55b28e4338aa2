//go:build linux

package main

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"sync/atomic"
	"testing"
)

// TestTheEnvironmentsProxyIsUsed: requests to a store off this machine go by
// the proxy that HTTP_PROXY names, and those that NO_PROXY excepts do not.
func TestTheEnvironmentsProxyIsUsed(t *testing.T) {
	needMount(t)
	s, _ := store(t)
	var proxied atomic.Int64
	proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.URL.Host != "store.example.test" {
			http.Error(w, "not asked of a proxy", http.StatusBadGateway)
			return
		}
		proxied.Add(1)
		q.RequestURI = q.URL.RequestURI()
		s.ServeHTTP(w, q)
	}))
	t.Cleanup(proxy.Close)
	source := "s3://bkt?endpoint=http://store.example.test&region=us-east-1&path-style=true"
	dir := place(t)
	env := append(demoKeys(), "HTTP_PROXY="+proxy.URL)
	mountAt(t, env, dir, "--insecure-http", source)
	if got := list(t, dir+"/bkt/uploads"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("by the proxy the mount shows %q, want the store's two names", got)
	}
	if proxied.Load() == 0 {
		t.Error("the proxy saw no request")
	}
	before := proxied.Load()
	other := place(t)
	r := program(t, append(env, "NO_PROXY=store.example.test"), "--insecure-http", "--retries=1", "--timeout=2s", source, other)
	if r.status != 1 || proxied.Load() != before {
		t.Errorf("with NO_PROXY: status %d and %d requests by the proxy, want 1 and none: the name has no address", r.status, proxied.Load()-before)
	}
}
