package cache

import "sync"

// Ranges are paid for, since List calls are billed. What is read twice is what a
// guess costs, and each page that was read once pays for a part of one more, less
// what a walk asks for besides. All are thousandths of a request.
const (
	guessEarned = 200
	// guessCost is set aside for a range until it ends, and what it has read twice
	// is known.
	guessCost = 1000
	// guessMost is what is given to begin with, and the most that is kept.
	guessMost = 12 * guessCost
	// asideMost is how much of what was asked for besides is paid later.
	asideMost = 4 * guessMost
)

// guesses is what was spent and not earned since.
type guesses struct {
	mu    sync.Mutex
	spent int
}

// read accounts for a page that came.
func (g *guesses) read(k *block) {
	if len(k.uploads) == 0 {
		return
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spent += guessCost * k.again / len(k.uploads)
	if k.more {
		g.spent -= guessEarned * (len(k.uploads) - k.again) / len(k.uploads)
	}
	g.spent = max(0, g.spent)
}

// aside accounts for a page of one directory's children alone that a walk asked
// for, and which the flat listing brings again.
func (g *guesses) aside() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spent = max(g.spent, min(g.spent+guessCost, asideMost))
}

// spend sets the cost of a range aside, or reports that there is not enough.
func (g *guesses) spend() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.spent+guessCost > guessMost {
		return false
	}
	g.spent += guessCost
	return true
}

// back gives back what was set aside.
func (g *guesses) back() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.spent = max(0, g.spent-guessCost)
}
