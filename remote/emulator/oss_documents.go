package emulator

import (
	"strings"

	"uploadfs/remote"
)

// ossURL encodes slashes too (samples/oss-lmu-2023-urlencoded.xml).
func ossURL(s string) string { return urlEncode(s, "-_.~", false) }

// uploadsDocument has the elements and their order of
// samples/oss-lmu-2023-urlencoded.xml. The next markers are there on the last
// page too (dialects.md 0.1).
func (dialectOSS) uploadsDocument(d *doc, x *exchange, pg *page) {
	enc := x.encoder(pg, ossURL, remote.EncodedAll)
	d.raw(prolog)
	d.root("ListMultipartUploadsResult", x.quirks().Namespace)
	if enc.echo {
		d.maybe("EncodingType", pg.encoding)
	}
	d.text("Bucket", x.bucket.name)
	d.text("KeyMarker", enc.name(remote.EncodedKeyMarker, pg.keyMarker))
	d.text("UploadIdMarker", pg.idMarker)
	x.nextUploads(d, pg, enc, true)
	d.text("Delimiter", enc.name(remote.EncodedDelimiter, pg.delimiter))
	d.text("Prefix", enc.name(remote.EncodedPrefix, pg.prefix))
	d.int("MaxUploads", int64(pg.max))
	d.bool("IsTruncated", pg.truncated)
	for i := range pg.uploads {
		u := &pg.uploads[i]
		d.raw("\n  <Upload>")
		d.text("Key", enc.name(remote.EncodedKey, u.key))
		d.text("UploadId", u.id)
		d.text("StorageClass", u.info.StorageClass)
		x.date(d, "Initiated", u.initiated)
		d.raw("</Upload>")
	}
	x.commonPrefixes(d, pg, enc, "CommonPrefixes")
	d.raw("\n</ListMultipartUploadsResult>\n")
}

// root opens a document's element, in a namespace where there is one.
func (d *doc) root(name, namespace string) {
	d.raw("<" + name)
	if namespace != "" {
		d.raw(` xmlns="` + namespace + `"`)
	}
	d.raw(">\n")
}

// partsDocument is samples/oss-listparts-2023-urlencoded.xml.
func (dialectOSS) partsDocument(d *doc, x *exchange, pg *partPage) {
	enc := x.encoder(&page{listing: listing{url: pg.url, encoding: pg.encoding}}, ossURL, remote.EncodedKey)
	d.raw(prolog)
	d.root("ListPartsResult", x.quirks().Namespace)
	if enc.echo {
		d.maybe("EncodingType", pg.encoding)
	}
	d.text("Bucket", x.bucket.name)
	d.text("Key", enc.name(remote.EncodedKey, pg.upload.key))
	d.text("UploadId", pg.upload.id)
	d.text("StorageClass", pg.upload.info.StorageClass)
	d.int("PartNumberMarker", int64(pg.marker))
	x.nextPart(d, pg, true)
	d.int("MaxParts", int64(pg.max))
	d.bool("IsTruncated", pg.truncated)
	for i := range pg.parts {
		p := &pg.parts[i]
		d.raw("\n  <Part>")
		d.int("PartNumber", int64(p.Number))
		x.date(d, "LastModified", p.LastModified)
		d.raw(`<ETag>"`)
		d.escape(p.ETag)
		d.raw(`"</ETag>`)
		for _, c := range p.Checksums {
			d.text(c.Name, c.Value)
		}
		d.int("Size", p.Size)
		d.raw("</Part>")
	}
	d.raw("\n</ListPartsResult>\n")
}

func (dialectOSS) createdDocument(d *doc, x *exchange, id string) {
	d.raw(prolog + "<InitiateMultipartUploadResult>\n")
	if strings.EqualFold(x.q.get("encoding-type"), "url") {
		d.text("EncodingType", "url")
		d.text("Key", ossURL(x.at.key))
	} else {
		d.text("Key", x.at.key)
	}
	d.text("Bucket", x.bucket.name)
	d.text("UploadId", id)
	d.raw("\n</InitiateMultipartUploadResult>\n")
}

// bucketsPage shows the paging elements only where the list is truncated
// (samples/oss-listbuckets-*.xml).
func (dialectOSS) bucketsPage(x *exchange, all []*bucket) (func(d *doc), *apiError) {
	most, e := x.number("max-keys", 100, maxPage)
	if e != nil {
		return nil, e
	}
	prefix, marker := x.q.get("prefix"), x.q.get("marker")
	shown, truncated := bucketWindow(all, most, func(b *bucket) bool {
		return b.name > marker && strings.HasPrefix(b.name, prefix)
	})
	return func(d *doc) {
		d.raw(prolog + "<ListAllMyBucketsResult>\n")
		if truncated && len(shown) > 0 {
			d.text("Prefix", prefix)
			d.text("Marker", marker)
			d.int("MaxKeys", int64(most))
			d.bool("IsTruncated", true)
			d.text("NextMarker", shown[len(shown)-1].name)
		}
		d.person("Owner", remote.Person{ID: "51264", DisplayName: "51264"})
		d.open("Buckets")
		for _, b := range shown {
			d.raw("\n  <Bucket>")
			d.time("CreationDate", b.created)
			d.text("ExtranetEndpoint", "oss-"+b.region+".aliyuncs.com")
			d.text("IntranetEndpoint", "oss-"+b.region+"-internal.aliyuncs.com")
			d.text("Location", "oss-"+b.region)
			d.text("Name", b.name)
			d.text("Region", b.region)
			d.text("StorageClass", "Standard")
			d.raw("</Bucket>")
		}
		d.end("Buckets")
		d.raw("\n</ListAllMyBucketsResult>\n")
	}, nil
}
