package cos

import (
	"context"
	"time"
)

// Credentials are what signs a request to COS. They are secret but for ID.
type Credentials struct {
	// ID and Secret are the SecretId and SecretKey of Tencent Cloud, Token the
	// session token of temporary credentials or empty.
	ID, Secret, Token string
	// Expires is when they lapse, zero for never.
	Expires time.Time
}

// CredentialsProvider gives credentials that are good for a request now, from
// a cache where it can. It is safe for concurrent use. A provider that also
// has the method Invalidate is told of credentials that the service refused as
// lapsed, and then fetches new ones.
type CredentialsProvider interface {
	Retrieve(ctx context.Context) (Credentials, error)
}
