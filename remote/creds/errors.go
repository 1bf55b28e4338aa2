package creds

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"uploadfs/remote"
)

// Fail makes the error of a credential source. The message is one line that
// says what to do, and holds no secret.
func Fail(kind remote.Kind, provider, format string, args ...any) error {
	return &remote.Error{Kind: kind, Provider: provider, Message: fmt.Sprintf(format, args...)}
}

// AskFailed makes the error for a service that [Ask] got no credentials from.
// A 401, 403 or 404 is a service that has none for this machine.
func AskFailed(provider, who string, err error) error {
	if status, ok := errors.AsType[StatusError](err); ok {
		kind := remote.KindUnavailable
		switch status {
		case http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound:
			kind = remote.KindDenied
		}
		return Fail(kind, provider, "%s answers %v", who, status)
	}
	return Fail(remote.KindUnavailable, provider, "%s: %s", who, reach(err))
}

// reach says in a few words why an endpoint could not be reached. The URL that
// net/http puts into its errors is left out: a credentials URI can hold a
// secret.
func reach(err error) string {
	if ue, ok := errors.AsType[*url.Error](err); ok {
		err = ue.Err
	}
	if errors.Is(err, ErrTooLong) {
		return ErrTooLong.Error()
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
