package xmlpage

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
)

// ErrorDoc is what an error document says, in the store's own words, without the
// blanks that OSS pads them with (dialects.md 6.1). What was not sent is empty.
type ErrorDoc struct {
	Code, Message     string
	RequestID, HostID string
	// Region and Endpoint are where the store says that the bucket is.
	Region, Endpoint string
	// Bucket is Bucket or BucketName.
	Bucket, Key, UploadID, Resource string
	// ArgumentName and ArgumentValue are the argument that a 400 is about.
	ArgumentName, ArgumentValue string
	// Method and ResourceType are those of a 405 of AWS.
	Method, ResourceType string
	// EC is the detailed code of OSS, TraceID the trace of COS.
	EC, TraceID string
}

// ErrorDocument reads an error document: XML with the root Error, or the JSON
// that some front ends of COS send. It is ok only for a whole one.
func ErrorDocument(body []byte) (doc ErrorDoc, ok bool) {
	if isJSON(body) {
		return jsonError(body)
	}
	s := newScanner(body)
	if !s.root() || string(s.name) != "Error" {
		return ErrorDoc{}, false
	}
	if doc, err := s.errorDoc(); err == nil {
		return doc, true
	}
	return ErrorDoc{}, false
}

// expect reads up to the root's start tag and checks that it is the wanted one.
// An error document comes back as a DocumentError.
func (s *scanner) expect(want string) error {
	if isJSON(s.b) {
		if doc, ok := jsonError(s.b); ok {
			return &DocumentError{Doc: doc}
		}
	}
	if !s.root() {
		return s.err
	}
	if string(s.name) == want {
		return nil
	}
	if string(s.name) != "Error" {
		s.fail(0, "the root is %.40q, not %q", s.name, want)
		return s.err
	}
	doc, err := s.errorDoc()
	if err != nil {
		return err
	}
	return &DocumentError{Doc: doc}
}

// errorDoc reads the children of a root Error, and what follows it.
func (s *scanner) errorDoc() (doc ErrorDoc, err error) {
	for s.next() {
		if dst := doc.member(s.name); dst == nil {
			s.skip()
		} else if text := trim(s.text()); *dst == "" {
			*dst = string(text)
		}
	}
	return doc, s.end()
}

// member returns where the text of an element goes, nil for an unknown one.
func (d *ErrorDoc) member(name []byte) *string {
	switch string(name) {
	case "Code":
		return &d.Code
	case "Message":
		return &d.Message
	case "RequestId", "RequestID":
		return &d.RequestID
	case "HostId", "HostID":
		return &d.HostID
	case "Region":
		return &d.Region
	case "Endpoint":
		return &d.Endpoint
	case "Bucket", "BucketName":
		return &d.Bucket
	case "Key":
		return &d.Key
	case "UploadId", "UploadID":
		return &d.UploadID
	case "Resource":
		return &d.Resource
	case "ArgumentName":
		return &d.ArgumentName
	case "ArgumentValue":
		return &d.ArgumentValue
	case "Method":
		return &d.Method
	case "ResourceType":
		return &d.ResourceType
	case "EC":
		return &d.EC
	case "TraceId":
		return &d.TraceID
	}
	return nil
}

func isJSON(body []byte) bool {
	body = trim(bytes.TrimPrefix(body, []byte(byteOrder)))
	return len(body) > 0 && body[0] == '{'
}

// jsonError reads {"code":...,"message":...,"request_id":...}. Codes are also
// seen as numbers in such answers.
func jsonError(body []byte) (doc ErrorDoc, ok bool) {
	var v struct {
		Code      any    `json:"code"`
		Message   string `json:"message"`
		RequestID string `json:"request_id"`
	}
	if json.Unmarshal(bytes.TrimPrefix(body, []byte(byteOrder)), &v) != nil {
		return ErrorDoc{}, false
	}
	switch code := v.Code.(type) {
	case string:
		doc.Code = strings.TrimSpace(code)
	case float64:
		doc.Code = fmt.Sprint(code)
	}
	if doc.Code == "" {
		return ErrorDoc{}, false
	}
	doc.Message = strings.TrimSpace(v.Message)
	doc.RequestID = strings.TrimSpace(v.RequestID)
	return doc, true
}
