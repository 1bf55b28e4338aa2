package xmlpage

import (
	"testing"
	"time"
)

func TestDate(t *testing.T) {
	for _, c := range []struct{ rule, text, want string }{
		{"milliseconds", "2020-03-25T10:07:14.000Z", "2020-03-25T10:07:14Z"},
		{"a fraction counts", "2026-11-21T00:33:40.394Z", "2026-11-21T00:33:40.394Z"},
		{"no fraction (versitygw, COS buckets)", "2026-11-21T00:06:58Z", "2026-11-21T00:06:58Z"},
		{"nanoseconds", "2026-11-21T00:06:58.123456789Z", "2026-11-21T00:06:58.123456789Z"},
		{"beyond nanoseconds", "2026-11-21T00:06:58.1234567899999Z", "2026-11-21T00:06:58.123456789Z"},
		{"an offset", "2026-11-21T08:06:58+08:00", "2026-11-21T00:06:58Z"},
		{"a western offset", "2026-11-20T19:36:58.5-04:30", "2026-11-21T00:06:58.5Z"},
		{"blanks around", " \n2026-11-21T00:06:58Z\t", "2026-11-21T00:06:58Z"},
		{"a leap day", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59Z"},
		{"a leap day of a century", "2000-02-29T00:00:00Z", "2000-02-29T00:00:00Z"},
		{"before 1970", "1969-12-31T23:59:59.5Z", "1969-12-31T23:59:59.5Z"},
		{"the year 0 that is the year 1 in UTC", "0000-12-31T23:00:00-08:00", "0001-01-01T07:00:00Z"},
		{"the last second", "9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"},
		{"the second of all", "0001-01-01T00:00:01Z", "0001-01-01T00:00:01Z"},
		{"asctime is UTC+8", "Tue Jan 17 16:43:37 2017", "2017-01-17T08:43:37Z"},
		{"seed 1484726657", "Wed Jan 18 16:04:17 2017", "2017-01-18T08:04:17Z"},
		{"seed 1484727158", "Wed Jan 18 16:12:38 2017", "2017-01-18T08:12:38Z"},
		{"seed 1484727270", "Wed Jan 18 16:14:30 2017", "2017-01-18T08:14:30Z"},
		{"a blank padded day", "Sun Jan  1 07:59:59 2017", "2016-12-31T23:59:59Z"},
		{"a zero padded day", "Sun Jan 01 08:00:00 2017", "2017-01-01T00:00:00Z"},
		{"a day without padding", "Sun Jan 1 08:00:00 2017", "2017-01-01T00:00:00Z"},
		{"asctime with blanks around", "\n Sun Jan  1 08:00:00 2017 ", "2017-01-01T00:00:00Z"},

		{"empty", "", ""},
		{"blank", " ", ""},
		{"words", "yesterday", ""},
		{"a number", "1484726657", ""},
		{"no zone", "2026-11-21T00:06:58", ""},
		{"a blank for T", "2026-11-21 00:06:58Z", ""},
		{"a date alone", "2026-11-21", ""},
		{"February 30", "2026-02-30T00:00:00Z", ""},
		{"February 29 of no leap year", "2100-02-29T00:00:00Z", ""},
		{"month 13", "2026-13-01T00:00:00Z", ""},
		{"month 0", "2026-00-01T00:00:00Z", ""},
		{"day 0", "2026-01-00T00:00:00Z", ""},
		{"hour 24", "2026-01-01T24:00:00Z", ""},
		{"minute 60", "2026-01-01T00:60:00Z", ""},
		{"second 60", "2026-01-01T00:00:60Z", ""},
		{"a dot without a fraction", "2026-01-01T00:00:00.Z", ""},
		{"an offset without colon", "2026-01-01T00:00:00+0800", ""},
		{"an offset of a day", "2026-01-01T00:00:00+24:00", ""},
		{"two zones", "2026-01-01T00:00:00ZZ", ""},
		{"the year 0", "0000-12-31T23:59:59Z", ""},
		{"the year 0 once it is in UTC", "0001-01-01T00:00:00+08:00", ""},
		{"the year 10000 once it is in UTC", "9999-12-31T23:59:59-08:00", ""},
		{"the year 10000", "10000-01-01T00:00:00Z", ""},
		{"dots for colons", "2026-01-01T00.00.00Z", ""},
		{"a sign", "2026-01-01T-1:00:00Z", ""},
		{"asctime of no month", "Tue Foo 17 16:43:37 2017", ""},
		{"asctime of letters of two months", "Tue anF 17 16:43:37 2017", ""},
		{"asctime of no weekday", "Xxx Jan 17 16:43:37 2017", ""},
		{"asctime of February 30", "Tue Feb 30 16:43:37 2017", ""},
		{"asctime with a zone", "Tue Jan 17 16:43:37 UTC 2017", ""},
		{"asctime that is cut", "Tue Jan 17 16:43:37 20", ""},
	} {
		if got := Date([]byte(c.text), nil); !got.Equal(date(c.want)) || got.Location() != time.UTC {
			t.Errorf("%s: %q: want %q, got %v", c.rule, c.text, c.want, got)
		}
	}
}

func TestDateZone(t *testing.T) {
	zone := time.FixedZone("west", -5*3600)
	if got, want := Date([]byte("Tue Jan 17 16:43:37 2017"), zone), date("2017-01-17T21:43:37Z"); !got.Equal(want) {
		t.Errorf("want a date without zone in the zone given, %v, got %v", want, got)
	}
	if got, want := Date([]byte("2017-01-17T16:43:37Z"), zone), date("2017-01-17T16:43:37Z"); !got.Equal(want) {
		t.Errorf("want a date with a zone in its own, %v, got %v", want, got)
	}
}

// Every day of four centuries and more is the one that package time says it is.
func TestDateCalendar(t *testing.T) {
	for day := date("1799-12-25T00:00:00Z"); day.Year() < 2205; day = day.AddDate(0, 0, 1) {
		if got := Date([]byte(day.Format(time.RFC3339)), nil); !got.Equal(day) {
			t.Fatalf("want %v, got %v", day, got)
		}
	}
	for year := 1; year <= 9999; year++ {
		day := time.Date(year, 3, 1, 0, 0, 0, 0, time.UTC)
		if got := Date([]byte(day.Format(time.RFC3339)), nil); !got.Equal(day) {
			t.Fatalf("want %v, got %v", day, got)
		}
	}
}
