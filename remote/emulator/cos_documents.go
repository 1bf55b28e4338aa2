package emulator

import (
	"strings"
	"time"

	"uploadfs/remote"
)

// cosURL is a guess that SDKs decode (dialects.md 2.4): what the server does
// with a blank is not documented.
func cosURL(s string) string { return urlEncode(s, "-_.~", false) }

// uploadsDocument has no prolog and the order of seeds/003's skeleton.
func (dialectCOS) uploadsDocument(d *doc, x *exchange, pg *page) {
	q := x.quirks()
	enc := x.encoder(pg, cosURL, remote.EncodedAll&^remote.EncodedKeyMarker)
	uploadID, prefixes := "UploadId", "CommonPrefixes"
	if q.OldNames || q.Malformed {
		uploadID, prefixes = "UploadID", "CommonPrefixs"
	}
	d.raw("<ListMultipartUploadsResult>\n")
	d.text("Bucket", x.bucket.name)
	d.cosEncoding("Encoding-Type", enc, pg.encoding)
	d.text("KeyMarker", enc.name(remote.EncodedKeyMarker, pg.keyMarker))
	d.text("UploadIdMarker", pg.idMarker)
	x.nextUploads(d, pg, enc, pg.truncated)
	d.int("MaxUploads", int64(pg.max))
	d.bool("IsTruncated", pg.truncated)
	d.text("Prefix", enc.name(remote.EncodedPrefix, pg.prefix))
	d.text("Delimiter", enc.name(remote.EncodedDelimiter, pg.delimiter))
	for i := range pg.uploads {
		u := &pg.uploads[i]
		d.raw("\n<Upload>\n")
		d.text("Key", enc.name(remote.EncodedKey, u.key))
		d.text(uploadID, u.id)
		d.text("StorageClass", u.info.StorageClass)
		d.cosPeople(u.info, q)
		x.date(d, "Initiated", u.initiated)
		d.raw("\n</Upload>")
	}
	x.commonPrefixes(d, pg, enc, prefixes)
	d.raw("\n</ListMultipartUploadsResult>")
}

// cosEncoding writes an element that is there, empty, where no encoding was
// asked for (dialects.md 2.4).
func (d *doc) cosEncoding(name string, enc encoder, value string) {
	if !enc.echo || value == "" {
		d.raw("<" + name + "/>")
		return
	}
	d.text(name, value)
}

// cosPeople writes initiator and owner, in the form of 2017 that is not well
// formed where the bucket is malformed (seeds/003).
func (d *doc) cosPeople(i *remote.UploadInfo, q *Quirks) {
	if !q.Malformed {
		d.person("Initiator", i.Initiator)
		d.person("Owner", i.Owner)
		return
	}
	d.raw("<Initiator>\n<UIN>")
	d.escape(i.Initiator.ID)
	d.raw("<UIN/>\n</Initiator><Owner>\n")
	d.text("UID", i.Owner.ID)
	d.raw("\n</Owner>")
}

// partsDocument has the order of the live answer in seeds/000.
func (dialectCOS) partsDocument(d *doc, x *exchange, pg *partPage) {
	enc := x.encoder(&page{listing: listing{url: pg.url, encoding: pg.encoding}}, cosURL, remote.EncodedKey)
	d.raw("<ListPartsResult>\n")
	d.text("Bucket", x.bucket.name)
	d.cosEncoding("EncodingType", enc, pg.encoding)
	d.text("Key", enc.name(remote.EncodedKey, pg.upload.key))
	d.text("UploadId", pg.upload.id)
	d.person("Owner", pg.upload.info.Owner)
	d.int("PartNumberMarker", int64(pg.marker))
	d.person("Initiator", pg.upload.info.Initiator)
	for i := range pg.parts {
		p := &pg.parts[i]
		d.raw("\n<Part>")
		d.int("PartNumber", int64(p.Number))
		x.date(d, "LastModified", p.LastModified)
		d.text("ETag", `"`+p.ETag+`"`)
		d.int("Size", p.Size)
		d.raw("</Part>")
	}
	d.raw("\n")
	x.nextPart(d, pg, pg.truncated)
	d.text("StorageClass", pg.upload.info.StorageClass)
	d.int("MaxParts", int64(pg.max))
	d.bool("IsTruncated", pg.truncated)
	d.raw("\n</ListPartsResult>")
}

func (dialectCOS) createdDocument(d *doc, x *exchange, id string) {
	d.raw("<InitiateMultipartUploadResult>\n")
	d.text("Bucket", x.bucket.name)
	d.text("Key", x.at.key)
	d.text("UploadId", id)
	d.raw("\n</InitiateMultipartUploadResult>")
}

// bucketsPage pages by max-keys and marker; the regional service lists its own
// region (dialects.md 1.2).
func (dialectCOS) bucketsPage(x *exchange, all []*bucket) (func(d *doc), *apiError) {
	most, e := x.number("max-keys", 2000, 2000)
	if e != nil {
		return nil, e
	}
	region := x.at.region
	if r := x.q.get("region"); r != "" {
		region = r
	}
	marker := x.q.get("marker")
	inTime, e := cosCreated(x)
	if e != nil {
		return nil, e
	}
	shown, truncated := bucketWindow(all, most, func(b *bucket) bool {
		return b.name > marker && (region == "" || region == b.region) && inTime(b.created)
	})
	return func(d *doc) {
		d.raw("<ListAllMyBucketsResult>\n")
		d.person("Owner", remote.Person{ID: cosInitiator, DisplayName: "100000000011"})
		d.text("Marker", marker)
		next := ""
		if truncated && len(shown) > 0 {
			next = shown[len(shown)-1].name
		}
		d.text("NextMarker", next)
		d.bool("IsTruncated", truncated)
		d.open("Buckets")
		for _, b := range shown {
			d.raw("\n<Bucket>")
			d.text("Name", b.name)
			d.text("Location", b.region)
			d.text("CreationDate", b.created.UTC().Format("2006-01-02T15:04:05Z"))
			d.text("BucketType", "cos")
			d.raw("</Bucket>")
		}
		d.end("Buckets")
		d.raw("\n</ListAllMyBucketsResult>")
	}, nil
}

// cosCreated is the filter of create-time and range.
func cosCreated(x *exchange) (func(time.Time) bool, *apiError) {
	if !x.q.has("create-time") {
		return func(time.Time) bool { return true }, nil
	}
	at, e := x.number("create-time", 0, 1<<31-1)
	if e != nil {
		return nil, e
	}
	t := time.Unix(int64(at), 0)
	return func(created time.Time) bool {
		c := created.Compare(t)
		switch strings.ToLower(x.q.get("range")) {
		case "lt":
			return c < 0
		case "lte":
			return c <= 0
		case "gt":
			return c > 0
		}
		return c >= 0
	}, nil
}
