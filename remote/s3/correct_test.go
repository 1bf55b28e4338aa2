package s3

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func open(t *testing.T, cfg remote.Config, net *wiretest.Network, creds aws.CredentialsProvider) *Client {
	t.Helper()
	cfg.Base = net
	c, err := New(t.Context(), cfg, creds)
	if err != nil {
		t.Fatalf("making the client: %v", err)
	}
	return c
}

func list(t *testing.T, c *Client, bucket string) error {
	t.Helper()
	_, err := c.Uploads(t.Context(), bucket, remote.UploadsRequest{})
	return err
}

func hostsOf(sent []*http.Request) []string {
	var hosts []string
	for _, r := range sent {
		hosts = append(hosts, r.URL.Scheme+"://"+r.Host)
	}
	return hosts
}

func signedFor(r *http.Request) string {
	scope := strings.Split(r.Header.Get("Authorization"), "/")
	if len(scope) < 3 {
		return ""
	}
	return scope[2]
}

func failure(status int, code, more string, header map[string]string) wiretest.Answer {
	return wiretest.Answer{Status: status, Header: header, Body: "<Error><Code>" + code + "</Code><Message>m</Message>" + more + "</Error>"}
}

// A bucket in another region is asked for again there, at Amazon's own host of
// that region, and from then on at once (dialects.md 6.3).
func TestWrongRegionIsLearned(t *testing.T) {
	for name, refusal := range map[string]wiretest.Answer{
		"301 with the endpoint": failure(301, "PermanentRedirect", "<Endpoint>bkt.s3-ap-northeast-1.amazonaws.com</Endpoint>", map[string]string{"Location": "https://evil.example/"}),
		"301 with the header":   {Status: 301, Header: map[string]string{"x-amz-bucket-region": "ap-northeast-1"}},
		"307":                   failure(307, "TemporaryRedirect", "<Endpoint>bkt.s3.ap-northeast-1.amazonaws.com</Endpoint>", nil),
		"400":                   failure(400, "AuthorizationHeaderMalformed", "<Region>ap-northeast-1</Region>", nil),
		"400 for the location":  failure(400, "IllegalLocationConstraintException", "", map[string]string{"x-amz-bucket-region": "ap-northeast-1"}),
	} {
		net := &wiretest.Network{}
		net.Answer = func(r *http.Request, n int) wiretest.Answer {
			if r.Host == "bkt.s3.us-east-1.amazonaws.com" {
				return refusal
			}
			return wiretest.Empty(r, n)
		}
		c := open(t, remote.Config{}, net, keys{"A", "s", ""})
		for range 2 {
			if err := list(t, c, "bkt"); err != nil {
				t.Errorf("%s: the listing fails: %v", name, err)
			}
		}
		if err := list(t, c, "other"); err != nil {
			t.Errorf("%s: the listing of another bucket fails: %v", name, err)
		}
		want := "https://bkt.s3.us-east-1.amazonaws.com https://bkt.s3.ap-northeast-1.amazonaws.com https://bkt.s3.ap-northeast-1.amazonaws.com https://other.s3.us-east-1.amazonaws.com"
		if got := strings.Join(hostsOf(net.Sent()), " "); got != want {
			t.Errorf("%s: the requests go to\n%s\nwant\n%s", name, got, want)
		}
		if got := signedFor(net.Sent()[1]); got != "ap-northeast-1" {
			t.Errorf("%s: the second request is signed for %q, want ap-northeast-1", name, got)
		}
	}
}

// At an endpoint of the user's own a refusal moves the signature's region, for
// every bucket there, and never the host.
func TestWrongRegionNeverMovesAnEndpoint(t *testing.T) {
	net := &wiretest.Network{}
	net.Answer = func(r *http.Request, n int) wiretest.Answer {
		if signedFor(r) != "home-1" {
			return failure(400, "AuthorizationHeaderMalformed", "<Region>home-1</Region><Endpoint>evil.example</Endpoint>", nil)
		}
		return wiretest.Empty(r, n)
	}
	c := open(t, remote.Config{Endpoint: "https://store.example.com"}, net, keys{"A", "s", ""})
	for _, bucket := range []string{"bkt", "other"} {
		if err := list(t, c, bucket); err != nil {
			t.Errorf("listing %s fails: %v", bucket, err)
		}
	}
	if got, want := strings.Join(hostsOf(net.Sent()), " "), strings.TrimSpace(strings.Repeat("https://store.example.com ", 3)); got != want {
		t.Errorf("the requests go to %s, want %s", got, want)
	}
}

// What names no region, or the one that was tried, is not tried; a store that
// names another each time is followed once.
func TestWrongRegionEnds(t *testing.T) {
	for name, c := range map[string]struct {
		answer func(n int) wiretest.Answer
		want   int
	}{
		"a host in the region's place": {func(int) wiretest.Answer {
			return failure(400, "AuthorizationHeaderMalformed", "<Region>evil.example/</Region>", nil)
		}, 1},
		"another's endpoint": {func(int) wiretest.Answer {
			return failure(301, "PermanentRedirect", "<Endpoint>bkt.s3.eu-west-1.amazonaws.com.evil.example</Endpoint>", nil)
		}, 1},
		"a Location alone": {func(int) wiretest.Answer {
			return wiretest.Answer{Status: 307, Header: map[string]string{"Location": "https://bkt.s3.eu-west-1.amazonaws.com/"}}
		}, 1},
		"the region that was tried": {func(int) wiretest.Answer {
			return failure(301, "PermanentRedirect", "", map[string]string{"x-amz-bucket-region": "us-east-1"})
		}, 1},
		"always another": {func(n int) wiretest.Answer {
			return failure(301, "PermanentRedirect", "", map[string]string{"x-amz-bucket-region": "eu-west-" + string(rune('0'+n))})
		}, 2},
	} {
		net := &wiretest.Network{Answer: func(_ *http.Request, n int) wiretest.Answer { return c.answer(n) }}
		err := list(t, open(t, remote.Config{}, net, keys{"A", "s", ""}), "bkt")
		if kind := remote.KindOf(err); err == nil || kind != remote.KindWrongRegion && kind != remote.KindDenied {
			t.Errorf("%s: error %v, want the refusal", name, err)
		}
		if got := len(net.Sent()); got != c.want {
			t.Errorf("%s: %d requests, want %d", name, got, c.want)
		}
		for _, host := range hostsOf(net.Sent()) {
			if !strings.HasSuffix(host, ".amazonaws.com") {
				t.Errorf("%s: a request goes to %s", name, host)
			}
		}
	}
}

// A complaint about the clock is answered with the store's time, once a
// request, and later requests use it at once.
func TestClockOfTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ahead := 3 * time.Hour
		net := &wiretest.Network{}
		net.Answer = func(r *http.Request, n int) wiretest.Answer {
			now := time.Now().Add(ahead).UTC()
			signed, err := time.Parse("20060102T150405Z", r.Header.Get("X-Amz-Date"))
			if err != nil || signed.Sub(now).Abs() > 15*time.Minute {
				return failure(403, "RequestTimeTooSkewed", "", map[string]string{"Date": now.Format(http.TimeFormat)})
			}
			return wiretest.Empty(r, n)
		}
		c := open(t, remote.Config{}, net, keys{"A", "s", ""})
		for i, want := range []int{2, 3} {
			if err := list(t, c, "bkt"); err != nil {
				t.Errorf("listing %d fails: %v", i, err)
			}
			if got := len(net.Sent()); got != want {
				t.Errorf("%d requests after listing %d, want %d", got, i, want)
			}
		}
	})
}

// A store that complains of any clock is not asked without end, and one without
// a Date header not again; the error says how far the clocks are apart.
func TestClockComplaintsEnd(t *testing.T) {
	for _, c := range []struct {
		date string
		want int
	}{{time.Now().Add(-time.Hour).UTC().Format(http.TimeFormat), 2}, {"", 1}, {"yesterday", 1}} {
		net := &wiretest.Network{Answer: func(*http.Request, int) wiretest.Answer {
			return failure(403, "RequestTimeTooSkewed", "", map[string]string{"Date": c.date})
		}}
		err := list(t, open(t, remote.Config{}, net, keys{"A", "s", ""}), "bkt")
		if remote.KindOf(err) != remote.KindDenied {
			t.Errorf("date %q: error %v, want one of kind denied", c.date, err)
		}
		if got := len(net.Sent()); got != c.want {
			t.Errorf("date %q: %d requests, want %d", c.date, got, c.want)
		}
	}
}

// rotating gives new credentials after each Invalidate.
type rotating struct{ generation, invalidated atomic.Int64 }

func (r *rotating) Retrieve(context.Context) (aws.Credentials, error) {
	id := "OLD"
	if r.generation.Load() > 0 {
		id = "NEW"
	}
	return aws.Credentials{AccessKeyID: id, SecretAccessKey: "s", SessionToken: "t"}, nil
}

func (r *rotating) Invalidate() { r.invalidated.Add(1); r.generation.Add(1) }

// Lapsed credentials are fetched again and the request sent once more; requests
// that were refused together fetch them once.
func TestLapsedCredentials(t *testing.T) {
	net := &wiretest.Network{}
	net.Answer = func(r *http.Request, n int) wiretest.Answer {
		if strings.Contains(r.Header.Get("Authorization"), "Credential=OLD/") {
			return failure(400, "ExpiredToken", "", nil)
		}
		return wiretest.Empty(r, n)
	}
	creds := &rotating{}
	c := open(t, remote.Config{}, net, creds)
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			if err := list(t, c, "bkt"); err != nil {
				t.Errorf("a listing fails: %v", err)
			}
		})
	}
	wg.Wait()
	if got := creds.invalidated.Load(); got != 1 {
		t.Errorf("the credentials were fetched again %d times, want once", got)
	}

	net = &wiretest.Network{Answer: func(*http.Request, int) wiretest.Answer { return failure(400, "ExpiredToken", "", nil) }}
	for name, p := range map[string]struct {
		creds aws.CredentialsProvider
		want  int
	}{"credentials that cannot be renewed": {keys{"A", "s", "t"}, 1}, "credentials that lapse at once": {&rotating{}, 2}} {
		before := len(net.Sent())
		err := list(t, open(t, remote.Config{}, net, p.creds), "bkt")
		if got := len(net.Sent()) - before; remote.KindOf(err) != remote.KindDenied || got != p.want {
			t.Errorf("%s: %d requests and error %v, want %d and one of kind denied", name, got, err, p.want)
		}
	}
}

// broken is a provider that has none.
type broken struct{}

func (broken) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{}, context.DeadlineExceeded
}

// Anonymous requests carry no signature; credentials that cannot be had send
// nothing.
func TestAnonymousAndNoCredentials(t *testing.T) {
	for _, creds := range []aws.CredentialsProvider{nil, aws.AnonymousCredentials{}} {
		net := &wiretest.Network{Answer: wiretest.Empty}
		c := open(t, remote.Config{Anonymous: creds == nil}, net, creds)
		if err := list(t, c, "bkt"); err != nil {
			t.Errorf("the anonymous listing fails: %v", err)
		}
		if got := net.Sent()[0].Header.Get("Authorization"); got != "" {
			t.Errorf("the anonymous request carries %q", got)
		}
		if got := c.Describe(); got["credentials"] != "anonymous" || got["signature"] != "none" {
			t.Errorf("an anonymous client describes itself as %v", got)
		}
	}
	net := &wiretest.Network{Answer: wiretest.Empty}
	if err := list(t, open(t, remote.Config{}, net, broken{}), "bkt"); err == nil || len(net.Sent()) != 0 {
		t.Errorf("without credentials: error %v and %d requests, want an error and none", err, len(net.Sent()))
	}
}
