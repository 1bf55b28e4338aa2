package emulator

import (
	"net/http"
	"strings"

	"uploadfs/remote"
)

const s3Namespace = ` xmlns="http://s3.amazonaws.com/doc/2006-03-01/"`

// s3URL is the character rule of AWS: that of Java's forms (dialects.md 2.4).
func s3URL(s string) string { return urlEncode(s, "-_.*/", true) }

// uploadsDocument has the elements and their order as measured on AWS
// (samples/aws-lmu-*.xml).
func (dialectS3) uploadsDocument(d *doc, x *exchange, pg *page) {
	enc := x.encoder(pg, s3URL, remote.EncodedAll)
	d.raw(prolog + "<ListMultipartUploadsResult" + s3Namespace + ">")
	d.text("Bucket", x.bucket.name)
	d.text("KeyMarker", enc.name(remote.EncodedKeyMarker, pg.keyMarker))
	d.text("UploadIdMarker", pg.idMarker)
	x.nextUploads(d, pg, enc, pg.nextKey != "")
	d.maybe("Delimiter", enc.name(remote.EncodedDelimiter, pg.delimiter))
	d.maybe("Prefix", enc.name(remote.EncodedPrefix, pg.prefix))
	d.int("MaxUploads", int64(pg.max))
	if enc.echo {
		d.maybe("EncodingType", pg.encoding)
	}
	d.bool("IsTruncated", pg.truncated)
	for i := range pg.uploads {
		u := &pg.uploads[i]
		d.open("Upload")
		d.text("Key", enc.name(remote.EncodedKey, u.key))
		d.text("UploadId", u.id)
		d.person("Initiator", u.info.Initiator)
		d.person("Owner", u.info.Owner)
		d.text("StorageClass", u.info.StorageClass)
		x.date(d, "Initiated", u.initiated)
		d.maybe("ChecksumAlgorithm", u.info.ChecksumAlgorithm)
		d.maybe("ChecksumType", u.info.ChecksumType)
		d.end("Upload")
	}
	x.commonPrefixes(d, pg, enc, "CommonPrefixes")
	d.end("ListMultipartUploadsResult")
}

// person writes an id and, where there is one, a display name.
func (d *doc) person(name string, p remote.Person) {
	if p == (remote.Person{}) {
		return
	}
	d.open(name)
	d.text("ID", p.ID)
	d.maybe("DisplayName", p.DisplayName)
	d.end(name)
}

// partsDocument has no encoding-type, which List Parts of AWS does not know
// (dialects.md 0.10).
func (dialectS3) partsDocument(d *doc, x *exchange, pg *partPage) {
	d.raw(prolog + "<ListPartsResult" + s3Namespace + ">")
	d.text("Bucket", x.bucket.name)
	d.text("Key", pg.upload.key)
	d.text("UploadId", pg.upload.id)
	d.person("Initiator", pg.upload.info.Initiator)
	d.person("Owner", pg.upload.info.Owner)
	d.text("StorageClass", pg.upload.info.StorageClass)
	d.int("PartNumberMarker", int64(pg.marker))
	x.nextPart(d, pg, true)
	d.int("MaxParts", int64(pg.max))
	d.bool("IsTruncated", pg.truncated)
	d.maybe("ChecksumAlgorithm", pg.upload.info.ChecksumAlgorithm)
	d.maybe("ChecksumType", pg.upload.info.ChecksumType)
	for i := range pg.parts {
		p := &pg.parts[i]
		d.open("Part")
		d.int("PartNumber", int64(p.Number))
		x.date(d, "LastModified", p.LastModified)
		d.text("ETag", `"`+p.ETag+`"`)
		d.int("Size", p.Size)
		for _, c := range p.Checksums {
			d.text(c.Name, c.Value)
		}
		d.end("Part")
	}
	d.end("ListPartsResult")
}

func (dialectS3) createdDocument(d *doc, x *exchange, id string) {
	d.raw(prolog + "<InitiateMultipartUploadResult" + s3Namespace + ">")
	d.text("Bucket", x.bucket.name)
	d.text("Key", x.at.key)
	d.text("UploadId", id)
	d.end("InitiateMultipartUploadResult")
}

// bucketsPage is paginated only where it is asked to be (dialects.md 1.4).
func (dialectS3) bucketsPage(x *exchange, all []*bucket) (func(d *doc), *apiError) {
	most, e := x.number("max-buckets", 10000, 10000)
	if e != nil {
		return nil, e
	}
	if x.q.get("max-buckets") != "" && most == 0 {
		return nil, fail(http.StatusBadRequest, "InvalidArgument", "Argument max-buckets must be an integer between 1 and 10000")
	}
	paged := x.q.has("max-buckets") || x.q.has("continuation-token") || x.q.has("prefix") || x.q.has("bucket-region")
	prefix, region := x.q.get("prefix"), x.q.get("bucket-region")
	after, ok := strings.CutPrefix(x.q.get("continuation-token"), bucketToken)
	if !ok && x.q.get("continuation-token") != "" {
		return nil, fail(http.StatusBadRequest, "InvalidArgument", "The continuation token provided is incorrect")
	}
	shown, truncated := bucketWindow(all, most, func(b *bucket) bool {
		return b.name > after && strings.HasPrefix(b.name, prefix) && (region == "" || region == b.region)
	})
	return func(d *doc) {
		d.raw(prolog + "<ListAllMyBucketsResult" + s3Namespace + ">")
		d.person("Owner", remote.Person{ID: s3Owner})
		d.open("Buckets")
		for _, b := range shown {
			d.open("Bucket")
			d.text("Name", b.name)
			d.time("CreationDate", b.created)
			if paged {
				d.text("BucketRegion", b.region)
			}
			d.end("Bucket")
		}
		d.end("Buckets")
		if truncated {
			d.text("ContinuationToken", bucketToken+shown[len(shown)-1].name)
		}
		d.maybe("Prefix", prefix)
		d.end("ListAllMyBucketsResult")
	}, nil
}

// bucketToken begins every continuation token, so that an invented one shows.
const bucketToken = "token-after-"
