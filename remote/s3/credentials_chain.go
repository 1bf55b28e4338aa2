package s3

import (
	"context"
	"crypto/x509"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/ec2rolecreds"
	"github.com/aws/aws-sdk-go-v2/credentials/endpointcreds"
	"github.com/aws/aws-sdk-go-v2/credentials/processcreds"
	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	"github.com/aws/smithy-go/logging"

	"uploadfs/remote/creds"
)

const (
	// chainTimeout bounds one run of the chain: a credential_process may open
	// a browser's session, an assumed role is two calls.
	chainTimeout = 30 * time.Second
	// stsTimeout bounds one attempt at STS or SSO, localTimeout one at a
	// container's or an instance's own service.
	stsTimeout   = 10 * time.Second
	localTimeout = 2 * time.Second
	probeAttempt = time.Second
)

// chain is AWS's default chain.
type chain struct {
	profile   string
	anonymous bool
	log       *slog.Logger
	// onEC2 is set once the instance's metadata service has answered: from then
	// on its silence is a failure, not a sign that this is no instance.
	onEC2 atomic.Bool
}

// load reads AWS's environment and files. It sends no request, unless
// AWS_DEFAULTS_MODE is auto.
func (c *chain) load(ctx context.Context) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		// The SDK's own logger writes to stderr.
		config.WithLogger(logging.Nop{}),
		config.WithHTTPClient(awshttp.NewBuildableClient().WithTimeout(stsTimeout)),
		config.WithEndpointCredentialOptions(func(o *endpointcreds.Options) {
			o.HTTPClient = creds.HTTPClient(localTimeout)
		}),
		config.WithProcessCredentialOptions(func(o *processcreds.Options) {
			o.Timeout = chainTimeout
		}),
	}
	if c.profile != "" {
		options = append(options, config.WithSharedConfigProfile(c.profile))
	}
	if c.anonymous {
		options = append(options, config.WithCredentialsProvider(aws.AnonymousCredentials{}))
	}
	// Without any home directory the SDK's paths are relative: a file below
	// whatever directory this was started in is nobody's configuration.
	if os.Getenv("AWS_CONFIG_FILE") == "" && !filepath.IsAbs(config.DefaultSharedConfigFilename()) {
		options = append(options, config.WithSharedConfigFiles([]string{}))
	}
	if os.Getenv("AWS_SHARED_CREDENTIALS_FILE") == "" && !filepath.IsAbs(config.DefaultSharedCredentialsFilename()) {
		options = append(options, config.WithSharedCredentialsFiles([]string{}))
	}
	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, loadError(err)
	}
	return cfg, nil
}

// retrieve asks the source that the chain settled on.
func (c *chain) retrieve(ctx context.Context, cfg aws.Config) (aws.Credentials, error) {
	sources := providerSources(cfg.Credentials)
	if slices.Equal(sources, []aws.CredentialSource{aws.CredentialSourceIMDS}) {
		return c.instance(ctx, cfg)
	}
	value, err := cfg.Credentials.Retrieve(ctx)
	if err != nil {
		return aws.Credentials{}, c.retrieveError(sources, err)
	}
	return value, nil
}

// instance asks the EC2 metadata service for the instance's role. The SDK's
// own way there waits without regard to ctx, three attempts of up to five
// seconds for each of three calls.
func (c *chain) instance(ctx context.Context, cfg aws.Config) (aws.Credentials, error) {
	ctx, cancel := context.WithTimeout(ctx, creds.ProbeTimeout)
	defer cancel()
	client := imds.NewFromConfig(cfg, func(o *imds.Options) {
		o.HTTPClient = creds.HTTPClient(probeAttempt)
		o.Retryer = retry.NewStandard(func(o *retry.StandardOptions) {
			o.MaxAttempts = 2
			o.MaxBackoff = 100 * time.Millisecond
		})
	})
	value, err := ec2rolecreds.New(func(o *ec2rolecreds.Options) { o.Client = client }).Retrieve(ctx)
	switch {
	case err == nil:
		c.onEC2.Store(true)
		return value, nil
	case c.onEC2.Load():
		return aws.Credentials{}, creds.AskFailed("s3", "the EC2 metadata service", err)
	}
	c.log.Debug("no EC2 role", "reason", creds.AskFailed("s3", "the EC2 metadata service", err))
	return aws.Credentials{}, denied("no AWS credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile, or use --anonymous")
}

func providerSources(p aws.CredentialsProvider) []aws.CredentialSource {
	if s, ok := p.(aws.CredentialProviderSource); ok {
		return s.ProviderSources()
	}
	return nil
}

// configured is what the SDK's sources of configuration have in common. The
// SDK's own reader of it is internal to its clients.
type configured interface {
	GetServiceBaseEndpoint(ctx context.Context, sdkID string) (string, bool, error)
	GetIgnoreConfiguredEndpoints(ctx context.Context) (bool, bool, error)
}

// endpoint is the configured endpoint of S3: AWS_ENDPOINT_URL_S3, the
// profile's services section, AWS_ENDPOINT_URL, the profile's endpoint_url.
func endpoint(ctx context.Context, cfg aws.Config) string {
	var sources []configured
	for _, s := range cfg.ConfigSources {
		if s, ok := s.(configured); ok {
			sources = append(sources, s)
		}
	}
	// The first source that says anything decides, as in the SDK.
	for _, s := range sources {
		if ignore, found, err := s.GetIgnoreConfiguredEndpoints(ctx); err == nil && found {
			if ignore {
				return ""
			}
			break
		}
	}
	for _, s := range sources {
		if url, found, err := s.GetServiceBaseEndpoint(ctx, "S3"); err == nil && found {
			return url
		}
	}
	return aws.ToString(cfg.BaseEndpoint)
}

// rootCAs is the pool that the SDK made of the CA bundle, nil without one.
func rootCAs(cfg aws.Config) *x509.CertPool {
	client, ok := cfg.HTTPClient.(*awshttp.BuildableClient)
	if !ok {
		return nil
	}
	if tls := client.GetTransport().TLSClientConfig; tls != nil {
		return tls.RootCAs
	}
	return nil
}

// sharedFile begins the SDK's name for a source that is a shared file.
const sharedFile = "SharedConfigCredentials: "

// origin is a source's name for a person, made of the SDK's.
func origin(source string) string {
	if path, ok := strings.CutPrefix(source, sharedFile); ok {
		return "file " + creds.Env{}.Show(path)
	}
	switch source {
	case config.CredentialsSourceName:
		return "environment AWS_ACCESS_KEY_ID"
	case ec2rolecreds.ProviderName:
		return "EC2 role"
	case endpointcreds.ProviderName:
		return "container role"
	case processcreds.ProviderName:
		return "credential_process"
	case "AssumeRoleProvider":
		return "assumed role"
	case "WebIdentityCredentials":
		return "web identity"
	case "SSOProvider":
		return "SSO"
	}
	return "AWS's default chain"
}
