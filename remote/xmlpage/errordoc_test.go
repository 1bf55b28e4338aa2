package xmlpage

import (
	"errors"
	"strings"
	"testing"

	"uploadfs/remote"
)

func TestErrorShapes(t *testing.T) {
	for _, c := range []struct {
		rule, body string
		want       ErrorDoc
	}{
		{"nothing said", `<Error/>`, ErrorDoc{}},
		{"padding, a namespace, any order", "<Error xmlns=\"http://doc.oss-cn-hangzhou.aliyuncs.com\">\n<Message>\n m m \n</Message><Code> c </Code></Error>\n", ErrorDoc{Code: "c", Message: "m m"}},
		{"Ceph's empty message", `<Error><Code>NoSuchKey</Code><Message></Message></Error>`, ErrorDoc{Code: "NoSuchKey"}},
		{"BucketName", `<Error><Code>c</Code><BucketName>b</BucketName></Error>`, ErrorDoc{Code: "c", Bucket: "b"}},
		{"the first that says something", `<Error><Code/><Code>a</Code><Code>b</Code></Error>`, ErrorDoc{Code: "a"}},
		{"unknown elements", `<Error><Details><Code>x</Code></Details><Code>c</Code></Error>`, ErrorDoc{Code: "c"}},
		{"references", `<Error><Code>c</Code><Message>&quot;a&quot; &#39;b&#39; & c</Message></Error>`, ErrorDoc{Code: "c", Message: `"a" 'b' & c`}},
		{"JSON", `{"code":"AccessDenied","message":" m ","request_id":"r"}`, ErrorDoc{Code: "AccessDenied", Message: "m", RequestID: "r"}},
		{"JSON with more, and blanks", " \n{\"a\":[{}],\"code\":\"c\"}\n", ErrorDoc{Code: "c"}},
		{"JSON with a number", `{"code":-46628,"message":"m"}`, ErrorDoc{Code: "-46628", Message: "m"}},
	} {
		got, ok := ErrorDocument([]byte(c.body))
		if !ok || got != c.want {
			t.Errorf("%s: %q: want %+v, got %v %+v", c.rule, c.body, c.want, ok, got)
		}
		doc, ok := errors.AsType[*DocumentError](func() error { _, err := Parts([]byte(c.body), Options{}); return err }())
		if !ok || doc.Doc != c.want {
			t.Errorf("%s: in place of a page: want %+v, got %+v", c.rule, c.want, doc)
		}
	}
}

func TestNoErrorDocument(t *testing.T) {
	for _, body := range []string{
		"", " ", "AccessDenied", "<html><head><title>403</title></head></html>", "<!DOCTYPE html><html></html>",
		"<Errors><Error><Code>c</Code></Error></Errors>", "<error><Code>c</Code></error>",
		"<Error><Code>c</Code>", "<Error><Code>c</Code></Error>x", "<Error><Code>c</Message></Error>",
		`{"code":"c"`, `{"code":"c"}{}`, `{"message":"m","request_id":"r"}`, `{"code":""}`, `{"code":{}}`, `["code"]`, `null`,
	} {
		if doc, ok := ErrorDocument([]byte(body)); ok || doc != (ErrorDoc{}) {
			t.Errorf("%q: want no error document, got %v %+v", body, ok, doc)
		}
	}
}

// Errors hold the store's words without their control bytes, at a bounded length.
func TestErrorText(t *testing.T) {
	long := strings.Repeat("n", 100)
	_, err := Uploads([]byte("<Error><Code>C\x1b</Code><Message>a\nb"+strings.Repeat("m", 5000)+"</Message></Error>"), Options{})
	if text := err.Error(); !strings.Contains(text, `C\x1b`) || strings.ContainsAny(text, "\n\x1b") || len(text) > 600 {
		t.Errorf("want one short line with the code, got %q", text)
	}
	_, err = Uploads([]byte("<"+long+"\x9b></"+long+"\x9b>"), Options{})
	if text := err.Error(); remote.KindOf(err) != remote.KindMalformed || strings.Contains(text, long) || strings.Contains(text, "\x9b") {
		t.Errorf("want a malformed document with the root's name cut short, got %q", text)
	}
}
