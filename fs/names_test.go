package fs

import (
	"strings"
	"testing"
	"unicode/utf8"
)

// rep is n bytes of s.
func rep(s string, n int) string { return strings.Repeat(s, n/len(s)+1)[:n] }

func TestNameOfEachComponent(t *testing.T) {
	long := rep("x", 300)
	for _, c := range []struct{ component, name string }{
		{"plain", "plain"},
		{"", "%"},
		{".", "%2E"},
		{"..", "%2E%2E"},
		{"...", "..."},
		{".a", ".a"},
		{"%", "%25"},
		{"%%", "%%"},
		{"100%", "100%"},
		{"%4", "%4"},
		{"%41", "%2541"},
		{"%aF", "%25aF"},
		{"%zz", "%zz"},
		{"%~", "%25~"},
		{"%~~", "%25~~"},
		{"~%", "~%"},
		{"%%41", "%%2541"},
		{"%\x01", "%%01"},
		{"%4\x01", "%4%01"},
		{"a/b", "a%2Fb"},
		{"%2F", "%252F"},
		{"tab\tnew\nline", "tab%09new%0Aline"},
		{"\x00\x1f\x7f", "%00%1F%7F"},
		{"\x80\xff", "\x80\xff"},
		{"späße 日本", "späße 日本"},
		{"a\u0085b", "a\u0085b"},
		{" ", " "},
		{"-rf", "-rf"},
		{rep("x", 255), rep("x", 255)},
		{long, rep("x", 221) + "%~" + sum(long)},
		{rep("x", 220) + rep("ä", 80), rep("x", 220) + "%~" + sum(rep("x", 220)+rep("ä", 80))},
		{rep("\x01", 85), rep("%01", 255)},
		{rep("\x01", 86), rep("%01", 219) + "%~" + sum(rep("\x01", 86))},
		{rep("x", 220) + "\xff\xff" + rep("x", 60), rep("x", 220) + "\xff%~" + sum(rep("x", 220)+"\xff\xff"+rep("x", 60))},
		{rep("x", 220) + "%" + rep("y", 60), rep("x", 220) + "%%~" + sum(rep("x", 220)+"%"+rep("y", 60))},
	} {
		got := encodeName(c.component)
		if got != c.name {
			t.Errorf("name of %q: %q, want %q", c.component, got, c.name)
		}
		checkName(t, c.component, got)
	}
}

func TestOtherSpellingsAreNoNames(t *testing.T) {
	digits := sum("x")
	for _, name := range []string{
		"", "%41", "%61", "%2f", "%2e", "%2E%2e", "%2E.", "a%2Eb", "%25", "%25zz", "a%25", "%7f", "%7E",
		"%C3%A4", "a\x01", "a/b", "%~", "%~~", "x%~", "x%~" + digits, rep("x", 217) + "%~" + digits,
		rep("x", 222) + "%~" + digits, rep("x", 221) + "%~" + strings.ToUpper(sum("y")), rep("x", 221) + "%~~" + digits,
		"%~~" + digits, rep("x", 256),
	} {
		p, ok := parseName(name)
		if name == "%25" {
			if !ok || p.text != "%" {
				t.Errorf("parse of %q: %q, %v, want the component %%", name, p.text, ok)
			}
			continue
		}
		if ok {
			t.Errorf("parse of %q: %+v, want no such name", name, p)
		}
	}
}

func TestCollidedNames(t *testing.T) {
	for _, c := range []string{"id", ".", "%", "%41", "ü", rep("x", 220), rep("x", 221), rep("x", 255), rep("ä", 256), rep("x", 219) + "ä", rep("\x02", 100)} {
		name := encodeCollided(c)
		if len(name) > maxName || name == encodeName(c) {
			t.Errorf("collided name of %q: %q, want another of at most 255 bytes", c, name)
		}
		p, ok := parseName(name)
		if !ok || p.form != formCollided || !p.matches(c) || !strings.HasPrefix(c, p.text) {
			t.Errorf("parse of %q: %+v, %v, want one that matches %q and begins it", name, p, ok, c)
		}
		if p.matches(c + "x") {
			t.Errorf("%q matches %q too", name, c+"x")
		}
	}
}

// checkName holds what a name promises, whatever the component.
func checkName(t *testing.T, s, name string) {
	t.Helper()
	if name == "" || name == "." || name == ".." || len(name) > maxName || strings.ContainsAny(name, "/\x00") {
		t.Fatalf("name of %q: %q cannot stand in a directory", s, name)
	}
	if utf8.ValidString(s) && !utf8.ValidString(name) {
		t.Errorf("name of %q: %q has lost its UTF-8", s, name)
	}
	p, ok := parseName(name)
	if !ok {
		t.Fatalf("name of %q: %q does not parse", s, name)
	}
	if !p.matches(s) || !strings.HasPrefix(s, p.text) {
		t.Errorf("name of %q: %q parses to %+v, want one that matches and begins it", s, name, p)
	}
	if p.form == formPlain && p.text != s {
		t.Errorf("name of %q: %q reads as %q", s, name, p.text)
	}
	if p.form == formCollided {
		t.Errorf("name of %q: %q reads as a collision", s, name)
	}
}

func FuzzNames(f *testing.F) {
	for _, s := range []string{"", "%", "%41", "a/b", ".", rep("ä", 300), rep("\x01", 90), "%~~" + rep("a", 32), rep("x", 221) + "%~" + rep("0", 32)} {
		f.Add(s, s+"x")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		na, nb := encodeName(a), encodeName(b)
		checkName(t, a, na)
		if a != b && na == nb {
			t.Errorf("%q and %q share the name %q", a, b, na)
		}
		if c := encodeCollided(a); c == nb || c == na || len(c) > maxName {
			t.Errorf("collided name %q of %q is taken by %q or %q, or too long", c, a, b, a)
		}
		// The other way: a name that parses whole is the name of what it says.
		if p, ok := parseName(a); ok && p.form == formPlain && encodeName(p.text) != a {
			t.Errorf("%q reads as %q, whose name is %q", a, p.text, encodeName(p.text))
		}
	})
}

func BenchmarkEncodeName(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		encodeName("0123456789abcdef0123456789abcdef-part-of-a-key.tar.gz")
	}
}

func BenchmarkIdentify(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		identify(rootIdentity(), kindDir, "0123456789abcdef0123456789abcdef")
	}
}
