package transport

import (
	"compress/flate"
	"compress/gzip"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/url"
	"regexp"
	"strings"
	"syscall"

	"uploadfs/remote"
)

// cause is an error said in one clean line; what it was made from stays
// reachable for errors.Is.
type cause struct {
	text string
	err  error
}

func (c *cause) Error() string { return c.text }
func (c *cause) Unwrap() error { return c.err }

// unreached types an error of the network: no answer came. The second result
// says that trying again cannot help.
func unreached(err error, host string) (*remote.Error, bool) {
	if e, ok := errors.AsType[*remote.Error](err); ok {
		c := *e
		return &c, c.Kind != remote.KindUnavailable && c.Kind != remote.KindTimeout && c.Kind != remote.KindThrottled
	}
	// url.Error prints the whole URL, signature and all.
	for {
		u, ok := errors.AsType[*url.Error](err)
		if !ok || u.Err == nil {
			break
		}
		err = u.Err
	}
	text, final := say(err, host)
	return &remote.Error{Kind: remote.KindUnavailable, Err: &cause{text, err}}, final
}

// say puts the usual failures of a connection into words.
func say(err error, host string) (text string, final bool) {
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		if dns.IsNotFound {
			return "no such host: " + dns.Name, false
		}
		return "the name " + dns.Name + " could not be resolved: " + scrub(dns.Err), false
	}
	if text := certificate(err); text != "" {
		return "TLS with " + host + ": " + text, true
	}
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		return "TLS with " + host + " failed: the server does not speak TLS here (" + scrub(record.Msg) + ")", true
	}
	op, _ := errors.AsType[*net.OpError](err)
	switch {
	case op != nil && (op.Op == "remote error" || op.Op == "local error"): // crypto/tls names its alerts so
		return "TLS with " + host + " failed: " + scrub(op.Err.Error()), false
	case op != nil && op.Op == "proxyconnect":
		return "the proxy could not be reached: " + scrub(op.Err.Error()), false
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused by " + host, false
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return "connection reset by " + host, false
	case errors.Is(err, syscall.ENETUNREACH), errors.Is(err, syscall.EHOSTUNREACH):
		return "no route to " + host, false
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return host + " closed the connection without an answer", false
	case op != nil && op.Op == "dial" && op.Timeout():
		return "no connection to " + host + " in time", false
	}
	return "no answer from " + host + ": " + scrub(err.Error()), false
}

// certificate says what is wrong with a server's certificate, or nothing.
func certificate(err error) string {
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		return "the certificate is for another name than " + name.Host
	}
	if authority, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return "the certificate is not trusted: " + scrub(authority.Error())
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		return "the certificate is not valid: " + scrub(invalid.Error())
	}
	if verify, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		return "the certificate is not trusted: " + scrub(verify.Err.Error())
	}
	return ""
}

// unread types an error met within a body.
func unread(err error) *remote.Error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	switch {
	case corrupt, errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum):
		return &remote.Error{Kind: remote.KindMalformed, Err: &cause{"the compressed answer is damaged", err}}
	case errors.Is(err, errLength):
		return &remote.Error{Kind: remote.KindUnavailable, Err: err}
	case errors.Is(err, syscall.ECONNRESET):
		return &remote.Error{Kind: remote.KindUnavailable, Err: &cause{"the answer was cut short: connection reset", err}}
	case errors.Is(err, io.ErrUnexpectedEOF):
		return &remote.Error{Kind: remote.KindUnavailable, Err: &cause{"the answer was cut short", err}}
	}
	return &remote.Error{Kind: remote.KindUnavailable, Err: &cause{"the answer was cut short: " + scrub(err.Error()), err}}
}

// secretive matches what may carry a secret in a URL: userinfo and query.
var (
	userinfo = regexp.MustCompile(`://[^/?#\s"]*@`)
	query    = regexp.MustCompile(`(://[^?\s"]*)\?[^\s"]*`)
)

// scrub makes one line of a text that is not ours, without the secrets that a
// URL in it may carry.
func scrub(s string) string {
	s = query.ReplaceAllString(userinfo.ReplaceAllString(s, "://"), "$1")
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r < 0x20 || r == 0x7f }), " ")
}
