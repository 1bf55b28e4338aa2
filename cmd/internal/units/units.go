// Package units reads the values that flags, -o options and source parameters
// have in common: durations, sizes, modes and numbers within bounds. Every error
// says what is allowed, in words that fit behind "bad value".
package units

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration reads a duration of at least least: Go's syntax (1m30s, 250ms, 24h),
// with d for days of 24 hours where it stands alone (7d).
func Duration(s string, least time.Duration) (time.Duration, error) {
	d, err := time.ParseDuration(s)
	if days, ok := strings.CutSuffix(s, "d"); ok {
		n, derr := strconv.ParseFloat(days, 64)
		d, err = time.Duration(n*24*float64(time.Hour)), derr
		if math.IsNaN(n) || math.Abs(n) > 36500 {
			err = strconv.ErrRange
		}
	}
	if err != nil {
		return 0, fmt.Errorf("%s is no duration, such as 30s, 5m, 24h or 7d", Quote(s))
	}
	if d < least {
		return 0, fmt.Errorf("%s is too short: at least %s", Quote(s), FormatDuration(least))
	}
	return d, nil
}

// FormatDuration writes a duration without its trailing zeros: 1m, not 1m0s.
func FormatDuration(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

var sizeUnits = []struct {
	suffix string
	factor int64
}{
	{"kib", 1 << 10}, {"mib", 1 << 20}, {"gib", 1 << 30}, {"tib", 1 << 40},
	{"kb", 1e3}, {"mb", 1e6}, {"gb", 1e9}, {"tb", 1e12},
	{"k", 1 << 10}, {"m", 1 << 20}, {"g", 1 << 30}, {"t", 1 << 40}, {"b", 1},
}

// Size reads a number of bytes of at least least: 128MiB, 64k, 1.5GiB, 1000000.
// K, M, G and T alone are powers of 1024, as with ls and du.
func Size(s string, least int64) (int64, error) {
	number, factor := strings.ToLower(s), int64(1)
	for _, u := range sizeUnits {
		if rest, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = rest, u.factor
			break
		}
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	bytes := n * float64(factor)
	if err != nil || math.IsNaN(bytes) || bytes < 0 || bytes > 1<<50 {
		return 0, fmt.Errorf("%s is no size, such as 64MiB or 1GiB", Quote(s))
	}
	if int64(bytes) < least {
		return 0, fmt.Errorf("%s is too small: at least %s", Quote(s), FormatSize(least))
	}
	return int64(bytes), nil
}

// FormatSize writes a number of bytes with the greatest binary unit that divides it.
func FormatSize(n int64) string {
	names := []string{"", "KiB", "MiB", "GiB", "TiB"}
	i := 0
	for n != 0 && n%1024 == 0 && i < len(names)-1 {
		n, i = n/1024, i+1
	}
	return strconv.FormatInt(n, 10) + names[i]
}

// Int reads a whole number between least and most.
func Int(s string, least, most int) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil {
		return 0, fmt.Errorf("%s is no whole number", Quote(s))
	}
	if n < least || n > most {
		return 0, fmt.Errorf("%s is out of range: %d to %d", Quote(s), least, most)
	}
	return n, nil
}

// Mode reads permission bits in octal: 0444, 444 or 0o444.
func Mode(s string) (uint32, error) {
	n, err := strconv.ParseUint(strings.TrimPrefix(s, "0o"), 8, 32)
	if err != nil || n > 0o777 {
		return 0, fmt.Errorf("%s is no mode: octal, 0 to 0777", Quote(s))
	}
	return uint32(n), nil
}

// Bool reads a switch: true, false, yes, no, on, off, 1, 0, and empty for true.
func Bool(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "", "1", "true", "yes", "on":
		return true, nil
	case "0", "false", "no", "off":
		return false, nil
	}
	return false, fmt.Errorf("%s is neither true nor false", Quote(s))
}

// Quote quotes what a user wrote, cut so that an error stays one readable line.
func Quote(s string) string {
	const most = 60
	if len(s) > most {
		s = s[:most] + "..."
	}
	return strconv.Quote(s)
}
