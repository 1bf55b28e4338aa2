package emulator

import (
	"strconv"
	"time"
	"unicode/utf8"
)

// doc is an XML document being written. It is made by appending, since
// encoding/xml costs more than everything else a page needs.
type doc struct {
	b []byte
	// replace writes U+FFFD for characters that XML 1.0 cannot hold, as Go's
	// own encoder does; otherwise they are character references, as AWS sends
	// them (dialects.md 2.4).
	replace bool
}

func (d *doc) raw(s string) { d.b = append(d.b, s...) }

func (d *doc) open(name string) {
	d.b = append(d.b, '<')
	d.b = append(d.b, name...)
	d.b = append(d.b, '>')
}

func (d *doc) end(name string) {
	d.b = append(d.b, '<', '/')
	d.b = append(d.b, name...)
	d.b = append(d.b, '>')
}

func (d *doc) text(name, value string) {
	d.open(name)
	d.escape(value)
	d.end(name)
}

// maybe writes the element only where it has a value.
func (d *doc) maybe(name, value string) {
	if value != "" {
		d.text(name, value)
	}
}

func (d *doc) int(name string, value int64) {
	d.open(name)
	d.b = strconv.AppendInt(d.b, value, 10)
	d.end(name)
}

func (d *doc) bool(name string, value bool) {
	d.open(name)
	d.b = strconv.AppendBool(d.b, value)
	d.end(name)
}

// time writes a date in milliseconds of UTC, which is what all three modern
// dialects send, and nothing for a date that is not known.
func (d *doc) time(name string, t time.Time) {
	if t.IsZero() {
		return
	}
	d.open(name)
	d.b = t.UTC().AppendFormat(d.b, "2006-01-02T15:04:05.000Z")
	d.end(name)
}

// plain says which bytes stand for themselves in text.
var plain = func() (t [256]bool) {
	for c := 0x20; c < utf8.RuneSelf; c++ {
		t[c] = c != '&' && c != '<' && c != '>' && c != '"'
	}
	t['\t'], t['\n'] = true, true
	return t
}()

func (d *doc) escape(s string) {
	from := 0
	for i := 0; i < len(s); {
		c := s[i]
		if plain[c] {
			i++
			continue
		}
		size := 1
		var r rune = rune(c)
		if c >= utf8.RuneSelf {
			r, size = utf8.DecodeRuneInString(s[i:])
			if r != utf8.RuneError && r != 0xFFFE && r != 0xFFFF || r == utf8.RuneError && size > 1 {
				i += size
				continue
			}
		}
		d.b = append(d.b, s[from:i]...)
		d.special(r)
		i += size
		from = i
	}
	d.b = append(d.b, s[from:]...)
}

// special writes what cannot stand for itself.
func (d *doc) special(r rune) {
	switch {
	case r == '&':
		d.raw("&amp;")
	case r == '<':
		d.raw("&lt;")
	case r == '>':
		d.raw("&gt;")
	case r == '"':
		d.raw("&quot;")
	case r == '\r':
		d.raw("&#13;")
	case r == utf8.RuneError || d.replace:
		d.raw("\uFFFD")
	default:
		d.raw("&#x")
		d.b = strconv.AppendInt(d.b, int64(r), 16)
		d.raw(";")
	}
}

const upperHex = "0123456789ABCDEF"

// urlEncode writes s under encoding-type=url. keep are the bytes beside
// letters and digits that stay, plus whether a blank becomes a plus.
func urlEncode(s, keep string, plus bool) string {
	n := 0
	for i := range len(s) {
		if !unreserved(s[i], keep) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		switch c := s[i]; {
		case unreserved(c, keep):
			b = append(b, c)
		case c == ' ' && plus:
			b = append(b, '+')
		default:
			b = append(b, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return string(b)
}

func unreserved(c byte, keep string) bool {
	if 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' {
		return true
	}
	for i := range len(keep) {
		if keep[i] == c {
			return true
		}
	}
	return false
}

// percent is E of dialects.md 7: everything outside A-Z a-z 0-9 - _ . ~
// encoded, and slashes too.
func percent(s string) string { return urlEncode(s, "-_.~", false) }

// percentPath is percent that keeps slashes.
func percentPath(s string) string { return urlEncode(s, "-_.~/", false) }
