package wire

import (
	"crypto/sha256"
	"encoding/hex"
	"sync"
	"time"
)

// Renewal makes sure that credentials which many requests were refused for are
// fetched again once, not once a request. The zero value is ready.
type Renewal struct {
	mu      sync.Mutex
	refused string
	at      time.Time
}

// again is how long after a renewal the same credentials, handed out again, are
// renewed again.
const again = time.Minute

// Renew makes provider forget the credentials of that identity, unless another
// request has done so already. It reports whether it is worth asking the
// provider again: not where it has no method Invalidate, as static credentials
// have none.
func (r *Renewal) Renew(identity string, provider any) bool {
	p, ok := provider.(interface{ Invalidate() })
	if !ok {
		return false
	}
	r.mu.Lock()
	first := r.refused != identity || time.Since(r.at) > again
	if first {
		r.refused, r.at = identity, time.Now()
	}
	r.mu.Unlock()
	if first {
		p.Invalidate()
	}
	return true
}

// Identity tells credentials apart without holding them.
func Identity(id, token string) string {
	sum := sha256.Sum256([]byte(id + "\x00" + token))
	return hex.EncodeToString(sum[:16])
}

// CredentialsName says for Describe whether requests are signed. Where the
// credentials come from is known to who found them.
func CredentialsName(signed bool) string {
	if !signed {
		return "anonymous"
	}
	return "configured"
}

// SignatureName is the name of the signature, or that there is none.
func SignatureName(name string, signed bool) string {
	if !signed {
		return "none"
	}
	return name
}
