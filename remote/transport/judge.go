package transport

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"uploadfs/remote"
)

// judge turns whatever came of an attempt into an answer with a 2xx status or
// a typed fault.
type judge struct {
	next     http.RoundTripper
	classify Classifier
}

func (j *judge) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := j.next.RoundTrip(req)
	if err == nil {
		e := j.read(resp)
		if e == nil {
			return resp, nil
		}
		return nil, answered(e, resp)
	}
	f, ok := errors.AsType[*fault](err)
	if !ok {
		e, final := unreached(err, req.URL.Host)
		return nil, &fault{err: e, final: final}
	}
	if f.resp == nil {
		return nil, f
	}
	if f.resp.StatusCode/100 == 2 {
		f.err.Status, f.err.RequestID = f.resp.StatusCode, requestID(f.resp.Header)
		return nil, f
	}
	// An error document was cut short: what is left of it says more than that.
	cut := answered(j.read(f.resp), f.resp)
	cut.final = false
	return nil, cut
}

// read is the classifier's word, or the status's where it has none.
func (j *judge) read(resp *http.Response) *remote.Error {
	var e *remote.Error
	if j.classify != nil {
		if e = j.classify(resp, Body(resp)); e != nil {
			c := *e // a classifier may return a value that it keeps
			e = &c
		}
	}
	success := resp.StatusCode/100 == 2
	if e == nil {
		if success {
			return nil
		}
		e = &remote.Error{Kind: byStatus(resp.StatusCode, resp.Header)}
	}
	if e.Status == 0 {
		e.Status = resp.StatusCode
	}
	if e.RequestID == "" {
		e.RequestID = requestID(resp.Header)
	}
	switch {
	case ThrottleCode(e.Code), resp.StatusCode == http.StatusTooManyRequests:
		e.Kind = remote.KindThrottled
	case e.Kind == remote.KindInternal && !success:
		e.Kind = byStatus(resp.StatusCode, resp.Header)
	}
	return e
}

// answered wraps a refusal with what the answer says about trying again.
func answered(e *remote.Error, resp *http.Response) *fault {
	f := &fault{err: e, resp: resp, after: retryAfter(resp.Header, time.Now())}
	f.bytes = int64(len(Body(resp)))
	// Every store's 503 asks for a lower rate (dialects.md 6.2), even where its
	// kind to the reader is another one; so does a proxy's without a document.
	f.throttled = e.Kind == remote.KindThrottled || resp.StatusCode == http.StatusServiceUnavailable
	f.final = !passing(e, resp.StatusCode, f.throttled)
	return f
}

// passing is the retry policy for answers (dialects.md 6.3).
func passing(e *remote.Error, status int, throttled bool) bool {
	switch {
	case status == http.StatusNotImplemented:
		return false
	case throttled, status >= 520 && status <= 524:
		return true
	case status == 500, status == 502, status == 504:
		return true
	case status == http.StatusBadRequest && e.Code == "RequestTimeout":
		return true
	case status/100 == 2:
		// An Error document under 200, or a page that is none; see retry for how
		// often the latter.
		return e.Kind == remote.KindUnavailable || e.Kind == remote.KindTimeout || e.Kind == remote.KindMalformed
	}
	return false
}

// byStatus judges an answer without a document that could be read: from a
// proxy, a load balancer or to HEAD.
func byStatus(status int, h http.Header) remote.Kind {
	switch {
	case status == http.StatusTooManyRequests, status == http.StatusServiceUnavailable && h.Get("Retry-After") != "":
		return remote.KindThrottled
	case status == http.StatusUnauthorized, status == http.StatusForbidden,
		status == http.StatusPaymentRequired, status == http.StatusUnavailableForLegalReasons,
		status == http.StatusProxyAuthRequired:
		return remote.KindDenied
	case status == http.StatusNotFound, status == http.StatusGone:
		return remote.KindNoKey
	case status == http.StatusMethodNotAllowed, status == http.StatusNotImplemented:
		return remote.KindUnsupported
	case status >= 500:
		return remote.KindUnavailable
	case status >= 400:
		return remote.KindInvalid
	}
	// A redirect that nobody explains, or a status that answers no request of ours.
	return remote.KindMalformed
}

// ThrottleCode reports whether code is one by which a store refuses a request
// for its rate or load, whatever the status (dialects.md 6.2 and 6.3).
func ThrottleCode(code string) bool {
	switch code {
	case "SlowDown", "SlowDownRead", "SlowDownWrite", "ServerBusy", "ServiceUnavailable",
		"TotalQpsLimitExceeded", "MetaOperationQpsLimitExceeded", "ActiveRequestLimitExceeded", "CpuLimitExceeded",
		"UploadTrafficRateLimitExceeded", "DownloadTrafficRateLimitExceeded",
		"RequestLimitExceeded", "PriorRequestNotComplete", "BandwidthLimitExceeded", "XMinioServerNotInitialized":
		return true
	}
	return strings.HasPrefix(code, "Throttling") || strings.HasPrefix(code, "TooManyRequests")
}

// retryAfter reads Retry-After, in seconds or as a date; 0 where it asks for
// nothing or is not understood.
func retryAfter(h http.Header, now time.Time) time.Duration {
	s := strings.TrimSpace(h.Get("Retry-After"))
	if s == "" {
		return 0
	}
	if n, err := strconv.ParseUint(s, 10, 31); err == nil {
		return time.Duration(n) * time.Second
	}
	t, err := http.ParseTime(s)
	if err != nil {
		return 0
	}
	return max(t.Sub(now), 0)
}

// requestID is what a store's support asks for.
func requestID(h http.Header) string {
	for _, name := range [...]string{"X-Amz-Request-Id", "X-Cos-Request-Id", "X-Oss-Request-Id", "X-Request-Id"} {
		if v := h.Get(name); v != "" {
			return v
		}
	}
	return ""
}
