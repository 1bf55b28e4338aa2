package transport

const (
	// calmEnough is how many answers in a row make a refusal an exception: the
	// limit is then about right, and is not halved.
	calmEnough = 50
	// probeFirst and probeMost are how many answers come between two tries of
	// one more in flight, at first and after tries that were refused: at most
	// one request in so many is spent on looking for more.
	probeFirst, probeMost = 50, 400
	// probeWins is how many tries in a row must be served: the store may see
	// fewer in flight than we do.
	probeWins = 3
	// epoch is how many answers the highest number served is remembered for,
	// once or twice over.
	epoch = 100
)

// window is the number of requests in flight that the store bears: additive
// increase, multiplicative decrease, with a memory of where it was refused.
type window struct {
	size, most int
	// credit counts full windows' answers: size of them raise it by one.
	credit int
	// ceiling is the number in flight that was refused last, 0 for none known.
	// Up to it the window grows freely; it is passed by single tries only.
	ceiling int
	probing bool // a try is in flight
	// need answers since the last refused try, had so far, and tries won.
	need, had, won int
	// high is the highest number in flight that was served, this epoch and the last.
	high, lastHigh, epoch int
}

func newWindow(most int) window {
	return window{size: most, most: most, need: probeFirst}
}

// admits reports whether one more may be sent with inflight in flight.
func (w *window) admits(inflight int) bool {
	return inflight < w.size ||
		inflight == w.size && w.level() && w.had >= w.need && !w.probing && w.size < w.most
}

// level reports whether the window is just below where it was refused.
func (w *window) level() bool { return w.ceiling != 0 && w.size+1 >= w.ceiling }

// exceeds reports whether t was sent with more in flight than was served of
// late, and enough was served to say so.
func (w *window) exceeds(t ticket) bool {
	return w.lastHigh > 0 && t.inflight > max(w.high, w.lastHigh)
}

// narrow sets the window just below what t was refused at.
func (w *window) narrow(t ticket) {
	w.ceiling = max(t.inflight, 2)
	w.size = max(min(w.size, t.inflight-1), 1)
	w.credit, w.had, w.won = 0, 0, 0
}

// served counts an answer. Only one that was sent with the window full speaks
// for a wider one, and fresh says that it was sent after the last cut.
func (w *window) served(t ticket, fresh bool) {
	w.high = max(w.high, t.inflight)
	if w.epoch++; w.epoch >= epoch {
		w.lastHigh, w.high, w.epoch = w.high, 0, 0
	}
	switch {
	case !fresh:
	case t.probe:
		if w.won++; w.won >= probeWins {
			w.grow()
			w.ceiling, w.need, w.had, w.won = 0, probeFirst, 0, 0
		}
	case t.held != bySlots:
	case w.level():
		w.had++
	default:
		if w.credit++; w.credit >= w.size {
			w.grow()
		}
	}
}

func (w *window) grow() {
	w.credit = 0
	w.size = min(w.size+1, w.most)
}

// refused narrows the window: by one where it was about right, else by half.
func (w *window) refused(t ticket, calm int) {
	gentle := calm >= calmEnough && w.ceiling != 0 && w.size+2 >= w.ceiling
	w.ceiling = max(t.inflight, 2)
	w.credit, w.had, w.won = 0, 0, 0
	if gentle {
		w.size = max(w.size-1, 1)
	} else {
		w.size = max(w.size/2, 1)
	}
}

// sameBurst learns from a refusal that has been answered by a cut already.
func (w *window) sameBurst(t ticket) {
	if t.held != byPace {
		w.ceiling = max(min(w.ceiling, t.inflight), w.size+1, 2)
	}
}

// probeRefused ends a try: nothing is cut, the next try is later.
func (w *window) probeRefused(t ticket) {
	w.ceiling = t.inflight
	w.need = min(w.need*2, probeMost)
	w.had, w.won = 0, 0
}
