package xmlpage

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

// benchUploads is a page of 1,000 uploads of about 650 bytes each, in the shape
// of AWS: url encoded keys, ids of 128 characters, two persons.
func benchUploads() []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListMultipartUploadsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>bench-bucket</Bucket><KeyMarker></KeyMarker><UploadIdMarker></UploadIdMarker><NextKeyMarker>k</NextKeyMarker><NextUploadIdMarker>u</NextUploadIdMarker><MaxUploads>1000</MaxUploads><EncodingType>url</EncodingType><IsTruncated>true</IsTruncated>`)
	for i := range 1000 {
		fmt.Fprintf(&b, `<Upload><Key>backups/2026/11/%02d/host-%04d.example.com/database/nightly+dump%%2Bbase-%06d.tar.zst</Key><UploadId>%s%08d</UploadId>`, i%30, i, i, strings.Repeat("Gf4LS.8UOM", 12), i)
		b.WriteString(`<Initiator><ID>arn:aws:iam::020783140448:user/backup-operator-with-a-longer-name</ID><DisplayName>backup-operator-with-a-longer-name</DisplayName></Initiator>`)
		b.WriteString(`<Owner><ID>6cf4ba6d24167d9655e8fcd86ca28fdab32c18c99169cbfeb3efe00ff8f4d2ae</ID><DisplayName>the-owner-of-bench-bucket-itself</DisplayName></Owner>`)
		fmt.Fprintf(&b, `<StorageClass>STANDARD</StorageClass><Initiated>2026-11-%02dT19:16:%02d.000Z</Initiated></Upload>`, 1+i%28, i%60)
	}
	b.WriteString(`</ListMultipartUploadsResult>`)
	return b.Bytes()
}

// benchParts is a page of 1,000 parts of about 220 bytes each, ETags in &quot;.
func benchParts() []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n" + `<ListPartsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Bucket>bench-bucket</Bucket><Key>backups/dump.tar.zst</Key><UploadId>u</UploadId><Initiator><ID>i</ID></Initiator><Owner><ID>o</ID></Owner><StorageClass>STANDARD</StorageClass><PartNumberMarker>0</PartNumberMarker><NextPartNumberMarker>1000</NextPartNumberMarker><MaxParts>1000</MaxParts><IsTruncated>true</IsTruncated>`)
	for i := range 1000 {
		fmt.Fprintf(&b, `<Part><PartNumber>%d</PartNumber><LastModified>2026-11-21T00:33:%02d.394Z</LastModified><ETag>&quot;6ae46a90f7abe9dfd5f132c2%08x&quot;</ETag><Size>%d</Size><ChecksumCRC32C>%010dAAAA==</ChecksumCRC32C></Part>`, i+1, i%60, i, 5242880+i, i)
	}
	b.WriteString(`</ListPartsResult>`)
	return b.Bytes()
}

func benchOptions() Options {
	return Options{URLRequested: true, Encoded: remote.EncodedAll, EchoRequired: true}
}

func perEntry(b *testing.B) {
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1000/1000, "us/entry")
}

func BenchmarkUploads(b *testing.B) {
	body, o := benchUploads(), benchOptions()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if page, err := Uploads(body, o); err != nil || len(page.Uploads) != 1000 {
			b.Fatalf("want 1,000 uploads, got %v", err)
		}
	}
	perEntry(b)
}

func BenchmarkUploadsEncodingXML(b *testing.B) {
	body := benchUploads()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var page xmlUploads
		if err := xml.Unmarshal(body, &page); err != nil || len(page.Upload) != 1000 {
			b.Fatalf("want 1,000 uploads, got %v", err)
		}
	}
	perEntry(b)
}

func BenchmarkParts(b *testing.B) {
	body, o := benchParts(), benchOptions()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if page, err := Parts(body, o); err != nil || len(page.Parts) != 1000 {
			b.Fatalf("want 1,000 parts, got %v", err)
		}
	}
	perEntry(b)
}

func BenchmarkPartsEncodingXML(b *testing.B) {
	body := benchParts()
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		var page xmlParts
		if err := xml.Unmarshal(body, &page); err != nil || len(page.Part) != 1000 {
			b.Fatalf("want 1,000 parts, got %v", err)
		}
	}
	perEntry(b)
}

// BenchmarkRatio measures both decoders side by side in one run, since machines
// differ more than decoders do: "times" is how many times faster this package is.
func BenchmarkRatio(b *testing.B) {
	o := benchOptions()
	uploads, parts := benchUploads(), benchParts()
	for _, c := range []struct {
		name         string
		body         []byte
		ours, theirs func() error
	}{
		{"uploads", uploads,
			func() error { _, err := Uploads(uploads, o); return err },
			func() error { return xml.Unmarshal(uploads, new(xmlUploads)) }},
		{"parts", parts,
			func() error { _, err := Parts(parts, o); return err },
			func() error { return xml.Unmarshal(parts, new(xmlParts)) }},
	} {
		b.Run(c.name, func(b *testing.B) {
			const oursARound = 10 // rounds of about equal length
			var ours, theirs time.Duration
			for b.Loop() {
				start := time.Now()
				for range oursARound {
					if err := c.ours(); err != nil {
						b.Fatal(err)
					}
				}
				middle := time.Now()
				if err := c.theirs(); err != nil {
					b.Fatal(err)
				}
				ours, theirs = ours+middle.Sub(start), theirs+time.Since(middle)
			}
			one := ours.Seconds() / oursARound
			b.ReportMetric(theirs.Seconds()/one, "times")
			b.ReportMetric(float64(len(c.body))/1e6/(one/float64(b.N)), "MB/s")
			b.ReportMetric(float64(len(c.body))/1e3, "KB")
		})
	}
}

// differingUploads is a page on which every upload has an initiator of its own.
func differingUploads(n int) string {
	var b bytes.Buffer
	for i := range n {
		fmt.Fprintf(&b, "<Upload><Key>k&amp;%d</Key><UploadId>%d</UploadId><Initiator><ID>i%d</ID><DisplayName>n%d</DisplayName></Initiator></Upload>", i, i, i, i)
	}
	return lmu(b.String())
}
