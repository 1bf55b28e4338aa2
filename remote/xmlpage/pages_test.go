package xmlpage

import (
	"reflect"
	"strconv"
	"strings"
	"testing"

	"uploadfs/remote"
)

// lp wraps what stands in a List Parts page.
func lp(inside string) string { return "<ListPartsResult>" + inside + "</ListPartsResult>" }

func TestUploadSpellings(t *testing.T) {
	for _, c := range []struct {
		rule, upload string
		want         remote.Upload
	}{
		{"AWS", `<Upload><Key>k</Key><UploadId>u</UploadId><Initiator><ID>i</ID><DisplayName>in</DisplayName></Initiator><Owner><ID>o</ID><DisplayName>on</DisplayName></Owner><StorageClass>STANDARD</StorageClass><Initiated>2026-05-25T19:16:46.000Z</Initiated></Upload>`,
			up("k", "u", "2026-05-25T19:16:46Z", "STANDARD", "i", "in", "o", "on")},
		{"any order", `<Upload><Initiated>2026-05-25T19:16:46.000Z</Initiated><StorageClass>STANDARD</StorageClass><Owner><DisplayName>on</DisplayName><ID>o</ID></Owner><UploadId>u</UploadId><Initiator><DisplayName>in</DisplayName><ID>i</ID></Initiator><Key>k</Key></Upload>`,
			up("k", "u", "2026-05-25T19:16:46Z", "STANDARD", "i", "in", "o", "on")},
		{"COS of 2017", `<Upload><Key>k</Key><UploadID>u</UploadID><Initiator><UIN>i</UIN></Initiator><Owner><UID>o</UID></Owner><Initiated>Wed Jan 18 16:04:17 2017</Initiated></Upload>`,
			up("k", "u", "2017-01-18T08:04:17Z", "", "i", "", "o", "")},
		{"an ID beside a UIN is the id", `<Upload><Key>k</Key><UploadId>u</UploadId><Initiator><UIN>x</UIN><ID>i</ID></Initiator><Owner><ID>o</ID><UID>x</UID></Owner></Upload>`,
			up("k", "u", "", "", "i", "", "o", "")},
		{"Ceph's Tenant", `<Upload><Key>k</Key><UploadId>u</UploadId><Owner><Tenant>t</Tenant><ID>o</ID></Owner></Upload>`,
			up("k", "u", "", "", "", "", "o", "")},
		{"blanks around all but the key", "<Upload>\n<Key> k </Key>\n<UploadId>\n u \n</UploadId><Initiator><ID> i </ID></Initiator><StorageClass> REGULAR </StorageClass><Initiated> 2026-05-25T19:16:46Z </Initiated></Upload>",
			up(" k ", "u", "2026-05-25T19:16:46Z", "REGULAR", "i", "", "", "")},
		{"empty members", `<Upload><Key>k</Key><UploadId>u</UploadId><Initiator/><Owner><ID></ID><DisplayName/></Owner><StorageClass/><Initiated/></Upload>`,
			up("k", "u", "", "", "", "", "", "")},
		{"an unreadable date was not sent", `<Upload><Key>k</Key><UploadId>u</UploadId><Initiated>yesterday</Initiated></Upload>`,
			up("k", "u", "", "", "", "", "", "")},
		{"namespaces", `<a:Upload><b:Key>k</b:Key><c:UploadId>u</c:UploadId></a:Upload>`,
			up("k", "u", "", "", "", "", "", "")},
	} {
		page, err := Uploads([]byte(lmu(c.upload)), Options{})
		if err != nil {
			t.Errorf("%s: want an upload, got %v", c.rule, err)
		} else if !reflect.DeepEqual(page.Uploads, []remote.Upload{c.want}) {
			t.Errorf("%s:\n got %+v %+v\nwant %+v %+v", c.rule, page.Uploads, page.Uploads[0].Details(), c.want, c.want.Details())
		}
	}
}

func TestUploadChecksums(t *testing.T) {
	body := lmu(`<Upload><Key>k</Key><UploadId>u</UploadId><ChecksumAlgorithm>CRC32C</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType></Upload>` +
		`<Upload><Key>l</Key><UploadId>u</UploadId><ChecksumAlgorithm>null</ChecksumAlgorithm><ChecksumType>null</ChecksumType></Upload>`)
	page, err := Uploads([]byte(body), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if got := page.Uploads[0].Details(); got.ChecksumAlgorithm != "CRC32C" || got.ChecksumType != "COMPOSITE" {
		t.Errorf("want the algorithm and type that were sent, got %+v", got)
	}
	if got := page.Uploads[1].Details(); got != (remote.UploadInfo{}) {
		t.Errorf("versitygw's null: want nothing, got %+v", got)
	}
}

func TestPageMembers(t *testing.T) {
	for _, c := range []struct {
		rule, inside string
		want         remote.UploadPage
	}{
		{"no member", ``, remote.UploadPage{}},
		{"true in any case, with blanks", `<IsTruncated> TRUE </IsTruncated>`, remote.UploadPage{Truncated: true}},
		{"false in any case", `<IsTruncated>False</IsTruncated>`, remote.UploadPage{}},
		{"markers do not make a page truncated", `<NextKeyMarker> k</NextKeyMarker><NextUploadIdMarker> u </NextUploadIdMarker><IsTruncated>false</IsTruncated>`,
			remote.UploadPage{Next: remote.Cursor{Key: " k", UploadID: "u"}}},
		{"echoes", `<Bucket> b </Bucket><Prefix> p</Prefix><KeyMarker> m</KeyMarker>`, remote.UploadPage{Bucket: "b", Prefix: " p", KeyMarker: " m"}},
		{"the old Ceph prefix", `<ListMultipartUploadsResult.Prefix>p</ListMultipartUploadsResult.Prefix>`, remote.UploadPage{Prefix: "p"}},
		{"AWS common prefixes", `<CommonPrefixes><Prefix>a/</Prefix></CommonPrefixes><CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes>`,
			remote.UploadPage{CommonPrefixes: []string{"a/", "b/"}}},
		{"Ceph common prefixes", `<CommonPrefixes><Prefix>a/</Prefix><Prefix>b/</Prefix></CommonPrefixes>`,
			remote.UploadPage{CommonPrefixes: []string{"a/", "b/"}}},
		{"old Ceph common prefixes", `<CommonPrefixes><CommonPrefixes.Prefix>a/</CommonPrefixes.Prefix><CommonPrefixes.Prefix>b/</CommonPrefixes.Prefix></CommonPrefixes>`,
			remote.UploadPage{CommonPrefixes: []string{"a/", "b/"}}},
		{"COS common prefixes", `<CommonPrefixs><Prefix>a/</Prefix></CommonPrefixs><CommonPrefixs><Prefix/></CommonPrefixs>`,
			remote.UploadPage{CommonPrefixes: []string{"a/"}}},
	} {
		page, err := Uploads([]byte(lmu(c.inside)), Options{})
		if err != nil || !reflect.DeepEqual(*page, c.want) {
			t.Errorf("%s: want %+v, got %+v, %v", c.rule, c.want, page, err)
		}
	}
}

func TestPageRefused(t *testing.T) {
	const one = `<Part><PartNumber>1</PartNumber><Size>1</Size></Part>`
	uploads := func(b string) error { _, err := Uploads([]byte(lmu(b)), Options{}); return err }
	parts := func(b string) error { _, err := Parts([]byte(lp(b)), Options{}); return err }
	buckets := func(b string) error {
		_, err := Buckets([]byte("<ListAllMyBucketsResult>"+b+"</ListAllMyBucketsResult>"), Options{})
		return err
	}
	for _, c := range []struct {
		rule   string
		read   func(string) error
		inside string
	}{
		{"upload without key", uploads, `<Upload><UploadId>u</UploadId></Upload>`},
		{"upload with an empty key", uploads, `<Upload><Key/><UploadId>u</UploadId></Upload>`},
		{"upload without id", uploads, `<Upload><Key>k</Key></Upload>`},
		{"upload with a blank id", uploads, `<Upload><Key>k</Key><UploadId> </UploadId></Upload>`},
		{"empty upload", uploads, `<Upload/>`},
		{"two keys", uploads, `<Upload><Key>k</Key><Key>l</Key><UploadId>u</UploadId></Upload>`},
		{"two ids", uploads, `<Upload><Key>k</Key><UploadId>u</UploadId><UploadID>v</UploadID></Upload>`},
		{"two markers", uploads, `<NextKeyMarker>a</NextKeyMarker><NextKeyMarker>b</NextKeyMarker>`},
		{"IsTruncated empty", uploads, `<IsTruncated/>`},
		{"IsTruncated 1", uploads, `<IsTruncated>1</IsTruncated>`},
		{"IsTruncated both", uploads, `<IsTruncated>true</IsTruncated><IsTruncated>false</IsTruncated>`},
		{"IsTruncated of parts", parts, one + `<IsTruncated>yes</IsTruncated>`},
		{"IsTruncated of buckets", buckets, `<IsTruncated>yes</IsTruncated>`},
		{"empty part", parts, `<Part/>`},
		{"part without number", parts, `<Part><Size>1</Size></Part>`},
		{"part without size", parts, `<Part><PartNumber>1</PartNumber></Part>`},
		{"part with an empty size", parts, `<Part><PartNumber>1</PartNumber><Size/></Part>`},
		{"part 0", parts, `<Part><PartNumber>0</PartNumber><Size>1</Size></Part>`},
		{"part -1", parts, `<Part><PartNumber>-1</PartNumber><Size>1</Size></Part>`},
		{"part +1", parts, `<Part><PartNumber>+1</PartNumber><Size>1</Size></Part>`},
		{"part 1.0", parts, `<Part><PartNumber>1.0</PartNumber><Size>1</Size></Part>`},
		{"part past the bound", parts, `<Part><PartNumber>` + strconv.Itoa(MaxPartNumber+1) + `</PartNumber><Size>1</Size></Part>`},
		{"part number past an int", parts, `<Part><PartNumber>18446744073709551617</PartNumber><Size>1</Size></Part>`},
		{"two part numbers", parts, `<Part><PartNumber>1</PartNumber><PartNumber>2</PartNumber><Size>1</Size></Part>`},
		{"negative size", parts, `<Part><PartNumber>1</PartNumber><Size>-5</Size></Part>`},
		{"size past int64", parts, `<Part><PartNumber>1</PartNumber><Size>9223372036854775808</Size></Part>`},
		{"size in hexadecimal", parts, `<Part><PartNumber>1</PartNumber><Size>0x10</Size></Part>`},
		{"two sizes", parts, `<Part><PartNumber>1</PartNumber><Size>1</Size><Size>2</Size></Part>`},
		{"one bad part among good ones", parts, one + `<Part><PartNumber>x</PartNumber><Size>1</Size></Part>` + one},
		{"bucket without name", buckets, `<Buckets><Bucket><CreationDate/></Bucket></Buckets>`},
		{"too many uploads", uploads, strings.Repeat(`<Upload><Key>k</Key><UploadId>u</UploadId></Upload>`, MaxEntries+1)},
		{"too many common prefixes", uploads, "<CommonPrefixes>" + strings.Repeat(`<Prefix>k</Prefix>`, MaxEntries+1) + "</CommonPrefixes>"},
		{"too many parts", parts, strings.Repeat(one, MaxEntries+1)},
		{"too many buckets", buckets, "<Buckets>" + strings.Repeat(`<Bucket><Name>b</Name></Bucket>`, MaxEntries+1) + "</Buckets>"},
	} {
		if err := c.read(c.inside); remote.KindOf(err) != remote.KindMalformed {
			t.Errorf("%s: want malformed, got %v", c.rule, err)
		}
	}
}

func TestPartValues(t *testing.T) {
	const bare = "6ae46a90f7abe9dfd5f132c2fb17979d"
	for _, c := range []struct {
		rule, part string
		want       remote.Part
	}{
		{"raw quotes", `<PartNumber>1</PartNumber><Size>0</Size><ETag>"` + bare + `"</ETag>`, part(1, 0, "", bare)},
		{"&quot;", `<PartNumber>1</PartNumber><Size>0</Size><ETag>&quot;` + bare + `&quot;</ETag>`, part(1, 0, "", bare)},
		{"&#34;", `<PartNumber>1</PartNumber><Size>0</Size><ETag>&#34;` + bare + `&#34;</ETag>`, part(1, 0, "", bare)},
		{"mixed quotes and blanks", `<PartNumber>1</PartNumber><Size>0</Size><ETag> &#x22;` + bare + `" </ETag>`, part(1, 0, "", bare)},
		{"no quotes", `<PartNumber>1</PartNumber><Size>0</Size><ETag>` + bare + `</ETag>`, part(1, 0, "", bare)},
		{"one pair only", `<PartNumber>1</PartNumber><Size>0</Size><ETag>""a""</ETag>`, part(1, 0, "", `"a"`)},
		{"one pair only, escaped", `<PartNumber>1</PartNumber><Size>0</Size><ETag>&quot;&quot;a&quot;&quot;</ETag>`, part(1, 0, "", `"a"`)},
		{"a lone quote", `<PartNumber>1</PartNumber><Size>0</Size><ETag>&quot;</ETag>`, part(1, 0, "", `"`)},
		{"empty quotes", `<PartNumber>1</PartNumber><Size>0</Size><ETag>&quot;&quot;</ETag>`, part(1, 0, "", "")},
		{"quotes and another reference", `<PartNumber>1</PartNumber><Size>0</Size><ETag>&quot;a&amp;b&quot;</ETag>`, part(1, 0, "", "a&b")},
		{"numbers with blanks and zeros", "<PartNumber>\n 007 </PartNumber><Size> 0000000000000000000000042\t</Size>", part(7, 42, "", "")},
		{"the largest numbers", `<PartNumber>` + strconv.Itoa(MaxPartNumber) + `</PartNumber><Size>9223372036854775807</Size>`, part(MaxPartNumber, 1<<63-1, "", "")},
		{"checksums in their order", `<ChecksumSHA256>s</ChecksumSHA256><PartNumber>1</PartNumber><ChecksumCRC32>a</ChecksumCRC32><ChecksumCRC32C>b</ChecksumCRC32C><ChecksumCRC64NVME>c</ChecksumCRC64NVME><ChecksumSHA1> d </ChecksumSHA1><Size>1</Size>`,
			part(1, 1, "", "", remote.Checksum{Name: "ChecksumSHA256", Value: "s"}, remote.Checksum{Name: "ChecksumCRC32", Value: "a"}, remote.Checksum{Name: "ChecksumCRC32C", Value: "b"}, remote.Checksum{Name: "ChecksumCRC64NVME", Value: "c"}, remote.Checksum{Name: "ChecksumSHA1", Value: "d"})},
		{"a checksum of tomorrow", `<PartNumber>1</PartNumber><Size>1</Size><ChecksumXXHASH128>x</ChecksumXXHASH128>`,
			part(1, 1, "", "", remote.Checksum{Name: "ChecksumXXHASH128", Value: "x"})},
		{"empty checksums and what is none", `<PartNumber>1</PartNumber><Size>1</Size><ChecksumSHA1/><ChecksumAlgorithm>SHA1</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>`, part(1, 1, "", "")},
		{"OSS's CRC", `<HashCrc64ecma>12066172435287683848</HashCrc64ecma><PartNumber>1</PartNumber><Size>1</Size>`,
			part(1, 1, "", "", remote.Checksum{Name: "HashCrc64ecma", Value: "12066172435287683848"})},
	} {
		page, err := Parts([]byte(lp("<Part>"+c.part+"</Part>")), Options{})
		if err != nil || !reflect.DeepEqual(page.Parts, []remote.Part{c.want}) {
			t.Errorf("%s: want %+v, got %+v, %v", c.rule, c.want, page, err)
		}
	}
}

// Each part has its own checksums, and what is appended to one's stays its own.
func TestChecksumsOfParts(t *testing.T) {
	page, err := Parts([]byte(lp(`<Part><PartNumber>1</PartNumber><Size>1</Size><ChecksumSHA1>a</ChecksumSHA1></Part>`+
		`<Part><PartNumber>2</PartNumber><Size>1</Size></Part>`+
		`<Part><PartNumber>3</PartNumber><Size>1</Size><ChecksumSHA1>b</ChecksumSHA1><ChecksumCRC32>c</ChecksumCRC32></Part>`)), Options{})
	want := []remote.Part{
		part(1, 1, "", "", remote.Checksum{Name: "ChecksumSHA1", Value: "a"}),
		part(2, 1, "", ""),
		part(3, 1, "", "", remote.Checksum{Name: "ChecksumSHA1", Value: "b"}, remote.Checksum{Name: "ChecksumCRC32", Value: "c"}),
	}
	if err != nil || !reflect.DeepEqual(page.Parts, want) {
		t.Fatalf("want %+v, got %+v, %v", want, page, err)
	}
	_ = append(page.Parts[0].Checksums, remote.Checksum{Name: "x"})
	if got := page.Parts[2].Checksums[0].Name; got != "ChecksumSHA1" {
		t.Errorf("want part 3's checksum untouched, got %q", got)
	}
}

func TestPartsPageMembers(t *testing.T) {
	body := lp(`<Bucket>b</Bucket><Key> k%20l</Key><UploadId> u </UploadId><NextPartNumberMarker> 5 </NextPartNumberMarker><IsTruncated>True</IsTruncated><ChecksumAlgorithm>SHA256</ChecksumAlgorithm><ChecksumType>COMPOSITE</ChecksumType>`)
	page, err := Parts([]byte(body), Options{})
	want := remote.PartPage{Bucket: "b", Key: " k%20l", UploadID: "u", Next: 5, Truncated: true, Info: remote.UploadInfo{ChecksumAlgorithm: "SHA256", ChecksumType: "COMPOSITE"}}
	if err != nil || !reflect.DeepEqual(*page, want) {
		t.Errorf("want %+v, got %+v, %v", want, page, err)
	}
	for _, marker := range []string{"", "null", "-1", "99999999999999999999"} {
		page, err := Parts([]byte(lp("<NextPartNumberMarker>"+marker+"</NextPartNumberMarker>")), Options{})
		if err != nil || page.Next != 0 {
			t.Errorf("marker %q: want one that was not sent, got %+v, %v", marker, page, err)
		}
	}
}

func TestBucketShapes(t *testing.T) {
	const one = `<Buckets><Bucket><Name>b</Name><Location>oss-cn-hangzhou</Location></Bucket></Buckets>`
	for _, c := range []struct {
		rule, inside string
		want         remote.BucketPage
	}{
		{"none", ``, remote.BucketPage{}},
		{"Location alone is the region as it stands", one, remote.BucketPage{Buckets: []remote.Bucket{{Name: "b", Region: "oss-cn-hangzhou"}}}},
		{"AWS token without IsTruncated", `<ContinuationToken>t</ContinuationToken>`, remote.BucketPage{Truncated: true, Next: "t"}},
		{"AWS last page", `<ContinuationToken/>`, remote.BucketPage{}},
		{"a token on a page that says it is whole", `<IsTruncated>false</IsTruncated><ContinuationToken>t</ContinuationToken>`, remote.BucketPage{Next: "t"}},
		{"COS", `<IsTruncated>true</IsTruncated><NextMarker>m</NextMarker>`, remote.BucketPage{Truncated: true, Next: "m"}},
		{"a marker does not make a page truncated", `<NextMarker>m</NextMarker>`, remote.BucketPage{Next: "m"}},
	} {
		page, err := Buckets([]byte("<ListAllMyBucketsResult>"+c.inside+"</ListAllMyBucketsResult>"), Options{})
		if err != nil || !reflect.DeepEqual(*page, c.want) {
			t.Errorf("%s: want %+v, got %+v, %v", c.rule, c.want, page, err)
		}
	}
}
