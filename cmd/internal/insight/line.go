package insight

import (
	"strconv"
	"time"
	"unicode/utf8"

	"uploadfs/remote"
)

// logfmt: name=value pairs, a value quoted where it is not plain.

func appendPair(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ' ')
	b = append(b, name...)
	b = append(b, '=')
	return appendValue(b, value)
}

// maxValue bounds a value: keys have up to 1,024 bytes.
const maxValue = 2048

// appendValue quotes what holds a blank, a quote, an equals sign or anything
// that a terminal would not print as one plain character.
func appendValue(b []byte, s string) []byte {
	if len(s) > maxValue {
		s = s[:maxValue] + "..."
	}
	plain := s != ""
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		plain = c > ' ' && c < utf8.RuneSelf && c != '"' && c != '=' && c != '\\' && c != 0x7f
	}
	if plain {
		return append(b, s...)
	}
	return strconv.AppendQuote(b, s)
}

const stamp = "2006-01-02T15:04:05.000Z07:00"

// appendAttempt is the line of one request.
func appendAttempt(b []byte, a remote.Attempt) []byte {
	b = append(b, "time="...)
	b = a.Start.UTC().AppendFormat(b, stamp)
	b = appendPair(b, "source", a.Source)
	b = appendPair(b, "api", a.Op)
	b = appendPair(b, "bucket", a.Bucket)
	b = appendPair(b, "prefix", a.Prefix)
	b = appendPair(b, "key", a.Key)
	b = appendPair(b, "marker", a.Marker)
	b = append(b, " status="...)
	b = strconv.AppendInt(b, int64(a.Status), 10)
	b = append(b, " ms="...)
	b = strconv.AppendFloat(b, float64(a.Duration)/float64(time.Millisecond), 'f', 1, 64)
	b = append(b, " bytes="...)
	b = strconv.AppendInt(b, a.Bytes, 10)
	b = append(b, " try="...)
	b = strconv.AppendInt(b, int64(a.Try), 10)
	if a.Failed {
		b = appendPair(b, "kind", a.Kind.String())
		b = appendPair(b, "code", a.Code)
	}
	b = append(b, " in_flight="...)
	b = strconv.AppendInt(b, int64(a.InFlight), 10)
	b = append(b, " limit="...)
	b = strconv.AppendInt(b, int64(a.Limit), 10)
	b = appendPair(b, "request_id", a.RequestID)
	return append(b, '\n')
}
