package xmlpage

import (
	"errors"
	"strings"
	"testing"

	"uploadfs/remote"
)

// lmu wraps what stands in a List Multipart Uploads page.
func lmu(inside string) string {
	return "<ListMultipartUploadsResult>" + inside + "</ListMultipartUploadsResult>"
}

// keyed is a page of one upload whose Key element is given with its tags.
func keyed(element string) string {
	return lmu("<Upload>" + element + "<UploadId>u</UploadId></Upload>")
}

func TestKeyText(t *testing.T) {
	for _, c := range []struct{ rule, element, want string }{
		{"plain", "<Key>a/b</Key>", "a/b"},
		{"blanks of a key are kept", "<Key> \ta\n </Key>", " \ta\n "},
		{"a key of blanks alone", "<Key> </Key>", " "},
		{"the five entities", "<Key>&amp;&lt;&gt;&quot;&apos;</Key>", `&<>"'`},
		{"an entity is resolved once", "<Key>&amp;amp;</Key>", "&amp;"},
		{"decimal references", "<Key>&#65;&#20013;&#128512;</Key>", "A中😀"},
		{"hexadecimal references", "<Key>&#x41;&#x4E2d;&#x1F600;</Key>", "A中😀"},
		{"references past ASCII", "<Key>&#x7F;&#x80;&#133;</Key>", "\u007f\u0080\u0085"},
		{"leading zeros", "<Key>&#" + strings.Repeat("0", 100) + "65;</Key>", "A"},
		{"the largest character", "<Key>&#x10FFFF;</Key>", "\U0010ffff"},
		{"characters that XML 1.0 forbids", "<Key>&#1;&#x1;&#0;&#xFFFE;</Key>", "\x01\x01\x00\uFFFE"},
		{"&#13; is a CR", "<Key>a&#13;&#10;b&#xD;</Key>", "a\r\nb\r"},
		{"CR LF and CR are LF", "<Key>a\r\nb\rc\r\r\n</Key>", "a\nb\nc\n\n"},
		{"a bare &", "<Key>a & b&c &&</Key>", "a & b&c &&"},
		{"an entity that nobody declared", "<Key>&copy;&nbsp;&Amp;</Key>", "&copy;&nbsp;&Amp;"},
		{"what is no reference", "<Key>&;&#;&#x;&#xg;&#1a;&#65 &#65</Key>", "&;&#;&#x;&#xg;&#1a;&#65 &#65"},
		{"a comment inside a key", "<Key>a<!-- <b> & - -->b</Key>", "ab"},
		{"an instruction inside a key", "<Key>a<?x y?>b</Key>", "ab"},
		{"CDATA", "<Key>a<![CDATA[<&amp;>]] ]]>b</Key>", "a<&amp;>]] b"},
		{"CR LF in CDATA", "<Key><![CDATA[a\r\nb]]></Key>", "a\nb"},
		{"]]> in text", "<Key>a]]>b</Key>", "a]]>b"},
		{"> in text", "<Key>a>b</Key>", "a>b"},
		{"control bytes", "<Key>a\x00\x01\x1f\x7fb</Key>", "a\x00\x01\x1f\x7fb"},
		{"bytes that are not UTF-8", "<Key>\xff\xfe\xc3(</Key>", "\xff\xfe\xc3("},
		{"a noncharacter", "<Key>\uFFFE</Key>", "\uFFFE"},
		{"<Key/> closes <Key>", "<Key>a<Key/>", "a"},
		{"with blanks and references too", "<Key>a&amp;<Key />", "a&"},
		{"attributes", `<Key a="1" b = '>"&x;' >a</Key >`, "a"},
		{"a namespace prefix", "<s3:Key>a</s3:Key>", "a"},
		{"the same key twice", "<Key>a</Key><Key>a</Key>", "a"},
	} {
		page, err := Uploads([]byte(keyed(c.element)), Options{})
		if err != nil {
			t.Errorf("%s: %q: want key %q, got %v", c.rule, c.element, c.want, err)
		} else if len(page.Uploads) != 1 || page.Uploads[0].Key != c.want || page.Uploads[0].UploadID != "u" {
			t.Errorf("%s: %q: want key %q, got %+v", c.rule, c.element, c.want, page.Uploads)
		}
	}
}

func TestAroundTheRoot(t *testing.T) {
	body := keyed("<Key>a</Key>")
	for _, c := range []struct{ rule, body string }{
		{"no prolog", body},
		{"prolog", `<?xml version="1.0" encoding="UTF-8"?>` + body},
		{"single quotes, lower case, a blank", `<?xml version='1.0' encoding='utf-8' ?>` + body},
		{"standalone", `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + body},
		{"no encoding", `<?xml version="1.0" ?>` + body},
		{"blanks inside the brackets", `<? xml version="1.0" encoding = "UTF-8" ? >` + body},
		{"XML 1.1", `<?xml version="1.1"?>` + body},
		{"a byte order mark", "\ufeff" + `<?xml version="1.0"?>` + body},
		{"blanks before the prolog", "\r\n\t <?xml version='1.0'?>\n" + body},
		{"comments and instructions before the root", `<!-- a --><?xml-stylesheet href="x"?><!---->` + body},
		{"an instruction that is no prolog", `<?xml-model encoding="GBK"?>` + body},
		{"blanks and comments after the root", body + " \r\n<!-- </x> -->\n"},
		{"a namespace", strings.Replace(body, "Result>", `Result xmlns="http://doc.oss-cn-hangzhou.aliyuncs.com">`, 1)},
		{"comments between elements", strings.Replace(body, "<Upload>", "<!-- x --><Upload> <!-- y -->", 1)},
		{"a blank in an end tag", strings.ReplaceAll(body, "</Key>", "</Key\n>")},
		{"unknown elements", strings.Replace(body, "<Key>", "<X a='b'>t<Y><X/>&bogus;<![CDATA[</X>]]></Y><!-- </X> --></X><Z/><Key>", 1)},
		{"an unknown element that <X/> closes", strings.Replace(body, "<Key>", "<Tenant>t<Tenant/><Key>", 1)},
		{"an unknown element that holds an empty one of its name", strings.Replace(body, "<Key>", "<X><X/></X><Key>", 1)},
		{"blank CDATA between elements", strings.Replace(body, "<Key>", "<![CDATA[ ]]><Key>", 1)},
	} {
		page, err := Uploads([]byte(c.body), Options{})
		if err != nil || len(page.Uploads) != 1 || page.Uploads[0].Key != "a" {
			t.Errorf("%s: %q: want the upload of key a, got %+v, %v", c.rule, c.body, page, err)
		}
	}
}

func TestMalformed(t *testing.T) {
	ok := keyed("<Key>a</Key>")
	deep := strings.Repeat("<D>", maxDepth) + strings.Repeat("</D>", maxDepth)
	for _, c := range []struct {
		rule, body string
		offset     int // -1 for any
	}{
		{"nothing", "", 0},
		{"blanks", " \n", 2},
		{"no XML", "hello", 0},
		{"JSON that is no error", `{"a":1}`, 0},
		{"UTF-16", "\xff\xfe<\x00", 0},
		{"a prolog alone", `<?xml version="1.0"?>`, 21},
		{"an encoding without quotes", `<?xml version="1.0" encoding=UTF-8?>` + ok, 0},
		{"a prolog that ends early", `<?xml version="1.0">` + ok, 0},
		{"a broken end tag", keyed("<Key>a</Key x>"), -1},
		{"a broken instruction", lmu("<? x?>"), 28},
		{"another encoding", `<?xml version="1.0" encoding="GBK"?>` + ok, 0},
		{"two roots", ok + ok, len(ok)},
		{"text after the root", ok + "x", len(ok)},
		{"an end tag after the root", ok + "</ListMultipartUploadsResult>", len(ok)},
		{"an instruction after the root", ok + "<?x y?>", len(ok)},
		{"an end tag first", "</a>", 0},
		{"text first", "x" + ok, 0},
		{"CDATA first", "<![CDATA[x]]>" + ok, 0},
		{"a document type", "<!DOCTYPE a>" + ok, 0},
		{"an entity", `<!DOCTYPE a [<!ENTITY e "x">]>` + ok, 0},
		{"an entity inside", lmu(`<!ENTITY e "x">`), 28},
		{"a second prolog", lmu(`<?xml version="1.0"?>`), 28},
		{"a mismatched end", lmu("<Upload></Uploads>"), 36},
		{"a mismatched end in case", keyed("<Key>a</key>"), -1},
		{"an end that is cut", keyed("<Key>a</Ke>"), -1},
		{"crossed elements", lmu("<X><Y></X></Y>"), 34},
		{"an element inside a key", keyed("<Key>a<b>c</b></Key>"), -1},
		{"an empty element inside a key", keyed("<Key>a<b/></Key>"), -1},
		{"<Key/> and </Key>", keyed("<Key>a<Key/></Key>"), -1},
		{"<Upload/> closes no <Upload>", lmu("<Upload><Key>a</Key><UploadId>u</UploadId><Upload/>"), -1},
		{"text between uploads", lmu("x<Upload><Key>a</Key><UploadId>u</UploadId></Upload>"), 28},
		{"escaped uploads", lmu("&lt;Upload&gt;"), 28},
		{"CDATA between uploads", lmu("<![CDATA[x]]>"), 28},
		{"a number past U+10FFFF", keyed("<Key>&#x110000;</Key>"), -1},
		{"a huge number", keyed("<Key>&#99999999999999999999;</Key>"), -1},
		{"a surrogate", keyed("<Key>&#xD800;</Key>"), -1},
		{"-- in a comment", lmu("<!-- a -- b -->"), -1},
		{"-- in a comment inside a key", keyed("<Key><!-- a -- b -->c</Key>"), -1},
		{"an attribute without value", keyed("<Key a>b</Key>"), -1},
		{"an attribute without quotes", keyed("<Key a=b>b</Key>"), -1},
		{"an attribute with <", keyed("<Key a='<'>b</Key>"), -1},
		{"attributes without a blank between", keyed("<Key a='1'b=\"2\">b</Key>"), -1},
		{"a blank before a name", keyed("< Key>b</Key>"), -1},
		{"a name that begins with a digit", lmu("<1/>"), 28},
		{"a name of colons", lmu("<a:b:c/>"), 28},
		{"a name that begins with a colon", lmu("<:Key/>"), 28},
		{"a slash in a tag", lmu("<X / >"), -1},
		{"too deep", lmu(deep), -1},
		{"too long a name", lmu("<" + strings.Repeat("n", maxName+1) + "/>"), 28},
		{"too long an attribute", lmu("<X " + strings.Repeat("n", maxName+1) + "='a'/>"), -1},
	} {
		page, err := Uploads([]byte(c.body), Options{})
		e, ok := errors.AsType[*SyntaxError](err)
		if page != nil || remote.KindOf(err) != remote.KindMalformed || !ok {
			t.Errorf("%s: %q: want malformed, got %+v, %v", c.rule, c.body, page, err)
		} else if c.offset >= 0 && e.Offset != c.offset {
			t.Errorf("%s: %q: want byte %d, got %v", c.rule, c.body, c.offset, err)
		}
	}
}

// A document as deep as is allowed is read; the bound is not one too small.
func TestDepth(t *testing.T) {
	deep := strings.Repeat("<D>", maxDepth-1) + strings.Repeat("</D>", maxDepth-1)
	if _, err := Uploads([]byte(lmu(deep)), Options{}); err != nil {
		t.Errorf("want a page of depth %d, got %v", maxDepth, err)
	}
}
