package transport

import "context"

// Operation says what a request is for: it travels in the request's context,
// and is what attempts, logs and errors are named by.
type Operation struct {
	// Source is the source's name as in [remote.Config]; empty for the one the
	// Transport was made with. Provider likewise: s3, cos or oss.
	Source, Provider string
	// Op is the API's name, such as ListParts.
	Op string
	// Bucket, Key, Prefix and Marker are as asked for, unencoded, and empty
	// where they are not sent.
	Bucket, Key, Prefix, Marker string
	// Background marks what no reader waits for yet. It goes after all that a
	// reader waits for.
	Background bool
}

type operationKey struct{}

// With returns a context that carries op.
func With(ctx context.Context, op Operation) context.Context {
	return context.WithValue(ctx, operationKey{}, op)
}

// From returns the operation that ctx carries, or none.
func From(ctx context.Context) Operation {
	op, _ := ctx.Value(operationKey{}).(Operation)
	return op
}
