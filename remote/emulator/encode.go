package emulator

import (
	"time"

	"uploadfs/remote"
)

// encoder spells the names of one page.
type encoder struct {
	on   bool
	set  remote.Encoded
	rule func(string) string
	// echo says that the page echoes EncodingType.
	echo bool
}

// encoder is that of a page: url encoding where it is asked for, unless a quirk
// says otherwise.
func (x *exchange) encoder(pg *page, rule func(string) string, set remote.Encoded) encoder {
	q := x.quirks()
	e := encoder{on: pg.url, set: set, rule: rule, echo: pg.encoding != ""}
	q.encoding(&e, pg)
	return e
}

func (e encoder) name(element remote.Encoded, s string) string {
	if e.on && e.set&element != 0 {
		return e.rule(s)
	}
	return s
}

// date writes a date as the bucket does.
func (x *exchange) date(d *doc, name string, t time.Time) {
	q := x.quirks()
	switch {
	case q.NoDates:
	case q.ANSIDates:
		d.text(name, t.In(beijing()).Format(time.ANSIC))
	case q.WholeSeconds:
		d.text(name, t.UTC().Format("2006-01-02T15:04:05Z"))
	default:
		d.time(name, t)
	}
}

// beijing is the zone of COS's C dates, which carry none (dialects.md 2.2).
func beijing() *time.Location { return time.FixedZone("", 8*3600) }

// nextUploads writes the two markers of the next page. set says that the
// dialect fills them on this page.
func (x *exchange) nextUploads(d *doc, pg *page, enc encoder, set bool) {
	key, id := pg.nextKey, pg.nextID
	switch x.quirks().Next {
	case NextNever:
		return
	case NextEmpty:
		set = false
	case NextAlways:
		set = true
	case NextTruncated:
		set = pg.truncated
	}
	if !set {
		key, id = "", ""
	}
	if !x.quirks().NoNextKey {
		d.text("NextKeyMarker", enc.name(remote.EncodedNextKeyMarker, key))
	}
	d.text("NextUploadIdMarker", id)
}

// nextPart writes NextPartNumberMarker. set says that the dialect does on this page.
func (x *exchange) nextPart(d *doc, pg *partPage, set bool) {
	next := pg.next
	switch x.quirks().Next {
	case NextNever:
		return
	case NextEmpty:
		next = 0
	case NextAlways:
		set = true
	case NextTruncated:
		if !pg.truncated {
			next = 0
		}
	}
	if set {
		d.int("NextPartNumberMarker", int64(next))
	}
}

// commonPrefixes writes one element a prefix, or one around all of them where
// the bucket is like Ceph's (dialects.md 2.1).
func (x *exchange) commonPrefixes(d *doc, pg *page, enc encoder, name string) {
	if len(pg.prefixes) == 0 {
		return
	}
	together := x.quirks().PrefixesTogether
	if together {
		d.open(name)
	}
	for _, p := range pg.prefixes {
		if !together {
			d.open(name)
		}
		d.text("Prefix", enc.name(remote.EncodedCommonPrefix, p))
		if !together {
			d.end(name)
		}
	}
	if together {
		d.end(name)
	}
}
