package wire

import (
	"net/http"
	"strings"

	"uploadfs/remote"
	"uploadfs/remote/transport"
)

// codeKind is the meaning of an error code that does not depend on the operation
// or the status (dialects.md 6.2); it is not known for every code.
func codeKind(code string) (remote.Kind, bool) {
	switch code {
	case "NoSuchUpload":
		return remote.KindNoUpload, true
	case "NoSuchBucket":
		return remote.KindNoBucket, true
	case "NoSuchKey", "NoSuchObject":
		return remote.KindNoKey, true

	case "AccessDenied", "AllAccessDisabled", "Forbidden", "AccessForbidden", "AccountProblem", "NotSignedUp",
		"InvalidAccessKeyId", "InvalidAccessKey", "InvalidClientTokenId", "UnrecognizedClientException", "XAdminUserNotFound", "XMinioInvalidAccessKey",
		"SignatureDoesNotMatch", "InvalidSignature", "AuthFailure", "MissingAuthenticationToken", "MissingSecurityHeader", "InvalidSecurity",
		"RequestTimeTooSkewed", "RequestExpired", "Request has expired", "InvalidSignatureException",
		"ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "InvalidToken", "SecurityTokenExpired", "InvalidSecurityToken",
		"PaymentRequired", "UnavailableForLegalReasons", "DomainAuditFailed", "UserDisable", "AccountArrearage",
		"SecondLevelDomainForbidden", "AccessPointAliasNotSupported", "KMS.DisabledException", "KMS.KMSInvalidStateException", "KMS.NotFoundException",
		"KMSAccessDenied", "InvalidPayer":
		return remote.KindDenied, true

	case "PermanentRedirect", "TemporaryRedirect", "Redirect", "IllegalLocationConstraintException", "IncorrectEndpoint", "InvalidRegionName":
		return remote.KindWrongRegion, true

	case "InternalError", "InternalFailure", "InternalServerError", "BadGateway", "GatewayTimeout", "OperationAborted":
		return remote.KindUnavailable, true
	case "RequestTimeout", "RequestTimeoutException":
		return remote.KindTimeout, true

	case "NotImplemented", "MethodNotAllowed", "UploadIdNotSupported", "ActionAccelerateNotSupported", "UnsupportedOperation", "XNotImplemented":
		return remote.KindUnsupported, true

	case "InvalidArgument", "InvalidRequest", "InvalidURI", "KeyTooLong", "KeyTooLongError", "InvalidBucketName", "InvalidObjectName", "InvalidDigest",
		"MalformedXML", "BadRequest", "ListPartUploadIdIsEmpty", "InvalidTag", "XMinioInvalidObjectName":
		return remote.KindInvalid, true
	}
	// New ones of the same families are seen beside those that transport lists.
	if transport.ThrottleCode(code) || strings.HasSuffix(code, "LimitExceeded") || strings.HasPrefix(code, "Throttl") {
		return remote.KindThrottled, true
	}
	return remote.KindInternal, false
}

// statusKind is the meaning of a status alone, for answers without a code that
// is known: HEAD, proxies, front ends.
func statusKind(status int, header http.Header, op string) remote.Kind {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return remote.KindWrongRegion
	case http.StatusUnauthorized, http.StatusPaymentRequired, http.StatusForbidden, http.StatusProxyAuthRequired, http.StatusUnavailableForLegalReasons:
		return remote.KindDenied
	case http.StatusNotFound, http.StatusGone:
		return missingKind(op)
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return remote.KindUnsupported
	case http.StatusRequestTimeout:
		return remote.KindTimeout
	case http.StatusTooManyRequests:
		return remote.KindThrottled
	case http.StatusServiceUnavailable:
		// Without a code, a store that says when to come back is one that
		// limits its rate (dialects.md 6.2: CTYUN, MinIO).
		if header.Get("Retry-After") != "" {
			return remote.KindThrottled
		}
		return remote.KindUnavailable
	}
	switch {
	case status >= 500:
		return remote.KindUnavailable
	case status >= 400:
		return remote.KindInvalid
	}
	return remote.KindInternal
}

// missingKind is what a 404 says is missing: what the operation named.
func missingKind(op string) remote.Kind {
	switch op {
	case OpUploads:
		return remote.KindNoBucket
	case OpParts, OpAbort:
		return remote.KindNoUpload
	}
	return remote.KindUnsupported
}

// SkewCode reports whether an error is the store's complaint about the clock.
func SkewCode(code string) bool {
	switch code {
	case "RequestTimeTooSkewed", "Request has expired", "RequestExpired":
		return true
	}
	return false
}

// ExpiredCode reports whether an error says that temporary credentials lapsed.
func ExpiredCode(code string) bool {
	switch code {
	case "ExpiredToken", "ExpiredTokenException", "TokenRefreshRequired", "SecurityTokenExpired", "InvalidSecurityToken", "InvalidToken":
		return true
	}
	return false
}
