package cos

import (
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func BenchmarkListParts(b *testing.B) {
	wiretest.Bench(b, bucket, func(cfg remote.Config) (remote.Client, error) {
		cfg.Region = "ap-guangzhou"
		return newTest(cfg)
	})
}
