package xmlpage

import (
	"bytes"
	"time"

	"uploadfs/remote"
)

// rawUpload is an upload whose names still stand in the body.
type rawUpload struct {
	key, id   []byte
	initiated time.Time
	info      *remote.UploadInfo
}

// uploadsPage is a page of List Multipart Uploads before its names are decoded:
// whether they are encoded is only known at its end.
type uploadsPage struct {
	bucket, prefix, keyMarker, nextKey, nextID []byte

	uploads   []rawUpload
	prefixes  [][]byte
	infos     infos
	echo      bool
	truncated flag
	// shorter is how many bytes decoding saves in keys and common prefixes.
	shorter int
}

// Uploads reads a page of List Multipart Uploads. It fails with a *DocumentError
// on an error document, and with a *remote.Error of KindMalformed on all else
// that is not one whole page.
func Uploads(body []byte, o Options) (*remote.UploadPage, error) {
	s := newScanner(body)
	if err := s.expect("ListMultipartUploadsResult"); err != nil {
		return nil, err
	}
	var p uploadsPage
	for s.next() {
		p.element(s, &o)
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	return p.build(&o), nil
}

// element reads one child of the root.
func (p *uploadsPage) element(s *scanner, o *Options) {
	switch string(s.name) {
	case "Upload":
		p.upload(s, o)
	case "CommonPrefixes", "CommonPrefixs":
		p.commonPrefixes(s)
	case "IsTruncated":
		s.flag(&p.truncated)
	case "NextKeyMarker":
		s.once(&p.nextKey, false)
	case "NextUploadIdMarker":
		s.once(&p.nextID, true)
	case "EncodingType", "Encoding-Type", "Encoding-type":
		p.echo = isURL(s.text()) || p.echo
	case "Bucket":
		p.bucket = trim(s.text())
	case "Prefix", "ListMultipartUploadsResult.Prefix":
		p.prefix = s.text()
	case "KeyMarker":
		p.keyMarker = s.text()
	default:
		s.skip()
	}
}

// upload reads one upload. Key and id are what it is addressed by: without one
// of them a request for its parts would be another request altogether.
func (p *uploadsPage) upload(s *scanner, o *Options) {
	at := s.pos
	var u rawUpload
	var info rawInfo
	for s.next() {
		switch string(s.name) {
		case "Key":
			s.once(&u.key, false)
		case "UploadId", "UploadID":
			s.once(&u.id, true)
		case "Initiated":
			u.initiated = Date(s.text(), o.Zone)
		default:
			if !info.member(s) {
				s.skip()
			}
		}
	}
	switch {
	case s.err != nil:
		return
	case len(u.key) == 0:
		s.fail(at, "an upload without a key")
		return
	case len(u.id) == 0:
		s.fail(at, "an upload without an id")
		return
	}
	if p.uploads == nil {
		// What is left of the body is mostly uploads of the same size.
		p.uploads = make([]rawUpload, 0, min(1+(len(s.b)-at)/(s.pos-at), MaxEntries))
	}
	u.info = p.infos.share(&info)
	p.uploads = append(p.uploads, u)
	p.bound(s, at)
}

// commonPrefixes reads one wrapper with any number of prefixes: AWS sends a
// wrapper for each, Ceph one for all, and old ones name the element
// CommonPrefixes.Prefix (dialects.md 2.1). An empty one names nothing.
func (p *uploadsPage) commonPrefixes(s *scanner) {
	at := s.pos
	for s.next() {
		switch string(s.name) {
		case "Prefix", "CommonPrefixes.Prefix":
			if text := s.text(); len(text) > 0 {
				p.prefixes = append(p.prefixes, text)
				p.bound(s, at)
			}
		default:
			s.skip()
		}
	}
}

func (p *uploadsPage) bound(s *scanner, at int) {
	if len(p.uploads)+len(p.prefixes) > MaxEntries {
		s.fail(at, "more than %d entries", MaxEntries)
	}
}

// build decides on the encoding and makes the page's own strings.
func (p *uploadsPage) build(o *Options) *remote.UploadPage {
	encoded := p.encoding(o)
	page := &remote.UploadPage{
		Truncated:  p.truncated == yes,
		URLEncoded: encoded&remote.EncodedKey != 0,
	}
	names := namer{encoded: encoded}
	names.grow(p.size())
	page.Bucket = names.copy(p.bucket)
	page.Prefix = names.echo(p.prefix, remote.EncodedPrefix)
	page.KeyMarker = names.echo(p.keyMarker, remote.EncodedKeyMarker)
	page.Next.Key = names.name(p.nextKey, remote.EncodedNextKeyMarker)
	page.Next.UploadID = names.copy(p.nextID)
	if len(p.uploads) > 0 {
		page.Uploads = make([]remote.Upload, len(p.uploads))
	}
	for i := range p.uploads {
		raw, u := &p.uploads[i], &page.Uploads[i]
		u.Key = names.name(raw.key, remote.EncodedKey)
		u.UploadID = names.copy(raw.id)
		u.Initiated = raw.initiated
		u.Info = raw.info
		u.Mangled = !page.URLEncoded && bytes.Contains(raw.key, []byte(replacement))
	}
	if len(p.prefixes) > 0 {
		page.CommonPrefixes = make([]string, len(p.prefixes))
	}
	for i, text := range p.prefixes {
		page.CommonPrefixes[i] = names.name(text, remote.EncodedCommonPrefix)
	}
	return page
}

// replacement is what some servers write for bytes that XML cannot hold.
const replacement = "\ufffd"

// size is the room that all strings of the page need.
func (p *uploadsPage) size() int {
	total := len(p.bucket) + len(p.prefix) + len(p.keyMarker) + len(p.nextKey) + len(p.nextID) - p.shorter
	for i := range p.uploads {
		total += len(p.uploads[i].key) + len(p.uploads[i].id)
	}
	for _, text := range p.prefixes {
		total += len(text)
	}
	return total
}

// namer is an arena that decodes the elements that are encoded.
type namer struct {
	arena
	encoded remote.Encoded
}

// name copies a name that was checked.
func (n *namer) name(text []byte, element remote.Encoded) string {
	if n.encoded&element != 0 {
		return n.decoded(text)
	}
	return n.copy(text)
}

// echo copies what the store echoed, decoded if it is encoded at all.
func (n *namer) echo(text []byte, element remote.Encoded) string {
	if decodedLen(text) < 0 {
		return n.copy(text)
	}
	return n.name(text, element)
}
