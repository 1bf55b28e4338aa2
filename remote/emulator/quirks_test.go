package emulator

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

// quirky is a bucket of a few uploads, put in an order that no rule gives.
func quirky(t *testing.T, dialect string, q Quirks) (*Store, *testClient) {
	t.Helper()
	s := New(Options{Now: at(base)})
	t.Cleanup(func() { s.Close() })
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: dialect, Quirks: q}); err != nil {
		t.Fatal(err)
	}
	for i, u := range []struct {
		key string
		age int
	}{{"d/2", 5}, {"a", 9}, {"d/1", 1}, {"c c", 7}, {"a", 3}, {"a-b", 8}, {"z", 2}, {"e/x/1", 6}} {
		id := fmt.Sprintf("id%d", 9-i)
		if q.Emulate == EmulateSeaweedFS {
			id = ""
		}
		parts := []remote.Part{{Number: 1, Size: 1}, {Number: 3, Size: 3}, {Number: 7, Size: 7}}
		if _, err := s.PutUpload("b", u.key, id, base.Add(-time.Duration(u.age)*time.Hour), parts...); err != nil {
			t.Fatal(err)
		}
	}
	c := newClient(t, s, dialect, "b")
	c.now = at(base)
	return s, c
}

func (c *testClient) page(pairs ...string) xmlUploads {
	c.t.Helper()
	var doc xmlUploads
	decode(c.t, c.do("GET", "", params(append([]string{"uploads", ""}, pairs...)...), nil), &doc)
	return doc
}

// flat is a page on one line: keys with the digit of their id, common prefixes
// in brackets, and how it goes on.
func (d xmlUploads) flat() string {
	var out []string
	for _, u := range d.Upload {
		out = append(out, u.Key+"#"+strings.TrimPrefix(u.UploadId, "id"))
	}
	for _, cp := range d.CommonPrefixes {
		out = append(out, "["+strings.Join(cp.Prefix, " ")+"]")
	}
	if d.IsTruncated {
		next, id := "-", "-"
		if d.NextKeyMarker != nil {
			next = *d.NextKeyMarker
		}
		if d.NextUploadIdMarker != nil {
			id = strings.TrimPrefix(*d.NextUploadIdMarker, "id")
		}
		out = append(out, "> "+next+"#"+id)
	}
	return strings.Join(out, " ")
}

// TestPagingQuirks holds what each quirk of paging does to a page.
func TestPagingQuirks(t *testing.T) {
	const whole = "a#8 a#5 a-b#4 c c#6 d/1#7 d/2#9 e/x/1#2 z#3"
	for _, tc := range []struct {
		name  string
		q     Quirks
		query []string
		want  string
	}{
		{"none", Quirks{}, nil, whole},
		{"none, delimiter", Quirks{}, []string{"delimiter", "/"}, "a#8 a#5 a-b#4 c c#6 z#3 [d/] [e/]"},
		{"none, page", Quirks{}, []string{"max-uploads", "2"}, "a#8 a#5 > a#5"},
		{"order by id", Quirks{Order: OrderID}, nil, "a#5 a#8 a-b#4 c c#6 d/1#7 d/2#9 e/x/1#2 z#3"},
		{"order by start", Quirks{Order: OrderStart}, nil, "a#8 a-b#4 c c#6 e/x/1#2 d/2#9 a#5 z#3 d/1#7"},
		{"order by start, next", Quirks{Order: OrderStart}, []string{"key-marker", "d/2", "upload-id-marker", "id9"}, "a#5 z#3 d/1#7"},
		{"order by all ids", Quirks{Order: OrderAllIDs}, nil, "e/x/1#2 z#3 a-b#4 a#5 c c#6 d/1#7 a#8 d/2#9"},
		{"order of Ceph", Quirks{Order: OrderMeta}, nil, "a-b#4 a#5 a#8 c c#6 d/1#7 d/2#9 e/x/1#2 z#3"},
		{"inclusive", Quirks{Markers: MarkersInclusive}, []string{"key-marker", "c c", "max-uploads", "2"}, "c c#6 d/1#7 > d/2#9"},
		{"inclusive with id", Quirks{Markers: MarkersInclusive}, []string{"key-marker", "a", "upload-id-marker", "id5", "max-uploads", "1"}, "a#5 > a-b#4"},
		{"inclusive past the end", Quirks{Markers: MarkersInclusive}, []string{"key-marker", "zz"}, whole},
		{"key inclusive", Quirks{Markers: MarkersKeyInclusive}, []string{"key-marker", "e/x/1"}, "e/x/1#2 z#3"},
		{"next empty", Quirks{Next: NextEmpty}, []string{"max-uploads", "1"}, "a#8 > #"},
		{"next never", Quirks{Next: NextNever}, []string{"max-uploads", "1"}, "a#8 > -#-"},
		{"no next key", Quirks{NoNextKey: true}, []string{"max-uploads", "1"}, "a#8 > -#8"},
		{"ignored prefix", Quirks{IgnorePrefix: true}, []string{"prefix", "d/"}, whole},
		{"ignored delimiter", Quirks{IgnoreDelimiter: true}, []string{"delimiter", "/"}, whole},
		{"ignored max-uploads", Quirks{IgnoreMax: true}, []string{"max-uploads", "1"}, whole},
		{"ignored markers", Quirks{IgnoreMarkers: true}, []string{"key-marker", "c", "max-uploads", "1"}, "a#8 > a#8"},
		{"page cap", Quirks{PageCap: 1}, nil, "a#8 > a#8"},
		{"an empty page", Quirks{EmptyPages: 2}, nil, "> \x01#"},
		{"the second empty page", Quirks{EmptyPages: 2}, []string{"key-marker", "\x01"}, "> \x01\x01#"},
		{"after empty pages", Quirks{EmptyPages: 2}, []string{"key-marker", "\x01\x01", "max-uploads", "1"}, "a#8 > a#8"},
		{"empty for ever", Quirks{EmptyPages: -1}, []string{"key-marker", "c"}, "> c\x01#"},
		{"filtered after the cut", Quirks{FilterAfterCut: true}, []string{"prefix", "d/", "max-uploads", "3"}, "> a-b#4"},
		{"filtered after the cut, next", Quirks{FilterAfterCut: true}, []string{"prefix", "d/", "max-uploads", "3", "key-marker", "a-b"}, "d/1#7 d/2#9 > d/2#9"},
		{"always truncated", Quirks{AlwaysTruncated: true}, []string{"key-marker", "e"}, "e/x/1#2 z#3 > z#3"},
		{"stalled", Quirks{StallMarkers: true}, []string{"key-marker", "c", "max-uploads", "1"}, "c c#6 > c#"},
		{"overlap", Quirks{Overlap: 2}, []string{"key-marker", "c c", "max-uploads", "3"}, "a-b#4 c c#6 d/1#7 > d/1#7"},
		{"duplicates", Quirks{Duplicates: true}, []string{"key-marker", "e"}, "e/x/1#2 e/x/1#2 z#3 z#3"},
		{"prefixes without slash", Quirks{SlashlessPrefixes: true}, []string{"delimiter", "/", "key-marker", "c c"}, "z#3 [d] [e]"},
		{"prefixes lost", Quirks{PrefixesLost: true}, []string{"delimiter", "/", "key-marker", "c c"}, "z#3"},
		{"prefixes kept on one page", Quirks{PrefixesLost: true}, []string{"delimiter", "/"}, "a#8 a#5 a-b#4 c c#6 z#3 [d/] [e/]"},
		{"prefixes together", Quirks{PrefixesTogether: true}, []string{"delimiter", "/", "key-marker", "c c"}, "z#3 [d/ e/]"},

		{"minio, no prefix", MinIO(), []string{"max-uploads", "1", "delimiter", "/", "key-marker", "c"}, "a#8 a-b#4 c c#6 e/x/1#2 d/2#9 a#5 z#3 d/1#7"},
		{"minio, prefix", MinIO(), []string{"prefix", "d/"}, ""},
		{"minio, key", MinIO(), []string{"prefix", "a", "max-uploads", "1"}, "a#8 > #8"},
		{"minio, key, next", MinIO(), []string{"prefix", "a", "max-uploads", "1", "upload-id-marker", "id8"}, "a#5"},
		{"versitygw", Versitygw(), []string{"max-uploads", "2"}, "a#8 a#5 > a#5"},
		{"versitygw, zero", Versitygw(), []string{"max-uploads", "0"}, whole},
		{"versitygw, key marker", Versitygw(), []string{"key-marker", "a"}, "a-b#4 c c#6 d/1#7 d/2#9 e/x/1#2 z#3"},
		{"versitygw, from before", Versitygw(), []string{"key-marker", "\x20", "upload-id-marker", "id8", "max-uploads", "1"}, "a#5 > a#5"},
		{"ceph", Ceph(), []string{"delimiter", "/"}, "a-b#4 a#5 a#8 c c#6 z#3 [d/ e/]"},
		{"ceph, key marker", Ceph(), []string{"key-marker", "a"}, "a-b#4 a#5 a#8 c c#6 d/1#7 d/2#9 e/x/1#2 z#3"},
		{"ceph, both", Ceph(), []string{"key-marker", "a", "upload-id-marker", "id5", "max-uploads", "1"}, "a#8 > a#8"},
		{"garage, between uploads of a key", Garage(), []string{"max-uploads", "1"}, "a#5 > a#5"},
		{"garage, between keys", Garage(), []string{"max-uploads", "2"}, "a#5 a#8 > a-b#include"},
		{"garage, include", Garage(), []string{"key-marker", "a-b", "upload-id-marker", "include", "max-uploads", "2"}, "a-b#4 c c#6 > d/1#include"},
		{"garage, include past the end", Garage(), []string{"key-marker", "zz", "upload-id-marker", "include"}, ""},
		{"gofakes3", Gofakes3(), []string{"max-uploads", "2"}, "a#5 a#8 > a-b#4"},
		{"gofakes3, delimiter", Gofakes3(), []string{"delimiter", "/"}, "a#5 a#8 a-b#4 c c#6 z#3 [d] [e]"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, c := quirky(t, "s3", tc.q)
			query := append(slices.Clone(tc.query), "encoding-type", "url")
			doc := c.page(query...)
			for i := range doc.Upload { // names by query rules, whether or not they were encoded
				doc.Upload[i].Key, _ = url.QueryUnescape(doc.Upload[i].Key)
			}
			for _, s := range []*string{doc.NextKeyMarker} {
				if s != nil {
					*s, _ = url.QueryUnescape(*s)
				}
			}
			for _, cp := range doc.CommonPrefixes {
				for i := range cp.Prefix {
					cp.Prefix[i], _ = url.QueryUnescape(cp.Prefix[i])
				}
			}
			if got := doc.flat(); got != tc.want {
				t.Errorf("?%s\n got %s\nwant %s", strings.Join(tc.query, " "), got, tc.want)
			}
		})
	}
}

// TestQuirkErrors holds the errors that emulated stores answer.
func TestQuirkErrors(t *testing.T) {
	for _, tc := range []struct {
		name   string
		q      Quirks
		query  []string
		status int
		code   string
	}{
		{"minio, marker outside the prefix", MinIO(), []string{"prefix", "a", "key-marker", "b"}, 501, "NotImplemented"},
		{"versitygw, its own marker", Versitygw(), []string{"key-marker", "a", "upload-id-marker", "id5"}, 400, "InvalidArgument"},
		{"s3, an id of another key", Quirks{}, []string{"key-marker", "a", "upload-id-marker", "id4"}, 400, "InvalidArgument"},
	} {
		_, c := quirky(t, "s3", tc.q)
		a := c.do("GET", "", params(append([]string{"uploads", ""}, tc.query...)...), nil)
		if e := errorCode(t, a); a.status != tc.status || e.Code != tc.code {
			t.Errorf("%s: %d %s, want %d %s", tc.name, a.status, e.Code, tc.status, tc.code)
		}
	}
	s := New(Options{})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3", Quirks: Gofakes3()}); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, s, "s3", "b")
	c.secret = "wrong"
	if a := c.do("GET", "", "uploads", nil); a.status != 404 || errorCode(t, a).Code != "NoSuchUpload" {
		t.Errorf("gofakes3, an empty bucket and a wrong secret: %d %s, want 404 NoSuchUpload", a.status, a.body)
	}
}

// TestAbortedMarker holds that S3 takes the id of an aborted upload as a marker,
// and refuses it where the bucket forgets.
func TestAbortedMarker(t *testing.T) {
	for forgets, want := range map[bool]int{false: 200, true: 400} {
		s, c := quirky(t, "s3", Quirks{ForgetsAborted: forgets})
		if !s.DropUpload("b", "a", "id8") {
			t.Fatal("nothing was dropped")
		}
		a := c.do("GET", "", params("uploads", "", "key-marker", "a", "upload-id-marker", "id8", "max-uploads", "1"), nil)
		if a.status != want {
			t.Errorf("forgets=%v: %d, want %d", forgets, a.status, want)
		}
		if want == 200 && !bytes.Contains(a.body, []byte("<UploadId>id5</UploadId>")) {
			t.Errorf("want the upload after the one that is gone: %s", a.body)
		}
	}
}

// TestForget holds MinIO's restart: nothing without a prefix, all the same with
// one, and in List Parts.
func TestForget(t *testing.T) {
	s, c := quirky(t, "s3", MinIO())
	if err := s.Forget("b"); err != nil {
		t.Fatal(err)
	}
	if got := c.page().flat(); got != "" {
		t.Errorf("after a restart: %s, want nothing", got)
	}
	if got := c.page("prefix", "z").flat(); got != "z#3" {
		t.Errorf("by its key: %q, want z#3", got)
	}
	if a := c.do("GET", "z", "uploadId=id3", nil); a.status != 200 {
		t.Errorf("its parts: %d, want 200", a.status)
	}
}

// TestSeaweedFS holds a listing that goes by upload id alone and may end in an
// empty page.
func TestSeaweedFS(t *testing.T) {
	s, c := quirky(t, "s3", SeaweedFS())
	var got []string
	marker, pages := "", 0
	for ; pages < 10; pages++ {
		q := []string{"max-uploads", "4", "encoding-type", "url"}
		if marker != "" {
			q = append(q, "upload-id-marker", marker)
		}
		doc := c.page(q...)
		if doc.EncodingType != "url" || doc.NextKeyMarker != nil {
			t.Fatalf("EncodingType %q and NextKeyMarker %v, want url and none", doc.EncodingType, doc.NextKeyMarker)
		}
		for _, u := range doc.Upload {
			if u.Initiated != "" {
				t.Errorf("a date: %q", u.Initiated)
			}
			got = append(got, u.Key)
		}
		if !doc.IsTruncated {
			break
		}
		marker = *doc.NextUploadIdMarker
	}
	want, _ := truth(s, "b", "", "")
	if len(got) != len(want) || pages != 2 || !slices.Contains(got, "c c") {
		t.Errorf("%d keys %q after %d truncated pages, want %d raw keys after 2", len(got), got, pages, len(want))
	}
	if doc := c.page("key-marker", "a"); len(doc.Upload) != 2 {
		t.Errorf("key-marker a gives %s, want a's two uploads", doc.flat())
	}
}

// TestS3Express holds a listing without order that continues by token alone.
func TestS3Express(t *testing.T) {
	s, c := quirky(t, "s3", S3Express())
	var got []string
	marker := ""
	for range 10 {
		q := []string{"max-uploads", "3"}
		if marker != "" {
			q = append(q, "key-marker", marker)
		}
		doc := c.page(q...)
		for _, u := range doc.Upload {
			got = append(got, u.Key+" "+u.UploadId)
		}
		if marker = *doc.NextKeyMarker; !doc.IsTruncated {
			break
		}
	}
	want, _ := truth(s, "b", "", "")
	if slices.Equal(got, want) {
		t.Errorf("in key order: %q", got)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	for _, q := range [][]string{{"key-marker", "a"}, {"delimiter", "-"}, {"prefix", "d"}} {
		if a := c.do("GET", "", params(append([]string{"uploads", ""}, q...)...), nil); a.status != 400 {
			t.Errorf("%v: %d, want 400", q, a.status)
		}
	}
}

// TestEncodingQuirks holds the four combinations of encoded and echoed
// (dialects.md 0.7), and which names are.
func TestEncodingQuirks(t *testing.T) {
	for _, tc := range []struct {
		name      string
		q         Quirks
		key, echo string
		prefix    string
	}{
		{"encoded, echoed", Quirks{}, "c+c", "url", "c+"},
		{"raw, echoed", Quirks{URL: Off}, "c c", "url", "c "},
		{"encoded, not echoed", Quirks{Echo: Off}, "c+c", "", "c+"},
		{"raw, not echoed", Quirks{URL: Off, Echo: Off}, "c c", "", "c "},
		{"keys alone", Quirks{Encoded: remote.EncodedKey}, "c+c", "url", "c "},
	} {
		_, c := quirky(t, "s3", tc.q)
		doc := c.page("prefix", "c ", "encoding-type", "url")
		if doc.Upload[0].Key != tc.key || doc.EncodingType != tc.echo || doc.Prefix != tc.prefix {
			t.Errorf("%s: Key %q EncodingType %q Prefix %q, want %q %q %q", tc.name, doc.Upload[0].Key, doc.EncodingType, doc.Prefix, tc.key, tc.echo, tc.prefix)
		}
	}
}

// TestOldCOS holds the documents of 2017: names, dates, and an element that is
// never closed (seeds/003).
func TestOldCOS(t *testing.T) {
	_, c := quirky(t, "cos", Quirks{OldNames: true, ANSIDates: true})
	a := c.do("GET", "", params("uploads", "", "delimiter", "/"), nil)
	for _, want := range []string{"<UploadID>id5</UploadID>", "<CommonPrefixs><Prefix>d/</Prefix></CommonPrefixs>", "<Encoding-Type/>", "<Initiated>Fri Nov 20 17:00:00 2026</Initiated>"} {
		if !bytes.Contains(a.body, []byte(want)) {
			t.Errorf("want %s in\n%s", want, a.body)
		}
	}
	_, c = quirky(t, "cos", Quirks{Malformed: true})
	a = c.do("GET", "", "uploads", nil)
	if err := xml.Unmarshal(a.body, new(xmlUploads)); err == nil || !bytes.Contains(a.body, []byte("<UIN>"+cosInitiator+"<UIN/>")) {
		t.Errorf("want an unclosed UIN:\n%s", a.body)
	}
}

// TestPartQuirks holds the ways to take part-number-marker (dialects.md 3.4).
func TestPartQuirks(t *testing.T) {
	for _, tc := range []struct {
		name  string
		q     Quirks
		query []string
		want  string
	}{
		{"exclusive", Quirks{}, []string{"part-number-marker", "2", "max-parts", "1"}, "[3] true 3"},
		{"exclusive, end", Quirks{}, []string{"part-number-marker", "7"}, "[] false 0"},
		{"exclusive, last", Quirks{}, []string{"part-number-marker", "3"}, "[7] false 7"},
		{"truncated only", Quirks{Next: NextTruncated}, []string{"part-number-marker", "3"}, "[7] false 0"},
		{"none asked", Quirks{}, []string{"max-parts", "0"}, "[] false 0"},
		{"inclusive", Quirks{Parts: PartsInclusive}, []string{"part-number-marker", "3"}, "[3 7] false 7"},
		{"must exist", Quirks{Parts: PartsMustExist}, []string{"part-number-marker", "2"}, "[] false 0"},
		{"must exist, does", Quirks{Parts: PartsMustExist}, []string{"part-number-marker", "3"}, "[7] false 7"},
		{"stalled", Quirks{Parts: PartsStalled}, []string{"part-number-marker", "3", "max-parts", "1"}, "[1] true 1"},
		{"minio, last", MinIO(), []string{"part-number-marker", "3"}, "[7] false 0"},
	} {
		_, c := quirky(t, "s3", tc.q)
		var doc xmlParts
		decode(t, c.do("GET", "z", params(append([]string{"uploadId", "id3"}, tc.query...)...), nil), &doc)
		numbers := []int{}
		for _, p := range doc.Part {
			numbers = append(numbers, p.PartNumber)
		}
		if got := fmt.Sprint(numbers, doc.IsTruncated, *doc.NextPartNumberMarker); got != tc.want {
			t.Errorf("%s: %s, want %s", tc.name, got, tc.want)
		}
	}
}

// TestAbortQuirks holds aborts of what is gone, and of what does not go.
func TestAbortQuirks(t *testing.T) {
	_, c := quirky(t, "s3", MinIO())
	if a := c.do("DELETE", "z", "uploadId=gone", nil); a.status != 204 {
		t.Errorf("minio: aborting what is gone: %d, want 204", a.status)
	}
	_, c = quirky(t, "s3", Quirks{AbortsSurvived: 2})
	for i, want := range []int{200, 200, 404} {
		if a := c.do("DELETE", "z", "uploadId=id3", nil); a.status != 204 {
			t.Errorf("abort %d: %d, want 204", i, a.status)
		}
		if a := c.do("GET", "z", "uploadId=id3", nil); a.status != want {
			t.Errorf("after abort %d its parts are %d, want %d", i, a.status, want)
		}
	}
}

// TestScope holds credentials that may see one prefix only.
func TestScope(t *testing.T) {
	s := New(Options{DenyService: true})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3", OnlyPrefix: "team/"}); err != nil {
		t.Fatal(err)
	}
	c := newClient(t, s, "s3", "b")
	for _, tc := range []struct {
		key, query string
		status     int
	}{
		{"", "uploads", 403}, {"", "uploads&prefix=tea", 403}, {"", "uploads&prefix=team%2F", 200},
		{"other", "uploadId=x", 403}, {"team/x", "uploadId=x", 404},
	} {
		if a := c.do("GET", tc.key, tc.query, nil); a.status != tc.status {
			t.Errorf("GET %q?%s: %d, want %d", tc.key, tc.query, a.status, tc.status)
		}
	}
	if a := newClient(t, s, "s3", "").do("GET", "", "", nil); a.status != 403 {
		t.Errorf("the service: %d, want 403", a.status)
	}
}
