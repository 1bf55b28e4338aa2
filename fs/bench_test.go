//go:build linux

package fs

import (
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"uploadfs/remote"
)

// many is what performance.md 4 walks: one directory of n parts, n uploads of
// one key, and n/20 keys with an upload of three parts each.
func many(n int) *store {
	s := newStore("b")
	lapse := time.Now().Add(time.Hour)
	s.lapse.Store(&lapse)
	day := time.Date(2026, 10, 1, 0, 0, 0, 0, time.UTC)
	parts := make([]remote.Part, n)
	for i := range parts {
		parts[i] = remote.Part{Number: i + 1, Size: 5 << 20, LastModified: day, ETag: "etag"}
	}
	s.add(remote.Upload{Key: "parts", UploadID: "id", Initiated: day}, parts...)
	for i := range n {
		s.uploads["wide"] = append(s.uploads["wide"], remote.Upload{Key: "wide", UploadID: fmt.Sprintf("%064d", i), Initiated: day})
	}
	for i := range n / 20 {
		s.add(remote.Upload{Key: fmt.Sprintf("deep/%06d", i), UploadID: fmt.Sprintf("%064d", i), Initiated: day}, parts[:3]...)
	}
	s.dirs = nil
	s.index()
	return s
}

// BenchmarkTools runs the tools that people walk a tree with over a store in
// memory: the ceiling of what any cache below can reach (performance.md 4). Each
// is run once cold, with nothing in the kernel, and then warm.
func BenchmarkTools(b *testing.B) {
	s := many(100_000)
	for _, c := range []struct {
		name string
		argv []string
	}{
		{"ls-U_100k_parts", []string{"ls", "-U", "b/uploads/parts/id/parts"}},
		{"ls-l_100k_parts", []string{"ls", "-lU", "b/uploads/parts/id/parts"}},
		{"find-size_100k_parts", []string{"find", "b/uploads/parts/id/parts", "-size", "+1G"}},
		{"du_100k_parts", []string{"du", "-s", "b/uploads/parts/id/parts"}},
		{"ls-U_100k_uploads", []string{"ls", "-U", "b/uploads/wide"}},
		{"ls-l_100k_uploads", []string{"ls", "-lU", "b/uploads/wide"}},
		{"find_depth1_100k_uploads", []string{"find", "b/uploads/wide", "-maxdepth", "1", "-mtime", "+1000"}},
		{"find_10k_dirs", []string{"find", "b/uploads/deep"}},
		{"du_10k_dirs", []string{"du", "-s", "b/uploads/deep"}},
	} {
		b.Run(c.name, func(b *testing.B) {
			point, server := mountForTest(b, newAccount(s), func(o *Options) { o.TTL, o.NoXattr = time.Hour, true })
			began, spent := time.Now(), cpuTime(b)
			works(b, point, c.argv...)
			cold, coldCPU := time.Since(began), cpuTime(b)-spent
			spent = cpuTime(b)
			for b.Loop() {
				works(b, point, c.argv...)
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(cold.Seconds(), "cold-s")
			b.ReportMetric(coldCPU.Seconds(), "cold-cpu-s")
			b.ReportMetric(b.Elapsed().Seconds()/float64(b.N), "warm-s")
			b.ReportMetric((cpuTime(b)-spent).Seconds()/float64(b.N), "warm-cpu-s")
			b.ReportMetric(float64(server.Inodes()), "inodes")
		})
	}
}

// cpuTime is what this process and its children have used. It holds on a busy
// machine, where seconds on the clock do not.
func cpuTime(b *testing.B) time.Duration {
	var sum time.Duration
	for _, who := range []int{unix.RUSAGE_SELF, unix.RUSAGE_CHILDREN} {
		var u unix.Rusage
		if err := unix.Getrusage(who, &u); err != nil {
			b.Fatal(err)
		}
		sum += time.Duration(u.Utime.Nano() + u.Stime.Nano())
	}
	return sum
}
