package xmlpage

import (
	"reflect"
	"testing"

	"uploadfs/remote"
)

// What is returned does not change when the body's memory is used again, so that
// nothing of it can keep the body in memory.
func TestNothingSharesTheBody(t *testing.T) {
	spoil := func(b []byte) {
		for i := range b {
			b[i] = 'X'
		}
	}
	for _, c := range uploadsSamples() {
		body := sample(t, c.file)
		got, err := Uploads(body, benchOptions())
		if spoil(body); err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: changed with the body: %+v, %v", c.file, got, err)
		}
	}
	for _, c := range partsSamples() {
		body := sample(t, c.file)
		got, err := Parts(body, benchOptions())
		if spoil(body); err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: changed with the body: %+v, %v", c.file, got, err)
		}
	}
	for _, c := range bucketsSamples() {
		body := sample(t, c.file)
		got, err := Buckets(body, Options{})
		if spoil(body); err != nil || !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s: changed with the body: %+v, %v", c.file, got, err)
		}
	}
	for _, c := range errorSamples() {
		body := sample(t, c.file)
		got, ok := ErrorDocument(body)
		if spoil(body); !ok || got != c.want {
			t.Errorf("%s: changed with the body: %+v", c.file, got)
		}
	}
	body := []byte(lp("<Part><PartNumber>1</PartNumber><Size>1</Size><ChecksumNEW>n</ChecksumNEW></Part>"))
	page, err := Parts(body, Options{})
	if spoil(body); err != nil || page.Parts[0].Checksums[0] != (remote.Checksum{Name: "ChecksumNEW", Value: "n"}) {
		t.Errorf("a checksum changed with the body: %+v, %v", page, err)
	}
}

// Uploads that agree share one value, also where they do not follow one another.
func TestUploadInfoIsShared(t *testing.T) {
	one := func(class string) string {
		return "<Upload><Key>k</Key><UploadId>u</UploadId><StorageClass>" + class + "</StorageClass></Upload>"
	}
	page, err := Uploads([]byte(lmu(one("A")+one("A")+one("B")+one("A")+one("")+one("B"))), Options{})
	if err != nil {
		t.Fatal(err)
	}
	u := page.Uploads
	if u[0].Info != u[1].Info || u[0].Info != u[3].Info || u[2].Info != u[5].Info {
		t.Errorf("want one value for each storage class")
	}
	for i, class := range []string{"A", "A", "B", "A", "", "B"} {
		if u[i].Info == nil || u[i].Info.StorageClass != class {
			t.Errorf("upload %d: want storage class %q, got %+v", i, class, u[i].Info)
		}
	}
}

// performance.md holds the decoder to 3 allocations an upload and aims at 50 a
// page. The second page is the worst: no two uploads agree.
func TestAllocations(t *testing.T) {
	o := benchOptions()
	uploads, parts := benchUploads(), benchParts()
	if n := testing.AllocsPerRun(5, func() { _, _ = Uploads(uploads, o) }); n > 50 {
		t.Errorf("a page of 1,000 uploads: want at most 50 allocations, got %v", n)
	}
	if n := testing.AllocsPerRun(5, func() { _, _ = Parts(parts, o) }); n > 50 {
		t.Errorf("a page of 1,000 parts: want at most 50 allocations, got %v", n)
	}
	differing := []byte(differingUploads(1000))
	if n := testing.AllocsPerRun(5, func() { _, _ = Uploads(differing, o) }); n > 3000 {
		t.Errorf("1,000 uploads of 1,000 initiators: want at most 3 allocations each, got %v", n)
	}
}
