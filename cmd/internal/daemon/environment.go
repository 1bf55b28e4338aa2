package daemon

import (
	"os"
	"path/filepath"
)

// files are the environment variables of the providers that name a file. A
// daemon's working directory is /, so that it holds no file system busy;
// without this a relative name would be lost when credentials are fetched again.
var files = [...]string{
	"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CA_BUNDLE",
	"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", "TENCENTCLOUD_CREDENTIALS_FILE", "TKE_WEB_IDENTITY_TOKEN_FILE",
	"ALIBABA_CLOUD_CREDENTIALS_FILE", "ALIBABA_CLOUD_CONFIG_FILE", "ALIBABA_CLOUD_OIDC_TOKEN_FILE",
	"SSL_CERT_FILE", "SSL_CERT_DIR",
}

// LeaveDirectory makes those names absolute and changes to /.
func LeaveDirectory() error {
	for _, name := range files {
		v := os.Getenv(name)
		if v == "" || filepath.IsAbs(v) {
			continue
		}
		abs, err := filepath.Abs(v)
		if err != nil {
			return err
		}
		if err := os.Setenv(name, abs); err != nil {
			return err
		}
	}
	return os.Chdir("/")
}
