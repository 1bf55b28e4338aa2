package wire

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

// Queries hold nothing that is empty, in the order in which it was added, and
// give every byte back (dialects.md 0.9).
func TestQuery(t *testing.T) {
	var q Query
	q.Flag("uploads")
	q.Add("prefix", "")
	q.Add("key-marker", "a b/+%\xff&=")
	q.Int("max-uploads", 0)
	q.Int("max-parts", 7)
	if got, want := q.String(), "uploads&key-marker=a%20b%2F%2B%25%FF%26%3D&max-parts=7"; got != want {
		t.Errorf("the query is %s, want %s", got, want)
	}
}

func FuzzEscape(f *testing.F) {
	f.Add("a/b c\xff")
	f.Add("../x/./..")
	f.Fuzz(func(t *testing.T, s string) {
		for name, e := range map[string]string{"Escape": Escape(s), "EscapePath": EscapePath(s), "EscapeDots": EscapeDots(s)} {
			if got, err := url.PathUnescape(e); err != nil || got != s {
				t.Errorf("%s(%q) is %s, which is %q again (%v)", name, s, e, got, err)
			}
			for i := range len(e) {
				if c := e[i]; c != '%' && !plain(c, name != "Escape") {
					t.Errorf("%s(%q) is %s, with a raw %q", name, s, e, c)
				}
			}
		}
		for step := range strings.SplitSeq(EscapeDots(s), "/") {
			if step == "." || step == ".." {
				t.Errorf("EscapeDots(%q) is %s, with a step of dots", s, EscapeDots(s))
			}
		}
	})
}

func TestParseEndpoint(t *testing.T) {
	for in, want := range map[string]string{
		"h.example":               "https://h.example",
		"H.Example:9000":          "https://h.example:9000",
		"https://h.example/":      "https://h.example",
		"https://h.example/a b//": "https://h.example/a%20b",
		"http://127.0.0.1:9000":   "http://127.0.0.1:9000",
		"http://[::1]:9000/x":     "http://[::1]:9000/x",
		"http://a.localhost":      "http://a.localhost",
		"[::1]:9000":              "https://[::1]:9000",
	} {
		e, err := ParseEndpoint(in, false)
		if err != nil || e.String() != want {
			t.Errorf("endpoint %q is %v (%v), want %s", in, e, err, want)
		}
	}
	for _, in := range []string{"", "https://", "http://h.example", "http://127.0.0.1.example", "http://10.1.1.1", "ftp://h", "https://u:p@h", "https://h?q", "https://h#f", "https://h:port", "https:///x", "\x7f", "a b"} {
		if e, err := ParseEndpoint(in, false); remote.KindOf(err) != remote.KindUsage {
			t.Errorf("endpoint %q is %v (%v), want a usage error", in, e, err)
		}
	}
	if _, err := ParseEndpoint("https://id:pa55word@h", false); err == nil || strings.Contains(err.Error(), "pa55word") {
		t.Errorf("an endpoint with a password gives %v, want an error that does not show it", err)
	}
}

// What is remembered of regions is bounded, and only names of regions are.
func TestPlaces(t *testing.T) {
	var p Places
	for _, bad := range []string{"", "a.b", "evil.example/", "R", strings.Repeat("r", 41), "a b", "a%"} {
		p.Learn("b", bad)
		p.LearnAll(bad)
		if got := p.Region("b"); got != "" {
			t.Errorf("region %q was learned as %q, want it dropped", bad, got)
		}
	}
	p.LearnAll("all")
	p.Learn("b", "one")
	p.Learn("", "none")
	if got := p.Region("b") + " " + p.Region("c") + " " + p.Region(""); got != "one all all" {
		t.Errorf("the regions of b, c and the service are %s, want one all all", got)
	}
	for i := range maxPlaces + 100 {
		p.Learn(fmt.Sprint("bucket-", i), "r")
	}
	if n := len(p.regions); n > maxPlaces {
		t.Errorf("%d buckets are remembered, want at most %d", n, maxPlaces)
	}
}

func TestClock(t *testing.T) {
	now := time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)
	date := func(d time.Duration) string { return now.Add(d).Format("Mon, 02 Jan 2006 15:04:05 GMT") }
	var c Clock
	for _, step := range []struct {
		date string
		want bool
		then time.Duration
	}{
		{"", false, 0}, {"soon", false, 0}, {date(30 * time.Second), false, 0},
		{date(time.Hour), true, time.Hour}, {date(time.Hour + 10*time.Second), false, time.Hour},
		{date(-48 * time.Hour), true, -48 * time.Hour}, {date(0), true, 0},
	} {
		if got := c.Set(step.date, now); got != step.want || c.Offset() != step.then {
			t.Errorf("date %q: changed %v and offset %v, want %v and %v", step.date, got, c.Offset(), step.want, step.then)
		}
	}
}

// A bucket goes where the style puts it, or nowhere.
func TestIn(t *testing.T) {
	e := Endpoint{Scheme: "https", Host: "h.example:9000", Path: "/base"}
	for _, c := range []struct {
		style  Style
		bucket string
		want   string
	}{
		{VirtualHost, "b.c-d_E", "https://b.c-d_E.h.example:9000/base"},
		{VirtualHost, "", "https://h.example:9000/base"},
		{PathStyle, "b", "https://h.example:9000/base/b"},
		{PathStyle, "a/b\xff", "https://h.example:9000/base/a%2Fb%FF"},
		{PathStyle, "", "https://h.example:9000/base"},
		{CNAME, "b", "https://h.example:9000/base"},
		{CNAME, "", ""}, {PathStyle, ".", ""}, {PathStyle, "..", ""},
		{VirtualHost, "a/b", ""}, {VirtualHost, "evil.example#", ""}, {VirtualHost, "u@evil", ""}, {VirtualHost, "a..b", ""},
		{VirtualHost, ".a", ""}, {VirtualHost, "-a", ""}, {VirtualHost, "a:1", ""}, {VirtualHost, "a\n", ""}, {VirtualHost, "中", ""},
	} {
		a, err := e.In(c.style, c.bucket, "r")
		got := a.Scheme + "://" + a.Host + a.Base
		if c.want == "" && err == nil || c.want != "" && (err != nil || got != c.want || a.Region != "r") {
			t.Errorf("bucket %q in %v style is at %s (%v), want %q", c.bucket, c.style, got, err, c.want)
		}
	}
}
