package xmlpage

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

// skeleton is the one sample that is no page: the document of Tencent shows the
// elements with nothing in them.
const skeleton = "seed-cos-lmu-skeleton.xml"

func sample(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("testdata", file))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// date is a date of the tables, empty for none.
func date(s string) time.Time {
	if s == "" {
		return time.Time{}
	}
	t, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		panic(err)
	}
	return t
}

func info(class, initiatorID, initiatorName, ownerID, ownerName string) remote.UploadInfo {
	return remote.UploadInfo{
		StorageClass: class,
		Initiator:    remote.Person{ID: initiatorID, DisplayName: initiatorName},
		Owner:        remote.Person{ID: ownerID, DisplayName: ownerName},
	}
}

func up(key, id, initiated, class, initiatorID, initiatorName, ownerID, ownerName string) remote.Upload {
	i := info(class, initiatorID, initiatorName, ownerID, ownerName)
	return remote.Upload{Key: key, UploadID: id, Initiated: date(initiated), Info: &i}
}

func part(number int, size int64, modified, etag string, checksums ...remote.Checksum) remote.Part {
	return remote.Part{Number: number, Size: size, LastModified: date(modified), ETag: etag, Checksums: checksums}
}

func TestUploadsSamples(t *testing.T) {
	for _, c := range uploadsSamples() {
		got, err := Uploads(sample(t, c.file), benchOptions())
		if err != nil {
			t.Errorf("%s: want a page, got %v", c.file, err)
		} else if !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.file, *got, c.want)
		}
	}
}

func TestPartsSamples(t *testing.T) {
	for _, c := range partsSamples() {
		got, err := Parts(sample(t, c.file), benchOptions())
		if err != nil {
			t.Errorf("%s: want a page, got %v", c.file, err)
		} else if !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.file, *got, c.want)
		}
	}
}

func TestBucketsSamples(t *testing.T) {
	for _, c := range bucketsSamples() {
		got, err := Buckets(sample(t, c.file), Options{})
		if err != nil {
			t.Errorf("%s: want a page, got %v", c.file, err)
		} else if !reflect.DeepEqual(*got, c.want) {
			t.Errorf("%s:\n got %+v\nwant %+v", c.file, *got, c.want)
		}
	}
}

func TestErrorSamples(t *testing.T) {
	for _, c := range errorSamples() {
		if got, ok := ErrorDocument(sample(t, c.file)); !ok || got != c.want {
			t.Errorf("%s: ok %v\n got %+v\nwant %+v", c.file, ok, got, c.want)
		}
	}
}

// An error document in place of a page is that error whatever was asked for, and
// a page in place of another is malformed and names the root that was found.
func TestWrongDocument(t *testing.T) {
	readers := map[string]func([]byte) error{
		"ListMultipartUploadsResult": func(b []byte) error { _, err := Uploads(b, Options{}); return err },
		"ListPartsResult":            func(b []byte) error { _, err := Parts(b, Options{}); return err },
		"ListAllMyBucketsResult":     func(b []byte) error { _, err := Buckets(b, Options{}); return err },
	}
	for want, read := range readers {
		for _, c := range errorSamples() {
			doc, ok := errors.AsType[*DocumentError](read(sample(t, c.file)))
			if !ok || doc.Doc != c.want {
				t.Errorf("%s as %s: want its DocumentError, got %+v", c.file, want, doc)
			}
		}
		for found, body := range map[string]string{
			"ListMultipartUploadsResult": string(sample(t, "aws-lmu-empty.xml")),
			"ListPartsResult":            string(sample(t, "minio-listparts.xml")),
			"ListAllMyBucketsResult":     string(sample(t, "minio-listbuckets.xml")),
			"ListBucketResult":           `<ListBucketResult><Name>b</Name></ListBucketResult>`,
			"html":                       `<html><body>log in</body></html>`,
		} {
			if found == want {
				continue
			}
			err := read([]byte(body))
			if remote.KindOf(err) != remote.KindMalformed || !strings.Contains(err.Error(), `"`+found+`"`) {
				t.Errorf("%s as %s: want malformed naming the root, got %v", found, want, err)
			}
			if _, ok := ErrorDocument([]byte(body)); ok {
				t.Errorf("%s: want no error document", found)
			}
		}
	}
}

func TestSkeletonIsNoPage(t *testing.T) {
	if page, err := Uploads(sample(t, skeleton), Options{}); remote.KindOf(err) != remote.KindMalformed {
		t.Errorf("want malformed for a page without values, got %+v, %v", page, err)
	}
}

// Every file of testdata is in one table, so that no sample goes unread, and the
// index says where each came from.
func TestEverySampleIsExpected(t *testing.T) {
	known := map[string]int{skeleton: 1}
	for _, c := range uploadsSamples() {
		known[c.file]++
	}
	for _, c := range partsSamples() {
		known[c.file]++
	}
	for _, c := range bucketsSamples() {
		known[c.file]++
	}
	for _, c := range errorSamples() {
		known[c.file]++
	}
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		t.Fatal(err)
	}
	index := sample(t, "index.md")
	for _, f := range files {
		f = filepath.Base(f)
		if known[f] != 1 {
			t.Errorf("%s is expected %d times, want once", f, known[f])
		}
		family, _, _ := strings.Cut(f, "-")
		if !bytes.Contains(index, []byte("| "+f)) && !bytes.Contains(index, []byte("| "+family+"-*.xml")) && f != "oss-listbuckets-truncated.xml" {
			t.Errorf("%s is not in the index", f)
		}
	}
	if len(files) != len(known) {
		t.Errorf("%d files, %d expectations", len(files), len(known))
	}
}

// The samples are whole documents; none of their proper prefixes is one.
func TestTruncatedSamples(t *testing.T) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		body := bytes.TrimSpace(sample(t, filepath.Base(f)))
		for n := range body {
			_, err1 := Uploads(body[:n], benchOptions())
			_, err2 := Parts(body[:n], benchOptions())
			_, err3 := Buckets(body[:n], benchOptions())
			if remote.KindOf(err1) != remote.KindMalformed || remote.KindOf(err2) != remote.KindMalformed || remote.KindOf(err3) != remote.KindMalformed {
				t.Errorf("%s cut at %d of %d: want malformed, got %v, %v, %v", f, n, len(body), err1, err2, err3)
			}
			if doc, ok := ErrorDocument(body[:n]); ok {
				t.Errorf("%s cut at %d of %d: want no error document, got %+v", f, n, len(body), doc)
			}
		}
	}
}
