package fs

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// The limits of interface.md, Names: a name has at most 255 bytes, and a name
// that is cut ends in a marker and 32 digits of the component's SHA-256.
const (
	maxName      = 255
	hashedCut    = 221
	collidedCut  = 220
	hashedMark   = "%~"
	collidedMark = "%~~"
	sumDigits    = 32
	// shortestCut is the shortest beginning that a hashed name can have: what
	// did not fit any more is at most one character of four bytes.
	shortestCut = hashedCut - utf8.UTFMax + 1
)

const upperHex = "0123456789ABCDEF"

// encodeName returns the one name of a key component or an upload id: its own
// bytes, escaped where a name cannot hold them or would say something else, and
// hashed where it is too long. It is total and injective, and the name is never
// empty, ".", "..", longer than 255 bytes, and holds neither slash nor NUL.
//
// A component never holds a slash, so components and upload ids share one
// encoding, and a component has the name of an upload id only where the two are
// the same bytes.
func encodeName(s string) string {
	if plain(s) {
		return s
	}
	e := escape(s)
	if len(e) <= maxName {
		return e
	}
	return cutName(s, hashedCut) + hashedMark + sum(s)
}

// encodeCollided returns the name of a key component whose own name is taken by
// an upload id of the same directory.
func encodeCollided(s string) string {
	return cutName(s, collidedCut) + collidedMark + sum(s)
}

// plain reports whether s is its own name.
func plain(s string) bool {
	if len(s) == 0 || len(s) > maxName || s == "." || s == ".." {
		return false
	}
	for i := range len(s) {
		if c := s[i]; c < 0x20 || c == 0x7f || c == '/' || c == '%' {
			return false
		}
	}
	return true
}

// escape is encodeName without the bound on the length.
func escape(s string) string {
	switch s {
	case "":
		return "%"
	case ".":
		return "%2E"
	case "..":
		return "%2E%2E"
	}
	var b strings.Builder
	for i := range len(s) {
		if needsEscape(s, i) {
			b.Write([]byte{'%', upperHex[s[i]>>4], upperHex[s[i]&15]})
		} else {
			b.WriteByte(s[i])
		}
	}
	return b.String()
}

// needsEscape says whether the byte at i is written as %XX, "." and ".." apart.
// A percent sign is escaped only where it would otherwise read as an escape, as
// a marker, or as the empty component.
func needsEscape(s string, i int) bool {
	switch c := s[i]; {
	case c < 0x20, c == 0x7f, c == '/':
		return true
	case c != '%':
		return false
	case len(s) == 1:
		return true
	}
	rest := s[i+1:]
	return strings.HasPrefix(rest, "~") || len(rest) >= 2 && isHex(rest[0]) && isHex(rest[1])
}

// cutName returns as much of the beginning of s, escaped, as fits in limit
// bytes without splitting an escape or a UTF-8 character. Bytes that are no
// UTF-8 are characters of their own.
func cutName(s string, limit int) string {
	e := escape(s)
	if len(e) <= limit {
		return e
	}
	n := 0
	for i := 0; i < len(s); {
		unit, width := 3, 1
		if !needsEscape(s, i) {
			_, width = utf8.DecodeRuneInString(s[i:])
			unit = width
		}
		if n+unit > limit {
			break
		}
		n += unit
		i += width
	}
	return e[:n]
}

// sum returns the digits that a cut name ends in.
func sum(s string) string {
	h := sha256.Sum256([]byte(s))
	return hex.EncodeToString(h[:sumDigits/2])
}

// form is how a name stands for a component or an upload id.
type form uint8

const (
	formPlain form = iota
	formHashed
	formCollided
)

// parsed is what a name says. Of a plain name, text is the whole component. Of
// another, text is the component's beginning, the whole of it perhaps, and only
// matches tells which component is meant.
type parsed struct {
	name string
	form form
	text string
}

// parseName reads a name that encodeName or encodeCollided may have given. It
// fails for every name that they cannot give, as far as that can be said without
// knowing the component: such a name does not exist, and nobody need be asked.
func parseName(name string) (parsed, bool) {
	if name == "" || len(name) > maxName {
		return parsed{}, false
	}
	if plain(name) {
		return parsed{name: name, text: name}, true
	}
	begin, f := splitMark(name)
	text, ok := unescape(begin)
	p := parsed{name: name, form: f, text: text}
	switch {
	case !ok:
		return parsed{}, false
	case f == formPlain:
		return p, encodeName(text) == name
	case f == formHashed:
		return p, len(begin) >= shortestCut && len(begin) <= hashedCut
	default:
		return p, begin != "" && len(begin) <= collidedCut
	}
}

// matches reports whether the name stands for component (or upload id) s.
func (p parsed) matches(s string) bool {
	switch p.form {
	case formPlain:
		return p.text == s
	case formHashed:
		return encodeName(s) == p.name
	default:
		return encodeCollided(s) == p.name
	}
}

// splitMark takes the marker and the digits off a cut name.
func splitMark(name string) (begin string, f form) {
	cut := len(name) - sumDigits
	if cut < 0 || !lowerHex(name[cut:]) {
		return name, formPlain
	}
	if begin, ok := strings.CutSuffix(name[:cut], collidedMark); ok {
		return begin, formCollided
	}
	if begin, ok := strings.CutSuffix(name[:cut], hashedMark); ok {
		return begin, formHashed
	}
	return name, formPlain
}

// unescape undoes escape. It fails where a byte stands that escape never leaves.
func unescape(name string) (string, bool) {
	if name == "%" {
		return "", true
	}
	var b strings.Builder
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c < 0x20, c == 0x7f, c == '/':
			return "", false
		case c == '%' && i+2 < len(name) && isHex(name[i+1]) && isHex(name[i+2]):
			c = hexValue(name[i+1])<<4 | hexValue(name[i+2])
			i += 2
		}
		b.WriteByte(c)
	}
	return b.String(), true
}

func isHex(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}

func hexValue(c byte) byte {
	switch {
	case c <= '9':
		return c - '0'
	case c <= 'F':
		return c - 'A' + 10
	default:
		return c - 'a' + 10
	}
}

func lowerHex(s string) bool {
	for i := range len(s) {
		if c := s[i]; (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}
