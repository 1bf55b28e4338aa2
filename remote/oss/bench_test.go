package oss

import (
	"testing"

	"uploadfs/remote"
	"uploadfs/remote/wire/wiretest"
)

func BenchmarkListParts(b *testing.B) {
	wiretest.Bench(b, "bkt", func(cfg remote.Config) (remote.Client, error) {
		cfg.Region = "cn-hangzhou"
		return newTest(cfg)
	})
}
