package remote

import (
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Advice returns one sentence that says what to do about the failure: the
// permission that is missing and on what, the right region or endpoint, how far
// the clock is off, which setting to change. It is empty where there is nothing
// to do or the error says it already. It holds no secret.
func (e *Error) Advice() string {
	switch e.Kind {
	case KindDenied:
		return e.adviceDenied()
	case KindWrongRegion:
		return e.adviceRegion()
	case KindNoBucket:
		return e.adviceBucket()
	case KindUnavailable:
		return e.adviceUnavailable()
	case KindUnsupported:
		return e.adviceUnsupported()
	case KindInvalid:
		return e.adviceInvalid()
	case KindNoUpload:
		return "the upload was completed or aborted meanwhile: nothing is to be done"
	case KindThrottled:
		if e.Code == "XMinioServerNotInitialized" {
			return "MinIO is still starting: try again in a minute"
		}
		return "the store limits its rate: lower --concurrency or --readahead, or raise --ttl or --retries"
	case KindTimeout:
		return "the store did not answer in time: check the network and --endpoint, or raise --timeout"
	case KindMalformed:
		return "what answers does not speak like an object store: check that --endpoint is the store's API and not its console or a proxy's page"
	case KindIncomplete, KindUnsorted:
		return "the store's pages contradict each other: name the store with --store, so that its ways are known"
	case KindBusy:
		return "the upload is younger than --abort-min-age, or parts are still being sent to it: try again later"
	}
	return ""
}

// adviceDenied is for what was refused to these credentials.
func (e *Error) adviceDenied() string {
	switch e.Code {
	case "RequestTimeTooSkewed", "Request has expired", "RequestExpired":
		return "set this machine's clock: " + e.skew()
	case "InvalidAccessKeyId", "InvalidAccessKey", "InvalidClientTokenId", "UnrecognizedClientException", "XAdminUserNotFound", "XMinioInvalidAccessKey":
		return "the store does not know the access key id: check " + e.credentials()
	case "SignatureDoesNotMatch", "InvalidSignature", "InvalidSignatureException":
		return "the secret is not the one of the access key id, or a proxy changes requests on their way: check " + e.credentials()
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "SecurityTokenExpired":
		return "the temporary credentials have lapsed: get new ones for " + e.credentials()
	case "InvalidToken", "InvalidSecurityToken":
		return "the session token does not belong to the key pair or has lapsed: check " + e.credentials()
	case "PaymentRequired", "UserDisable", "AccountProblem", "AccountArrearage", "NotSignedUp", "AllAccessDisabled":
		return "the account is suspended or in arrears: settle that with the provider"
	case "UnavailableForLegalReasons", "DomainAuditFailed":
		return "the provider has blocked the bucket or its domain: ask its support"
	case "SecondLevelDomainForbidden":
		return "OSS takes no buckets in the path on its public endpoints: leave --path-style off"
	case "AuthorizationHeaderMalformed":
		return "the store refuses the signature's region: set --region"
	}
	if strings.HasPrefix(e.Code, "KMS") {
		return "allow kms:Decrypt on the key that encrypts the upload, and see that the key is enabled"
	}
	if e.Status == 0 {
		return "give credentials: " + e.credentials()
	}
	if e.Status == 407 {
		return "the proxy wants a login: set HTTPS_PROXY with one, or NO_PROXY for the store's host"
	}
	return e.advicePermission()
}

// skew says which clock is ahead.
func (e *Error) skew() string {
	d := e.Skew.Round(time.Second)
	switch {
	case d > 0:
		return fmt.Sprintf("it is %v behind the store's", d)
	case d < 0:
		return fmt.Sprintf("it is %v ahead of the store's", -d)
	}
	return "it is more than 15 minutes off the store's"
}

// credentials names where the provider's credentials come from.
func (e *Error) credentials() string {
	switch e.Provider {
	case "cos":
		return "COS_SECRETID and COS_SECRETKEY, TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY, or ~/.cos.yaml"
	case "oss":
		return "OSS_ACCESS_KEY_ID and OSS_ACCESS_KEY_SECRET, or ~/.ossutilconfig"
	}
	return "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or --profile"
}

// advicePermission names the action that the operation needs, and on what
// (dialects.md 1.2, 1.4).
func (e *Error) advicePermission() string {
	action := map[string]map[string]string{
		"s3": {
			"ListBuckets": "s3:ListAllMyBuckets", "ListMultipartUploads": "s3:ListBucketMultipartUploads",
			"ListParts": "s3:ListMultipartUploadParts", "AbortMultipartUpload": "s3:AbortMultipartUpload",
		},
		"cos": {
			"ListBuckets": "cos:GetService", "ListMultipartUploads": "cos:ListMultipartUploads",
			"ListParts": "cos:ListParts", "AbortMultipartUpload": "cos:AbortMultipartUpload",
		},
		"oss": {
			"ListBuckets": "oss:ListBuckets", "ListMultipartUploads": "oss:ListMultipartUploads",
			"ListParts": "oss:ListParts", "AbortMultipartUpload": "oss:AbortMultipartUpload",
		},
	}[e.Provider][e.Op]
	if action == "" {
		return "the credentials may not do this: check " + e.credentials()
	}
	advice := fmt.Sprintf("allow %s on %s", action, e.resource())
	switch {
	case e.Provider == "s3" && e.Op == "ListParts":
		advice += ", and kms:Decrypt where the upload is encrypted with a KMS key"
	case e.Op == "ListBuckets":
		advice += ", or name the buckets as sources"
	}
	return advice
}

// resource is what the permission is on, as the provider's policies write it.
func (e *Error) resource() string {
	bucket, key := printable(e.Bucket), ""
	if e.Op == "ListParts" || e.Op == "AbortMultipartUpload" {
		key = "/" + printable(e.Key)
	}
	switch e.Provider {
	case "cos":
		if bucket == "" {
			return "*"
		}
		appid := "APPID"
		if i := strings.LastIndexByte(bucket, '-'); i >= 0 && allDigits(bucket[i+1:]) {
			appid = bucket[i+1:]
		}
		if key == "" {
			key = "/"
		}
		return fmt.Sprintf("qcs::cos:*:uid/%s:%s%s", appid, bucket, key)
	case "oss":
		if bucket == "" {
			return "acs:oss:*:*:*"
		}
		return "acs:oss:*:*:" + bucket + key
	}
	if bucket == "" {
		return "*"
	}
	return "arn:aws:s3:::" + bucket + key
}

func (e *Error) adviceRegion() string {
	switch {
	case e.Region != "" && e.Endpoint != "":
		return fmt.Sprintf("the bucket is elsewhere: set --region %s or --endpoint %s", printable(e.Region), printable(e.Endpoint))
	case e.Region != "":
		return "the bucket is elsewhere: set --region " + printable(e.Region)
	case e.Endpoint != "":
		return "the bucket is elsewhere: set --endpoint " + printable(e.Endpoint)
	}
	return "the bucket is elsewhere, and the store does not say where: check --region and --endpoint"
}

func (e *Error) adviceBucket() string {
	if e.Provider == "cos" {
		if i := strings.LastIndexByte(e.Bucket, '-'); i < 0 || !allDigits(e.Bucket[i+1:]) {
			return "a bucket of COS has a name that ends in the APPID, such as name-1250000000"
		}
	}
	if e.Provider == "s3" {
		return "check the bucket's name, --region and --endpoint, and --path-style if the store takes buckets in another place of the URL"
	}
	return "check the bucket's name, --region and --endpoint: each region knows only its own buckets"
}

// adviceUnavailable looks at how the connection failed.
func (e *Error) adviceUnavailable() string {
	if dns, ok := errors.AsType[*net.DNSError](e.Err); ok && dns.IsNotFound {
		return "the host does not exist: check --region and --endpoint, and set --path-style if the endpoint has no names for buckets"
	}
	if _, ok := errors.AsType[x509.HostnameError](e.Err); ok {
		return "the certificate is not for this host: a bucket name with dots needs --path-style, another host --endpoint"
	}
	if _, ok := errors.AsType[x509.UnknownAuthorityError](e.Err); ok {
		return "the certificate's authority is not known here: install it, or name it in AWS_CA_BUNDLE or SSL_CERT_FILE"
	}
	if e.Status != 0 {
		return "the store fails: try again later, and give its support the request id"
	}
	return "the store cannot be reached: check the network, a proxy in HTTPS_PROXY, and --endpoint"
}

func (e *Error) adviceUnsupported() string {
	switch {
	case e.Code == "ActionAccelerateNotSupported":
		return "the acceleration endpoint does not have this operation: use the region's own"
	case e.Op == "ListBuckets":
		return "the endpoint lists no buckets: name them as sources"
	case e.Code == "UploadIdNotSupported":
		return "this kind of object has no parts to list"
	case e.Provider == "s3" && e.Status == 501:
		return "the store does not have the operation as it was asked for: name it with --store (MinIO and others take fewer parameters)"
	}
	return "the store does not have this operation"
}

func (e *Error) adviceInvalid() string {
	switch {
	case e.Code == "InvalidBucketName":
		return "check the bucket's name: the store takes no such name"
	case e.Argument != "":
		return fmt.Sprintf("the store refuses %s: name the store with --store, so that its ways are known", printable(e.Argument))
	case e.Status != 0:
		return "the store refuses the request: check --endpoint, --region and --store"
	}
	return ""
}

func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
