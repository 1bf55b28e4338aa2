package cache

import "sync"

// Ranges are paid for, since List calls are billed: a page that was read earns a
// quarter of a request, and a range costs more than one, most of it for a guess
// that finds nothing. Where it finds something, guessFound of that comes back;
// the rest is for what is read twice where the range ends. All are quarters.
const (
	guessEarned = 1
	guessCost   = 5
	guessFound  = 2
	// guessMost is what is given to begin with, and the most that is kept.
	guessMost = 12 * guessCost
)

// guesses is what was spent and not earned since, in quarters of a request.
type guesses struct {
	mu    sync.Mutex
	spent int
}

// earn takes back what was spent.
func (g *guesses) earn(n int) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spent = max(0, g.spent-n)
}

// spend pays for a range, or reports that there is not enough.
func (g *guesses) spend() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.spent+guessCost > guessMost {
		return false
	}
	g.spent += guessCost
	return true
}
