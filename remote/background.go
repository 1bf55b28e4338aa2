package remote

import "context"

type backgroundKey struct{}

// WithBackground marks the requests made under ctx as speculation: they yield
// to requests that a reader waits for.
func WithBackground(ctx context.Context) context.Context {
	return context.WithValue(ctx, backgroundKey{}, true)
}

// IsBackground reports whether ctx was marked by WithBackground.
func IsBackground(ctx context.Context) bool {
	v, _ := ctx.Value(backgroundKey{}).(bool)
	return v
}
