//go:build linux

package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// tlsServer serves h with a certificate of its own, which authority holds as PEM.
func tlsServer(t *testing.T, h http.Handler) (server *tlsGate, authority string) {
	t.Helper()
	g := &tlsGate{gate: gate{t: t, handler: h, address: "127.0.0.1:0"}}
	var der []byte
	g.good, der = selfSigned(t)
	g.start(g.good)
	t.Cleanup(g.close)
	g.URL = "https://" + g.address
	authority = filepath.Join(t.TempDir(), "authority.pem")
	if err := os.WriteFile(authority, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600); err != nil {
		t.Fatal(err)
	}
	return g, authority
}

// tlsGate is a gate that speaks TLS.
type tlsGate struct {
	gate
	good tls.Certificate
	URL  string
}

func (g *tlsGate) start(cert tls.Certificate) {
	g.t.Helper()
	g.serve(tls.NewListener(g.listen(), &tls.Config{Certificates: []tls.Certificate{cert}}), g.handler)
}

// swap shows another certificate at the same address while f runs.
func swap(t *testing.T, g *tlsGate, f func()) {
	t.Helper()
	g.close()
	other, _ := selfSigned(t)
	g.start(other)
	f()
	g.close()
	g.start(g.good)
}

// selfSigned makes a certificate for 127.0.0.1 that is its own authority.
func selfSigned(t *testing.T) (tls.Certificate, []byte) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, der
}
