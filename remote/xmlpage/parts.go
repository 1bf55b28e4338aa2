package xmlpage

import (
	"slices"
	"strings"
	"time"

	"uploadfs/remote"
)

// rawPart is a part whose texts still stand in the body.
type rawPart struct {
	number   int
	size     int64
	modified time.Time
	etag     []byte
	// from and to are the part's place in the page's checksums.
	from, to int
}

// rawChecksum is a checksum with its value still in the body.
type rawChecksum struct {
	name  string
	value []byte
}

// partsPage is a page of List Parts before its strings are made.
type partsPage struct {
	bucket, key, id []byte

	parts     []rawPart
	checksums []rawChecksum
	info      rawInfo
	next      int
	echo      bool
	truncated flag
}

// Parts reads a page of List Parts. It fails as Uploads does. The key that it
// echoes is decoded as the options say and must not be trusted: AWS has no url
// encoding here, MinIO encodes without saying so (dialects.md 2.4).
func Parts(body []byte, o Options) (*remote.PartPage, error) {
	s := newScanner(body)
	if err := s.expect("ListPartsResult"); err != nil {
		return nil, err
	}
	var p partsPage
	for s.next() {
		p.element(s, &o)
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	return p.build(&o), nil
}

// element reads one child of the root.
func (p *partsPage) element(s *scanner, o *Options) {
	switch string(s.name) {
	case "Part":
		p.part(s, o)
	case "IsTruncated":
		s.flag(&p.truncated)
	case "NextPartNumberMarker":
		// One that cannot be read was not sent: the last part's number serves.
		if n, ok := number(s.text()); ok && n <= MaxPartNumber {
			p.next = int(n)
		}
	case "EncodingType", "Encoding-Type", "Encoding-type":
		p.echo = isURL(s.text()) || p.echo
	case "Bucket":
		p.bucket = trim(s.text())
	case "Key":
		p.key = s.text()
	case "UploadId", "UploadID":
		p.id = trim(s.text())
	default:
		if !p.info.member(s) {
			s.skip()
		}
	}
}

// part reads one part. Its number and size have no value that could stand for a
// missing one.
func (p *partsPage) part(s *scanner, o *Options) {
	at := s.pos
	part := rawPart{from: len(p.checksums)}
	var num, size []byte
	for s.next() {
		switch string(s.name) {
		case "PartNumber":
			s.once(&num, true)
		case "Size":
			s.once(&size, true)
		case "ETag":
			part.etag = s.etag()
		case "LastModified":
			part.modified = Date(s.text(), o.Zone)
		default:
			p.checksum(s)
		}
	}
	if s.err != nil {
		return
	}
	n, ok := number(num)
	if !ok || n < 1 || n > MaxPartNumber {
		s.fail(at, "a part with number %.30q", num)
		return
	}
	if part.size, ok = number(size); !ok {
		s.fail(at, "a part with size %.30q", size)
		return
	}
	if p.parts == nil {
		n := min(1+(len(s.b)-at)/(s.pos-at), MaxEntries)
		p.parts = make([]rawPart, 0, n)
		p.checksums = slices.Grow(p.checksums, (n-1)*len(p.checksums))
	}
	part.number, part.to = int(n), len(p.checksums)
	p.parts = append(p.parts, part)
	if len(p.parts) > MaxEntries {
		s.fail(at, "more than %d entries", MaxEntries)
	}
}

// checksum reads the element that next moved to if it is a checksum that was
// sent: AWS's five and whatever follows their form, and the one of OSS.
func (p *partsPage) checksum(s *scanner) {
	name := p.checksumName(s.name)
	if name == "" {
		s.skip()
		return
	}
	if value := trim(s.text()); len(value) > 0 {
		p.checksums = append(p.checksums, rawChecksum{name, value})
	}
}

// checksumName returns the name of a checksum element, shared between the parts
// of the page, or an empty string.
func (p *partsPage) checksumName(name []byte) string {
	switch string(name) {
	case "ChecksumCRC32C":
		return "ChecksumCRC32C"
	case "ChecksumCRC32":
		return "ChecksumCRC32"
	case "ChecksumCRC64NVME":
		return "ChecksumCRC64NVME"
	case "ChecksumSHA1":
		return "ChecksumSHA1"
	case "ChecksumSHA256":
		return "ChecksumSHA256"
	case "HashCrc64ecma":
		return "HashCrc64ecma"
	case "ChecksumAlgorithm", "ChecksumType", "Checksum":
		return ""
	}
	if !strings.HasPrefix(string(name), "Checksum") {
		return ""
	}
	if n := len(p.checksums); n > 0 && p.checksums[n-1].name == string(name) {
		return p.checksums[n-1].name
	}
	return string(name)
}

// build makes the page's own strings.
func (p *partsPage) build(o *Options) *remote.PartPage {
	page := &remote.PartPage{Truncated: p.truncated == yes, Next: p.next}
	names := namer{}
	if o.URLRequested && (p.echo || !o.EchoRequired) {
		names.encoded = o.Encoded
	}
	total := len(p.bucket) + len(p.id) + len(p.key)
	for i := range p.parts {
		total += len(p.parts[i].etag)
	}
	for i := range p.checksums {
		total += len(p.checksums[i].value)
	}
	names.grow(total)
	page.Bucket = names.copy(p.bucket)
	page.Key = names.echo(p.key, remote.EncodedKey)
	page.UploadID = names.copy(p.id)
	page.Info = *p.info.build(string(p.info.appendKey(nil)))

	var checksums []remote.Checksum
	if len(p.checksums) > 0 {
		checksums = make([]remote.Checksum, len(p.checksums))
	}
	for i, raw := range p.checksums {
		checksums[i] = remote.Checksum{Name: raw.name, Value: names.copy(raw.value)}
	}
	if len(p.parts) > 0 {
		page.Parts = make([]remote.Part, len(p.parts))
	}
	for i := range p.parts {
		raw, part := &p.parts[i], &page.Parts[i]
		part.Number, part.Size, part.LastModified = raw.number, raw.size, raw.modified
		part.ETag = names.copy(raw.etag)
		if raw.from < raw.to {
			part.Checksums = checksums[raw.from:raw.to:raw.to]
		}
	}
	return page
}
