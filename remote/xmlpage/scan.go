package xmlpage

import (
	"bytes"
)

const (
	// maxDepth bounds nesting. The deepest page is root, Upload, Owner, ID.
	maxDepth = 16
	// maxName bounds the names of elements and attributes, in bytes.
	maxName = 128
)

// scanner reads a body element by element. The element that next moved to is
// consumed by exactly one of text, skip, or a loop over next for its children.
// The first error stays: after it next is false and text is empty.
type scanner struct {
	b   []byte
	pos int
	err error
	// name is the local name of the element that next moved to, and empty says
	// that it was closed by its own tag.
	name  []byte
	empty bool
	// special says that the body holds a & or a CR, so that text may differ
	// from its bytes.
	special bool
	// open are the qualified names of the open elements.
	depth int
	open  [maxDepth][]byte
	// side holds text that differs from its bytes. It is only appended to.
	side []byte
}

func newScanner(body []byte) *scanner {
	return &scanner{
		b:       body,
		special: bytes.IndexByte(body, '&') >= 0 || bytes.IndexByte(body, '\r') >= 0,
	}
}

// markup is what stands at a <.
type markup uint8

const (
	broken markup = iota // s.err is set
	startTag
	endTag
	aside // a comment, a CDATA section or a processing instruction
)

// fail sets the error, unless there is one.
func (s *scanner) fail(offset int, format string, args ...any) {
	if s.err == nil {
		s.err = malformed(offset, format, args...)
	}
}

// failed sets the error and returns broken.
func (s *scanner) failed(offset int, format string, args ...any) markup {
	s.fail(offset, format, args...)
	return broken
}

// cut sets the error of a body that ends too early.
func (s *scanner) cut() markup {
	if s.depth > 0 {
		return s.failed(len(s.b), "the document ends inside %.40q", s.open[s.depth-1])
	}
	return s.failed(len(s.b), "the document ends before its root")
}

// next moves to the next child of the open element and reports whether there is
// one. It is false at the element's end tag, and on an error.
func (s *scanner) next() bool {
	if s.err != nil {
		return false
	}
	if s.empty {
		s.empty = false
		s.depth--
		return false
	}
	for {
		s.blanks()
		if s.pos >= len(s.b) {
			s.cut()
			return false
		}
		if s.b[s.pos] != '<' {
			s.fail(s.pos, "text between the elements of %.40q", s.open[s.depth-1])
			return false
		}
		at := s.pos
		switch s.markup() {
		case startTag:
			return true
		case endTag, broken:
			return false
		}
		if cdata := cdataIn(s.b[at:s.pos]); len(trim(cdata)) > 0 {
			s.fail(at, "text between the elements of %.40q", s.open[s.depth-1])
			return false
		}
	}
}

// skip passes over the element that next moved to, with all that is in it.
func (s *scanner) skip() {
	if s.err != nil {
		return
	}
	if s.empty {
		s.empty = false
		s.depth--
		return
	}
	self := s.open[s.depth-1]
	from := s.pos
	for {
		i := bytes.IndexByte(s.b[s.pos:], '<')
		if i < 0 {
			s.cut()
			return
		}
		s.pos += i
		at := s.pos
		switch s.markup() {
		case endTag, broken:
			return
		case startTag:
			// An element that holds text is closed by <X/> too, see slowText.
			if s.empty && bytes.Equal(s.open[s.depth-1], self) && len(trim(s.b[from:at])) > 0 {
				s.empty = false
				s.depth -= 2
				return
			}
			s.skip()
			if s.err != nil {
				return
			}
			from = s.pos
		}
	}
}

// markup reads what begins at the < where the scanner stands.
func (s *scanner) markup() markup {
	if s.pos+1 >= len(s.b) {
		return s.cut()
	}
	switch s.b[s.pos+1] {
	case '/':
		return s.endTag()
	case '!':
		return s.declaration()
	case '?':
		return s.instruction()
	}
	return s.startTag()
}

// endTag reads the end tag of the innermost open element.
func (s *scanner) endTag() markup {
	self := s.open[s.depth-1]
	rest := s.b[s.pos+2:]
	i := len(self)
	if len(rest) > i && rest[i] == '>' && bytes.HasPrefix(rest, self) {
		s.pos += i + 3
		s.depth--
		return endTag
	}
	name := rest[:nameEnd(rest)]
	if len(name) == len(rest) {
		return s.cut()
	}
	if !bytes.Equal(name, self) {
		return s.failed(s.pos, "the end of %.40q where %.40q is open", name, self)
	}
	at := s.pos
	s.pos += 2 + i
	s.blanks()
	if s.pos >= len(s.b) {
		return s.cut()
	}
	if s.b[s.pos] != '>' {
		return s.failed(at, "a broken end tag of %.40q", self)
	}
	s.pos++
	s.depth--
	return endTag
}

// startTag reads a start tag or an empty-element tag and opens its element.
func (s *scanner) startTag() markup {
	at := s.pos
	rest := s.b[at+1:]
	i, local := 0, 0
	for i < len(rest) && isName(rest[i]) {
		if rest[i] == ':' {
			local = i + 1
		}
		i++
	}
	if i == len(rest) {
		return s.cut()
	}
	switch {
	case i == 0 || !beginsName(rest[0]):
		return s.failed(at, "a < that begins no tag")
	case i > maxName:
		return s.failed(at, "an element name of %d bytes", i)
	case local == i || local > 0 && bytes.IndexByte(rest[:local-1], ':') >= 0:
		return s.failed(at, "an element name with a misplaced colon")
	case s.depth == maxDepth:
		return s.failed(at, "elements nested more than %d deep", maxDepth)
	}
	s.name = rest[local:i]
	s.open[s.depth] = rest[:i]
	s.depth++
	s.pos = at + 1 + i
	if rest[i] == '>' {
		s.pos++
		s.empty = false
		return startTag
	}
	return s.attributes()
}

// attributes reads the rest of a start tag after its name. Attributes are only
// checked: no list document says anything in one but namespaces.
func (s *scanner) attributes() markup {
	for {
		at := s.pos
		s.blanks()
		if s.pos >= len(s.b) {
			return s.cut()
		}
		switch s.b[s.pos] {
		case '>':
			s.pos++
			s.empty = false
			return startTag
		case '/':
			if s.pos+1 >= len(s.b) {
				return s.cut()
			}
			if s.b[s.pos+1] != '>' {
				return s.failed(s.pos, "a broken tag %.40q", s.open[s.depth-1])
			}
			s.pos += 2
			s.empty = true
			return startTag
		}
		if s.pos == at {
			return s.failed(at, "a broken tag %.40q", s.open[s.depth-1])
		}
		if s.attribute() == broken {
			return broken
		}
	}
}

// attribute reads one name="value".
func (s *scanner) attribute() markup {
	at := s.pos
	n := nameEnd(s.b[at:])
	if n == 0 || n > maxName || !beginsName(s.b[at]) {
		return s.failed(at, "a broken attribute of %.40q", s.open[s.depth-1])
	}
	s.pos += n
	s.blanks()
	if s.pos >= len(s.b) {
		return s.cut()
	}
	if s.b[s.pos] != '=' {
		return s.failed(at, "an attribute without a value in %.40q", s.open[s.depth-1])
	}
	s.pos++
	s.blanks()
	if s.pos >= len(s.b) {
		return s.cut()
	}
	quote := s.b[s.pos]
	if quote != '"' && quote != '\'' {
		return s.failed(at, "an attribute without quotes in %.40q", s.open[s.depth-1])
	}
	i := bytes.IndexByte(s.b[s.pos+1:], quote)
	if i < 0 {
		return s.cut()
	}
	if bytes.IndexByte(s.b[s.pos+1:s.pos+1+i], '<') >= 0 {
		return s.failed(at, "a < in an attribute of %.40q", s.open[s.depth-1])
	}
	s.pos += i + 2
	return aside
}

func (s *scanner) blanks() {
	for s.pos < len(s.b) && isBlank(s.b[s.pos]) {
		s.pos++
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\n' || c == '\t' || c == '\r' }

func beginsName(c byte) bool {
	return c|0x20-'a' < 26 || c >= 0x80 || c == '_'
}

func isName(c byte) bool {
	return c|0x20-'a' < 26 || c >= 0x80 || c-'0' < 10 || c == '_' || c == ':' || c == '-' || c == '.'
}

// nameEnd returns the length of the name that b begins with.
func nameEnd(b []byte) int {
	i := 0
	for i < len(b) && isName(b[i]) {
		i++
	}
	return i
}

// trim removes the blanks around b.
func trim(b []byte) []byte {
	for len(b) > 0 && isBlank(b[0]) {
		b = b[1:]
	}
	for len(b) > 0 && isBlank(b[len(b)-1]) {
		b = b[:len(b)-1]
	}
	return b
}
