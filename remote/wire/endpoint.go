package wire

import (
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"

	"uploadfs/remote"
)

// Endpoint is where a provider is reached: the scheme, host and base path of
// the user's endpoint or of the provider's own.
type Endpoint struct {
	// Scheme is https unless it was given.
	Scheme string
	// Host is the host with its port, if it has one.
	Host string
	// Path is what stands before the bucket and key, "" or beginning with a
	// slash and not ending in one, escaped.
	Path string
}

// ParseEndpoint reads an endpoint as a user writes it: a URL or a host. Plain
// http is refused off loopback unless insecure is set, and so is anything a
// request has no use for: user names, queries, fragments.
func ParseEndpoint(s string, insecure bool) (Endpoint, error) {
	text := s
	if !strings.Contains(text, "://") {
		text = "https://" + text
	}
	u, err := url.Parse(text)
	if err != nil {
		return Endpoint{}, Usage("the endpoint is no URL and no host: write --endpoint https://HOST[:PORT]")
	}
	switch {
	case u.User != nil:
		return Endpoint{}, Usage("the endpoint must not hold a user name or a password")
	case u.RawQuery != "" || u.Fragment != "":
		return Endpoint{}, Usage("the endpoint %q must not hold a query or a fragment", u.Host)
	case u.Scheme != "http" && u.Scheme != "https":
		return Endpoint{}, Usage("the endpoint's scheme %q is neither http nor https", u.Scheme)
	case u.Hostname() == "" || strings.ContainsAny(u.Host, " /\\"):
		return Endpoint{}, Usage("the endpoint %q has no host: write --endpoint https://HOST[:PORT]", s)
	}
	e := Endpoint{Scheme: u.Scheme, Host: strings.ToLower(u.Host), Path: strings.TrimRight(EscapePath(u.Path), "/")}
	if e.Scheme == "http" && !insecure && !e.Loopback() {
		return Endpoint{}, Usage("plain http to %s would show requests to the network: use https, or --insecure-http", e.Host)
	}
	return e, nil
}

// Hostname is the host without its port.
func (e Endpoint) Hostname() string {
	if h, _, err := net.SplitHostPort(e.Host); err == nil {
		return h
	}
	return strings.Trim(e.Host, "[]")
}

// IP reports whether the host is an address, below which no bucket can have a
// name of its own.
func (e Endpoint) IP() bool {
	_, err := netip.ParseAddr(e.Hostname())
	return err == nil
}

// Loopback reports whether requests stay on this machine.
func (e Endpoint) Loopback() bool {
	h := e.Hostname()
	if h == "localhost" || strings.HasSuffix(h, ".localhost") {
		return true
	}
	a, err := netip.ParseAddr(h)
	return err == nil && a.Unmap().IsLoopback()
}

// String is the endpoint as a URL.
func (e Endpoint) String() string { return e.Scheme + "://" + e.Host + e.Path }

// Address is where the requests for one bucket, or for the service, go.
type Address struct {
	Endpoint
	// Base is what stands before the slash and the key: the endpoint's path
	// and, path style, the bucket. Escaped.
	Base string
	// Fixed says that the host is the user's own choice: no answer moves it.
	Fixed bool
	// Express marks an S3 directory bucket, which is signed for a service of
	// its own.
	Express bool
	// Region is what the request is signed for, empty where that is unknown
	// or plays no part.
	Region string
}

// Style is how a bucket is addressed below an endpoint.
type Style int

const (
	// VirtualHost puts the bucket before the host.
	VirtualHost Style = iota
	// PathStyle puts the bucket before the key.
	PathStyle
	// CNAME is an endpoint that already is the bucket.
	CNAME
)

// String is the style's name, as Describe gives it.
func (s Style) String() string {
	switch s {
	case PathStyle:
		return "path"
	case CNAME:
		return "cname"
	}
	return "virtual-host"
}

// In addresses a bucket of e in the given style; an empty bucket is the
// service. It fails for a bucket name that cannot stand where the style puts
// it, which would send the request, and its signature, elsewhere.
func (e Endpoint) In(style Style, bucket, region string) (Address, error) {
	a := Address{Endpoint: e, Base: e.Path, Region: region}
	switch {
	case bucket == "":
		if style == CNAME {
			return a, Usage("the endpoint of --cname is one bucket: name it in the source")
		}
	case style == PathStyle:
		if bucket == "." || bucket == ".." {
			return a, badBucket(bucket)
		}
		a.Base += "/" + Escape(bucket)
	case style == VirtualHost:
		if !hostLabels.MatchString(bucket) {
			return a, badBucket(bucket)
		}
		a.Host = bucket + "." + e.Host
	}
	return a, nil
}

// hostLabels is what a bucket may be before a host. Upper case and underscores
// are in it, since old buckets have them.
var hostLabels = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$`)

// regionName is the syntax of every provider's region. Only such a name is put
// into a host name or a signature.
var regionName = regexp.MustCompile(`^[a-z0-9-]{1,40}$`)

// ValidRegion reports whether s has the syntax of a region.
func ValidRegion(s string) bool { return regionName.MatchString(s) }

func badBucket(bucket string) *remote.Error {
	return &remote.Error{Kind: remote.KindInvalid, Bucket: bucket, Message: fmt.Sprintf("the bucket name %q cannot be addressed", Printable(bucket))}
}

// Usage is the error of a setting that cannot work.
func Usage(format string, args ...any) *remote.Error {
	return &remote.Error{Kind: remote.KindUsage, Message: fmt.Sprintf(format, args...)}
}
