// Package creds holds what the providers' credential sources have in common:
// a cache that renews, and readers for the environment, for the vendors' files
// and for instance metadata services.
//
// # Sources
//
// Each dialect looks in its vendor's own places, in the vendor's own order, and
// settles on one source when it starts. A source is a [Fetch]: it can be asked
// again, so that a file that was rewritten or a role whose credentials were
// rotated is seen without a restart.
//
// # Renewal
//
// A [Cache] asks its source in good time before credentials lapse, once for
// all waiters, and serves the old ones for as long as they are valid. What a
// service has refused as lapsed is dropped with [Cache.Invalidate].
//
// # Secrets
//
// Nothing here puts a value from a file, a variable or an answer into an error
// or a log: errors name files, line numbers, variables and status codes. The
// YAML and JSON decoders' own errors quote their input, so they are not passed
// on. [Keys] prints as a placeholder.
//
// # Bounds
//
// Files are regular and at most [MaxFile] bytes. Answers are at most
// [MaxAnswer] bytes, redirects are not followed, and no proxy is used, because
// a metadata service answers on the machine itself.
package creds
