package truth

import (
	"strings"
	"testing"
)

// The examples are worked out by hand from the interface's text.
func TestNames(t *testing.T) {
	x := strings.Repeat("x", 300)
	for _, c := range []struct{ component, want string }{
		{"plain", "plain"},
		{"", "%"},
		{".", "%2E"},
		{"..", "%2E%2E"},
		{"...", "..."},
		{"%", "%25"},
		{"100%", "100%"},
		{"%41", "%2541"},
		{"%4", "%4"},
		{"%~x", "%25~x"},
		{"%%41", "%%2541"},
		{"a\x01b\x7f", "a%01b%7F"},
		{"a b+c", "a b+c"},
		{"\xff\xfe", "\xff\xfe"},
		{strings.Repeat("x", 255), strings.Repeat("x", 255)},
		{x, strings.Repeat("x", 221) + "%~" + digits(x)},
	} {
		if got := Name(c.component); got != c.want {
			t.Errorf("Name(%q) = %q, want %q", c.component, got, c.want)
		}
	}
	if got, want := IDName("2/abc"), "2%2Fabc"; got != want {
		t.Errorf("IDName = %q, want %q", got, want)
	}
	// 73 three-byte characters are 219 bytes: the 74th does not fit in 221.
	long := strings.Repeat("語", 100)
	if got, want := Name(long), strings.Repeat("語", 73)+"%~"+digits(long); got != want {
		t.Errorf("a character was cut: %q, want %q", got, want)
	}
	if got := Name(long); len(got) > longest {
		t.Errorf("name of %d bytes", len(got))
	}
}
