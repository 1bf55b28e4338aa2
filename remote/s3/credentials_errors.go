package s3

import (
	"context"
	"errors"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/ssocreds"
	"github.com/aws/smithy-go"

	"uploadfs/remote"
	"uploadfs/remote/creds"
)

// loadError says what is wrong with AWS's settings. The SDK's texts are passed
// on only where they cannot quote a value: the one for credential_process, for
// one, quotes the whole output of the process.
func loadError(err error) error {
	if e, ok := errors.AsType[config.SharedConfigProfileNotExistError](err); ok {
		return usage("no AWS profile %q in ~/.aws/config or ~/.aws/credentials", e.Profile)
	}
	if _, ok := errors.AsType[config.AssumeRoleTokenProviderNotSetError](err); ok {
		return usage("the AWS profile asks for an MFA code: put a session's keys (aws sts get-session-token) into a profile or the environment")
	}
	if e, ok := errors.AsType[config.CredentialRequiresARNError](err); ok {
		return usage("AWS profile %q has %s without role_arn", e.Profile, e.Type)
	}
	if e, ok := errors.AsType[config.SharedConfigAssumeRoleError](err); ok {
		return usage("AWS profile %q: the role %s has no valid source of credentials", e.Profile, e.RoleARN)
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return usage("AWS configuration: %v", e)
	}
	if e, ok := errors.AsType[config.SharedConfigLoadError](err); ok {
		return usage("%s is not a valid AWS configuration file", creds.Env{}.Show(e.Filename))
	}
	if strings.Contains(err.Error(), "CA bundle") {
		return usage("AWS_CA_BUNDLE or ca_bundle holds no PEM certificate")
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return creds.AskFailed("s3", "AWS configuration", err)
	}
	return usage("the AWS configuration is not valid: see ~/.aws/config and the variables AWS_*")
}

// retrieveError says why a source gave no credentials.
func (c *chain) retrieveError(sources []aws.CredentialSource, err error) error {
	if _, ok := errors.AsType[*processcreds.ProviderError](err); ok {
		return processError(err)
	}
	if _, ok := errors.AsType[*ssocreds.InvalidTokenError](err); ok {
		return c.loginError()
	}
	if e, ok := errors.AsType[smithy.APIError](err); ok && e.ErrorCode() != "" {
		return denied("AWS credentials: %s: %s", e.ErrorCode(), e.ErrorMessage())
	}
	isLogin := func(s aws.CredentialSource) bool {
		switch s {
		case aws.CredentialSourceSSO, aws.CredentialSourceSSOLegacy, aws.CredentialSourceLogin:
			return true
		}
		return false
	}
	_, network := errors.AsType[*url.Error](err)
	if slices.ContainsFunc(sources, isLogin) && !network {
		return c.loginError()
	}
	if slices.Contains(sources, aws.CredentialSourceEnvVarsSTSWebIDToken) {
		// The SDK does not wrap the error of reading the token.
		if _, err := os.Stat(os.Getenv("AWS_WEB_IDENTITY_TOKEN_FILE")); err != nil {
			return usage("AWS_WEB_IDENTITY_TOKEN_FILE: %v", err)
		}
	}
	if e, ok := errors.AsType[*fs.PathError](err); ok {
		return usage("AWS credentials: %v", e)
	}
	who := "the source of AWS credentials"
	if slices.Contains(sources, aws.CredentialSourceHTTP) {
		who = "the container's credentials service"
		if e, ok := errors.AsType[statusCoder](err); ok {
			err = creds.StatusError(e.HTTPStatusCode())
		}
	}
	return creds.AskFailed("s3", who, err)
}

// statusCoder is what the SDK's errors of HTTP answers have in common.
type statusCoder interface {
	error
	HTTPStatusCode() int
}

func (c *chain) loginError() error {
	name := c.profile
	if name == "" {
		name = creds.Env{}.First("AWS_PROFILE", "AWS_DEFAULT_PROFILE")
	}
	if name == "" {
		name = "default"
	}
	return denied("the AWS session of profile %q has ended: run aws sso login --profile %s", name, name)
}

// processError tells how a credential_process failed, without its output.
func processError(err error) error {
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		return denied("credential_process failed: %v", e.ProcessState)
	}
	if e, ok := errors.AsType[*exec.Error](err); ok {
		return usage("credential_process cannot be run: %v", e.Err)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return creds.Fail(remote.KindUnavailable, "s3", "credential_process did not end in time")
	}
	return denied("credential_process did not print credentials as AWS documents them")
}
