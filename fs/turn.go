package fs

import "context"

// turn lets one reader of an open file or directory in at a time. It holds a token
// while nobody reads, and waiting for that ends with ctx, as waiting for a mutex
// would not.
type turn chan struct{}

func newTurn() turn {
	t := make(turn, 1)
	t.give()
	return t
}

// take waits for the turn. It reports false where ctx has ended first.
func (t turn) take(ctx context.Context) bool {
	select {
	case <-t:
		return true
	case <-ctx.Done():
		return false
	}
}

// give gives the turn back.
func (t turn) give() { t <- struct{}{} }
