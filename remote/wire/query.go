package wire

import (
	"strconv"
	"strings"
)

// Query is the parameters of a request in the order in which they are sent.
// COS dispatches on the first (dialects.md 0.14), so uploads and uploadId are
// added first.
type Query struct {
	buf strings.Builder
}

// Flag adds a parameter without a value, such as uploads.
func (q *Query) Flag(name string) {
	q.sep()
	q.buf.WriteString(Escape(name))
}

// Add adds a parameter, or nothing where the value is empty: GCS and AWS
// refuse some parameters that are present and empty (dialects.md 0.9).
func (q *Query) Add(name, value string) {
	if value == "" {
		return
	}
	q.sep()
	q.buf.WriteString(Escape(name))
	q.buf.WriteByte('=')
	q.buf.WriteString(Escape(value))
}

// Int adds a number, or nothing where it is 0.
func (q *Query) Int(name string, n int) {
	if n != 0 {
		q.Add(name, strconv.Itoa(n))
	}
}

// String returns the query as it stands in a URL, without the question mark.
func (q *Query) String() string { return q.buf.String() }

func (q *Query) sep() {
	if q.buf.Len() > 0 {
		q.buf.WriteByte('&')
	}
}

const upperHex = "0123456789ABCDEF"

// Escape percent-encodes every byte outside A-Z a-z 0-9 - _ . ~, in upper case:
// E() of dialects.md 7. It works on bytes, so that keys of any bytes are sent
// as they are.
func Escape(s string) string { return escape(s, false) }

// EscapePath is Escape that keeps slashes.
func EscapePath(s string) string { return escape(s, true) }

// EscapeDots is EscapePath that also encodes the dots of steps that are one or
// two dots, which servers and proxies fold away. Not for signatures over the
// encoded path, such as SigV4's: the server encodes them in its own way.
func EscapeDots(s string) string {
	if !strings.Contains(s, ".") {
		return EscapePath(s)
	}
	steps := strings.Split(s, "/")
	for i, step := range steps {
		switch step {
		case ".":
			steps[i] = "%2E"
		case "..":
			steps[i] = "%2E%2E"
		default:
			steps[i] = Escape(step)
		}
	}
	return strings.Join(steps, "/")
}

func escape(s string, slash bool) string {
	n := 0
	for i := range len(s) {
		if !plain(s[i], slash) {
			n++
		}
	}
	if n == 0 {
		return s
	}
	b := make([]byte, 0, len(s)+2*n)
	for i := range len(s) {
		c := s[i]
		if plain(c, slash) {
			b = append(b, c)
			continue
		}
		b = append(b, '%', upperHex[c>>4], upperHex[c&15])
	}
	return string(b)
}

func plain(c byte, slash bool) bool {
	switch {
	case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9':
		return true
	case c == '-', c == '_', c == '.', c == '~':
		return true
	}
	return c == '/' && slash
}
