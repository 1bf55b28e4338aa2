package s3

import (
	"testing"

	"uploadfs/remote/wire/wiretest"
)

func BenchmarkListParts(b *testing.B) { wiretest.Bench(b, "bkt", newTest) }
