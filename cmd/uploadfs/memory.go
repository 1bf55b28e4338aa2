package main

import (
	"os"
	"runtime/debug"
)

// besideCache is the memory in bytes that the process needs beside the cached
// listings: the inodes that the kernel holds (fs bounds them), pages on their
// way, the runtime.
const besideCache = 144 << 20

// limitMemory makes the garbage collector work harder as the heap comes near
// what the cache's budget leaves room for, instead of letting it double. Who
// sets GOMEMLIMIT has decided otherwise.
func limitMemory(cacheSize int64) {
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(cacheSize + besideCache)
	}
}
