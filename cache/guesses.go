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
	mu sync.Mutex
	// spent includes kept, which is set aside for ranges under way.
	spent, kept int
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
	g.kept += guessCost
	return true
}

// back gives back what was set aside, unless the range was empty and has cost it.
func (g *guesses) back(empty bool) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.kept -= guessCost
	if !empty {
		g.spent = max(0, g.spent-guessCost)
	}
}

// short reports whether much was spent and not earned yet.
func (g *guesses) short() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.spent-g.kept >= guessMost/2
}
