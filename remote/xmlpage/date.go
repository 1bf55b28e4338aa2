package xmlpage

import (
	"strings"
	"time"
)

// cosZone is the offset of the dates that Tencent COS printed without a zone:
// the first ten digits of an upload id are the same instant in Unix seconds, and
// the dates of seeds/003 are eight hours ahead of them (dialects.md 2.2).
const cosZone = 8 * 3600

// Date reads a date of a list document: RFC 3339 in any offset with or without a
// fraction of a second, or the C library's asctime (Tue Jan 17 16:43:37 2017, the
// day blank or zero padded or neither), which is in zone, nil for UTC+8. The
// result is in UTC. Anything else is the zero time: a date that cannot be read is
// one that was not sent, never a guess. So is one outside the years 1 to 9999.
func Date(text []byte, zone *time.Location) time.Time {
	text = trim(text)
	var t time.Time
	var ok bool
	if len(text) > 0 && text[0] >= 'A' {
		t, ok = asctime(text, zone)
	} else {
		t, ok = rfc3339(text)
	}
	if s := t.Unix(); !ok || s < firstSecond || s > lastSecond {
		return time.Time{}
	}
	return t
}

// The first and the last second of the years 1 to 9999.
const (
	firstSecond = -62135596800
	lastSecond  = 253402300799
)

// clock is a date and a time of day.
type clock struct{ year, month, day, hour, minute, second int }

// unix returns the seconds since 1970 of a clock in UTC, and whether there is
// such a day and time. Leap seconds are not known, as in package time.
func (c clock) unix() (int64, bool) {
	if c.month < 1 || c.month > 12 || c.day < 1 || c.day > daysIn(c.month, c.year) ||
		c.hour > 23 || c.minute > 59 || c.second > 59 {
		return 0, false
	}
	// Years are counted from March, so that a leap day is the last of its year.
	// The first two months of the year 0 come out wrong and are never asked for.
	y, m := int64(c.year), int64(c.month)
	if m < 3 {
		y, m = y-1, m+12
	}
	days := 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int64(c.day) - 719469
	return days*86400 + int64(c.hour*3600+c.minute*60+c.second), true
}

func daysIn(month, year int) int {
	switch month {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	}
	return 31
}

// rfc3339 reads 2020-03-25T10:07:14[.000](Z|+08:00).
func rfc3339(b []byte) (time.Time, bool) {
	if len(b) < len("2006-01-02T15:04:05Z") || b[4] != '-' || b[7] != '-' || b[10] != 'T' {
		return time.Time{}, false
	}
	year, ok1 := digits(b[:4])
	month, ok2 := digits(b[5:7])
	day, ok3 := digits(b[8:10])
	c, ok4 := timeOfDay(b[11:19])
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return time.Time{}, false
	}
	c.year, c.month, c.day = year, month, day
	seconds, ok := c.unix()
	if !ok {
		return time.Time{}, false
	}
	nanos, rest, ok := fraction(b[19:])
	if !ok {
		return time.Time{}, false
	}
	offset, ok := zoneOffset(rest)
	if !ok {
		return time.Time{}, false
	}
	return time.Unix(seconds-int64(offset), int64(nanos)).UTC(), true
}

// asctime reads Tue Jan 17 16:43:37 2017.
func asctime(b []byte, zone *time.Location) (time.Time, bool) {
	const weekdays, months = "MonTueWedThuFriSatSun", "JanFebMarAprMayJunJulAugSepOctNovDec"
	if len(b) < len("Mon Jan 2 15:04:05 2006") || b[3] != ' ' || b[7] != ' ' || threes(weekdays, b[:3]) == 0 {
		return time.Time{}, false
	}
	day, rest := b[8:10], b[10:]
	if day[1] == ' ' {
		day, rest = day[:1], b[9:]
	} else if day[0] == ' ' {
		day = day[1:]
	}
	if len(rest) != len(" 15:04:05 2006") || rest[0] != ' ' || rest[9] != ' ' {
		return time.Time{}, false
	}
	c, ok1 := timeOfDay(rest[1:9])
	var ok2, ok3 bool
	c.day, ok2 = digits(day)
	c.month = threes(months, b[4:7])
	c.year, ok3 = digits(rest[10:])
	seconds, ok4 := c.unix()
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return time.Time{}, false
	}
	if zone == nil {
		return time.Unix(seconds-cosZone, 0).UTC(), true
	}
	return time.Date(c.year, time.Month(c.month), c.day, c.hour, c.minute, c.second, 0, zone).UTC(), true
}

// threes returns the place, from 1, of a name in a list of names of three
// letters, or 0.
func threes(list string, name []byte) int {
	i := strings.Index(list, string(name))
	if i < 0 || i%3 != 0 {
		return 0
	}
	return i/3 + 1
}

// timeOfDay reads 15:04:05.
func timeOfDay(b []byte) (c clock, ok bool) {
	if b[2] != ':' || b[5] != ':' {
		return c, false
	}
	var ok1, ok2, ok3 bool
	c.hour, ok1 = digits(b[:2])
	c.minute, ok2 = digits(b[3:5])
	c.second, ok3 = digits(b[6:8])
	return c, ok1 && ok2 && ok3
}

// fraction reads an optional fraction of a second, cut to nanoseconds.
func fraction(b []byte) (nanos int, rest []byte, ok bool) {
	if b[0] != '.' {
		return 0, b, true
	}
	i, scale := 1, 100_000_000
	for i < len(b) && b[i]-'0' < 10 {
		nanos += int(b[i]-'0') * scale
		scale /= 10
		i++
	}
	return nanos, b[i:], i > 1
}

// zoneOffset reads Z or +08:00, in seconds east of UTC.
func zoneOffset(b []byte) (int, bool) {
	if len(b) == 1 && b[0] == 'Z' {
		return 0, true
	}
	if len(b) != len("+08:00") || b[3] != ':' || b[0] != '+' && b[0] != '-' {
		return 0, false
	}
	hours, ok1 := digits(b[1:3])
	minutes, ok2 := digits(b[4:6])
	if !ok1 || !ok2 || hours > 23 || minutes > 59 {
		return 0, false
	}
	offset := hours*3600 + minutes*60
	if b[0] == '-' {
		offset = -offset
	}
	return offset, true
}

// digits reads a number of a few digits and nothing else.
func digits(b []byte) (n int, ok bool) {
	for _, c := range b {
		if c-'0' > 9 {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, len(b) > 0
}
