package transport

import (
	"cmp"
	"context"
	"log/slog"
	"net/http"
	"time"

	"uploadfs/remote"
)

// What New assumes where a Config is silent; the same as the flags' defaults.
const (
	defaultTimeout     = 30 * time.Second
	defaultRetries     = 5
	defaultConcurrency = 64
)

// Signer completes and signs req, a fresh clone of the caller's request, in
// place. It is called once per attempt, so that a date is never stale and new
// credentials are picked up, and may change req.URL and req.Host (another
// region). An error that is no *[remote.Error] becomes one of KindDenied.
type Signer func(ctx context.Context, req *http.Request) error

// Classifier reads an answer's error document. It returns nil for a success,
// and may return nil for what it cannot read: a status that is not 2xx is then
// judged by the status alone. It sees 2xx answers too, since stores send Error
// documents with status 200. body must not be changed.
type Classifier func(resp *http.Response, body []byte) *remote.Error

// Corrector is asked after a refusal that is not about load (no 429, no 5xx)
// whether its cause has been set right: a clock offset learnt from the Date
// header, credentials refreshed, a region learnt. If it returns true the
// request is signed again and sent at once, at most twice per request. Many
// requests may ask at the same time about the same cause.
type Corrector func(ctx context.Context, err *remote.Error, resp *http.Response) bool

// Transport is the way from a dialect's client to the network. It is safe for
// concurrent use, and all that share it share its limits.
type Transport struct {
	// Correct is nil for a dialect that cannot correct anything. It must be
	// set before the first request.
	Correct Corrector

	top   http.RoundTripper
	base  http.RoundTripper
	limit *limiter
}

// New composes the layers for one source. sign and classify may be nil.
func New(cfg remote.Config, provider string, sign Signer, classify Classifier) *Transport {
	cfg = withDefaults(cfg)
	t := &Transport{limit: newLimiter(cfg.Concurrency)}

	// The one place where the layers are put together, innermost first.
	t.base = cfg.Base
	if t.base == nil {
		t.base = newNetwork(cfg)
	}
	var rt http.RoundTripper = &buffer{next: t.base, success: maxSuccess, failure: maxFailure}
	rt = &signing{next: rt, sign: sign, agent: cfg.UserAgent}
	rt = &deadline{next: rt, timeout: cfg.Timeout}
	rt = &judge{next: rt, classify: classify}
	rt = &watch{next: rt, observe: cfg.Observe, log: cfg.Logger}
	rt = &limit{next: rt, limiter: t.limit}
	rt = &retry{next: rt, attempts: cfg.Retries, correct: t.corrected}
	rt = &report{next: rt, source: cfg.Name, provider: provider, log: cfg.Logger}
	t.top = rt
	return t
}

func withDefaults(cfg remote.Config) remote.Config {
	if cfg.Timeout <= 0 {
		cfg.Timeout = defaultTimeout
	}
	cfg.Retries = max(cmp.Or(cfg.Retries, defaultRetries), 1)
	if cfg.Concurrency <= 0 {
		cfg.Concurrency = defaultConcurrency
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	return cfg
}

// RoundTrip sends req and returns an answer with a 2xx status whose body is
// whole and in memory (see [Body]), or an error that is always a
// *[remote.Error]: the final one, after every retry. A redirect is never
// followed. An error of a request whose context ended wraps the context's error.
//
// A request's body, if any, must come with GetBody. Call RoundTrip itself: an
// http.Client would wrap the error in one that prints the whole URL.
func (t *Transport) RoundTrip(req *http.Request) (*http.Response, error) { return t.top.RoundTrip(req) }

// CloseIdle closes the connections that no request uses.
func (t *Transport) CloseIdle() {
	if c, ok := t.base.(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}

// Limit returns how many requests may be in flight now, how many at most, and
// how many are.
func (t *Transport) Limit() (current, max, inflight int) { return t.limit.state() }

func (t *Transport) corrected(ctx context.Context, err *remote.Error, resp *http.Response) bool {
	return t.Correct != nil && t.Correct(ctx, err, resp)
}
