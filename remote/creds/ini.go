package creds

import (
	"fmt"
	"strings"
)

// INI is a file of sections with keys, as ossutil, tccli and their like write
// it. Section names are compared in lower case with single blanks.
type INI map[string]*Section

// Section is one section's pairs in the order of the file.
type Section struct{ pairs []pair }

type pair struct{ key, value string }

// ParseINI reads an INI file. Lines that start with # or ; are comments, a
// value may be quoted, and nothing after a value is a comment, because a
// secret can hold any character. Lines that are no pair are passed over, as the
// vendors' tools do; a broken section header is an error, because the keys
// below it would be taken for those of the section above.
func ParseINI(data []byte) (INI, error) {
	file := INI{}
	at := file.section("")
	text := strings.TrimPrefix(string(data), "\ufeff")
	number := 0
	for line := range strings.SplitSeq(text, "\n") {
		number++
		line = strings.TrimSpace(line)
		if line == "" || line[0] == '#' || line[0] == ';' {
			continue
		}
		if line[0] == '[' {
			name, rest, ok := strings.Cut(line[1:], "]")
			rest = strings.TrimSpace(rest)
			if !ok || rest != "" && rest[0] != '#' && rest[0] != ';' {
				return nil, fmt.Errorf("line %d: a section header without its ]", number)
			}
			at = file.section(name)
			continue
		}
		if key, value, ok := strings.Cut(line, "="); ok {
			at.pairs = append(at.pairs, pair{strings.TrimSpace(key), unquote(strings.TrimSpace(value))})
		}
	}
	return file, nil
}

func (f INI) section(name string) *Section {
	name = sectionName(name)
	s := f[name]
	if s == nil {
		s = &Section{}
		f[name] = s
	}
	return s
}

// Section returns the section, nil where the file has none of that name.
func (f INI) Section(name string) *Section { return f[sectionName(name)] }

// Get returns the last value of a key, "" where it has none. Keys are compared
// without case, hyphens and underscores, as ossutil 2 documents: accessKeyId,
// access-key-id and access_key_id are one. A nil section has no values.
func (s *Section) Get(keys ...string) string {
	if s == nil {
		return ""
	}
	for _, key := range keys {
		want := fold(key)
		for i := len(s.pairs) - 1; i >= 0; i-- {
			if fold(s.pairs[i].key) == want && s.pairs[i].value != "" {
				return s.pairs[i].value
			}
		}
	}
	return ""
}

// Exact is Get for keys that are bucket names, in which hyphens count.
func (s *Section) Exact(key string) string {
	if s == nil {
		return ""
	}
	for i := len(s.pairs) - 1; i >= 0; i-- {
		if s.pairs[i].key == key {
			return s.pairs[i].value
		}
	}
	return ""
}

func sectionName(name string) string {
	return strings.Join(strings.Fields(strings.ToLower(name)), " ")
}

func fold(key string) string {
	return strings.NewReplacer("-", "", "_", "").Replace(strings.ToLower(key))
}

func unquote(v string) string {
	if len(v) >= 2 && (v[0] == '"' || v[0] == '\'') && v[len(v)-1] == v[0] {
		return v[1 : len(v)-1]
	}
	return v
}
