package xmlpage

import (
	"bytes"
	"math"
	"strings"
)

// number reads a decimal number without sign, blanks around it allowed: Tencent
// and Alibaba document theirs as strings (dialects.md 2.1).
func number(text []byte) (n int64, ok bool) {
	text = trim(text)
	if len(text) == 0 {
		return 0, false
	}
	for _, c := range text {
		d := int64(c - '0')
		if c-'0' > 9 || n > (math.MaxInt64-d)/10 {
			return 0, false
		}
		n = n*10 + d
	}
	return n, true
}

// flag is IsTruncated: not sent, false or true.
type flag uint8

const (
	absent flag = iota
	no
	yes
)

// flag reads IsTruncated, in any case since Tencent documents TRUE. It takes
// nothing else, and no two that differ: either may hide half a listing.
func (s *scanner) flag(dst *flag) {
	at := s.pos
	text := trim(s.text())
	value := no
	switch {
	case bytes.EqualFold(text, []byte("true")):
		value = yes
	case !bytes.EqualFold(text, []byte("false")):
		s.fail(at, "IsTruncated is %.20q", text)
	}
	if *dst != absent && *dst != value {
		s.fail(at, "two IsTruncated that differ")
	}
	*dst = value
}

// once reads text that an entry is named by. Two that differ name no entry.
func (s *scanner) once(dst *[]byte, trimmed bool) {
	at, name := s.pos, s.name
	text := s.text()
	if trimmed {
		text = trim(text)
	}
	if len(*dst) > 0 && !bytes.Equal(*dst, text) {
		s.fail(at, "two %.40q that differ", name)
		return
	}
	*dst = text
}

// etag reads an ETag without blanks and without its one pair of quotes, which
// come raw, as &quot; or as &#34; (dialects.md 2.1).
func (s *scanner) etag() []byte {
	if s.special && !s.empty && s.err == nil {
		// Most stores quote so, and have no other reference in the ETag.
		raw, end := s.plain()
		for _, quote := range [...]string{"&quot;", "&#34;"} {
			if n := len(quote); len(raw) >= 2*n && string(raw[:n]) == quote && string(raw[len(raw)-n:]) == quote && !isSpecial(raw[n:len(raw)-n]) {
				s.pos = end
				s.depth--
				return raw[n : len(raw)-n]
			}
		}
	}
	text := trim(s.text())
	if n := len(text); n >= 2 && text[0] == '"' && text[n-1] == '"' {
		return text[1 : n-1]
	}
	return text
}

// arena makes the strings of a page from one allocation of their exact size, so
// that they neither hold the body in memory nor cost one allocation each. A
// strings.Builder never moves what it holds while it is within its capacity.
type arena struct{ b strings.Builder }

func (a *arena) grow(n int) { a.b.Grow(n) }

func (a *arena) copy(text []byte) string {
	n := a.b.Len()
	a.b.Write(text)
	return a.b.String()[n:]
}
