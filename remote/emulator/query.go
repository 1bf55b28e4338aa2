package emulator

import (
	"net/url"
	"strings"
)

// pair is one query parameter. Bare parameters, such as ?uploads, have no
// equals sign.
type pair struct {
	name, value string
	bare        bool
}

// query is the parameters in the order they were sent. The first of a repeated
// one counts, as on AWS (dialects.md 1.1).
type query []pair

func parseQuery(raw string) (query, bool) {
	var q query
	for part := range strings.SplitSeq(raw, "&") {
		if part == "" {
			continue
		}
		name, value, found := strings.Cut(part, "=")
		n, err := url.QueryUnescape(name)
		if err != nil {
			return nil, false
		}
		v, err := url.QueryUnescape(value)
		if err != nil {
			return nil, false
		}
		q = append(q, pair{name: n, value: v, bare: !found})
	}
	return q, true
}

func (q query) has(name string) bool {
	for i := range q {
		if q[i].name == name {
			return true
		}
	}
	return false
}

func (q query) get(name string) string {
	for i := range q {
		if q[i].name == name {
			return q[i].value
		}
	}
	return ""
}
