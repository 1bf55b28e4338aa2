package truth

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode/utf8"
)

// The lengths of a name, in bytes: the longest that stands as it is, and how
// much of a longer one's beginning, or of a renamed one's, is kept.
const (
	longest    = 255
	keptLong   = 221
	keptRename = 220
)

// unit is a piece of a name that is not cut: a character, or a %XX.
type unit string

// units spells a component (or an upload id) as the interface says, without the
// rules that look at the whole of it.
func units(s string, slash bool) []unit {
	var us []unit
	for i := 0; i < len(s); {
		c := s[i]
		switch {
		case c < 0x20 || c == 0x7f || c == '/' && slash:
			us = append(us, unit(fmt.Sprintf("%%%02X", c)))
			i++
		case c == '%' && escapes(s[i+1:]):
			us = append(us, "%25")
			i++
		default:
			_, n := utf8.DecodeRuneInString(s[i:])
			us = append(us, unit(s[i:i+n]))
			i += n
		}
	}
	return us
}

// escapes reports whether a % before rest would read as one of ours.
func escapes(rest string) bool {
	if strings.HasPrefix(rest, "~") {
		return true
	}
	return len(rest) >= 2 && isHex(rest[0]) && isHex(rest[1])
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F'
}

// begin returns as many whole units as fit in most bytes.
func begin(us []unit, most int) string {
	var b strings.Builder
	for _, u := range us {
		if b.Len()+len(u) > most {
			break
		}
		b.WriteString(string(u))
	}
	return b.String()
}

func digits(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])[:32]
}

// Name is the name of a key's component where no upload id is in its way.
func Name(component string) string { return name(component, false) }

// IDName is the name of an upload id.
func IDName(id string) string { return name(id, true) }

func name(s string, slash bool) string {
	switch s {
	case "":
		return "%"
	case ".":
		return "%2E"
	case "..":
		return "%2E%2E"
	case "%":
		return "%25"
	}
	us := units(s, slash)
	whole := begin(us, 1<<30)
	if len(whole) <= longest {
		return whole
	}
	return begin(us, keptLong) + "%~" + digits(s)
}

// Renamed is the name of a component whose own name is that of an upload id of
// the same directory.
func Renamed(component string) string {
	return begin(units(component, false), keptRename) + "%~~" + digits(component)
}
