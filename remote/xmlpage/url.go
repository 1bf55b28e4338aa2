package xmlpage

import (
	"bytes"

	"uploadfs/remote"
)

// decodedLen returns the length of an url encoded text once it is decoded by
// query rules, or -1 if the text cannot have been encoded: every rule in use
// leaves only ASCII without blanks and control bytes, and % before two digits
// (dialects.md 2.4).
func decodedLen(text []byte) int {
	n := len(text)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '%':
			if i+2 >= len(text) || hexDigit(text[i+1]) < 0 || hexDigit(text[i+2]) < 0 {
				return -1
			}
			i += 2
			n -= 2
		case c <= ' ' || c >= 0x7f:
			return -1
		}
	}
	return n
}

// decodeByte returns the first byte that an encoded text stands for, and what follows.
func decodeByte(text []byte) (byte, []byte) {
	switch text[0] {
	case '+':
		return ' ', text[1:]
	case '%':
		return byte(hexDigit(text[1])<<4 | hexDigit(text[2])), text[3:]
	}
	return text[0], text[1:]
}

// decodesTo reports whether an encoded text begins with prefix once decoded.
func decodesTo(text []byte, prefix string) bool {
	for i := range len(prefix) {
		if len(text) == 0 {
			return false
		}
		var c byte
		if c, text = decodeByte(text); c != prefix[i] {
			return false
		}
	}
	return true
}

// decoded is copy for an encoded text.
func (a *arena) decoded(text []byte) string {
	n := a.b.Len()
	for len(text) > 0 {
		i := 0
		for i < len(text) && text[i] != '%' && text[i] != '+' {
			i++
		}
		a.b.Write(text[:i])
		if text = text[i:]; len(text) > 0 {
			var c byte
			c, text = decodeByte(text)
			a.b.WriteByte(c)
		}
	}
	return a.b.String()[n:]
}

// encoding decides which elements of a page are decoded, see Options.
func (p *uploadsPage) encoding(o *Options) remote.Encoded {
	if !o.URLRequested || o.EchoRequired && !p.echo {
		return 0
	}
	if o.Encoded&remote.EncodedNextKeyMarker != 0 && decodedLen(p.nextKey) < 0 {
		return 0
	}
	check := check{prefix: o.Prefix}
	if o.Encoded&remote.EncodedKey != 0 {
		for i := range p.uploads {
			check.name(p.uploads[i].key)
		}
	}
	if o.Encoded&remote.EncodedCommonPrefix != 0 {
		for _, text := range p.prefixes {
			check.name(text)
		}
	}
	if check.raw || check.undecodes && !check.differs {
		return 0
	}
	p.shorter = check.shorter
	return o.Encoded
}

// check looks at the names of a page that should be encoded.
type check struct {
	prefix string
	// raw says that a name cannot have been encoded.
	raw bool
	// undecodes says that a decoded name does not have the prefix, and differs
	// that a name as it came does not have it.
	undecodes, differs bool
	// shorter is how many bytes decoding saves.
	shorter int
}

func (c *check) name(text []byte) {
	n := decodedLen(text)
	c.raw = c.raw || n < 0
	if c.raw {
		return
	}
	c.shorter += len(text) - n
	if c.prefix != "" {
		c.undecodes = c.undecodes || !decodesTo(text, c.prefix)
		c.differs = c.differs || !bytes.HasPrefix(text, []byte(c.prefix))
	}
}

// isURL reports whether an EncodingType echoes url. AWS echoes it as it was
// sent, in any case; Tencent sends it empty where nothing is encoded.
func isURL(text []byte) bool { return bytes.EqualFold(trim(text), []byte("url")) }
