//go:build linux

package main

import (
	"bytes"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"uploadfs/remote/emulator"
)

// oddity is a store that pages in a way of its own (dialects.md 3), and whether
// a walk over it is whole. Where it is not it must be an error.
type oddity struct {
	name    string
	dialect string
	quirks  emulator.Quirks
	whole   bool
	args    []string
}

func oddities() []oddity {
	const whole = true
	rows := []oddity{
		{"markers that stall", "s3", emulator.Quirks{StallMarkers: true, PageCap: 3}, whole, nil},
		{"truncated for ever", "s3", emulator.Quirks{AlwaysTruncated: true}, false, nil},
		{"pages that overlap", "s3", emulator.Quirks{Overlap: 2, PageCap: 3}, whole, nil},
		{"pages that overlap wholly", "s3", emulator.Quirks{Overlap: 5, PageCap: 5}, false, nil},
		{"every upload twice", "s3", emulator.Quirks{Duplicates: true, PageCap: 4}, whole, nil},
		{"empty truncated pages first", "s3", emulator.Quirks{EmptyPages: 3, PageCap: 4}, whole, nil},
		{"nothing but empty truncated pages", "s3", emulator.Quirks{EmptyPages: -1}, false, nil},
		{"truncated with empty markers", "s3", emulator.Quirks{Next: emulator.NextEmpty, PageCap: 3}, whole, nil},
		{"truncated without markers", "s3", emulator.Quirks{Next: emulator.NextNever, PageCap: 3}, whole, nil},
		{"markers on the last page too", "s3", emulator.Quirks{Next: emulator.NextAlways, PageCap: 3}, whole, nil},
		{"inclusive markers", "s3", emulator.Quirks{Markers: emulator.MarkersInclusive, PageCap: 3}, whole, nil},
		{"an inclusive key-marker", "s3", emulator.Quirks{Markers: emulator.MarkersKeyInclusive, PageCap: 3}, whole, nil},
		{"an ignored prefix", "s3", emulator.Quirks{IgnorePrefix: true, PageCap: 5}, whole, nil},
		{"an ignored delimiter", "s3", emulator.Quirks{IgnoreDelimiter: true, PageCap: 5}, whole, nil},
		{"ignored max-uploads", "s3", emulator.Quirks{IgnoreMax: true}, whole, nil},
		{"ignored markers on more than a page", "s3", emulator.Quirks{IgnoreMarkers: true, PageCap: 5}, false, nil},
		{"ignored markers on one page", "s3", emulator.Quirks{IgnoreMarkers: true}, whole, nil},
		{"prefix looked at after the cut", "s3", emulator.Quirks{FilterAfterCut: true, PageCap: 3}, whole, nil},
		{"no order at all", "s3", emulator.Quirks{Order: emulator.OrderNone, PageCap: 4}, whole, nil},
		{"the order of time", "s3", emulator.Quirks{Order: emulator.OrderStart, PageCap: 4}, whole, nil},
		{"the order of ids", "s3", emulator.Quirks{Order: emulator.OrderAllIDs}, whole, nil},
		{"common prefixes without slash", "s3", emulator.Quirks{SlashlessPrefixes: true, PageCap: 3}, whole, nil},
		{"common prefixes that are lost", "s3", emulator.Quirks{PrefixesLost: true, PageCap: 3}, whole, []string{"--store=generic"}},
		{"refused id markers of aborted uploads", "s3", emulator.Quirks{ForgetsAborted: true, PageCap: 3}, whole, nil},
		{"inclusive part markers", "s3", emulator.Quirks{Parts: emulator.PartsInclusive, PartsCap: 2}, whole, nil},
		{"part markers that must exist", "s3", emulator.Quirks{Parts: emulator.PartsMustExist, PartsCap: 2}, whole, nil},
		{"part markers that do nothing", "s3", emulator.Quirks{Parts: emulator.PartsStalled, PartsCap: 2}, false, nil},
		{"a bucket without uploads that is missing", "s3", emulator.Quirks{EmptyIsMissing: true}, whole, nil},
	}
	for _, d := range dialects {
		rows = append(rows,
			oddity{"small pages on " + d, d, emulator.Quirks{PageCap: 2, PartsCap: 2}, whole, nil},
			oddity{"markers that stall on " + d, d, emulator.Quirks{StallMarkers: true, Overlap: 1, PageCap: 3}, whole, nil})
	}
	for name, q := range map[string]emulator.Quirks{
		"minio": emulator.MinIO(), "versitygw": emulator.Versitygw(), "ceph": emulator.Ceph(), "seaweedfs": emulator.SeaweedFS(),
		"gofakes3": emulator.Gofakes3(), "garage": emulator.Garage(), "s3express": emulator.S3Express(),
	} {
		rows = append(rows, oddity{name + " as found", "s3", q, whole, nil}, oddity{name + " by its name", "s3", q, whole, []string{"--store=" + storeName(name)}})
	}
	slices.SortStableFunc(rows, func(a, b oddity) int { return strings.Compare(a.name, b.name) })
	return rows
}

// storeName is the profile of an emulated store.
func storeName(family string) string {
	if family == "gofakes3" {
		return "generic"
	}
	return family
}

// TestStoresThatPageBadly: over every odd store a walk is whole, or it says that
// it is not and ends with another status than 0; nothing comes twice, nothing
// is made up, and the other bucket does not notice.
func TestStoresThatPageBadly(t *testing.T) {
	for _, row := range oddities() {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			s := &rig{t: t, store: emulator.New(emulator.Options{}), sick: bucketOf(row.dialect, "sick"), well: bucketOf(row.dialect, "well"), dir: place(t)}
			needMount(t)
			t.Cleanup(func() { s.store.Close() })
			b := emulator.BucketOptions{Name: s.sick, Dialect: row.dialect, Quirks: row.quirks}
			w := emulator.BucketOptions{Name: s.well, Dialect: row.dialect}
			for _, o := range []emulator.BucketOptions{b, w} {
				if err := s.store.AddBucket(o); err != nil {
					t.Fatal(err)
				}
			}
			for i, key := range strings.Fields("a a-b a/b a/c b/x/1 b/x/2 b/y c d/e/f/g d/e/h k k k z") {
				s.put(s.sick, key, 1+i%4)
			}
			s.put(s.well, "y", 1)
			g := openGate(t, s.store)
			args := append([]string{"--timeout=5s", "--retries=2", "--log-file=" + filepath.Join(t.TempDir(), "log")}, row.args...)
			args = append(args, sourceAt(b, g.url), sourceAt(w, g.url), s.dir)
			if r := program(t, storeKeys(), args...); r.status != 0 {
				// A store that cannot be read is refused at once, with a reason.
				if row.whole || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, s.sick) {
					t.Errorf("the mount: %+v; want it to work, or one line about the bucket", r)
				}
				return
			}
			want := s.truth(s.sick)
			for _, again := range []string{"first walk", "second walk"} {
				start := time.Now()
				res, lines := s.find(s.sick)
				exact := s.honest(again, res, lines, want)
				if row.whole && (!exact || res.status != 0) {
					t.Errorf("%s: status %d, stderr %.600q: %s; want it whole", again, res.status, res.stderr, difference(lines, want))
				}
				if !row.whole && res.status == 0 {
					t.Errorf("%s: status 0; want an error, since nothing shows that the listing is complete", again)
				}
				if d := time.Since(start); d > answerBound {
					t.Errorf("%s took %v; want every wait to end within %v", again, d, answerBound)
				}
				if res.status != 0 && res.stderr == "" {
					t.Errorf("%s: status %d without a word", again, res.status)
				}
			}
			s.streamed(row.whole)
			s.whole(s.well, "beside the odd bucket")
		})
	}
}

// streamed holds uploads.jsonl to the same: whole, or an error.
func (r *rig) streamed(whole bool) {
	r.t.Helper()
	res, lines, _ := r.tool("cat", r.path(r.sick, "uploads.jsonl"))
	n := len(r.pending())
	if d := slices.Compact(slices.Clone(lines)); len(d) != len(lines) || len(lines) > n {
		r.t.Errorf("uploads.jsonl: %d lines, %d different ones, of %d; want none twice", len(lines), len(d), n)
	}
	if res.status == 0 && len(lines) != n || whole && res.status != 0 {
		r.t.Errorf("uploads.jsonl: status %d, stderr %q, %d lines of %d; want all, or an error", res.status, res.stderr, len(lines), n)
	}
}

// TestNamesThatForgePathsOrMoveTerminals: keys and messages of a hostile store
// stay inside the tree and reach neither stderr nor the log raw.
func TestNamesThatForgePathsOrMoveTerminals(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			forge(t, format)
		})
	}
}

func forge(t *testing.T, format string) {
	evil := []string{"../../etc/passwd", "..", ".", "/abs", "a//b", "esc\x1b[31mred", "bell\x07", "nl\nuploadfs: all is well", "cr\rx", "\u202egnp.exe", "c1\u009b31m", "del\x7f"}
	r := newRig(t, rigOptions{args: []string{"--ttl=1m", "--log-level=debug", "--log-format=" + format}, fill: func(r *rig) {
		for _, key := range evil {
			r.put(r.sick, key, 1)
		}
	}})
	res, lines, _ := r.tool("find", r.path(r.sick, "uploads"), "-name", "upload.json", "-print0")
	names := strings.Split(strings.TrimSuffix(res.stdout, "\x00"), "\x00")
	if res.status != 0 || len(names) != len(evil) {
		t.Fatalf("find: status %d, stderr %q, %d names: %q; want %d", res.status, res.stderr, len(names), lines, len(evil))
	}
	for _, name := range names {
		if !strings.HasPrefix(filepath.Clean(name), r.path(r.sick, "uploads")+"/") || strings.ContainsAny(name, "\x1b\x07\n\r\x7f") {
			t.Errorf("a key became the path %q; want it inside the tree and without control bytes", name)
		}
		if got := strings.TrimSpace(output(t, "getfattr", "--absolute-names", "--only-values", "-n", "user.key", filepath.Dir(name))); got == "" {
			t.Errorf("%q has no user.key", name)
		}
	}
	r.fall(emulator.Fault{Status: 403, Code: "AccessDenied", Message: "m\x1b]0;owned\x07\u009b31m\u202e\nlevel=INFO msg=forged"}, nil)
	kill(t, r.pid, hangup)
	eventually(t, "the listings are dropped", func() bool {
		res, _, _ := r.tool("ls", r.path(r.sick, "uploads"))
		return res.status != 0
	})
	for where, text := range map[string]string{"log": readFile(t, r.log), "errors": r.errorsFile(), "stats": read(t, r.dir, "stats"), "config": read(t, r.dir, "config")} {
		if i := strings.IndexAny(text, "\x1b\x07\r\x7f\u009b\u202e"); i >= 0 {
			t.Errorf("%s holds a terminal's control character: %q", where, text[max(0, i-60):min(len(text), i+60)])
		}
		for line := range strings.Lines(text) {
			if strings.HasPrefix(line, "level=INFO") || strings.HasPrefix(line, "uploadfs: all") {
				t.Errorf("%s has a forged line %q", where, line)
			}
		}
	}
	// The same words at the start are one line on stderr.
	dir := place(t)
	b := emulator.BucketOptions{Name: r.sick, Dialect: "s3"}
	start := program(t, storeKeys(), "--retries=1", sourceAt(b, r.gate.url), dir)
	if start.status != 1 || strings.Count(start.stderr, "\n") != 1 || strings.ContainsAny(start.stderr, "\x1b\x07\r\u009b\u202e") {
		t.Errorf("a start that fails: %+v; want one plain line", start)
	}
}

// TestInvalidUTF8: bytes that no XML holds are shown replaced, or the listing
// is an error; either way the rest is not lost without a word.
func TestInvalidUTF8(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	r.fall(emulator.InvalidUTF8Fault(), ofUploads)
	res, lines, _ := r.tool("ls", r.path(r.sick, "uploads"))
	// The first of a/one, a/two and b is the one whose key is spoilt.
	if res.status == 0 && (len(lines) != 3 || !slices.Contains(lines, "a") || !slices.Contains(lines, "b")) {
		t.Errorf("ls: status 0 with %q; want a, b and the spoilt key, or an error", lines)
	}
	r.heal()
	r.whole(r.sick, "after the fault")
}

// TestListingOfObjectsIsNotUploads: an answer that goes astray in a proxy is no
// listing of what was asked for.
func TestListingOfObjectsIsNotUploads(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	for _, body := range []string{
		`<?xml version="1.0"?><ListBucketResult><Name>sick</Name><Contents><Key>x</Key></Contents><IsTruncated>false</IsTruncated></ListBucketResult>`,
		`{"uploads":[]}`, "", " ", "<", `<ListMultipartUploadsResult>`, `<ListPartsResult><IsTruncated>false</IsTruncated></ListPartsResult>`,
	} {
		r.fall(emulator.Fault{Body: []byte(body)}, nil)
		r.told(sayEIO, [][]string{{"ls", r.path(r.sick, "uploads")}})
	}
	r.heal()
	r.whole(r.sick, "after the fault")
}

// TestHostileNumbers: parts with numbers and sizes that cannot be.
func TestHostileNumbers(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{})
	for _, row := range []struct{ from, to string }{
		{"<PartNumber>1<", "<PartNumber>-1<"}, {"<PartNumber>1<", "<PartNumber>99999999999999999999<"}, {"<Size>1048576<", "<Size>-5<"},
		{"<Size>1048576<", "<Size>99999999999999999999<"}, {"<PartNumber>1<", "<PartNumber>../x<"},
	} {
		r.fall(emulator.Fault{Rewrite: func(b []byte) []byte { return bytes.Replace(b, []byte(row.from), []byte(row.to), 1) }}, ofParts)
		res, lines := r.find(r.sick)
		if res.status == 0 {
			t.Errorf("%s as %s: find ended with 0 and %s; want an error, no made-up value", row.from, row.to, difference(lines, r.truth(r.sick)))
		}
	}
	r.heal()
	r.whole(r.sick, "after the fault")
}

// TestEndlessListing: a store that always has one more page of ever new uploads
// is read as far as somebody reads, in bounded memory, and can be left.
func TestEndlessListing(t *testing.T) {
	t.Parallel()
	r := newRig(t, rigOptions{args: []string{"--cache-size=1MiB", "--ttl=1m"}})
	r.gate.close()
	r.gate.handler = http.HandlerFunc(endlessUploads)
	r.gate.open()
	kill(t, r.pid, hangup)
	cmd, ended := r.started("find", r.path(r.sick, "uploads"))
	eventually(t, "a megabyte of cache has been filled more than once", func() bool { return metric(t, r, "uploadfs_cache_evictions_total") > 10 })
	kill(t, cmd.Process.Pid, interrupt)
	if err := r.within("an interrupted find", answerBound, cmd, ended); err == nil {
		t.Error("find of an endless listing ended with status 0")
	}
	if n := metric(t, r, "uploadfs_cache_bytes"); n > 1<<20 {
		t.Errorf("the cache holds %v bytes; want at most --cache-size", n)
	}
	r.whole(r.well, "beside an endless listing")
	r.gate.close()
	r.gate.handler = r.store
	r.gate.open()
	kill(t, r.pid, hangup)
	eventually(t, "the true listing is whole again", func() bool {
		res, lines := r.find(r.sick)
		return res.status == 0 && slices.Equal(lines, r.truth(r.sick))
	})
}

// endlessUploads answers each marker with a thousand keys after it.
func endlessUploads(w http.ResponseWriter, q *http.Request) {
	var b bytes.Buffer
	from := 0
	_, _ = fmt.Sscanf(q.URL.Query().Get("key-marker"), "n/%d", &from) // 0 where it is another
	b.WriteString(`<ListMultipartUploadsResult><Bucket>sick</Bucket><IsTruncated>true</IsTruncated>`)
	for i := range 1000 {
		fmt.Fprintf(&b, `<Upload><Key>n/%012d</Key><UploadId>u</UploadId><Initiated>2026-11-20T00:00:00.000Z</Initiated></Upload>`, from+i+1)
	}
	b.WriteString(`</ListMultipartUploadsResult>`)
	w.Header().Set("Content-Type", "application/xml")
	_, _ = w.Write(b.Bytes()) // The client may have left.
}
