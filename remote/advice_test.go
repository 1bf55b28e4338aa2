package remote

import (
	"crypto/x509"
	"net"
	"net/url"
	"strings"
	"testing"
	"time"
)

// Advice names the exact permission, place, setting or clock (interface.md,
// Errors). Each row is an error and what its advice must say.
func TestAdvice(t *testing.T) {
	for _, c := range []struct {
		err  Error
		want string
	}{
		{Error{Kind: KindDenied, Provider: "s3", Op: "ListMultipartUploads", Bucket: "b", Code: "AccessDenied", Status: 403}, "allow s3:ListBucketMultipartUploads on arn:aws:s3:::b"},
		{Error{Kind: KindDenied, Provider: "s3", Op: "ListParts", Bucket: "b", Key: "k/x", Code: "AccessDenied", Status: 403}, "allow s3:ListMultipartUploadParts on arn:aws:s3:::b/k/x, and kms:Decrypt where the upload is encrypted with a KMS key"},
		{Error{Kind: KindDenied, Provider: "s3", Op: "AbortMultipartUpload", Bucket: "b", Key: "k", Status: 403}, "allow s3:AbortMultipartUpload on arn:aws:s3:::b/k"},
		{Error{Kind: KindDenied, Provider: "s3", Op: "ListBuckets", Status: 403}, "allow s3:ListAllMyBuckets on *, or name the buckets as sources"},
		{Error{Kind: KindDenied, Provider: "s3", Op: "ListParts", Bucket: "b", Key: "k", Code: "KMS.DisabledException", Status: 400}, "kms:Decrypt"},
		{Error{Kind: KindDenied, Provider: "cos", Op: "ListMultipartUploads", Bucket: "b-125", Status: 403}, "allow cos:ListMultipartUploads on qcs::cos:*:uid/125:b-125/"},
		{Error{Kind: KindDenied, Provider: "cos", Op: "ListParts", Bucket: "b-125", Key: "k", Status: 403}, "allow cos:ListParts on qcs::cos:*:uid/125:b-125/k"},
		{Error{Kind: KindDenied, Provider: "cos", Op: "AbortMultipartUpload", Bucket: "b", Key: "k", Status: 403}, "allow cos:AbortMultipartUpload on qcs::cos:*:uid/APPID:b/k"},
		{Error{Kind: KindDenied, Provider: "cos", Op: "ListBuckets", Status: 403}, "allow cos:GetService on *"},
		{Error{Kind: KindDenied, Provider: "oss", Op: "ListMultipartUploads", Bucket: "b", Status: 403}, "allow oss:ListMultipartUploads on acs:oss:*:*:b"},
		{Error{Kind: KindDenied, Provider: "oss", Op: "ListParts", Bucket: "b", Key: "k", Status: 403}, "allow oss:ListParts on acs:oss:*:*:b/k"},
		{Error{Kind: KindDenied, Provider: "oss", Op: "AbortMultipartUpload", Bucket: "b", Key: "k", Status: 403}, "allow oss:AbortMultipartUpload on acs:oss:*:*:b/k"},
		{Error{Kind: KindDenied, Provider: "oss", Op: "ListBuckets", Status: 403}, "allow oss:ListBuckets on acs:oss:*:*:*"},
		{Error{Kind: KindDenied, Provider: "s3", Status: 403, Code: "InvalidAccessKeyId"}, "does not know the access key id: check AWS_ACCESS_KEY_ID"},
		{Error{Kind: KindDenied, Provider: "s3", Status: 404, Code: "XAdminUserNotFound"}, "does not know the access key id"},
		{Error{Kind: KindDenied, Provider: "cos", Status: 403, Code: "SignatureDoesNotMatch"}, "COS_SECRETKEY"},
		{Error{Kind: KindDenied, Provider: "oss", Status: 403, Code: "SecurityTokenExpired"}, "have lapsed: get new ones for OSS_ACCESS_KEY_ID"},
		{Error{Kind: KindDenied, Provider: "oss", Status: 403, Code: "InvalidSecurityToken"}, "session token"},
		{Error{Kind: KindDenied, Provider: "s3", Status: 403, Code: "RequestTimeTooSkewed", Skew: 90 * time.Minute}, "set this machine's clock: it is 1h30m0s behind the store's"},
		{Error{Kind: KindDenied, Provider: "s3", Status: 403, Code: "RequestTimeTooSkewed", Skew: -90 * time.Minute}, "it is 1h30m0s ahead of the store's"},
		{Error{Kind: KindDenied, Provider: "cos", Status: 403, Code: "Request has expired"}, "15 minutes off"},
		{Error{Kind: KindDenied, Provider: "oss", Status: 403, Code: "UserDisable"}, "suspended or in arrears"},
		{Error{Kind: KindDenied, Provider: "cos", Status: 451, Code: "DomainAuditFailed"}, "blocked"},
		{Error{Kind: KindDenied, Provider: "oss", Status: 403, Code: "SecondLevelDomainForbidden"}, "--path-style off"},
		{Error{Kind: KindDenied, Provider: "s3", Status: 400, Code: "AuthorizationHeaderMalformed"}, "--region"},
		{Error{Kind: KindDenied, Provider: "s3", Status: 407}, "HTTPS_PROXY"},
		{Error{Kind: KindDenied, Provider: "s3"}, "give credentials: AWS_ACCESS_KEY_ID"},
		{Error{Kind: KindWrongRegion, Region: "eu-west-1"}, "set --region eu-west-1"},
		{Error{Kind: KindWrongRegion, Endpoint: "oss-cn-hangzhou.aliyuncs.com"}, "set --endpoint oss-cn-hangzhou.aliyuncs.com"},
		{Error{Kind: KindWrongRegion, Region: "r", Endpoint: "e"}, "set --region r or --endpoint e"},
		{Error{Kind: KindWrongRegion}, "check --region and --endpoint"},
		{Error{Kind: KindNoBucket, Provider: "cos", Bucket: "noappid"}, "ends in the APPID"},
		{Error{Kind: KindNoBucket, Provider: "cos", Bucket: "b-125"}, "--region"},
		{Error{Kind: KindNoBucket, Provider: "s3", Bucket: "b"}, "--path-style"},
		{Error{Kind: KindNoUpload}, "completed or aborted"},
		{Error{Kind: KindThrottled}, "--concurrency"},
		{Error{Kind: KindThrottled, Code: "XMinioServerNotInitialized"}, "MinIO is still starting"},
		{Error{Kind: KindUnavailable, Err: &url.Error{Op: "Get", URL: "x", Err: &net.DNSError{IsNotFound: true}}}, "the host does not exist"},
		{Error{Kind: KindUnavailable, Err: x509.HostnameError{Certificate: &x509.Certificate{}, Host: "a.b.s3"}}, "a bucket name with dots needs --path-style"},
		{Error{Kind: KindUnavailable, Err: x509.UnknownAuthorityError{}}, "AWS_CA_BUNDLE"},
		{Error{Kind: KindUnavailable, Status: 500}, "request id"},
		{Error{Kind: KindUnavailable}, "cannot be reached"},
		{Error{Kind: KindTimeout}, "--timeout"},
		{Error{Kind: KindMalformed}, "--endpoint"},
		{Error{Kind: KindIncomplete}, "--store"},
		{Error{Kind: KindUnsorted}, "--store"},
		{Error{Kind: KindBusy}, "--abort-min-age"},
		{Error{Kind: KindUnsupported, Code: "ActionAccelerateNotSupported"}, "the region's own"},
		{Error{Kind: KindUnsupported, Op: "ListBuckets"}, "name them as sources"},
		{Error{Kind: KindUnsupported, Code: "UploadIdNotSupported"}, "no parts"},
		{Error{Kind: KindUnsupported, Provider: "s3", Status: 501}, "MinIO"},
		{Error{Kind: KindUnsupported, Provider: "s3", Status: 405}, "does not have this operation"},
		{Error{Kind: KindInvalid, Code: "InvalidBucketName", Status: 400}, "bucket's name"},
		{Error{Kind: KindInvalid, Argument: "upload-id-marker", Status: 400}, "upload-id-marker"},
		{Error{Kind: KindInvalid, Status: 400}, "refuses the request"},
	} {
		got := c.err.Advice()
		if !strings.Contains(got, c.want) {
			t.Errorf("%+v: the advice is %q, want it to say %q", c.err, got, c.want)
		}
		if strings.ContainsAny(got, "\n\r") || strings.HasSuffix(got, ".") {
			t.Errorf("%+v: the advice %q is not one sentence on one line", c.err, got)
		}
	}
	for _, k := range []Kind{KindInternal, KindUsage} {
		if got := (&Error{Kind: k}).Advice(); got != "" {
			t.Errorf("kind %v: the advice is %q, want none", k, got)
		}
	}
}

// A server's words in an advice cannot move a cursor or break a line.
func TestAdviceIsPrintable(t *testing.T) {
	for _, e := range []Error{
		{Kind: KindWrongRegion, Endpoint: "a\nb\x1b"},
		{Kind: KindDenied, Provider: "s3", Op: "ListParts", Bucket: "b\n", Key: "k\x1b[2J", Status: 403},
		{Kind: KindInvalid, Argument: "x\ny", Status: 400},
	} {
		if got := e.Advice(); strings.ContainsAny(got, "\n\x1b") {
			t.Errorf("%+v: the advice is %q, want it printable", e, got)
		}
	}
}
