package fs

import (
	"strconv"
	"time"
	"unicode/utf8"

	"uploadfs/remote"
)

// dateLayout is how a date stands in records and xattrs: UTC, milliseconds.
const dateLayout = "2006-01-02T15:04:05.000Z"

// recordRoom is enough for most records, so that a buffer seldom grows.
const recordRoom = 640

// appendUpload appends the record of an upload, one line of JSON with the API's
// names (interface.md, Contents). Members that the store did not send are left
// out.
func appendUpload(b []byte, bucket string, u *remote.Upload) []byte {
	return append(appendUploadMembers(b, bucket, u), '}', '\n')
}

// appendPart appends the record of a part: the members of its upload and then
// its own.
func appendPart(b []byte, bucket string, u *remote.Upload, p *remote.Part) []byte {
	b = appendUploadMembers(b, bucket, u)
	b = append(b, `,"PartNumber":`...)
	b = strconv.AppendInt(b, int64(p.Number), 10)
	b = appendDate(b, "LastModified", p.LastModified)
	b = appendMember(b, "ETag", p.ETag)
	b = append(b, `,"Size":`...)
	b = strconv.AppendInt(b, p.Size, 10)
	for _, c := range p.Checksums {
		b = appendMember(b, c.Name, c.Value)
	}
	return append(b, '}', '\n')
}

func appendUploadMembers(b []byte, bucket string, u *remote.Upload) []byte {
	b = append(b, `{"Bucket":`...)
	b = appendString(b, bucket)
	b = append(b, `,"Key":`...)
	b = appendString(b, u.Key)
	b = append(b, `,"UploadId":`...)
	b = appendString(b, u.UploadID)
	b = appendDate(b, "Initiated", u.Initiated)
	if u.Info == nil {
		return b
	}
	b = appendMember(b, "StorageClass", u.Info.StorageClass)
	b = appendPerson(b, "Initiator", u.Info.Initiator)
	b = appendPerson(b, "Owner", u.Info.Owner)
	b = appendMember(b, "ChecksumAlgorithm", u.Info.ChecksumAlgorithm)
	return appendMember(b, "ChecksumType", u.Info.ChecksumType)
}

// appendMember appends a member with its comma, unless it was not sent.
func appendMember(b []byte, name, value string) []byte {
	if value == "" {
		return b
	}
	b = append(b, ',')
	b = appendString(b, name)
	b = append(b, ':')
	return appendString(b, value)
}

func appendPerson(b []byte, name string, p remote.Person) []byte {
	if p == (remote.Person{}) {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, `":{`...)
	at := len(b)
	b = appendMember(b, "ID", p.ID)
	b = appendMember(b, "DisplayName", p.DisplayName)
	// The first member brought a comma that does not belong there.
	b = append(b[:at], b[at+1:]...)
	return append(b, '}')
}

func appendDate(b []byte, name string, t time.Time) []byte {
	if t.IsZero() {
		return b
	}
	b = append(b, ',', '"')
	b = append(b, name...)
	b = append(b, `":"`...)
	b = t.UTC().AppendFormat(b, dateLayout)
	return append(b, '"')
}

// date returns a date as records show it, or "" where none was sent.
func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(dateLayout)
}

// appendString appends a JSON string. It escapes what JSON requires and nothing
// more, and writes U+FFFD for each byte that is no UTF-8.
func appendString(b []byte, s string) []byte {
	b = append(b, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= 0x20 && c != '"' && c != '\\' && c < utf8.RuneSelf {
			i++
			continue
		}
		size := 1
		if c >= utf8.RuneSelf {
			var r rune
			if r, size = utf8.DecodeRuneInString(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		}
		b = append(b, s[start:i]...)
		b = appendEscape(b, c)
		i += size
		start = i
	}
	b = append(b, s[start:]...)
	return append(b, '"')
}

// appendEscape appends one byte that cannot stand in a JSON string as it is.
func appendEscape(b []byte, c byte) []byte {
	const hexDigits = "0123456789abcdef"
	switch {
	case c == '"' || c == '\\':
		return append(b, '\\', c)
	case c == '\n':
		return append(b, '\\', 'n')
	case c == '\r':
		return append(b, '\\', 'r')
	case c == '\t':
		return append(b, '\\', 't')
	case c < 0x20:
		return append(b, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
	default:
		return append(b, "\uFFFD"...)
	}
}
