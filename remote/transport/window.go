package transport

const (
	// calmEnough is how many answers in a row make a refusal an exception: the
	// window is then about right, and is not halved. After longCalm the pace is
	// left alone as well.
	calmEnough, longCalm = 20, 200
	// raiseBy is the number of answers that raise a wide window by one; a
	// narrower one takes a window's worth.
	raiseBy = 8
	// tryFirst and tryMost are how many answers come between two tries of one
	// more in flight, at first and after tries that were refused: at most one
	// request in so many is spent on looking for more.
	tryFirst, tryMost = 50, 400
	// tryWins is how many tries in a row must be served to raise the window:
	// the store may see fewer in flight than we do.
	tryWins = 3
	// forgetAfter is how many raises in a row by tries show that the store
	// bears more than it did.
	forgetAfter = 4
	// epoch is how many answers the highest number served is remembered for,
	// once or twice over.
	epoch = 100
)

// window is the number of requests in flight that the store bears: additive
// increase, multiplicative decrease, with a memory of where it was refused.
type window struct {
	size, most int
	// credit counts answers towards the next raise.
	credit int
	// found says that the store has ever refused, and ceiling at how many in
	// flight it did last, 0 for not known. Up to it the window grows freely; it
	// is passed by single tries only.
	found   bool
	ceiling int
	// probing says that a try is in flight, lost that it was refused; need is how
	// many answers there must be since the last refused one, had how many there
	// were, won how many tries were served since the last raise, and raises the
	// raises so made.
	probing, lost          bool
	need, had, won, raises int
	// high is the highest number in flight that was served this epoch, lastHigh
	// in the last one.
	high, lastHigh, epoch int
}

func newWindow(most int) window {
	return window{size: most, most: most, need: tryFirst}
}

// admits reports whether one more may be sent with inflight in flight.
func (w *window) admits(inflight int) bool {
	return inflight < w.size ||
		inflight == w.size && w.level() && w.had >= w.need && !w.probing && w.size < w.most
}

// level reports whether the window is just below where it was refused, and as
// wide as what was served of late.
func (w *window) level() bool {
	return w.ceiling != 0 && w.size+1 >= w.ceiling && w.size >= max(w.high, w.lastHigh)
}

// beyond reports whether t was sent with more in flight than was served of
// late, near whether with about as many: requests overtake one another on
// their way. What is alone in flight is not refused for their number. settled
// is whether enough was served to rely on either.
func (w *window) beyond(t ticket) bool { return t.inflight > max(w.high, w.lastHigh, 1) }
func (w *window) near(t ticket) bool {
	return t.inflight > 1 && t.inflight*10 >= max(w.high, w.lastHigh)*9
}

// tight reports whether t was sent with the window all but full.
func (w *window) tight(t ticket) bool { return t.inflight+1 >= w.size && w.near(t) }
func (w *window) settled() bool       { return w.lastHigh > 0 }

// served counts an answer. Only one that was sent with the window full speaks
// for a wider one, and fresh says that it was sent after the last cut. clean is
// the number of answers since a refusal: what was refused while it was in
// flight with t did not burden the store.
func (w *window) served(t ticket, fresh bool, clean int) {
	if clean >= t.inflight && !t.probe {
		w.high = max(w.high, t.inflight)
	}
	if w.epoch++; w.epoch >= epoch {
		w.lastHigh, w.high, w.epoch = w.high, 0, 0
	}
	if !t.probe && w.ceiling != 0 && w.high >= w.ceiling {
		w.ceiling = w.high + 1 // it was refused for another reason
	}
	switch {
	case !fresh:
	case t.probe:
		w.tryServed()
	case t.held != bySlots:
	case w.level():
		w.had++
	default:
		if w.credit++; w.credit >= min(w.size, raiseBy) {
			w.grow()
		}
	}
}

func (w *window) grow() {
	w.credit = 0
	w.size = min(w.size+1, w.most)
}

// tryServed raises the window after enough tries, and goes on to try: after
// some raises in a row what was refused once is forgotten.
func (w *window) tryServed() {
	if w.lost {
		return
	}
	if w.won++; w.won < tryWins {
		return
	}
	w.grow()
	w.won, w.need = 0, tryFirst
	w.raises++
	w.ceiling = w.size + 1
	if w.raises >= forgetAfter {
		w.ceiling, w.had, w.raises = 0, 0, 0
	}
}

// tryRefused ends a try: nothing is cut, the next one is later.
func (w *window) tryRefused() {
	w.met(w.size + 1)
	w.lost = w.probing
	w.need = min(w.need*2, tryMost)
}

// refused narrows the window by half, or, after a long calm, to below where it
// was refused. Where more in flight were served of late the number is not to
// blame, and stays.
func (w *window) refused(t ticket, calm int) (narrowed bool) {
	first, suspect := !w.found, w.near(t)
	w.found = true
	switch {
	case first, !w.settled(), suspect && calm < calmEnough:
		w.size = max(w.size/2, 1)
		if suspect {
			w.met(t.inflight)
		}
	case suspect:
		w.narrow(t)
		return true
	}
	return false
}

// narrow sets the window just below what t was refused at.
func (w *window) narrow(t ticket) {
	w.size = max(min(w.size, t.inflight)-1, 1)
	w.met(t.inflight)
}

// met remembers where the store refused.
func (w *window) met(inflight int) {
	w.ceiling = max(inflight, 2)
	w.credit, w.had, w.won, w.raises = 0, 0, 0, 0
}

// sameBurst learns from a refusal that has been answered by a cut already.
func (w *window) sameBurst(t ticket) {
	if w.ceiling != 0 && t.held != byPace {
		w.ceiling = max(min(w.ceiling, t.inflight), w.size+1, 2)
	}
}
