// Package transport is what lies between a dialect's client and the network:
// it takes a request and gives back a whole answer or a typed error.
//
//	t := transport.New(cfg, "s3", sign, classify)
//	req, _ := http.NewRequestWithContext(transport.With(ctx, op), "GET", url, nil)
//	resp, err := t.RoundTrip(req)
//	page := transport.Body(resp)
//
// # Layers
//
// Each concern is one [net/http.RoundTripper] in a file of its own, put
// together in [New], outermost first:
//
//	report    names the error, logs once what failed for good
//	retry     sends again what may pass, with backoff, jitter and Retry-After
//	limit     waits for a turn: requests in flight, requests a second
//	watch     tells of every attempt: [remote.Attempt], a debug line
//	judge     makes an answer or a typed fault of whatever came
//	deadline  bounds one attempt, body included
//	signing   clones the request and has it signed, afresh for every attempt
//	buffer    reads the whole body, bounded
//	network   net/http, or the Base of the configuration
//
// Since the body is read inside all of them, a body that is cut short, stalls
// or never ends is a failed attempt like any other, and a decoder above sees
// only bytes in memory. A redirect is never followed: it is an error that the
// dialect's [Classifier] explains and its [Corrector] may set right.
//
// # What is tried again
//
// Network errors, bodies cut short, 429, 500, 502, 503, 504, 520 to 524, 400
// RequestTimeout, and every code by which a store refuses for its load, to the
// number of attempts configured; a page that cannot be read, once; an answer
// that the Corrector has set right, twice, at once. Nothing else, and never 501
// (dialects.md 6.3). A wait that the caller's deadline does not allow is not
// begun. The last failure is the one returned.
//
// # How the limiter finds what a store bears
//
// Stores refuse above a number of requests in flight or above a number a
// second, and do not say which. So there are two limits:
//
//   - The window is the number in flight. It is halved by the first refusals,
//     raised by one a window of answers, and remembers where it was refused: just
//     below that it is raised only by tries of one request at a time, which
//     become rarer when refused, and cost nothing else.
//   - The pace is the number a second, none until a store refuses. It is set to
//     what the store was measured to serve, raised quickly where nothing is known
//     and slowly near the rate that was refused, and lowered by little if it was
//     about right.
//
// A refusal is blamed on the limit that held the request back, and on the
// window rather than the pace if more were in flight than were served of late.
// All that was sent before a cut belongs to the same burst and cuts nothing
// more. A limit that nobody waits for is not raised. A store that refuses
// everything for a while, as one does that counts by the second, is asked at a
// quarter of the pace until it serves again.
//
// Requests wait in two lines: those that a reader waits for go before those
// made ahead of any reader ([Operation].Background), and in each those that were
// refused before go first. A backoff is spent outside the lines and holds no
// slot. Every wait ends with the request's context.
//
// # Secrets
//
// Errors, log lines and attempts hold no header and no query; the texts of
// errors from below are rid of both, and of a URL's user and password.
package transport
