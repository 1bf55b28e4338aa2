package xmlpage

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

// seedSamples gives every sample to a fuzz target, with where to cut it.
func seedSamples(f *testing.F) {
	files, err := filepath.Glob("testdata/*.xml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		body, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(body, uint(len(body)/2))
	}
	for _, body := range []string{
		lmu("<a:Upload x='1'><Key>a&amp;&#1;&b<!-- c --><![CDATA[<]]>\r\n</Key><UploadId>u<UploadId/></a:Upload>"),
		lp("<Part><ETag>&#34;e&#34;</ETag><PartNumber> 1 </PartNumber><Size>0</Size><ChecksumX>x</ChecksumX></Part>"),
		"\ufeff<?xml version='1.0'?><Error><Code> c </Code><!-- x --></Error><!-- y -->",
		`{"code":"AccessDenied","message":"m","request_id":"r"}`,
	} {
		f.Add([]byte(body), uint(len(body)/2))
	}
}

// cutShort returns a proper prefix of a document that lacks at least the last
// byte of its root's end tag, or nil where the end is not plain to see.
func cutShort(body []byte, cut uint) []byte {
	whole := bytes.TrimRight(body, " \t\r\n")
	if !bytes.HasSuffix(whole, []byte(">")) || bytes.HasSuffix(whole, []byte("-->")) {
		return nil
	}
	return whole[:cut%uint(len(whole))]
}

func isMalformed(err error) bool {
	_, ok := err.(*DocumentError)
	return ok || remote.KindOf(err) == remote.KindMalformed
}

func FuzzUploads(f *testing.F) {
	seedSamples(f)
	f.Fuzz(func(t *testing.T, body []byte, cut uint) {
		checkKeyRoundTrip(t, body[:min(len(body), 300)])
		checkUploads(t, body, cut)
	})
}

// tokens are what FuzzTokens makes documents of: chance bytes seldom nest.
var tokens = strings.Fields(`
	<Upload> </Upload> <Key> </Key> <UploadId> </UploadId> <Key>k</Key> <UploadId>u</UploadId> <Upload/> <Key/> <UploadId/>
	<UploadID>v</UploadID> <Owner> </Owner> <ID> </ID> <UIN> <UIN/> <X> </X> <X/> <x:X\u0020a='&'> </x:X>
	<CommonPrefixes> </CommonPrefixes> <Prefix> </Prefix> <Prefix>p</Prefix> <IsTruncated> </IsTruncated> true FALSE
	<NextKeyMarker> </NextKeyMarker> <Initiated>2026-11-21T00:06:58Z</Initiated> <StorageClass>S</StorageClass>
	&amp; &lt; & ; &#65; &#1; &#xD; &#x110000; &x; a %20 + \u0020 \r \n <!-- --> <!----> <![CDATA[ ]]> <![CDATA[x]]> <?p\u0020i?> < > </ /> ' " \xff \x01 \ufffd
`)

// FuzzTokens gives checkUploads documents put together from tokens.
func FuzzTokens(f *testing.F) {
	f.Add([]byte{5, 6, 0, 5, 6, 1}, uint(3))
	f.Add([]byte{0, 2, 50, 3, 6, 11, 13, 50, 14, 12, 1, 21, 25, 22}, uint(40))
	f.Fuzz(func(t *testing.T, choice []byte, cut uint) {
		unescape := strings.NewReplacer(`\u0020`, " ", `\r`, "\r", `\n`, "\n", `\xff`, "\xff", `\x01`, "\x01", `\ufffd`, "\ufffd")
		var b strings.Builder
		for _, c := range choice[:min(len(choice), 500)] {
			b.WriteString(unescape.Replace(tokens[int(c)%len(tokens)]))
		}
		checkUploads(t, []byte(lmu(b.String())), cut)
	})
}

// checkUploads holds the reading of a body against every rule for pages.
func checkUploads(t *testing.T, body []byte, cut uint) {
	page, err := Uploads(body, Options{})
	if err != nil {
		if page != nil || !isMalformed(err) {
			t.Fatalf("want no page and a malformed document, got %+v, %v", page, err)
		}
		return
	}
	if _, err := Uploads(body, benchOptions()); err != nil {
		t.Errorf("decoding names must not fail a page: %v", err)
	}
	if short := cutShort(body, cut); short != nil {
		if page, err := Uploads(short, Options{}); err == nil {
			t.Errorf("a page from a document that is cut: %+v", page)
		}
	}
	for i := range page.Uploads {
		if u := &page.Uploads[i]; u.Key == "" || u.UploadID == "" || u.Info == nil {
			t.Errorf("an upload without key, id or info: %+v", u)
		}
	}
	compareUploads(t, body, page)
}

// compareUploads holds a page against encoding/xml, where that takes the body.
func compareUploads(t *testing.T, body []byte, page *remote.UploadPage) {
	var want xmlUploads
	if xml.Unmarshal(body, &want) != nil {
		return
	}
	if len(want.Upload) != len(page.Uploads) {
		t.Fatalf("encoding/xml reads %d uploads, got %d", len(want.Upload), len(page.Uploads))
	}
	for i, w := range want.Upload {
		got := page.Uploads[i]
		if got.Key != w.Key {
			t.Errorf("encoding/xml reads key %q, got %q", w.Key, got.Key)
		}
		if id := string(trim([]byte(w.UploadId))); id != "" && id != got.UploadID {
			t.Errorf("encoding/xml reads id %q, got %q", id, got.UploadID)
		}
		if d := Date([]byte(w.Initiated), nil); !d.Equal(got.Initiated) {
			t.Errorf("encoding/xml reads date %q, got %v", w.Initiated, got.Initiated)
		}
	}
	if want.NextKeyMarker != "" && want.NextKeyMarker != page.Next.Key {
		t.Errorf("encoding/xml reads marker %q, got %q", want.NextKeyMarker, page.Next.Key)
	}
	if truncated := strings.EqualFold(string(trim([]byte(want.IsTruncated))), "true"); truncated != page.Truncated {
		t.Errorf("encoding/xml reads IsTruncated %q, got %v", want.IsTruncated, page.Truncated)
	}
	if bytes.Contains(body, []byte("CommonPrefixs")) || bytes.Contains(body, []byte("CommonPrefixes.Prefix")) {
		return
	}
	var prefixes []string
	for _, c := range want.CommonPrefixes {
		for _, p := range c.Prefix {
			if p != "" {
				prefixes = append(prefixes, p)
			}
		}
	}
	if strings.Join(prefixes, "\x00") != strings.Join(page.CommonPrefixes, "\x00") {
		t.Errorf("encoding/xml reads common prefixes %q, got %q", prefixes, page.CommonPrefixes)
	}
}

// checkKeyRoundTrip writes a key in the ways that stores do, and wants its bytes back.
func checkKeyRoundTrip(t *testing.T, key []byte) {
	if len(key) == 0 {
		return
	}
	escaped := strings.NewReplacer("&", "&amp;", "<", "&lt;", "\r", "&#13;").Replace(string(key))
	for rule, c := range map[string]struct {
		text string
		o    Options
	}{
		"url encoded": {url.QueryEscape(string(key)), benchOptions()},
		"escaped":     {escaped, Options{}},
	} {
		page, err := Uploads([]byte(named("url", c.text)), c.o)
		if err != nil || len(page.Uploads) != 1 || page.Uploads[0].Key != string(key) {
			t.Errorf("%s: want key %q, got %+v, %v", rule, key, page, err)
		}
	}
}

func FuzzParts(f *testing.F) {
	seedSamples(f)
	f.Fuzz(func(t *testing.T, body []byte, cut uint) {
		page, err := Parts(body, Options{})
		if err != nil {
			if page != nil || !isMalformed(err) {
				t.Fatalf("want no page and a malformed document, got %+v, %v", page, err)
			}
			return
		}
		if short := cutShort(body, cut); short != nil {
			if page, err := Parts(short, Options{}); err == nil {
				t.Errorf("a page from a document that is cut: %+v", page)
			}
		}
		for _, p := range page.Parts {
			if p.Number < 1 || p.Number > MaxPartNumber || p.Size < 0 {
				t.Errorf("a part that cannot be: %+v", p)
			}
		}
		var want xmlParts
		if xml.Unmarshal(body, &want) != nil {
			return
		}
		if len(want.Part) != len(page.Parts) {
			t.Fatalf("encoding/xml reads %d parts, got %d", len(want.Part), len(page.Parts))
		}
		for i, w := range want.Part {
			got := page.Parts[i]
			if n, ok := number([]byte(w.PartNumber)); ok && int(n) != got.Number {
				t.Errorf("encoding/xml reads number %q, got %d", w.PartNumber, got.Number)
			}
			if n, ok := number([]byte(w.Size)); ok && n != got.Size {
				t.Errorf("encoding/xml reads size %q, got %d", w.Size, got.Size)
			}
			etag := string(trim([]byte(w.ETag)))
			if n := len(etag); n > 1 && etag[0] == '"' && etag[n-1] == '"' {
				etag = etag[1 : n-1]
			}
			if etag != got.ETag {
				t.Errorf("encoding/xml reads ETag %q, got %q", w.ETag, got.ETag)
			}
		}
	})
}

func FuzzBuckets(f *testing.F) {
	seedSamples(f)
	f.Fuzz(func(t *testing.T, body []byte, cut uint) {
		page, err := Buckets(body, Options{})
		if err != nil {
			if page != nil || !isMalformed(err) {
				t.Fatalf("want no page and a malformed document, got %+v, %v", page, err)
			}
			return
		}
		if short := cutShort(body, cut); short != nil {
			if page, err := Buckets(short, Options{}); err == nil {
				t.Errorf("a page from a document that is cut: %+v", page)
			}
		}
		var want xmlBuckets
		if xml.Unmarshal(body, &want) != nil {
			return
		}
		if len(want.Buckets.Bucket) != len(page.Buckets) {
			t.Fatalf("encoding/xml reads %d buckets, got %d", len(want.Buckets.Bucket), len(page.Buckets))
		}
		for i, w := range want.Buckets.Bucket {
			if name := string(trim([]byte(w.Name))); name != page.Buckets[i].Name {
				t.Errorf("encoding/xml reads name %q, got %q", name, page.Buckets[i].Name)
			}
		}
	})
}

func FuzzError(f *testing.F) {
	seedSamples(f)
	f.Fuzz(func(t *testing.T, body []byte, cut uint) {
		doc, ok := ErrorDocument(body)
		_, err := Uploads(body, Options{})
		if inPlace, is := err.(*DocumentError); is != ok || is && inPlace.Doc != doc {
			t.Errorf("ErrorDocument says %v %+v, Uploads %v", ok, doc, err)
		}
		if !ok {
			if doc != (ErrorDoc{}) {
				t.Errorf("want nothing from no error document, got %+v", doc)
			}
			return
		}
		if isJSON(body) {
			if !json.Valid(bytes.TrimPrefix(body, []byte(byteOrder))) || doc.Code == "" {
				t.Errorf("want a code from whole JSON, got %+v", doc)
			}
			return
		}
		if short := cutShort(body, cut); short != nil {
			if doc, ok := ErrorDocument(short); ok {
				t.Errorf("an error document from one that is cut: %+v", doc)
			}
		}
		var want xmlError
		if xml.Unmarshal(body, &want) != nil || bytes.Count(body, []byte("Code")) > 2 || bytes.Count(body, []byte("Message")) > 2 {
			return
		}
		if code := string(trim([]byte(want.Code))); code != doc.Code {
			t.Errorf("encoding/xml reads code %q, got %q", code, doc.Code)
		}
		if message := string(trim([]byte(want.Message))); message != doc.Message {
			t.Errorf("encoding/xml reads message %q, got %q", message, doc.Message)
		}
	})
}

func FuzzDate(f *testing.F) {
	for _, s := range []string{
		"2020-03-25T10:07:14.000Z", "2026-11-21T00:06:58Z", "2026-11-21T08:06:58.1234567891+08:00", "0001-01-01T00:00:00+08:00",
		"Tue Jan 17 16:43:37 2017", "Sun Jan  1 08:00:00 2017", "Sun Jan 1 08:00:00 2017", "", "2024-02-30T00:00:00Z",
	} {
		f.Add(s)
	}
	cos := time.FixedZone("", cosZone)
	f.Fuzz(func(t *testing.T, s string) {
		got := Date([]byte(s), nil)
		text := string(trim([]byte(s)))
		a, errA := time.Parse(time.RFC3339Nano, text)
		b, errB := time.ParseInLocation(time.ANSIC, text, cos)
		if !got.IsZero() {
			if year := got.Year(); year < 1 || year > 9999 || got.Location() != time.UTC {
				t.Errorf("%q: want UTC in the years 1 to 9999, got %v", s, got)
			}
			if !(errA == nil && a.Equal(got)) && !(errB == nil && b.Equal(got)) {
				t.Errorf("%q: package time reads %v (%v) or %v (%v), got %v", s, a, errA, b, errB, got)
			}
		}
		if errA != nil {
			return
		}
		// What package time takes and writes again is a date of ours too.
		written := a.Format(time.RFC3339Nano)
		_, offset := a.Zone()
		if year := a.UTC().Year(); year < 1 || year > 9999 || offset <= -24*3600 || offset >= 24*3600 || len(written) > 35 {
			return
		}
		if again := Date([]byte(written), nil); !again.Equal(a) {
			t.Errorf("%q: want %v, got %v", written, a, again)
		}
	})
}
