package emulator

import (
	"net/http"
	"time"
)

// Fault is how one request is spoilt. The zero value does nothing.
type Fault struct {
	// Delay comes before the answer, beside the store's latency.
	Delay time.Duration
}

// Rule says which of a bucket's requests a Fault spoils.
type Rule struct {
	Fault Fault
}

type ruleState struct{ Rule }

func (s *Store) faultFor(x *exchange) *Fault              { return nil }
func (f *Fault) spoil(x *exchange, r *response) *response { return r }
func (f *Fault) breaksBody() bool                         { return false }
func (f *Fault) send(s *Store, w http.ResponseWriter, r *http.Request, resp *response) (int64, error) {
	return 0, nil
}
