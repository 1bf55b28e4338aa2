package cos

import (
	"context"
	"fmt"
	"net/http"
	"path"
	"time"

	sdk "github.com/tencentyun/cos-go-sdk-v5"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

const (
	// validity is how long a signature is good for, in case the clocks differ.
	validity = time.Hour
	// bucketPage is how many buckets GET Service gives at most (dialects.md 1.2).
	bucketPage = 2000
)

// dialect is what COS has of its own. See wire.Dialect.
type dialect struct {
	hosts
	creds   CredentialsProvider
	renewal wire.Renewal
}

func (d *dialect) Provider() string { return "cos" }

func (d *dialect) Sign(ctx context.Context, req *http.Request, s wire.Signing) (string, error) {
	if d.creds == nil {
		return "", nil
	}
	c, err := d.creds.Retrieve(ctx)
	if err != nil {
		return "", fmt.Errorf("no credentials for COS: %w", err)
	}
	if c.ID == "" || c.Secret == "" {
		return "", nil
	}
	sign(req, c, s.Time)
	return wire.Identity(c.ID, c.Token), nil
}

// sign signs from a minute ago, so that a clock that is slightly ahead does no
// harm: COS refuses a signature whose time has not begun.
func sign(req *http.Request, c Credentials, now time.Time) {
	start := now.Add(-time.Minute)
	end := now.Add(validity)
	signBetween(req, c, start, end)
}

func signBetween(req *http.Request, c Credentials, start, end time.Time) {
	sdk.AddAuthorizationHeader(c.ID, c.Secret, c.Token, req, &sdk.AuthTime{
		SignStartTime: start, SignEndTime: end, KeyStartTime: start, KeyEndTime: end,
	})
	// The signer puts the host among the headers to sign it there; net/http
	// sends it from req.Host.
	req.Header.Del("Host")
}

func (d *dialect) Renew(identity string) bool { return d.renewal.Renew(identity, d.creds) }

func (d *dialect) BucketsQuery(q *wire.Query, req remote.BucketsRequest) {
	n := req.Max
	if n <= 0 || n > bucketPage {
		n = bucketPage
	}
	q.Int("max-keys", n)
	q.Add("marker", req.Marker)
}

func (d *dialect) KeyPath(key string) (string, error) {
	if path.Clean("/"+key) == "/" {
		return "", &remote.Error{Kind: remote.KindInvalid, Message: "COS cannot tell this key from the bucket itself: nothing is left of it once its path is simplified"}
	}
	return wire.EscapeDots(key), nil
}
