package xmlpage

import (
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"

	"uploadfs/remote"
)

// named is a page of the keys, with an EncodingType echo if it is not empty.
func named(echo string, keys ...string) string {
	var b strings.Builder
	if echo != "" {
		b.WriteString("<EncodingType>" + echo + "</EncodingType>")
	}
	for _, k := range keys {
		fmt.Fprintf(&b, "<Upload><Key>%s</Key><UploadId>u</UploadId></Upload>", k)
	}
	return lmu(b.String())
}

func keysOf(page *remote.UploadPage) []string {
	var keys []string
	for i := range page.Uploads {
		keys = append(keys, page.Uploads[i].Key)
	}
	return keys
}

func TestURLDecision(t *testing.T) {
	all := Options{URLRequested: true, Encoded: remote.EncodedAll, EchoRequired: true}
	noEcho, notAsked, prefixed := all, all, all
	noEcho.EchoRequired = false
	notAsked.URLRequested = false
	prefixed.Prefix = "a b/"
	for _, c := range []struct {
		rule    string
		o       Options
		body    string
		want    []string
		encoded bool
	}{
		{"asked and echoed", all, named("url", "a+b%2Fc%2b", "%E4%B8%AD"), []string{"a b/c+", "中"}, true},
		{"echoed in another case", all, named("URL", "a+b"), []string{"a b"}, true},
		{"not echoed although it must", all, named("", "a+b%41"), []string{"a+b%41"}, false},
		{"COS's empty echo", all, strings.Replace(named("x", "a+b"), "<EncodingType>x</EncodingType>", "<Encoding-Type/>", 1), []string{"a+b"}, false},
		{"COS's spelling", all, strings.ReplaceAll(named("url", "a+b"), "EncodingType", "Encoding-Type"), []string{"a b"}, true},
		{"COS's other spelling", all, strings.ReplaceAll(named("url", "a+b"), "EncodingType", "Encoding-type"), []string{"a b"}, true},
		{"another value echoed (MinIO)", all, named("foo", "a+b"), []string{"a+b"}, false},
		{"no echo needed (Ceph)", noEcho, named("", "a+b"), []string{"a b"}, true},
		{"not asked for", notAsked, named("url", "a+b"), []string{"a+b"}, false},
		{"%zz was not encoded, for the whole page", all, named("url", "a+b", "a%zz"), []string{"a+b", "a%zz"}, false},
		{"a trailing %", all, named("url", "100%", "a+b"), []string{"100%", "a+b"}, false},
		{"a trailing %4", all, named("url", "100%4"), []string{"100%4"}, false},
		{"a raw blank (SeaweedFS)", all, named("url", "sp ace+plus", "a+b"), []string{"sp ace+plus", "a+b"}, false},
		{"a byte outside ASCII", all, named("url", "中+b"), []string{"中+b"}, false},
		{"a control byte", all, named("url", "a\x01+b"), []string{"a\x01+b"}, false},
		{"exact bytes", all, named("url", "%00%FF%0D%0A%EF%BF%BD"), []string{"\x00\xff\r\n\uFFFD"}, true},
		{"the prefix holds", prefixed, named("url", "a+b/c", "a%20b%2Fd"), []string{"a b/c", "a b/d"}, true},
		{"the prefix holds only as it stands", Options{URLRequested: true, Encoded: remote.EncodedAll, Prefix: "a+b/"}, named("url", "a+b/c", "a+b/d%41"), []string{"a+b/c", "a+b/d%41"}, false},
		{"the prefix holds neither way: the store's word", prefixed, named("url", "x+y"), []string{"x y"}, true},
		{"no key", all, named("url"), nil, true},
	} {
		page, err := Uploads([]byte(c.body), c.o)
		if err != nil {
			t.Errorf("%s: want a page, got %v", c.rule, err)
		} else if got := keysOf(page); !reflect.DeepEqual(got, c.want) || page.URLEncoded != c.encoded {
			t.Errorf("%s: want %q encoded %v, got %q encoded %v", c.rule, c.want, c.encoded, got, page.URLEncoded)
		}
	}
}

// Each element is decoded only where the profile says so, and the echoes of the
// request do not decide for the page.
func TestURLElements(t *testing.T) {
	body := func(prefix, marker, next string) []byte {
		return []byte(lmu("<EncodingType>url</EncodingType><Prefix>" + prefix + "</Prefix><KeyMarker>" + marker + "</KeyMarker><NextKeyMarker>" + next +
			"</NextKeyMarker><CommonPrefixes><Prefix>c+%2F</Prefix></CommonPrefixes><Upload><Key>k+%2F</Key><UploadId>u%41</UploadId></Upload>"))
	}
	all := Options{URLRequested: true, Encoded: remote.EncodedAll, EchoRequired: true}
	only := func(e remote.Encoded) Options { o := all; o.Encoded = e; return o }
	for _, c := range []struct {
		rule                           string
		o                              Options
		body                           []byte
		prefix, marker, next, key, com string
	}{
		{"all", all, body("p+", "m+", "n+"), "p ", "m ", "n ", "k /", "c /"},
		{"Key alone", only(remote.EncodedKey), body("p+", "m+", "n+"), "p+", "m+", "n+", "k /", "c+%2F"},
		{"common prefixes alone", only(remote.EncodedCommonPrefix), body("p+", "m+", "n+"), "p+", "m+", "n+", "k+%2F", "c /"},
		{"none", only(0), body("p+", "m+", "n+"), "p+", "m+", "n+", "k+%2F", "c+%2F"},
		{"a raw Prefix and KeyMarker (COS)", all, body("100%/", "中", "n+"), "100%/", "中", "n ", "k /", "c /"},
		{"a raw NextKeyMarker", all, body("p+", "m+", "100%"), "p+", "m+", "100%", "k+%2F", "c+%2F"},
	} {
		page, err := Uploads(c.body, c.o)
		if err != nil {
			t.Errorf("%s: want a page, got %v", c.rule, err)
			continue
		}
		got := []string{page.Prefix, page.KeyMarker, page.Next.Key, page.Uploads[0].Key, page.CommonPrefixes[0], page.Uploads[0].UploadID}
		want := []string{c.prefix, c.marker, c.next, c.key, c.com, "u%41"}
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: want %q, got %q", c.rule, want, got)
		}
	}
}

// Ceph encodes keys and common prefixes, echoes nothing, and leaves the markers
// raw (dialects.md 2.4).
func TestCephSample(t *testing.T) {
	page, err := Uploads(sample(t, "ceph-lmu-new-shape-url.xml"), Options{
		URLRequested: true, Encoded: remote.EncodedKey | remote.EncodedCommonPrefix, Prefix: "d r/",
	})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := keysOf(page), []string{"d r/k+1"}; !reflect.DeepEqual(got, want) {
		t.Errorf("want keys %q, got %q", want, got)
	}
	if want := []string{"d r/sub1/", "d r/sub2/"}; !reflect.DeepEqual(page.CommonPrefixes, want) {
		t.Errorf("want common prefixes %q, got %q", want, page.CommonPrefixes)
	}
	if page.Next.Key != "d r/k+1" || page.Prefix != "d r/" || !page.URLEncoded {
		t.Errorf("want raw markers of an encoded page, got %+v", page)
	}
}

// A key with U+FFFD is one that the server may have changed, unless it came url
// encoded. Bytes that are not UTF-8 are the key's own.
func TestMangled(t *testing.T) {
	o := Options{URLRequested: true, Encoded: remote.EncodedAll, EchoRequired: true}
	for _, c := range []struct {
		rule, body string
		want       bool
	}{
		{"raw U+FFFD", named("", "a\uFFFDb"), true},
		{"a reference to U+FFFD", named("", "a&#xFFFD;b"), true},
		{"raw U+FFFD on a page that says url", named("url", "a\uFFFDb"), true},
		{"encoded U+FFFD", named("url", "a%EF%BF%BDb"), false},
		{"no UTF-8", named("", "a\xffb\xef\xbf"), false},
		{"plain", named("", "a"), false},
	} {
		page, err := Uploads([]byte(c.body), o)
		if err != nil || page.Uploads[0].Mangled != c.want {
			t.Errorf("%s: want mangled %v, got %+v, %v", c.rule, c.want, page, err)
		}
	}
}

func TestDecodedAgreesWithNetURL(t *testing.T) {
	for _, text := range []string{"", "a", "+", "%41", "%zz", "%", "%4", "a%2", "a%2Fb+c", "%%41", "%E4%B8%AD", "a%00"} {
		want, err := url.QueryUnescape(text)
		n := decodedLen([]byte(text))
		if (err != nil) != (n < 0) {
			t.Errorf("%q: want net/url's verdict %v, got length %d", text, err, n)
			continue
		}
		var a arena
		if err == nil && (a.decoded([]byte(text)) != want || n != len(want)) {
			t.Errorf("%q: want %q of %d bytes, got %q, %d", text, want, len(want), a.b.String(), n)
		}
	}
}
