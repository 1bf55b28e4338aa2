//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/credentials"

	"uploadfs/remote"
	"uploadfs/remote/emulator"
	"uploadfs/remote/s3"
)

// The benchmarks with a network: each request takes the store so long. What is
// compared with is measured in the same run, since machines differ and ratios
// do not. Each iteration is a mount of its own, and so cold.
const (
	delay = 30 * time.Millisecond
	// inFlight is --concurrency and --readahead by default.
	inFlight = 64
)

// cold mounts one bucket of that population and times what walk does there. Each
// mount ends before the next begins, which would share the machine with it.
func cold(b *testing.B, o emulator.BucketOptions, walk func(w *world)) (each time.Duration, last *world) {
	b.Helper()
	n := 0
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, nil, nil, o)
		w.store.SetLatency(delay)
		w.store.ResetCounters()
		b.StartTimer()
		walk(w)
		b.StopTimer()
		w.settle()
		w.end()
		last = w
		n++
		b.StartTimer()
	}
	return b.Elapsed() / time.Duration(n), last
}

// alone is the client that a mount has of a bucket of the store at url, one request
// at a time.
func alone(b *testing.B, url, bucket string) remote.Client {
	b.Helper()
	yes := true
	c, err := s3.New(b.Context(), remote.Config{
		Name: "alone", Bucket: bucket, Endpoint: url, Region: "us-east-1", PathStyle: &yes, Timeout: time.Minute, Retries: 1, Concurrency: 1,
	}, credentials.NewStaticCredentialsProvider(emulator.DemoID, emulator.DemoSecret, ""))
	if err != nil {
		b.Fatal(err)
	}
	return c
}

// pager reads the bucket page after page.
func (w *world) pager(b *testing.B, o emulator.BucketOptions) *remote.Pager {
	b.Helper()
	return remote.NewPager(alone(b, w.url, o.Name), o.Name)
}

// sequential is the time that the pages of a bucket's flat listing take one
// after another.
func (w *world) sequential(b *testing.B, o emulator.BucketOptions) time.Duration {
	b.Helper()
	pager, seen := w.pager(b, o), 0
	began := time.Now()
	for req, more := (remote.UploadsRequest{}), true; more; {
		run, err := pager.Uploads(b.Context(), req, nil)
		if err != nil {
			b.Fatal(err)
		}
		seen += len(run.Uploads)
		req.Marker, more = run.Next, run.Truncated
	}
	if seen != o.Population.Uploads {
		b.Fatalf("%d uploads listed of %d", seen, o.Population.Uploads)
	}
	return time.Since(began)
}

// request is the time of one page of the listing.
func (w *world) request(b *testing.B, o emulator.BucketOptions) (took time.Duration) {
	b.Helper()
	pager := w.pager(b, o)
	// The first request connects, which the mount has done before.
	for range 2 {
		began := time.Now()
		run, err := pager.Uploads(b.Context(), remote.UploadsRequest{Prefix: "data/"}, nil)
		if err != nil || len(run.Uploads) != 1000 {
			b.Fatalf("a page of the listing: %v", err)
		}
		took = time.Since(began)
	}
	return took
}

// BenchmarkDu is the sizes of many uploads against the waves of List Parts
// that --concurrency allows. Held to 1.3 of it (one directory of 2,000), and to
// 1.4 in one of 12,000, which du sorts by inode number, and one a directory.
func BenchmarkDu(b *testing.B) {
	for _, c := range []struct {
		name, shape string
		uploads     int
	}{
		{"2000", emulator.ShapeFlat, 2000},
		{"12000", emulator.ShapeFlat, 12_000},
		{"2000_nested", emulator.ShapeWide, 2000},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := synthetic("s3", "bkt", c.shape, c.uploads)
			each, w := cold(b, o, func(w *world) { w.run("du", "-s", w.at(o)) })
			waves := time.Duration((c.uploads+inFlight-1)/inFlight) * delay
			b.ReportMetric(each.Seconds()/waves.Seconds(), "x-of-the-waves")
			b.ReportMetric(float64(w.store.Counters().Total)/float64(c.uploads), "requests/upload")
		})
	}
}

// BenchmarkNames is names alone against the flat pages one after another: one
// directory of 200,000 keys, which is read in ranges (held to 0.30), the same
// where the store takes so many requests a second and no more, and 100,000 keys
// in 50,000 directories (held to 1.2). find looks at each directory that it
// names, ls -U at none: the difference is the kernel's lookups. It reads all names
// first, so where a limit paces the listing its lookups come on top.
func BenchmarkNames(b *testing.B) {
	for _, c := range []struct {
		name, shape string
		tool        []string
		uploads     int
		rate        float64
	}{
		{"ls_200000_in_one_directory", emulator.ShapeFlat, []string{"ls", "-U", "data"}, 200_000, 0},
		{"find_200000_in_one_directory", emulator.ShapeFlat, []string{"find", "data", "-mindepth", "1", "-maxdepth", "1"}, 200_000, 0},
		{"ls_200000_at_100_a_second", emulator.ShapeFlat, []string{"ls", "-U", "data"}, 200_000, 100},
		{"find_200000_at_100_a_second", emulator.ShapeFlat, []string{"find", "data", "-mindepth", "1", "-maxdepth", "1"}, 200_000, 100},
		{"find_100000_in_50000_directories", emulator.ShapePairs, []string{"find", "", "-mindepth", "2", "-maxdepth", "2"}, 100_000, 0},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := synthetic("s3", "bkt", c.shape, c.uploads)
			each, w := cold(b, o, func(w *world) {
				w.store.SetLimits(c.rate, 0)
				args := slices.Clone(c.tool[1:])
				at := slices.IndexFunc(args, func(s string) bool { return s == "data" || s == "" })
				args[at] = w.at(o, args[at])
				if got := w.run(c.tool[0], args...); got != c.uploads {
					b.Fatalf("%q shows %d keys of %d", c.tool, got, c.uploads)
				}
			})
			counters := w.store.Counters()
			w.store.SetLimits(0, 0)
			b.ReportMetric(each.Seconds()/w.sequential(b, o).Seconds(), "x-of-sequential")
			b.ReportMetric(float64(counters.Total)/float64(pages(c.uploads)), "requests/page")
			if c.rate > 0 {
				allowed := float64(pages(c.uploads)) / c.rate
				b.ReportMetric(each.Seconds()/allowed, "x-of-the-limit")
				b.ReportMetric(100*float64(counters.Refused)/float64(counters.Total), "%-refused")
			}
		})
	}
}

// BenchmarkTenThousandParts is one upload of ten pages of parts against its
// pages one after another, and against one request.
func BenchmarkTenThousandParts(b *testing.B) {
	o := emulator.BucketOptions{Name: "bkt", Dialect: "s3"}
	var each time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		var id string
		w := newWorld(b, nil, func(s *emulator.Store) { id = putParts(b, s, "bkt", "key", 10_000) }, o)
		dir := w.at(o, "key", id)
		w.run("ls", dir)
		w.store.SetLatency(delay)
		b.StartTimer()
		began := time.Now()
		if got := w.run("ls", "-U", dir+"/parts"); got != 10_000 {
			b.Fatalf("ls shows %d parts of 10,000", got)
		}
		each += time.Since(began)
		n++
	}
	each /= time.Duration(n)
	b.ReportMetric(each.Seconds()/(10*delay).Seconds(), "x-of-sequential")
	b.ReportMetric(each.Seconds()/delay.Seconds(), "round-trips")
}

// BenchmarkFirstName is the time to the first name of a directory of a million
// against one request for a page: listing a directory that was looked at
// before (held to 1.5), and with the way there, which is a round trip more.
func BenchmarkFirstName(b *testing.B) {
	o := synthetic("s3", "bkt", emulator.ShapeFlat, 1_000_000)
	for _, known := range []bool{true, false} {
		b.Run(map[bool]string{true: "directory_known", false: "path_unknown"}[known], func(b *testing.B) {
			var first, request time.Duration
			for b.Loop() {
				b.StopTimer()
				w := newWorld(b, nil, nil, o)
				w.store.SetLatency(delay)
				if known {
					w.run("stat", w.at(o, "data"))
				}
				b.StartTimer()
				first += firstName(b, w.at(o, "data"))
				b.StopTimer()
				w.settle()
				request += w.request(b, o)
				b.StartTimer()
			}
			b.ReportMetric(first.Seconds()/request.Seconds(), "x-of-one-request")
		})
	}
}

// firstName opens a directory and reads one entry, as ls would: a child does,
// so that nothing of this process waits on the mount, and is told of on a pipe,
// so that its own start is not measured.
func firstName(b *testing.B, dir string) time.Duration {
	b.Helper()
	ctx, cancel := context.WithTimeout(b.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", `echo ready; exec ls -U "$0"`, dir)
	cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "LC_ALL=C.UTF-8"}
	out, err := cmd.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // It was ended.
	}()
	s := bufio.NewScanner(out)
	if !s.Scan() || s.Text() != "ready" {
		b.Fatalf("the child said %q", s.Text())
	}
	began := time.Now()
	if !s.Scan() || !strings.HasSuffix(s.Text(), ".bin") {
		b.Fatalf("the first name is %q", s.Text())
	}
	return time.Since(began)
}

// BenchmarkDaemon is the CPU time of the daemon for each upload listed, all in:
// 200,000 names of one directory, without delay. Held to 5 us.
func BenchmarkDaemon(b *testing.B) {
	const uploads = 200_000
	o := synthetic("s3", "bkt", emulator.ShapeFlat, uploads)
	var used time.Duration
	n := 0
	for b.Loop() {
		b.StopTimer()
		w := newWorld(b, nil, nil, o)
		before := cpu(b, w.cmd.Process.Pid)
		b.StartTimer()
		if got := w.run("ls", "-U", w.at(o, "data")); got != uploads {
			b.Fatalf("ls shows %d keys of %d", got, uploads)
		}
		b.StopTimer()
		used += cpu(b, w.cmd.Process.Pid) - before
		n++
		b.StartTimer()
	}
	b.ReportMetric(float64(used.Microseconds())/float64(n*uploads), "cpu-us/upload")
}

// cpu is the processor time that a process has used, in ticks of 10 ms.
func cpu(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(stat), ") ")
	var user, system int64
	fields := strings.Fields(rest)
	if len(fields) < 13 {
		b.Fatalf("/proc/%d/stat is %q", pid, stat)
	}
	if _, err := fmt.Sscan(fields[11], &user); err != nil {
		b.Fatal(err)
	}
	if _, err := fmt.Sscan(fields[12], &system); err != nil {
		b.Fatal(err)
	}
	return time.Duration(user+system) * 10 * time.Millisecond
}
