package xmlpage

import (
	"bytes"
	"unicode/utf8"
)

// text returns the text of the element that next moved to and closes it. The
// bytes are the body's own or the scanner's, and live as long as they.
func (s *scanner) text() []byte {
	if s.err != nil {
		return nil
	}
	if s.empty {
		s.empty = false
		s.depth--
		return nil
	}
	text, end := s.plain()
	if end == 0 || s.special && isSpecial(text) {
		return s.slowText(s.open[s.depth-1])
	}
	s.pos = end
	s.depth--
	return text
}

// plain returns the bytes up to the next tag if that is the end tag of the open
// element, and the offset after it, else 0.
func (s *scanner) plain() (text []byte, end int) {
	rest := s.b[s.pos:]
	i := bytes.IndexByte(rest, '<')
	if i < 0 {
		return nil, 0
	}
	self := s.open[s.depth-1]
	if n := i + len(self) + 2; n < len(rest) && rest[n] == '>' && rest[i+1] == '/' && bytes.Equal(rest[i+2:n], self) {
		return rest[:i:i], s.pos + n + 1
	}
	return nil, 0
}

// slowText is text with references, line ends, comments, CDATA sections, or an
// odd end. <X/> ends an open <X>: the Tencent COS document has <UIN>x<UIN/>
// (seeds/003), which lenient readers take for a new element, losing what follows.
func (s *scanner) slowText(self []byte) []byte {
	from := len(s.side)
	for {
		i := bytes.IndexByte(s.b[s.pos:], '<')
		if i < 0 {
			s.cut()
			return nil
		}
		s.references(s.pos, s.pos+i)
		s.pos += i
		at := s.pos
		switch s.markup() {
		case aside:
			s.lines(cdataIn(s.b[at:s.pos]))
			continue
		case startTag:
			if !s.empty || !bytes.Equal(s.open[s.depth-1], self) {
				s.fail(at, "an element %.40q inside %.40q", s.name, self)
				return nil
			}
			s.empty = false
			s.depth -= 2
		}
		if s.err != nil {
			return nil
		}
		return s.side[from:len(s.side):len(s.side)]
	}
}

// references appends the text between two offsets with its references resolved.
func (s *scanner) references(from, to int) {
	text := s.b[from:to]
	for {
		i := bytes.IndexByte(text, '&')
		if i < 0 {
			s.lines(text)
			return
		}
		s.lines(text[:i])
		text = text[i:]
		r, n := reference(text)
		switch {
		case n == 0:
			// A bare & or an entity that nobody declared stands for itself.
			s.side = append(s.side, '&')
			n = 1
		case r < 0x80:
			s.side = append(s.side, byte(r))
		case !utf8.ValidRune(r):
			s.fail(to-len(text), "a reference to no character: %.20q", text[:n])
			return
		default:
			s.side = utf8.AppendRune(s.side, r)
		}
		text = text[n:]
	}
}

// reference returns the character that the reference at the beginning of text
// stands for and the reference's length, 0 where it is none. A number past
// U+10FFFF comes back as it is, or as the largest rune there is.
func reference(text []byte) (r rune, n int) {
	end := 1
	for end < len(text) && (text[end] == '#' || isName(text[end])) {
		end++
	}
	if end < 2 || end == len(text) || text[end] != ';' {
		return 0, 0
	}
	name := text[1:end]
	switch string(name) {
	case "amp":
		return '&', end + 1
	case "lt":
		return '<', end + 1
	case "gt":
		return '>', end + 1
	case "quot":
		return '"', end + 1
	case "apos":
		return '\'', end + 1
	}
	if name[0] != '#' {
		return 0, 0
	}
	base, digits := 10, name[1:]
	if len(digits) > 0 && digits[0] == 'x' {
		base, digits = 16, digits[1:]
	}
	if len(digits) == 0 {
		return 0, 0
	}
	number := 0
	for _, c := range digits {
		d := hexDigit(c)
		if d < 0 || d >= base {
			return 0, 0
		}
		number = min(number*base+d, 1<<31-1)
	}
	return rune(number), end + 1
}

// lines appends text with CR LF and CR as LF.
func (s *scanner) lines(text []byte) {
	for {
		i := bytes.IndexByte(text, '\r')
		if i < 0 {
			s.side = append(s.side, text...)
			return
		}
		s.side = append(s.side, text[:i]...)
		s.side = append(s.side, '\n')
		text = text[i+1:]
		if len(text) > 0 && text[0] == '\n' {
			text = text[1:]
		}
	}
}

func isSpecial(text []byte) bool {
	return bytes.IndexByte(text, '&') >= 0 || bytes.IndexByte(text, '\r') >= 0
}

// hexDigit returns the value of a hexadecimal digit, or -1.
func hexDigit(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}
