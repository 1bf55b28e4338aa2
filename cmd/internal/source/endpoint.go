package source

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"

	"uploadfs/cmd/internal/units"
)

// checkEndpoint refuses what cannot be an endpoint, and plain http to another
// machine: it would show every request's names, and lets anybody answer.
func checkEndpoint(endpoint string, insecure bool) error {
	if endpoint == "" {
		return nil
	}
	raw := endpoint
	if !strings.Contains(raw, "://") {
		raw = "https://" + raw
	}
	u, err := url.Parse(raw)
	if strings.Contains(raw, "@") {
		return errors.New("credentials do not belong into the endpoint; set them in the environment or the provider's file")
	}
	if err != nil || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		return fmt.Errorf("endpoint %s is no address, such as https://s3.example.com or http://127.0.0.1:9000", units.Quote(endpoint))
	}
	switch u.Scheme {
	case "https":
	case "http":
		if !insecure && !Loopback(u.Hostname()) {
			return fmt.Errorf("endpoint %s is plain http to another machine; use https, or --insecure-http if that is meant", units.Quote(endpoint))
		}
	default:
		return fmt.Errorf("endpoint %s: write http:// or https://", units.Quote(endpoint))
	}
	return nil
}

// Loopback reports whether host can only be this machine.
func Loopback(host string) bool {
	if host == "localhost" || strings.HasSuffix(host, ".localhost") {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
