package creds

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"

	"uploadfs/remote"
)

// Fail makes the error of a credential source. The message is one line that
// says what to do, and holds no secret.
func Fail(kind remote.Kind, provider, format string, args ...any) error {
	return &remote.Error{Kind: kind, Provider: provider, Message: fmt.Sprintf(format, args...)}
}

// Reach says in a few words why an endpoint could not be reached. The URL that
// net/http puts into its errors is left out: a credentials URI can hold a
// secret.
func Reach(err error) string {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if ne, ok := errors.AsType[net.Error](err); ok && ne.Timeout() {
		return "no answer in time"
	}
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		return "no such host " + dns.Name
	}
	if op, ok := errors.AsType[*net.OpError](err); ok {
		return op.Error()
	}
	return "the request failed"
}
