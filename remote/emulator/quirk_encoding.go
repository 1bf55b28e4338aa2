package emulator

// encoding applies the bucket's ways of url encoding: encoded or not and echoed
// or not, in all four combinations (dialects.md 0.7).
func (q *Quirks) encoding(e *encoder, pg *page) {
	if q.Encoded != 0 {
		e.set = q.Encoded
	}
	if q.PercentAll {
		e.rule = percent
	}
	switch q.URL {
	case On:
		e.on = true
	case Off:
		e.on = false
	}
	switch q.Echo {
	case On:
		e.echo = true
		if pg.encoding == "" {
			pg.encoding = "url"
		}
	case Off:
		e.echo = false
	}
}
