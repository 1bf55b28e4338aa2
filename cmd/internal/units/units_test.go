package units

import (
	"strings"
	"testing"
	"time"
)

func TestDurationReadsGoSyntaxAndDays(t *testing.T) {
	good := map[string]time.Duration{
		"1m": time.Minute, "250ms": 250 * time.Millisecond, "24h": 24 * time.Hour,
		"7d": 7 * 24 * time.Hour, "0.5d": 12 * time.Hour, "0": 0, "0s": 0,
	}
	for in, want := range good {
		if got, err := Duration(in, 0); err != nil || got != want {
			t.Errorf("Duration(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "x", "1", "-1s", "d", "NaNd", "1e300d", "-1d", "1h\n"} {
		if got, err := Duration(in, 0); err == nil {
			t.Errorf("Duration(%q) = %v; want an error", in, got)
		}
	}
	if _, err := Duration("1ms", time.Second); err == nil || !strings.Contains(err.Error(), "at least 1s") {
		t.Errorf("Duration below its bound: %v; want one that names the bound", err)
	}
}

func TestFormatDurationHasNoTrailingZeros(t *testing.T) {
	for d, want := range map[time.Duration]string{
		time.Minute: "1m", 24 * time.Hour: "24h", 30 * time.Second: "30s", 90 * time.Second: "1m30s", 0: "0s",
		10 * time.Minute: "10m", 100 * time.Hour: "100h", time.Hour + 10*time.Minute: "1h10m",
	} {
		if got := FormatDuration(d); got != want {
			t.Errorf("FormatDuration(%v) = %q; want %q", d, got, want)
		}
	}
}

func TestSizeReadsBinaryAndDecimalUnits(t *testing.T) {
	good := map[string]int64{
		"128MiB": 128 << 20, "64k": 64 << 10, "1.5GiB": 3 << 29, "1000000": 1000000, "2MB": 2e6, "1g": 1 << 30, "5b": 5, "0": 0,
	}
	for in, want := range good {
		if got, err := Size(in, 0); err != nil || got != want {
			t.Errorf("Size(%q) = %v, %v; want %v", in, got, err, want)
		}
	}
	for _, in := range []string{"", "MiB", "-1", "1XB", "NaN", "Inf", "9999999999TiB"} {
		if got, err := Size(in, 0); err == nil {
			t.Errorf("Size(%q) = %v; want an error", in, got)
		}
	}
	if got := FormatSize(128 << 20); got != "128MiB" {
		t.Errorf("FormatSize(128MiB) = %q", got)
	}
}

func TestModeIsOctal(t *testing.T) {
	for in, want := range map[string]uint32{"0444": 0o444, "555": 0o555, "0o700": 0o700, "0": 0} {
		if got, err := Mode(in); err != nil || got != want {
			t.Errorf("Mode(%q) = %o, %v; want %o", in, got, err, want)
		}
	}
	for _, in := range []string{"", "8", "1777", "-1", "rw"} {
		if got, err := Mode(in); err == nil {
			t.Errorf("Mode(%q) = %o; want an error", in, got)
		}
	}
}

func TestErrorsStayOneShortLine(t *testing.T) {
	long := strings.Repeat("x\n", 500)
	_, err := Int(long, 0, 1)
	if err == nil || strings.Contains(err.Error(), "\n") || len(err.Error()) > 200 {
		t.Errorf("Int of 1,000 bytes: %q; want one short line", err)
	}
}
