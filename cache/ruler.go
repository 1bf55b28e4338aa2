package cache

import (
	"math/big"
	"sort"
	"unicode/utf8"
)

// ruler measures the distance between keys, to guess where the keys that were
// not seen yet may lie. It reads a key as a number whose digits are its bytes,
// each counted in the alphabet seen at its place: decimal digits, hexadecimal
// digits, letters, or just what was there. It only guesses: what a guess is
// worth, the page that is asked for there tells.
type ruler struct {
	// head is common to all keys, in front of the first digit.
	head   string
	digits []alphabet
}

// alphabet is the bytes that a place may hold, ascending.
type alphabet []byte

const (
	// rulerDigits is how many places are read, rulerBack how many of them are
	// common to all keys seen: room for a carry.
	rulerDigits = 28
	rulerBack   = 10
)

// newRuler returns a ruler for keys like the samples, or nil where they tell
// nothing. keep is how much of the keys cannot change.
func newRuler(samples []string, keep int) *ruler {
	if len(samples) < 2 {
		return nil
	}
	first, last := samples[0], samples[len(samples)-1]
	common := 0
	for common < len(first) && common < len(last) && first[common] == last[common] {
		common++
	}
	start := max(keep, common-rulerBack)
	if start > len(first) {
		return nil
	}
	r := &ruler{head: first[:start]}
	var places [][256]bool
	for i := start; i < start+rulerDigits; i++ {
		seen, n := seenAt(samples, i)
		if n == 0 {
			break
		}
		places = append(places, seen)
	}
	for i := range places {
		r.digits = append(r.digits, widen(inRun(places, i)))
	}
	return r
}

// seenAt returns the bytes at place i of the samples and how many reach it.
func seenAt(samples []string, i int) (seen [256]bool, n int) {
	for _, s := range samples {
		if i < len(s) {
			seen[s[i]] = true
			n++
		}
	}
	return seen, n
}

// inRun returns the bytes to expect at place i: those seen there and, where
// they are digits, those of the places that vary in the same run of letters and
// digits. The first places of hexadecimal numbers show decimal digits for long.
func inRun(places [][256]bool, i int) [256]bool {
	seen := places[i]
	if !within(seen, decimal) {
		return seen
	}
	for _, step := range []int{-1, 1} {
		for j := i + step; j >= 0 && j < len(places) && within(places[j], base62); j += step {
			if count(places[j]) > 1 {
				for c, ok := range places[j] {
					seen[c] = seen[c] || ok
				}
			}
		}
	}
	return seen
}

const (
	decimal = "0123456789"
	base62  = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
)

func within(seen [256]bool, usual string) bool {
	for i := range len(usual) {
		seen[usual[i]] = false
	}
	return seen == [256]bool{}
}

func count(seen [256]bool) (n int) {
	for _, ok := range seen {
		if ok {
			n++
		}
	}
	return n
}

// widen returns the smallest usual alphabet that holds the bytes seen.
func widen(seen [256]bool) alphabet {
	for _, usual := range []string{
		decimal, decimal + "abcdef", decimal + "ABCDEF", "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
		decimal + "abcdefghijklmnopqrstuvwxyz", base62,
	} {
		if within(seen, usual) {
			return alphabet(usual)
		}
	}
	var a alphabet
	for c, ok := range seen {
		if ok {
			a = append(a, byte(c))
		}
	}
	return a
}

// read returns the number of key.
func (r *ruler) read(key string) *big.Int {
	n := new(big.Int)
	for i, a := range r.digits {
		n.Mul(n, big.NewInt(int64(len(a))))
		if at := len(r.head) + i; at < len(key) {
			d := sort.Search(len(a), func(j int) bool { return a[j] >= key[at] })
			n.Add(n, big.NewInt(int64(min(d, len(a)-1))))
		}
	}
	return n
}

// key returns a key of that number, or false where there is none.
func (r *ruler) key(n *big.Int) (string, bool) {
	n = new(big.Int).Set(n)
	buf := make([]byte, len(r.digits))
	d := new(big.Int)
	for i := len(r.digits) - 1; i >= 0; i-- {
		a := r.digits[i]
		n.DivMod(n, big.NewInt(int64(len(a))), d)
		buf[i] = a[d.Int64()]
	}
	s := r.head + string(buf)
	return s, n.Sign() == 0 && utf8.ValidString(s)
}
