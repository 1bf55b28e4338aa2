package wire

import (
	"encoding/base64"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

func answer(status int, header map[string]string) *http.Response {
	h := http.Header{}
	for k, v := range header {
		h.Set(k, v)
	}
	return &http.Response{StatusCode: status, Header: h}
}

// Every recorded error document is read: samples/index.md says where each is
// from and with which status it came.
func TestSampleErrors(t *testing.T) {
	type want struct {
		status         int
		op             string
		kind           remote.Kind
		code, id       string
		region, at, ar string
		words          string
	}
	table := map[string]want{
		"aws-err-get-part-405.xml":               {405, OpParts, remote.KindUnsupported, "MethodNotAllowed", "EXAMPLE", "", "", "", "specified method"},
		"aws-err-invalid-uploadid-marker.xml":    {400, OpUploads, remote.KindInvalid, "InvalidArgument", "EXAMPLE", "", "", "upload-id-marker", "Invalid uploadId marker"},
		"aws-err-nosuchupload.xml":               {404, OpParts, remote.KindNoUpload, "NoSuchUpload", "JMJRSF9SRH477DQN", "", "", "", "does not exist"},
		"aws-err-permanentredirect-301.xml":      {301, OpUploads, remote.KindWrongRegion, "PermanentRedirect", "24035885437204DC", "", "ant-lab.s3-ap-northeast-1.amazonaws.com", "", "specified endpoint"},
		"cos-err-nosuchkey.xml":                  {404, OpParts, remote.KindNoUpload, "NoSuchKey", "NjA3OGY4NGFfNjJkMmMwYl8***", "", "", "", "does not exist"},
		"gofakes3-err-nosuchbucket.xml":          {404, OpUploads, remote.KindNoBucket, "NoSuchBucket", "", "", "", "", "does not exist"},
		"minio-err-accessdenied.xml":             {403, OpUploads, remote.KindDenied, "AccessDenied", "18E9E8304E7F068B", "", "", "", "Access Denied."},
		"minio-err-keymarker-notimplemented.xml": {501, OpUploads, remote.KindUnsupported, "NotImplemented", "18E9E8304ABBCD85", "", "", "", "not implemented"},
		"minio-err-nosuchbucket.xml":             {404, OpUploads, remote.KindNoBucket, "NoSuchBucket", "18E9E83049451AB9", "", "", "", "does not exist"},
		"minio-err-nosuchkey-get.xml":            {404, OpUploads, remote.KindNoKey, "NoSuchKey", "18E9E83047CCA835", "", "", "", "does not exist"},
		"minio-err-nosuchupload.xml":             {404, OpAbort, remote.KindNoUpload, "NoSuchUpload", "18E9E830467F1FBF", "", "", "", "does not exist"},
		"minio-err-signature.xml":                {403, OpUploads, remote.KindDenied, "SignatureDoesNotMatch", "18E9E8304C6F4B64", "", "", "", "Check your key"},
		"minio-err-skew.xml":                     {403, OpUploads, remote.KindDenied, "RequestTimeTooSkewed", "18E9E8304D92D418", "", "", "", "server's time"},
		"oss-err-nosuchbucket-ec.xml":            {404, OpUploads, remote.KindNoBucket, "NoSuchBucket", "5C3D9175B6FC201293AD****", "", "", "", "does not exist"},
		"oss-err-nosuchupload.xml":               {404, OpParts, remote.KindNoUpload, "NoSuchUpload", "5CD1351208F4BE8B532CE418", "", "", "", "does not exist"},
		"oss-err-padded-text.xml":                {403, OpUploads, remote.KindDenied, "AccessDenied", "1D842BC54255****", "", "", "", "Query-string"},
		"oss-err-wrong-endpoint-403.xml":         {403, OpUploads, remote.KindWrongRegion, "AccessDenied", "56EA98DE815804**21B23EE6", "", "oss-cn-hangzhou.aliyuncs.com", "", "specified endpoint"},
		"versitygw-err-continuation.xml":         {400, OpUploads, remote.KindInvalid, "InvalidArgument", "LN5XRFJ51MDTZQVR", "", "", "upload-id-marker", "Invalid uploadId marker"},
		"versitygw-err-nosuchupload.xml":         {404, OpParts, remote.KindNoUpload, "NoSuchUpload", "Y25EP6XQM9K71VR9", "", "", "", "does not exist"},
		"versitygw-err-region.xml":               {400, OpUploads, remote.KindWrongRegion, "AuthorizationHeaderMalformed", "TNE3D873D58022Z2", "us-east-1", "", "", "expecting"},
	}
	files, err := filepath.Glob("testdata/*-err-*.xml")
	if err != nil || len(files) != len(table) {
		t.Fatalf("there are %d samples (%v), want %d", len(files), err, len(table))
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		w, ok := table[filepath.Base(file)]
		if !ok {
			t.Errorf("%s: no expectation", file)
			continue
		}
		for _, status := range []int{w.status, 200} {
			e := Classify(w.op, answer(status, nil), body)
			if e == nil {
				t.Errorf("%s with status %d is a success, want an error", file, status)
				continue
			}
			got := want{w.status, e.Op, e.Kind, e.Code, e.RequestID, e.Region, e.Endpoint, e.Argument, w.words}
			if got != w || e.Status != status || !strings.Contains(e.Message, w.words) {
				t.Errorf("%s with status %d: got %+v, message %q; want %+v", file, status, got, e.Message, w)
			}
			if e.Message != strings.TrimSpace(e.Message) || strings.ContainsAny(e.Message+e.Code+e.RequestID, "\n\t") {
				t.Errorf("%s: message %q or code %q is not trimmed", file, e.Message, e.Code)
			}
		}
	}
}

func document(code, more string) string {
	return "<Error><Code>" + code + "</Code><Message>m</Message>" + more + "<RequestId>r</RequestId></Error>"
}

// The rows of dialects.md 6.2, and what has no row of its own.
func TestErrorKinds(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		more   string
		op     string
		want   remote.Kind
	}{
		{404, "NoSuchUpload", "", OpParts, remote.KindNoUpload},
		{404, "NoSuchUpload", "", OpAbort, remote.KindNoUpload},
		{404, "NoSuchUpload", "", OpUploads, remote.KindNoUpload},
		{404, "NoSuchBucket", "", OpParts, remote.KindNoBucket},
		{404, "NoSuchKey", "", OpParts, remote.KindNoUpload},
		{404, "NoSuchKey", "", OpAbort, remote.KindNoUpload},
		{403, "AccessDenied", "", OpUploads, remote.KindDenied},
		{403, "InvalidAccessKeyId", "", OpUploads, remote.KindDenied},
		{404, "InvalidAccessKeyId", "", OpUploads, remote.KindDenied},
		{404, "XAdminUserNotFound", "", OpParts, remote.KindDenied},
		{403, "SignatureDoesNotMatch", "<StringToSignBytes>47</StringToSignBytes>", OpUploads, remote.KindDenied},
		{403, "RequestTimeTooSkewed", "", OpUploads, remote.KindDenied},
		{403, "Request has expired", "", OpUploads, remote.KindDenied},
		{400, "ExpiredToken", "", OpUploads, remote.KindDenied},
		{403, "SecurityTokenExpired", "", OpUploads, remote.KindDenied},
		{403, "InvalidSecurityToken", "", OpUploads, remote.KindDenied},
		{402, "PaymentRequired", "", OpUploads, remote.KindDenied},
		{451, "UnavailableForLegalReasons", "", OpUploads, remote.KindDenied},
		{451, "DomainAuditFailed", "", OpUploads, remote.KindDenied},
		{403, "UserDisable", "", OpUploads, remote.KindDenied},
		{403, "AccountProblem", "", OpUploads, remote.KindDenied},
		{301, "PermanentRedirect", "<Endpoint>b.s3.amazonaws.com</Endpoint>", OpUploads, remote.KindWrongRegion},
		{307, "TemporaryRedirect", "<Endpoint>b.s3.eu-west-1.amazonaws.com</Endpoint>", OpUploads, remote.KindWrongRegion},
		{400, "AuthorizationHeaderMalformed", "<Region>eu-west-1</Region>", OpUploads, remote.KindWrongRegion},
		{400, "AuthorizationHeaderMalformed", "", OpUploads, remote.KindDenied},
		{400, "AuthorizationHeaderMalformed", "<Region>../evil</Region>", OpUploads, remote.KindDenied},
		{400, "IllegalLocationConstraintException", "", OpUploads, remote.KindWrongRegion},
		{403, "AccessDenied", "<Endpoint>oss-cn-hangzhou.aliyuncs.com</Endpoint>", OpUploads, remote.KindWrongRegion},
		{403, "PermanentRedirect", "<Endpoint>oss-cn-hangzhou.aliyuncs.com</Endpoint>", OpUploads, remote.KindWrongRegion},
		{400, "InvalidArgument", "", OpUploads, remote.KindInvalid},
		{400, "KeyTooLong", "", OpParts, remote.KindInvalid},
		{400, "InvalidURI", "", OpParts, remote.KindInvalid},
		{400, "ListPartUploadIdIsEmpty", "", OpParts, remote.KindInvalid},
		{403, "SecondLevelDomainForbidden", "", OpUploads, remote.KindDenied},
		{503, "SlowDown", "", OpUploads, remote.KindThrottled},
		{503, "ServiceUnavailable", "", OpUploads, remote.KindThrottled},
		{503, "TotalQpsLimitExceeded", "", OpUploads, remote.KindThrottled},
		{503, "MetaOperationQpsLimitExceeded", "", OpUploads, remote.KindThrottled},
		{503, "UploadTrafficRateLimitExceeded", "", OpUploads, remote.KindThrottled},
		{503, "DownloadTrafficRateLimitExceeded", "", OpUploads, remote.KindThrottled},
		{503, "ActiveRequestLimitExceeded", "", OpUploads, remote.KindThrottled},
		{503, "CpuLimitExceeded", "", OpUploads, remote.KindThrottled},
		{503, "SlowDownRead", "", OpUploads, remote.KindThrottled},
		{503, "SlowDownWrite", "", OpUploads, remote.KindThrottled},
		{503, "ServerBusy", "", OpUploads, remote.KindThrottled},
		{429, "TooManyRequests", "", OpUploads, remote.KindThrottled},
		{400, "ThrottlingException", "", OpUploads, remote.KindThrottled},
		{400, "RequestLimitExceeded", "", OpUploads, remote.KindThrottled},
		{400, "PriorRequestNotComplete", "", OpUploads, remote.KindThrottled},
		{503, "BandwidthLimitExceeded", "", OpUploads, remote.KindThrottled},
		{503, "XMinioServerNotInitialized", "", OpUploads, remote.KindThrottled},
		{500, "InternalError", "", OpUploads, remote.KindUnavailable},
		{400, "RequestTimeout", "", OpUploads, remote.KindTimeout},
		{501, "NotImplemented", "", OpUploads, remote.KindUnsupported},
		{405, "MethodNotAllowed", "", OpParts, remote.KindUnsupported},
		{405, "UploadIdNotSupported", "", OpParts, remote.KindUnsupported},
		{400, "ActionAccelerateNotSupported", "", OpUploads, remote.KindUnsupported},
		{409, "OperationAborted", "", OpAbort, remote.KindBusy},
		{404, "SomethingNew", "", OpUploads, remote.KindNoBucket},
		{404, "SomethingNew", "", OpParts, remote.KindNoUpload},
		{404, "SomethingNew", "", OpAbort, remote.KindNoUpload},
		{403, "SomethingNew", "", OpUploads, remote.KindDenied},
		{400, "SomethingNew", "", OpUploads, remote.KindInvalid},
		{500, "SomethingNew", "", OpUploads, remote.KindUnavailable},
		{501, "SomethingNew", "", OpUploads, remote.KindUnsupported},
		{429, "SomethingNew", "", OpUploads, remote.KindThrottled},
	} {
		e := Classify(c.op, answer(c.status, nil), []byte(document(c.code, c.more)))
		if e == nil || e.Kind != c.want || e.Code != c.code || e.Status != c.status || e.RequestID != "r" {
			t.Errorf("%s answered %d %s %s: got %+v, want kind %v", c.op, c.status, c.code, c.more, e, c.want)
		}
	}
}

// Answers without a document are judged by their status (dialects.md 6.1).
func TestErrorsByStatus(t *testing.T) {
	for _, c := range []struct {
		status int
		header map[string]string
		body   string
		op     string
		want   remote.Kind
	}{
		{301, map[string]string{"Location": "https://evil.example/", "x-amz-bucket-region": "eu-west-1"}, "", OpUploads, remote.KindWrongRegion},
		{302, map[string]string{"Location": "https://login.example/"}, "<html></html>", OpUploads, remote.KindWrongRegion},
		{400, nil, "", OpUploads, remote.KindInvalid},
		{401, nil, "", OpUploads, remote.KindDenied},
		{402, nil, "", OpUploads, remote.KindDenied},
		{403, nil, "<html>no</html>", OpParts, remote.KindDenied},
		{404, nil, "<html>no</html>", OpUploads, remote.KindNoBucket},
		{404, nil, "", OpParts, remote.KindNoUpload},
		{404, nil, "", OpAbort, remote.KindNoUpload},
		{404, nil, "", OpBuckets, remote.KindUnsupported},
		{405, nil, "", OpUploads, remote.KindUnsupported},
		{407, nil, "", OpUploads, remote.KindDenied},
		{408, nil, "", OpUploads, remote.KindTimeout},
		{429, nil, "", OpUploads, remote.KindThrottled},
		{451, nil, "", OpUploads, remote.KindDenied},
		{500, nil, "", OpUploads, remote.KindUnavailable},
		{501, nil, "", OpUploads, remote.KindUnsupported},
		{502, nil, "<html>bad gateway</html>", OpUploads, remote.KindUnavailable},
		{503, nil, "", OpUploads, remote.KindUnavailable},
		{503, map[string]string{"Retry-After": "90"}, "", OpUploads, remote.KindThrottled},
		{504, nil, "", OpUploads, remote.KindUnavailable},
		{522, nil, "", OpUploads, remote.KindUnavailable},
	} {
		e := Classify(c.op, answer(c.status, c.header), []byte(c.body))
		if e == nil || e.Kind != c.want || e.Status != c.status || e.Message == "" && http.StatusText(c.status) != "" {
			t.Errorf("%s answered %d %q: got %+v, want kind %v and a message", c.op, c.status, c.body, e, c.want)
		}
	}
	for _, body := range []string{"", "<ListPartsResult></ListPartsResult>", "<html></html>", "{}"} {
		if e := Classify(OpParts, answer(200, nil), []byte(body)); e != nil {
			t.Errorf("200 with body %q is the error %v, want a success for the decoder to read", body, e)
		}
	}
}

// Errors also come in the x-oss-err header and as JSON (dialects.md 6.1), and
// what a document leaves out is in headers.
func TestErrorShapes(t *testing.T) {
	packed := base64.StdEncoding.EncodeToString([]byte(document("NoSuchUpload", "")))
	e := Classify(OpParts, answer(404, map[string]string{"x-oss-err": packed}), nil)
	if e == nil || e.Kind != remote.KindNoUpload || e.Code != "NoSuchUpload" || e.RequestID != "r" {
		t.Errorf("x-oss-err: got %+v, want NoSuchUpload with request id r", e)
	}
	e = Classify(OpUploads, answer(403, map[string]string{"x-oss-err": "!!!", "x-oss-request-id": "hdr"}), nil)
	if e == nil || e.Kind != remote.KindDenied || e.RequestID != "hdr" {
		t.Errorf("x-oss-err that is no base64: got %+v, want a plain 403 with the header's request id", e)
	}
	e = Classify(OpUploads, answer(403, nil), []byte(`{"code":"AccessDenied","message":"no\nway","request_id":"j"}`))
	if e == nil || e.Code != "AccessDenied" || e.Message != "no way" || e.RequestID != "j" {
		t.Errorf("JSON: got %+v, want AccessDenied, one line, request id j", e)
	}
	for name, id := range map[string]string{"x-amz-request-id": "a", "x-cos-request-id": "c", "x-oss-request-id": "o"} {
		if e := Classify(OpUploads, answer(500, map[string]string{name: id}), nil); e == nil || e.RequestID != id {
			t.Errorf("header %s: got %+v, want request id %s", name, e, id)
		}
	}
	e = Classify(OpUploads, answer(301, map[string]string{"x-amz-bucket-region": "eu-west-1"}), []byte(document("PermanentRedirect", "")))
	if e == nil || e.Region != "eu-west-1" {
		t.Errorf("x-amz-bucket-region: got %+v, want region eu-west-1", e)
	}
	e = Classify(OpUploads, answer(403, map[string]string{"Date": time.Now().Add(3 * time.Hour).UTC().Format(http.TimeFormat)}), []byte(document("RequestTimeTooSkewed", "")))
	if e == nil || (e.Skew-3*time.Hour).Abs() > 5*time.Second {
		t.Errorf("a clock that is three hours ahead: got %+v, want that skew", e)
	}
}

// A server's words cannot move a cursor, break a line or fill a log.
func TestErrorWordsArePrintable(t *testing.T) {
	e := Classify(OpUploads, answer(403, nil), []byte("<Error><Code>Access\x1b[2JDenied</Code><Message> a\nb\u202ec \xff"+strings.Repeat("x", 5000)+"</Message><Endpoint>h\r\nX: y</Endpoint></Error>"))
	if e == nil {
		t.Fatal("the document is a success, want an error")
	}
	for what, s := range map[string]string{"code": e.Code, "message": e.Message, "endpoint": e.Endpoint} {
		if strings.ContainsAny(s, "\x1b\n\r\u202e") || len(s) > 1100 {
			t.Errorf("%s is %q, want it printable and short", what, s)
		}
	}
}

func FuzzClassify(f *testing.F) {
	f.Add(404, "", document("NoSuchUpload", ""))
	f.Add(403, "PEVycm9yPjwvRXJyb3I+", "")
	f.Add(200, "", `{"code":1}`)
	f.Fuzz(func(t *testing.T, status int, header, body string) {
		e := Classify(OpParts, answer(status, map[string]string{"x-oss-err": header}), []byte(body))
		if e == nil {
			if status < 200 || status > 299 {
				t.Fatalf("status %d is a success", status)
			}
			return
		}
		if strings.ContainsAny(e.Code+e.Message+e.RequestID+e.Endpoint+e.Argument, "\x00\x1b\n\r") || e.Region != "" && !ValidRegion(e.Region) {
			t.Fatalf("an error with unprintable words or a bad region: %+v", e)
		}
	})
}
