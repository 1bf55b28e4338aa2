package check

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"
	"testing"

	"uploadfs/interop/mounted"
	"uploadfs/interop/truth"
)

// Du compares du --block-size=1 at every directory of the bucket.
func Du(t testing.TB, top string, want truth.Tree, bucket string) {
	t.Helper()
	l := &limited{TB: t}
	out := mounted.Run(t, top, "du", "--block-size=1", "--null", bucket)
	got := map[string]int64{}
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		size, p, _ := strings.Cut(line, "\t")
		n, err := strconv.ParseInt(size, 10, 64)
		if err != nil {
			l.diff("du printed %q", line)
		}
		got[p] = n
	}
	for p, n := range want.DiskBytes() {
		if p != bucket && !strings.HasPrefix(p, bucket+"/") {
			continue
		}
		if g, ok := got[p]; !ok || g != n {
			l.diff("du: %q has %d bytes (printed: %v), want %d", p, g, ok, n)
		}
	}
}

// Grep looks some ETags up with grep -r, which must name exactly the parts that
// have them.
func Grep(t testing.TB, top string, want truth.Tree, bucket string, most int) {
	t.Helper()
	l := &limited{TB: t}
	has := map[string][]string{}
	for p, n := range want {
		if n.Kind == "part" && strings.HasPrefix(p, bucket+"/") {
			has[n.Part.ETag] = append(has[n.Part.ETag], p)
		}
	}
	tried := 0
	for etag, paths := range has {
		if tried++; tried > most {
			break
		}
		out := mounted.Run(t, top, "grep", "-rlZF", etag, bucket+"/uploads")
		got := strings.Split(strings.TrimSuffix(out, "\x00"), "\x00")
		slices.Sort(got)
		slices.Sort(paths)
		if !slices.Equal(got, paths) {
			l.diff("grep -r %s names %q, want %q", etag, got, paths)
		}
	}
	if tried == 0 {
		t.Errorf("no part in bucket %q: this greps nothing", bucket)
	}
}

// Jq reads the parts of the upload with the most parts as a shell does, through
// cat and jq.
func Jq(t testing.TB, top string, want truth.Tree, bucket string) {
	t.Helper()
	mounted.Tool(t, "jq", "jq")
	var dir string
	var u *truth.Upload
	for p, n := range want {
		if n.Kind == "parts" && strings.HasPrefix(p, bucket+"/") && (u == nil || len(n.Upload.Parts) > len(u.Parts)) {
			dir, u = p, n.Upload
		}
	}
	if u == nil {
		t.Errorf("no upload in bucket %q", bucket)
		return
	}
	out := mounted.Shell(t, path.Join(top, dir), `cat ./* | jq -c '[.PartNumber,.Size,.ETag,.UploadId]' | sort -t'[' -k2n`)
	var b strings.Builder
	for _, p := range u.Parts {
		id, err := json.Marshal(u.ID)
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&b, "[%d,%d,%q,%s]\n", p.Number, p.Size, p.ETag, id)
	}
	if out != b.String() {
		t.Errorf("cat parts/* | jq differs: %d lines, want %d", strings.Count(out, "\n"), len(u.Parts))
	}
}

// Everything is every comparison, on a mount that nothing has read.
func Everything(t *testing.T, fresh func(t testing.TB) *mounted.Mount, want truth.Tree, bucket string, uploads []*truth.Upload) {
	t.Helper()
	var first map[string]Seen
	t.Run("direct", func(t *testing.T) { Direct(t, fresh(t).Dir, want, bucket) })
	t.Run("walk", func(t *testing.T) {
		top := fresh(t).Dir
		first = Walk(t, top, bucket)
		Tree(t, "ReadDir", want, bucket, first)
		Records(t, top, want, bucket)
		Xattrs(t, top, want, bucket)
		Lines(t, top, bucket, uploads)
	})
	t.Run("find", func(t *testing.T) {
		found := Find(t, fresh(t).Dir, bucket)
		Tree(t, "find", want, bucket, found)
		SameInodes(t, first, found)
	})
	t.Run("du", func(t *testing.T) { Du(t, fresh(t).Dir, want, bucket) })
	t.Run("grep", func(t *testing.T) { Grep(t, fresh(t).Dir, want, bucket, 5) })
	t.Run("getfattr", func(t *testing.T) { Getfattr(t, fresh(t).Dir, want, bucket) })
	t.Run("jq", func(t *testing.T) { Jq(t, fresh(t).Dir, want, bucket) })
	t.Run("jsonl", func(t *testing.T) { Lines(t, fresh(t).Dir, bucket, uploads) })
}
