package creds

import (
	"context"
	"log/slog"
	"time"
)

// Keys are an access key pair with the token of temporary credentials, if any.
type Keys struct {
	ID, Secret, Token string
	// Expires is when they lapse, zero for never or not known.
	Expires time.Time
}

// String and its like keep the secret out of whatever prints the value.
func (Keys) String() string { return "(credentials)" }

// GoString is String for %#v.
func (k Keys) GoString() string { return k.String() }

// LogValue is String for log/slog.
func (k Keys) LogValue() slog.Value { return slog.StringValue(k.String()) }

// Source is one place that credentials come from.
type Source struct {
	// Origin names the kind of place for a person, never a value from it:
	// "environment OSS_ACCESS_KEY_ID", "file ~/.cos.yaml", "CVM role".
	Origin string
	Fetch  Fetch[Keys]
}

// Fixed returns a source that always gives k.
func Fixed(origin string, k Keys) *Source {
	return &Source{Origin: origin, Fetch: func(context.Context) (Keys, time.Time, error) {
		return k, k.Expires, nil
	}}
}
