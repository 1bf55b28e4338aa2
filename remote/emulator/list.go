package emulator

import "strings"

// maxPage is the most that a page holds on all three providers.
const maxPage = 1000

// listing is what a List Multipart Uploads request asks for.
type listing struct {
	prefix, delimiter   string
	keyMarker, idMarker string
	max                 int
	// encoding is the value of encoding-type as it was sent, url whether it asks
	// for encoding.
	encoding string
	url      bool
}

// page is one page of a listing before a dialect writes it.
type page struct {
	listing
	uploads  []upload
	prefixes []string
	// truncated says that something follows. nextKey and nextID are the markers
	// of the last entry, whether or not it does.
	truncated       bool
	nextKey, nextID string
}

// list serves a page by the rules that AWS, COS and OSS share: keys in byte
// order, exclusive markers, common prefixes that count as entries and are left
// out where they are not greater than key-marker (dialects.md 3.1, 3.3).
func (b *bucket) list(l listing) *page {
	pg := &page{listing: l}
	if l.max == 0 {
		return pg
	}
	if b.population != nil && l.delimiter == "" {
		pg.uploads = make([]upload, 0, min(l.max, b.population.uploads, maxPage))
	}
	w := b.walk()
	b.position(w, l)
	if !strings.HasPrefix(l.keyMarker, l.prefix) || l.keyMarker == "" {
		w.to(l.prefix)
	}
	for {
		k, ok := w.key()
		if !ok || !hasPrefix(k, l.prefix) {
			return pg
		}
		cp := groupBytes(k, l.prefix, l.delimiter)
		if cp != nil && string(cp) <= l.keyMarker {
			next, ok := successor(string(cp))
			if !ok {
				return pg
			}
			w.to(next)
			continue
		}
		if len(pg.uploads)+len(pg.prefixes) == l.max {
			pg.truncated = true
			return pg
		}
		if cp == nil {
			u := w.take()
			pg.uploads = append(pg.uploads, u)
			pg.nextKey, pg.nextID = u.key, u.id
			continue
		}
		prefix := string(cp)
		pg.prefixes = append(pg.prefixes, prefix)
		pg.nextKey, pg.nextID = prefix, ""
		next, ok := successor(prefix)
		if !ok {
			return pg
		}
		w.to(next)
	}
}

// position moves the walker to where the markers say.
func (b *bucket) position(w *walker, l listing) {
	switch {
	case l.keyMarker == "":
	case l.idMarker == "":
		w.to(l.keyMarker + "\x00")
	default:
		w.after(b.marked(l.keyMarker, l.idMarker))
	}
}

// marked is the upload that markers name. Where it is unknown its id alone
// places it, which is what COS and OSS document: "greater than".
func (b *bucket) marked(key, id string) *upload {
	if u := b.find(key, id); u != nil {
		return u
	}
	if u, ok := b.buried[name{key, id}]; ok {
		return &u
	}
	return &upload{key: key, id: id}
}

func hasPrefix(k []byte, prefix string) bool {
	return len(k) >= len(prefix) && string(k[:len(prefix)]) == prefix
}

// groupBytes is group over the walker's key, without allocating.
func groupBytes(k []byte, prefix, delimiter string) []byte {
	if delimiter == "" {
		return nil
	}
	rest := k[len(prefix):]
	for i := 0; i+len(delimiter) <= len(rest); i++ {
		if string(rest[i:i+len(delimiter)]) == delimiter {
			return k[:len(prefix)+i+len(delimiter)]
		}
	}
	return nil
}
