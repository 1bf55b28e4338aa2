package s3

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func TestSuite(t *testing.T) {
	wiretest.Suite(t, wiretest.Kit{
		Dialect: "s3", Bucket: "bkt", Home: "eu-west-1", Elsewhere: "ap-northeast-1", LearnsRegion: true,
		New: func(cfg remote.Config, id, secret, token string) (remote.Client, error) {
			var creds aws.CredentialsProvider
			if id != "" {
				creds = keys{id, secret, token}
			}
			return New(t.Context(), cfg, creds)
		},
	})
}
