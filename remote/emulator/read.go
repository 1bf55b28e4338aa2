package emulator

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"uploadfs/remote"
)

func itoa(n int) string { return strconv.Itoa(n) }

// listing reads the parameters of List Multipart Uploads.
func (x *exchange) listing() (listing, *apiError) {
	l := listing{
		prefix: x.q.get("prefix"), delimiter: x.q.get("delimiter"), encoding: x.q.get("encoding-type"),
		keyMarker: x.q.get("key-marker"), idMarker: x.q.get("upload-id-marker"),
	}
	var e *apiError
	if l.max, e = x.number("max-uploads", maxPage, maxPage); e != nil {
		return l, e
	}
	if l.url, e = x.encodingType(); e != nil {
		return l, e
	}
	if l.keyMarker == "" && x.bucket.quirks.Emulate == "" {
		l.idMarker = "" // without a key it means nothing (dialects.md 1.1)
	}
	return l, nil
}

// encodingType reads encoding-type, whose value is compared without case and
// refused where it is empty or unknown (dialects.md 0.9).
func (x *exchange) encodingType() (bool, *apiError) {
	v := x.q.get("encoding-type")
	switch {
	case strings.EqualFold(v, "url"):
		return true, nil
	case x.q.has("encoding-type") && !x.quirks().AnyEncoding:
		return false, fail(http.StatusBadRequest, "InvalidArgument", "Invalid Encoding Method specified in Request",
			element{"ArgumentName", "encoding-type"}, element{"ArgumentValue", v})
	}
	return false, nil
}

// listUploads answers List Multipart Uploads.
func (x *exchange) listUploads() *response {
	l, e := x.listing()
	if e != nil {
		return x.refuse(e)
	}
	pg, e := x.page(l)
	if e != nil {
		return x.refuse(e)
	}
	d := x.newDoc()
	x.dialect.uploadsDocument(d, x, pg)
	return x.ok(d)
}

// page makes one page of uploads under the bucket's lock: by the common rules,
// or by those of the store that the bucket emulates.
func (x *exchange) page(l listing) (*page, *apiError) {
	b := x.bucket
	asked := l
	b.quirks.ignore(&l)
	b.mu.RLock()
	defer b.mu.RUnlock()
	if b.forgotten && l.prefix == "" {
		return &page{listing: l}, nil
	}
	if b.quirks.odd() {
		pg, e := x.oddPage(l)
		if e != nil {
			return nil, e
		}
		pg.listing = asked
		b.quirks.distort(pg)
		return pg, nil
	}
	if x.dialect.name() == "s3" && l.keyMarker != "" && l.idMarker != "" && !b.knows(l.keyMarker, l.idMarker) {
		return nil, badIDMarker(l.idMarker)
	}
	pg := b.list(l)
	pg.listing = asked
	b.quirks.distort(pg)
	return pg, nil
}

// knows reports whether S3 would take the markers: an upload that is there, or
// that was there when it listed it (dialects.md 3.1).
func (b *bucket) knows(key, id string) bool {
	if b.find(key, id) != nil {
		return true
	}
	_, ok := b.buried[name{key, id}]
	return ok && !b.quirks.ForgetsAborted
}

func badIDMarker(id string) *apiError {
	return fail(http.StatusBadRequest, "InvalidArgument", "Invalid uploadId marker",
		element{"ArgumentName", "upload-id-marker"}, element{"ArgumentValue", id})
}

// partPage is one page of parts before a dialect writes it.
type partPage struct {
	upload      upload
	parts       []remote.Part
	marker, max int
	next        int
	truncated   bool
	url         bool
	encoding    string
}

// listParts answers List Parts.
func (x *exchange) listParts() *response {
	q := &x.bucket.quirks
	most := maxPage
	if q.PartsCap > 0 {
		most = q.PartsCap
	}
	limit, e := x.number("max-parts", most, most)
	if e != nil {
		return x.refuse(e)
	}
	marker, e := x.number("part-number-marker", 0, 1<<31-1)
	if e != nil {
		return x.refuse(e)
	}
	pg := &partPage{marker: marker, max: limit}
	if x.dialect.name() != "s3" || q.PartsEncoding {
		if pg.url, e = x.encodingType(); e != nil {
			return x.refuse(e)
		}
		pg.encoding = x.q.get("encoding-type")
	}
	if e := x.fillParts(pg); e != nil {
		return x.refuse(e)
	}
	d := x.newDoc()
	x.dialect.partsDocument(d, x, pg)
	return x.ok(d)
}

// fillParts reads a page of parts under the bucket's lock. The marker is
// exclusive and may be any number (dialects.md 3.4).
func (x *exchange) fillParts(pg *partPage) *apiError {
	b := x.bucket
	b.mu.RLock()
	defer b.mu.RUnlock()
	u := b.find(x.at.key, x.q.get("uploadId"))
	if u == nil {
		return x.dialect.noUpload(x)
	}
	pg.upload = *u
	if b.quirks.Parts != PartsExclusive {
		return b.oddParts(u, pg)
	}
	n := b.partCount(u)
	i := b.firstPart(u, pg.marker)
	for ; i < n && len(pg.parts) < pg.max; i++ {
		pg.parts = append(pg.parts, b.part(u, i))
	}
	pg.truncated = i < n && pg.max > 0
	if len(pg.parts) > 0 {
		pg.next = pg.parts[len(pg.parts)-1].Number
	}
	return nil
}

// firstPart is the index of the first part whose number is greater than marker.
func (b *bucket) firstPart(u *upload, marker int) int {
	if u.synthetic > 0 {
		return b.population.firstPart(u.synthetic-1, marker)
	}
	i, _ := slices.BinarySearchFunc(u.parts, marker+1, func(p remote.Part, n int) int { return p.Number - n })
	return i
}

// listBuckets answers GET Service.
func (x *exchange) listBuckets() *response {
	s := x.store
	s.mu.RLock()
	var all []*bucket
	for _, b := range s.buckets {
		if b.dialect == x.dialect {
			all = append(all, b)
		}
	}
	s.mu.RUnlock()
	slices.SortFunc(all, func(a, b *bucket) int { return strings.Compare(a.name, b.name) })
	write, e := x.dialect.bucketsPage(x, all)
	if e != nil {
		return x.refuse(e)
	}
	d := x.newDoc()
	write(d)
	return x.ok(d)
}

// bucketWindow is the first most of the buckets that are wanted.
func bucketWindow(all []*bucket, most int, wanted func(*bucket) bool) (shown []*bucket, truncated bool) {
	for _, b := range all {
		if !wanted(b) {
			continue
		}
		if len(shown) == most {
			return shown, true
		}
		shown = append(shown, b)
	}
	return shown, false
}

// location answers GET ?location, which tells clients the region.
func (x *exchange) location() *response {
	d := x.newDoc()
	region := x.bucket.region
	switch {
	case x.dialect.name() == "oss":
		region = "oss-" + region
	case region == "us-east-1":
		region = "" // AWS has no constraint there
	}
	d.raw(prolog)
	d.text("LocationConstraint", region)
	return x.ok(d)
}

// listObjects answers a listing of objects: there are none, since no upload of
// this store ever becomes one.
func (x *exchange) listObjects() *response {
	d := x.newDoc()
	d.raw(prolog + "<ListBucketResult>")
	d.text("Name", x.bucket.name)
	d.text("Prefix", x.q.get("prefix"))
	d.int("MaxKeys", maxPage)
	d.bool("IsTruncated", false)
	d.end("ListBucketResult")
	return x.ok(d)
}
