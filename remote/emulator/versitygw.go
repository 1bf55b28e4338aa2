package emulator

// Versitygw are the ways of versitygw 1.8.0 (dialects.md 0.12, 3.1;
// samples/versitygw-*.xml): it names the next upload's key and id as next
// markers and then refuses them, unless the id belongs to the first key after
// key-marker.
func Versitygw() Quirks {
	return Quirks{
		Server: "VERSITYGW", Emulate: EmulateVersitygw, WholeSeconds: true, Next: NextTruncated,
		AnyEncoding: true, URL: Off, Echo: Off, ReplaceControls: true, GetPartLists: true,
	}
}

func versitygwPage(all []upload, l listing) (*page, *apiError) {
	list := entries(all, l.prefix, l.delimiter)
	if l.max == 0 { // everything, with MaxUploads 0
		all := l
		all.max = len(list)
		pg := cut(list, 0, all)
		pg.listing = l
		return pg, nil
	}
	start := (&Quirks{}).start(list, listing{keyMarker: l.keyMarker}, byTime)
	if l.keyMarker == "" || l.idMarker == "" {
		return cut(list, start, l), nil
	}
	for i := start; i < len(list) && list[i].name == list[start].name; i++ {
		if u := list[i].upload; u != nil && u.id == l.idMarker {
			return cut(list, i+1, l), nil
		}
	}
	return nil, badIDMarker(l.idMarker)
}
