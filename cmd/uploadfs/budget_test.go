//go:build linux

package main

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/emulator"
)

// The budgets of requests at the flags' defaults. Each bucket is asked about
// once, so that its listing is cold; a world has many of them.

// TestListingADirectoryCostsItsPages holds ls to ceil(n/1000)+2 requests for n
// keys, with attributes and without, and to none within the TTL.
func TestListingADirectoryCostsItsPages(t *testing.T) {
	sizes := []int{1, 1000, 1001, 5500}
	tools := [][]string{{"ls", "-U"}, {"ls", "-l"}, {"ls", "--color=always"}}
	var buckets []emulator.BucketOptions
	for i, d := range dialects {
		for _, n := range sizes {
			buckets = append(buckets, synthetic(d, fmt.Sprintf("flat-%d-%d", i, n), emulator.ShapeFlat, n))
		}
	}
	long := synthetic("s3", "long", emulator.ShapeFlat, 20_000)
	w := newWorld(t, nil, nil, append(buckets, long)...)
	for i, b := range append(buckets, long) {
		n, first := b.Population.Uploads, tools[i%len(tools)]
		dir := w.at(b, "data")
		list := func(tool []string) emulator.Counters {
			return w.spent(func() {
				got := w.run(tool[0], append(tool[1:], dir)...)
				if tool[1] == "-l" {
					got-- // The line of the total.
				}
				if got != n {
					t.Errorf("%s %q shows %d names; want %d", b.Name, tool, got, n)
				}
			})
		}
		c := list(first)
		t.Logf("%s: %s over %d keys: %d requests", b.Name, strings.Join(first, " "), n, c.Total)
		if most := pages(n) + 2; c.Total > most {
			t.Errorf("%s: %s over %d keys took %d requests; want at most %d", b.Name, first, n, c.Total, most)
		}
		for _, tool := range tools {
			if c := list(tool); c.Total != 0 {
				t.Errorf("%s: %s over %d keys again took %d requests; want none", b.Name, tool, n, c.Total)
			}
		}
	}
}

// TestListingAboveAMillionCostsFourRequests holds ls of a directory with a
// million uploads below each of its children to four requests, its own lookup
// among them.
func TestListingAboveAMillionCostsFourRequests(t *testing.T) {
	const teams, sets = 6, 60
	var buckets []emulator.BucketOptions
	for _, d := range dialects {
		buckets = append(buckets, synthetic(d, d+"-top", emulator.ShapeTree, 6_000_000), synthetic(d, d+"-team", emulator.ShapeTree, 6_000_000))
	}
	w := newWorld(t, nil, nil, buckets...)
	for i, b := range buckets {
		dir, want := w.at(b), teams
		if i%2 == 1 {
			dir, want = w.at(b, "imaging"), sets
		}
		c := w.spent(func() {
			if got := w.run("ls", dir); got < want || got > want+2 {
				t.Errorf("ls %s shows %d names; want %d", dir, got, want)
			}
		})
		t.Logf("%s: ls over a subtree of millions: %d requests", b.Name, c.Total)
		if c.Total > 4 {
			t.Errorf("ls %s took %d requests; want at most 4", dir, c.Total)
		}
	}
}

// TestWalkingNamesCostsTheFlatListing holds find to 1.25 N/1000 + 2 depth + 32
// requests, whatever the number of directories, and to none within the TTL.
func TestWalkingNamesCostsTheFlatListing(t *testing.T) {
	rows := []struct {
		dialect, shape string
		uploads, depth int
	}{
		{"s3", emulator.ShapeFlat, 5000, 2},
		{"s3", emulator.ShapeTree, 5000, 7},
		{"s3", emulator.ShapePairs, 5000, 2},
		{"s3", emulator.ShapeWide, 5000, 2},
		{"s3", emulator.ShapeDeep, 5000, 4},
		{"cos", emulator.ShapeTree, 2000, 7},
		{"cos", emulator.ShapePairs, 2000, 2},
		{"oss", emulator.ShapeTree, 2000, 7},
		{"oss", emulator.ShapeWide, 2000, 2},
	}
	var buckets []emulator.BucketOptions
	for _, r := range rows {
		buckets = append(buckets, synthetic(r.dialect, r.dialect+"-"+r.shape, r.shape, r.uploads))
	}
	w := newWorld(t, nil, nil, buckets...)
	for i, r := range rows {
		b := buckets[i]
		walk := func() {
			if got := w.run("find", w.at(b), "-name", "parts", "-prune", "-print"); got != r.uploads {
				t.Errorf("%s: find shows %d uploads; want %d", b.Name, got, r.uploads)
			}
		}
		c := w.spent(walk)
		most := walkBudget(r.uploads, r.depth)
		t.Logf("%s: find over %d uploads: %d requests of %d", b.Name, r.uploads, c.Total, most)
		if c.Total > most || c.Of("ListParts") > 0 {
			t.Errorf("%s: find over %d uploads took %d requests, %d of them ListParts; want at most %d, and none", b.Name, r.uploads, c.Total, c.Of("ListParts"), most)
		}
		if i%3 != 1 {
			continue
		}
		if c := w.spent(walk); c.Total != 0 {
			t.Errorf("%s: the same find again took %d requests; want none", b.Name, c.Total)
		}
	}
}

// TestSizesCostOneListPartsEach holds du, find -size and grep -r to a walk's
// requests and exactly one List Parts an upload, and to none within the TTL.
func TestSizesCostOneListPartsEach(t *testing.T) {
	tools := [][]string{{"du", "-s"}, {"find", "-size", "+1k"}, {"grep", "-rc", "Bucket"}}
	shapes := []string{emulator.ShapeFlat, emulator.ShapeTree, emulator.ShapeWide}
	const n = 500
	var buckets []emulator.BucketOptions
	for i, d := range dialects {
		for j := range tools {
			shape := shapes[(i+j)%len(shapes)]
			buckets = append(buckets, synthetic(d, fmt.Sprintf("%s-%d-%s", d, j, shape), shape, n))
		}
	}
	w := newWorld(t, nil, nil, buckets...)
	for i, b := range buckets {
		tool := tools[i%len(tools)]
		walk := func() { w.run(tool[0], withPath(tool, w.at(b))...) }
		c := w.spent(walk)
		most := walkBudget(n, 7)
		t.Logf("%s: %s over %d uploads: %d ListMultipartUploads, %d ListParts", b.Name, tool[0], n, c.Of("ListMultipartUploads"), c.Of("ListParts"))
		if got := c.Of("ListParts"); got != n {
			t.Errorf("%s: %s over %d uploads took %d ListParts; want one each", b.Name, tool, n, got)
		}
		if got := c.Total - c.Of("ListParts"); got > most {
			t.Errorf("%s: %s over %d uploads took %d requests beside ListParts; want at most %d", b.Name, tool, n, got, most)
		}
		if c := w.spent(walk); c.Total != 0 {
			t.Errorf("%s: %s again took %d requests; want none", b.Name, tool, c.Total)
		}
	}
}

// withPath puts the path where the tool wants it: find has it before its tests.
func withPath(tool []string, path string) []string {
	if tool[0] == "find" {
		return append([]string{path}, tool[1:]...)
	}
	return append(append([]string{}, tool[1:]...), path)
}

// TestLongUploadsCostTheirPages holds an upload of p parts to ceil(p/1000)
// List Parts, and one more beyond a page, whether it is asked for or read ahead.
func TestLongUploadsCostTheirPages(t *testing.T) {
	counts := []int{1, 1000, 1001, 2500, 10_000}
	var buckets []emulator.BucketOptions
	for _, d := range dialects {
		buckets = append(buckets, emulator.BucketOptions{Name: bucketOf(d, d), Dialect: d})
	}
	ids := map[string]string{}
	w := newWorld(t, nil, func(s *emulator.Store) {
		for _, b := range buckets {
			for _, p := range counts {
				key := fmt.Sprintf("k%d", p)
				ids[b.Name+key] = putParts(t, s, b.Name, key, p)
			}
		}
	}, buckets...)
	var mu sync.Mutex
	asked := map[string]int{}
	w.store.OnRequest(func(r emulator.Request) {
		if r.Op == emulator.OpListParts {
			mu.Lock()
			defer mu.Unlock()
			asked[r.Bucket+r.Key]++
		}
	})
	list := func() {
		for _, b := range buckets {
			for _, p := range counts {
				key := fmt.Sprintf("k%d", p)
				if got := w.run("ls", "-U", w.at(b, key, ids[b.Name+key], "parts")); got != p {
					t.Errorf("%s: ls shows %d parts of %d", b.Name, got, p)
				}
			}
		}
	}
	w.spent(list)
	mu.Lock()
	defer mu.Unlock()
	for _, b := range buckets {
		for _, p := range counts {
			most := pages(p)
			if p > 1000 {
				most++
			}
			got := asked[fmt.Sprintf("%sk%d", b.Name, p)]
			t.Logf("%s: %d parts: %d ListParts", b.Name, p, got)
			if got < pages(p) || got > most {
				t.Errorf("%s: an upload of %d parts took %d ListParts; want %d to %d", b.Name, p, got, pages(p), most)
			}
		}
	}
	w.store.OnRequest(nil)
	if c := w.spent(list); c.Total != 0 {
		t.Errorf("the same parts again took %d requests; want none", c.Total)
	}
}

// putParts puts an upload of p parts into the store.
func putParts(tb testing.TB, s *emulator.Store, bucket, key string, p int) string {
	tb.Helper()
	parts := make([]remote.Part, p)
	for i := range parts {
		parts[i] = remote.Part{Number: i + 1, Size: 5 << 20, ETag: "e", LastModified: time.Now().Add(-time.Hour)}
	}
	id, err := s.PutUpload(bucket, key, "", time.Now().Add(-2*time.Hour), parts...)
	if err != nil {
		tb.Fatal(err)
	}
	return id
}

// TestManyWalksAtOnceCostOne holds 50 walks at once to one walk's requests and
// a twentieth more.
func TestManyWalksAtOnceCostOne(t *testing.T) {
	const n, walkers = 120, 50
	tools := [][]string{{"ls", "-U"}, {"find", "-name", "parts", "-prune"}, {"du", "-s"}}
	var buckets []emulator.BucketOptions
	for i := range tools {
		uploads := n
		if i == 0 {
			uploads = 20_000
		}
		for _, name := range []string{"one", "many"} {
			buckets = append(buckets, synthetic("s3", fmt.Sprintf("%s-%d", name, i), emulator.ShapeFlat, uploads))
		}
	}
	w := newWorld(t, nil, nil, buckets...)
	for i, tool := range tools {
		one := w.spent(func() { w.run(tool[0], withPath(tool, w.at(buckets[2*i], "data"))...) })
		errs := make([]error, walkers)
		many := w.spent(func() {
			var wg sync.WaitGroup
			for j := range walkers {
				wg.Go(func() {
					errs[j] = tryTool(t.Context(), func(string) {}, tool[0], withPath(tool, w.at(buckets[2*i+1], "data"))...)
				})
			}
			wg.Wait()
		})
		for _, err := range errs {
			if err != nil {
				t.Error(err)
			}
		}
		t.Logf("%s: one walk %d requests, %d walks at once %d", tool[0], one.Total, walkers, many.Total)
		if most := one.Total * 105 / 100; many.Total > most {
			t.Errorf("%d times %s at once took %d requests, one alone %d; want at most %d", walkers, tool, many.Total, one.Total, most)
		}
	}
}

// TestStatOfADeepPath holds a cold stat to two requests a component, side by
// side, and a warm one to none.
func TestStatOfADeepPath(t *testing.T) {
	const depth = 7
	// Among millions of neighbours, so that no component shows the next one.
	key := "video/set-00030/2025/06/15/04-between/object.bin"
	var buckets []emulator.BucketOptions
	for _, d := range dialects {
		buckets = append(buckets, synthetic(d, d+"-deep", emulator.ShapeTree, 6_000_000))
	}
	ids := map[string]string{}
	w := newWorld(t, nil, func(s *emulator.Store) {
		for _, b := range buckets {
			ids[b.Name] = putParts(t, s, b.Name, key, 1)
		}
	}, buckets...)
	w.store.SetLatency(100 * time.Millisecond)
	for _, b := range buckets {
		var mu sync.Mutex
		var seen []emulator.Request
		w.store.OnRequest(func(r emulator.Request) {
			mu.Lock()
			defer mu.Unlock()
			seen = append(seen, r)
		})
		c := w.spent(func() { w.run("stat", w.at(b, key)) })
		mu.Lock()
		trips := roundTrips(seen)
		mu.Unlock()
		t.Logf("%s: cold stat of %d components: %d requests, %d round trips", b.Name, depth, c.Total, trips)
		if c.Total > 2*depth || trips > depth {
			t.Errorf("%s: a cold stat %d components deep took %d requests in %d round trips; want at most %d in %d", b.Name, depth, c.Total, trips, 2*depth, depth)
		}
		// The upload came with its key, and the part with its upload's parts.
		c = w.spent(func() { w.run("stat", w.at(b, key, ids[b.Name], "parts", "1")) })
		if c.Of("ListParts") != 1 || c.Total > 3 {
			t.Errorf("%s: a stat of a part below it took %d requests, %d of them ListParts; want at most 3, and one", b.Name, c.Total, c.Of("ListParts"))
		}
		if c := w.spent(func() { w.run("stat", w.at(b, key)) }); c.Total != 0 {
			t.Errorf("%s: the same stat again took %d requests; want none", b.Name, c.Total)
		}
	}
}

// roundTrips counts the groups of requests that were not under way at once:
// what is asked side by side is one.
func roundTrips(seen []emulator.Request) int {
	trips := 0
	var end time.Time
	for _, r := range seen { // In the order of their ends.
		if r.Start.Before(end) {
			continue
		}
		trips++
		end = r.Start.Add(r.Duration)
	}
	return trips
}

// TestTheFirstNameOfAMillion holds ls -U | head -1 to six requests, those on
// their way when head is done among them.
func TestTheFirstNameOfAMillion(t *testing.T) {
	var buckets []emulator.BucketOptions
	for _, d := range dialects {
		buckets = append(buckets, synthetic(d, d+"-flat", emulator.ShapeFlat, 1_000_000))
	}
	w := newWorld(t, nil, nil, buckets...)
	// Without the time that a page takes over a network, the machine's load
	// would decide how far ls gets before head ends it.
	w.store.SetLatency(30 * time.Millisecond)
	for _, b := range buckets {
		c := w.spent(func() {
			if got := w.run("sh", "-c", `ls -U "$0" | head -n 1`, w.at(b, "data")); got != 1 {
				t.Errorf("%s: %d lines; want one", b.Name, got)
			}
		})
		t.Logf("%s: ls -U | head -1 in a directory of a million: %d requests", b.Name, c.Total)
		if c.Total > 6 {
			t.Errorf("%s: ls -U | head -1 took %d requests; want at most 6", b.Name, c.Total)
		}
	}
}

// TestNamesThatAreNotThere holds names that do not exist to two requests each,
// and to none when they are asked for again or a listing has shown the rest.
func TestNamesThatAreNotThere(t *testing.T) {
	var buckets []emulator.BucketOptions
	for _, d := range dialects {
		buckets = append(buckets, synthetic(d, d+"-flat", emulator.ShapeFlat, 3000))
	}
	w := newWorld(t, nil, nil, buckets...)
	names := []string{".git", "HEAD", ".hidden", "data/none", "data/0000000000.bin.x", "data/zzz/below"}
	for _, b := range buckets {
		var paths []string
		for _, n := range names {
			paths = append(paths, w.at(b, n))
		}
		ask := func() {
			for _, p := range paths {
				if got := w.run("sh", "-c", `stat "$0" 2>&1 | grep -c "No such file"`, p); got != 1 {
					t.Errorf("stat %s does not fail with ENOENT", p)
				}
			}
		}
		c := w.spent(ask)
		t.Logf("%s: %d names that are not there: %d requests", b.Name, len(names), c.Total)
		if most := 2*len(names) + 2; c.Total > most {
			t.Errorf("%s: %d names that are not there took %d requests; want at most %d", b.Name, len(names), c.Total, most)
		}
		if c := w.spent(ask); c.Total != 0 {
			t.Errorf("%s: the same names again took %d requests; want none", b.Name, c.Total)
		}
		w.run("ls", w.at(b, "data"))
		c = w.spent(func() {
			w.run("sh", "-c", `stat "$0" 2>&1 || true`, w.at(b, "data", "other"))
			w.run("sh", "-c", `stat "$0" 2>&1 || true`, w.at(b, "data", "0000000001.bin", "none"))
		})
		if c.Total != 0 {
			t.Errorf("%s: names missing from what was listed took %d requests; want none", b.Name, c.Total)
		}
	}
}
