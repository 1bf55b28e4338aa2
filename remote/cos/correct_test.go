package cos

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

// rotating gives new credentials after each Invalidate.
type rotating struct{ generation atomic.Int64 }

func (r *rotating) Retrieve(context.Context) (Credentials, error) {
	id := "OLD"
	if r.generation.Load() > 0 {
		id = "NEW"
	}
	return Credentials{ID: id, Secret: "s", Token: "t"}, nil
}

func (r *rotating) Invalidate() { r.generation.Add(1) }

// Lapsed credentials and a skewed clock are both put right in one request; COS
// calls the latter by a code with blanks (dialects.md 6.2).
func TestTwoCausesInOneRequest(t *testing.T) {
	ahead := 26 * time.Hour
	net := &wiretest.Network{}
	net.Answer = func(r *http.Request, n int) wiretest.Answer {
		now := time.Now().Add(ahead)
		auth, err := url.ParseQuery(strings.ReplaceAll(r.Header.Get("Authorization"), ";", "%3B"))
		if err != nil {
			t.Errorf("the authorisation is %q: %v", r.Header.Get("Authorization"), err)
		}
		from, to, _ := strings.Cut(auth.Get("q-sign-time"), ";")
		start, _ := strconv.ParseInt(from, 10, 64)
		end, _ := strconv.ParseInt(to, 10, 64)
		if now.Unix() < start || now.Unix() > end {
			return wiretest.Answer{
				Status: 403, Header: map[string]string{"Date": now.UTC().Format(http.TimeFormat)},
				Body: "<Error><Code>Request has expired</Code><Message>m</Message></Error>",
			}
		}
		if auth.Get("q-ak") == "OLD" {
			return wiretest.Answer{Status: 400, Body: "<Error><Code>ExpiredToken</Code></Error>"}
		}
		if !strings.Contains(auth.Get("q-header-list"), "host") || !strings.Contains(auth.Get("q-header-list"), "x-cos-security-token") {
			t.Errorf("the signature covers %q, want the host and the token", auth.Get("q-header-list"))
		}
		return wiretest.Empty(r, n)
	}
	creds := &rotating{}
	c, err := New(t.Context(), remote.Config{Region: "ap-guangzhou", Base: net}, creds)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Uploads(t.Context(), bucket, remote.UploadsRequest{}); err != nil {
		t.Errorf("the listing fails: %v", err)
	}
	if got := len(net.Sent()); got != 3 || creds.generation.Load() != 1 {
		t.Errorf("%d requests and %d renewals, want 3 and 1", got, creds.generation.Load())
	}
}
