package cos

import (
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func TestSuite(t *testing.T) {
	wiretest.Suite(t, wiretest.Kit{
		Dialect: "cos", Bucket: bucket, Home: "ap-guangzhou", Elsewhere: "eu-frankfurt",
		New: func(cfg remote.Config, id, secret, token string) (remote.Client, error) {
			var creds CredentialsProvider
			if id != "" {
				creds = keys{ID: id, Secret: secret, Token: token}
			}
			return New(t.Context(), cfg, creds)
		},
	})
}
