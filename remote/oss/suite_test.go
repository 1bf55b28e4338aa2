package oss

import (
	"testing"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func TestSuite(t *testing.T) {
	wiretest.Suite(t, wiretest.Kit{
		Dialect: "oss", Bucket: "bkt", Home: "cn-hangzhou", Elsewhere: "us-west-1", LearnsRegion: true,
		New: func(cfg remote.Config, id, secret, token string) (remote.Client, error) {
			var creds credentials.CredentialsProvider
			if id != "" {
				creds = keys{id, secret, token}
			}
			return New(t.Context(), cfg, creds)
		},
	})
}
