package xmlpage

import (
	"bytes"
	"strings"
)

const (
	commentOpen = "<!--"
	cdataOpen   = "<![CDATA["
	cdataClose  = "]]>"
	byteOrder   = "\ufeff"
)

// root reads what stands before the root and the root's start tag. The root's
// local name is then s.name.
func (s *scanner) root() bool {
	if bytes.HasPrefix(s.b, []byte(byteOrder)) {
		s.pos = len(byteOrder)
	}
	for {
		s.blanks()
		if s.pos >= len(s.b) {
			s.cut()
			return false
		}
		rest := s.b[s.pos:]
		switch {
		case rest[0] != '<':
			s.fail(s.pos, "no XML document: it begins with %.20q", rest)
			return false
		case len(rest) > 1 && rest[1] == '/':
			s.fail(s.pos, "an end tag before the root")
			return false
		case bytes.HasPrefix(rest, []byte(cdataOpen)):
			s.fail(s.pos, "text before the root")
			return false
		}
		if prolog, ok := s.prolog(); prolog {
			if !ok {
				return false
			}
			continue
		}
		switch s.markup() {
		case startTag:
			return true
		case broken:
			return false
		}
	}
}

// end reads what stands after the root: blanks and comments alone.
func (s *scanner) end() error {
	for s.err == nil {
		s.blanks()
		if s.pos >= len(s.b) {
			return nil
		}
		if !bytes.HasPrefix(s.b[s.pos:], []byte(commentOpen)) {
			s.fail(s.pos, "more after the root's end")
			break
		}
		s.declaration()
	}
	return s.err
}

// prolog reads an XML declaration where the scanner stands at one. One document
// of Alibaba's prints it as <? xml ...? > (dialects.md 2.1).
func (s *scanner) prolog() (is, ok bool) {
	rest := s.b[s.pos:]
	if len(rest) < 2 || rest[1] != '?' {
		return false, false
	}
	inside := bytes.TrimLeft(rest[2:], " \t\r\n")
	if !bytes.HasPrefix(inside, []byte("xml")) || len(inside) > 3 && isName(inside[3]) {
		return false, false
	}
	end := bytes.IndexByte(rest, '>')
	if end < 0 {
		s.cut()
		return true, false
	}
	body := trim(rest[2:end])
	if len(body) == 0 || body[len(body)-1] != '?' {
		s.fail(s.pos, "a broken XML declaration")
		return true, false
	}
	if charset, ok := declaredEncoding(body); !ok {
		s.fail(s.pos, "a document in %.40q, not in UTF-8", charset)
		return true, false
	}
	s.pos += end + 1
	return true, true
}

// declaredEncoding returns the encoding that an XML declaration names, and
// whether its bytes can be read as UTF-8.
func declaredEncoding(declaration []byte) (charset string, ok bool) {
	_, after, found := bytes.Cut(declaration, []byte("encoding"))
	if !found {
		return "", true
	}
	after = bytes.TrimLeft(bytes.TrimPrefix(trim(after), []byte("=")), " \t\r\n")
	if len(after) == 0 || after[0] != '"' && after[0] != '\'' {
		return "", false
	}
	value, _, found := bytes.Cut(after[1:], after[:1])
	charset = string(trim(value))
	switch strings.ToLower(charset) {
	case "utf-8", "utf8", "us-ascii":
		return charset, found
	}
	return charset, false
}

// declaration reads a comment or a CDATA section, and refuses all else that
// begins with <!: document types can make a small body expand without end.
func (s *scanner) declaration() markup {
	rest := s.b[s.pos:]
	switch {
	case bytes.HasPrefix(rest, []byte(commentOpen)):
		i := bytes.Index(rest[len(commentOpen):], []byte("--"))
		end := len(commentOpen) + i + 2
		if i < 0 || end >= len(rest) {
			return s.cut()
		}
		if rest[end] != '>' {
			return s.failed(s.pos+end, "-- inside a comment")
		}
		s.pos += end + 1
		return aside
	case bytes.HasPrefix(rest, []byte(cdataOpen)):
		i := bytes.Index(rest, []byte(cdataClose))
		if i < 0 {
			return s.cut()
		}
		s.pos += i + len(cdataClose)
		return aside
	case len(rest) < len(cdataOpen) && (strings.HasPrefix(cdataOpen, string(rest)) || strings.HasPrefix(commentOpen, string(rest))):
		return s.cut()
	}
	return s.failed(s.pos, "a declaration (%.20q)", rest)
}

// cdataIn returns the text of markup that is a CDATA section.
func cdataIn(markup []byte) []byte {
	text, ok := bytes.CutPrefix(markup, []byte(cdataOpen))
	if !ok {
		return nil
	}
	return text[:len(text)-len(cdataClose)]
}

// instruction passes over a processing instruction.
func (s *scanner) instruction() markup {
	rest := s.b[s.pos+2:]
	i := bytes.Index(rest, []byte("?>"))
	if i < 0 {
		return s.cut()
	}
	if n := nameEnd(rest); n == 0 || !beginsName(rest[0]) || bytes.EqualFold(rest[:n], []byte("xml")) {
		return s.failed(s.pos, "a broken processing instruction")
	}
	s.pos += 2 + i + 2
	return aside
}
