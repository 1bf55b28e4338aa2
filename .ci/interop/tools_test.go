package interop

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"uploadfs/interop/check"
	"uploadfs/interop/mounted"
	"uploadfs/interop/truth"
)

// TestTools holds that the field's tools give the truth over a mount, with
// status 0 and nothing on standard error. Each gets a mount of its own, which
// nothing has read before.
func TestTools(t *testing.T) {
	l := newLocal(t)
	fresh := func(t testing.TB) *mounted.Mount { return l.mount(t) }
	check.Everything(t, fresh, l.tree, localBucket, l.uploads)
	for _, tool := range []struct {
		name, from string
		run        func(t *testing.T, l *local, top string)
	}{
		{"ls", "coreutils", ls},
		{"du", "coreutils", du},
		{"stat", "coreutils", stat},
		{"cp", "coreutils", cp},
		{"find", "findutils", find},
		{"tree", "tree", tree},
		{"ncdu", "ncdu", ncdu},
		{"rg", "ripgrep", rg},
		{"fdfind", "fd-find", fd},
		{"rsync", "rsync", rsync},
		{"tar", "tar", tar},
		{"busybox", "busybox-static", busybox},
		{"python3", "python3", python},
		{"jq", "jq", jq},
	} {
		t.Run(tool.name, func(t *testing.T) {
			mounted.Tool(t, tool.name, tool.from)
			tool.run(t, l, l.mount(t).Dir)
		})
	}
}

// paths are the tree's paths at and below dir that keep says to keep, sorted.
func (l *local) paths(dir string, keep func(n *truth.Node) bool) []string {
	var ps []string
	for _, p := range l.tree.Paths() {
		if (p == dir || strings.HasPrefix(p, dir+"/")) && keep(l.tree[p]) {
			ps = append(ps, p)
		}
	}
	return ps
}

func every(*truth.Node) bool    { return true }
func isPart(n *truth.Node) bool { return n.Kind == "part" }
func isInfo(n *truth.Node) bool { return n.Kind == "info" }

// sameList compares a tool's list of paths with the truth's, both in any order.
func sameList(t *testing.T, how string, got, want []string) {
	t.Helper()
	got, want = slices.Clone(got), slices.Clone(want)
	slices.Sort(got)
	slices.Sort(want)
	if len(want) == 0 {
		t.Errorf("%s: nothing to compare with", how)
	}
	if slices.Equal(got, want) {
		return
	}
	there := map[string]int{}
	for _, p := range want {
		there[p]++
	}
	for _, p := range got {
		if there[p]--; there[p] < 0 {
			t.Errorf("%s: %q is too much", how, p)
		}
	}
	for p, n := range there {
		if n > 0 {
			t.Errorf("%s: %q is missing", how, p)
		}
	}
}

func lines(s, end string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(strings.TrimSuffix(s, end), end)
}

func ls(t *testing.T, l *local, top string) {
	uploads := localBucket + "/uploads"
	want := l.tree.Below(uploads)
	sameList(t, "ls -1A", lines(mounted.Run(t, top, "ls", "-1A", uploads), "\n"), want)
	sameList(t, "ls -1AU", lines(mounted.Run(t, top, "ls", "-1AU", uploads), "\n"), want)
	for _, p := range l.paths(localBucket, func(n *truth.Node) bool { return n.Kind == "parts" }) {
		names, bytes := []string{}, int64(0)
		for i, line := range lines(mounted.Run(t, top, "ls", "-l", p), "\n") {
			f := strings.Fields(line)
			if i == 0 || len(f) < 9 {
				continue // the total
			}
			n, err := strconv.ParseInt(f[4], 10, 64)
			if err != nil || f[0] != "-r--r--r--" {
				t.Errorf("ls -l %q printed %q", p, line)
			}
			bytes += n
			names = append(names, f[8])
		}
		if u := l.tree[p].Upload; bytes != u.Bytes() || len(names) != len(u.Parts) {
			t.Errorf("ls -l %q: %d parts of %d bytes, want %d of %d", p, len(names), bytes, len(u.Parts), u.Bytes())
		}
	}
	if out := mounted.Run(t, top, "ls", "-lR", "--color=always", "."); strings.Count(out, "\n") < len(l.tree) {
		t.Errorf("ls -lR --color printed %d lines for %d files", strings.Count(out, "\n"), len(l.tree))
	}
}

func du(t *testing.T, l *local, top string) {
	out := mounted.Run(t, top, "du", "-s", "--block-size=1", localBucket)
	if want := fmt.Sprintf("%d\t%s\n", l.tree.DiskBytes()[localBucket], localBucket); out != want {
		t.Errorf("du -s: %q, want %q", out, want)
	}
	want := int64(0)
	for _, u := range l.uploads {
		want += u.Bytes()
	}
	for _, p := range l.paths(localBucket, isInfo) {
		want += length(t, top, p)
	}
	if out, w := mounted.Run(t, top, "du", "-sb", localBucket), fmt.Sprintf("%d\t%s\n", want, localBucket); out != w {
		t.Errorf("du -sb: %q, want %q", out, w)
	}
}

// length is the number of bytes that a file holds.
func length(t *testing.T, top, p string) int64 {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(top, p))
	if err != nil {
		t.Errorf("reading %q: %v", p, err)
	}
	return int64(len(b))
}

func stat(t *testing.T, l *local, top string) {
	for _, p := range l.paths(localBucket, isPart) {
		part := l.tree[p].Part
		want := fmt.Sprintf("%d %d 444 %d\n", part.Size, (part.Size+511)/512, part.Modified.Unix())
		if out := mounted.Run(t, top, "stat", "-c", "%s %b %a %Y", p); out != want {
			t.Errorf("stat of %q: %q, want %q", p, out, want)
		}
	}
	if out := mounted.Run(t, top, "stat", "-f", "-c", "%l", "."); out != "255\n" {
		t.Errorf("stat -f: name length %q, want 255", out)
	}
}

// cp: what arrives is what a part holds, its record, whatever its size says.
func cp(t *testing.T, l *local, top string) {
	to := t.TempDir()
	for _, p := range l.paths(localBucket, isPart)[:20] {
		mounted.Run(t, top, "cp", "--", p, to+"/copy")
		got, err := os.ReadFile(to + "/copy")
		if err != nil {
			t.Fatal(err)
		}
		if cat := mounted.Run(t, top, "cat", "--", p); cat != string(got) || !strings.Contains(cat, l.tree[p].Part.ETag) {
			t.Errorf("cp of %q: %q, and cat %q", p, got, cat)
		}
		if err := os.Remove(to + "/copy"); err != nil {
			t.Fatal(err)
		}
	}
}

func find(t *testing.T, l *local, top string) {
	print0 := func(args ...string) []string {
		return lines(mounted.Run(t, top, append(append([]string{"find", localBucket}, args...), "-print0")...), "\x00")
	}
	sameList(t, "find", print0(), l.paths(localBucket, every))
	sameList(t, "find -type f -size +4095c", print0("-path", "*/parts/*", "-type", "f", "-size", "+4095c"),
		l.paths(localBucket, func(n *truth.Node) bool { return n.Part != nil && n.Part.Size > 4095 }))
	sameList(t, "find -size +1G", print0("-size", "+1G"),
		l.paths(localBucket, func(n *truth.Node) bool { return n.Part != nil && n.Part.Size > 1<<30 }))
	week := time.Now().Add(-8 * 24 * time.Hour)
	sameList(t, "find -name upload.json -mtime +7", print0("-name", "upload.json", "-mtime", "+7"),
		l.paths(localBucket, func(n *truth.Node) bool { return isInfo(n) && n.Upload.From.Before(week) }))
	since := time.Now().Add(-30*24*time.Hour - time.Minute)
	sameList(t, "find -newermt", print0("-path", "*/parts/*", "-newermt", since.UTC().Format("2006-01-02 15:04:05")),
		l.paths(localBucket, func(n *truth.Node) bool { return n.Part != nil && n.Part.Modified.After(since) }))
	out := mounted.Run(t, top, "find", localBucket, "-path", "*/parts/*", "-exec", "grep", "-hF", "ETag", "{}", "+")
	if got, want := strings.Count(out, "\n"), len(l.paths(localBucket, isPart)); got != want {
		t.Errorf("find -exec grep: %d parts, want %d", got, want)
	}
}

// tree --du adds sizes up, so upload.json counts with its length.
func tree(t *testing.T, l *local, top string) {
	out := mounted.Run(t, top, "tree", "-a", "--du", "-s", "-J", localBucket)
	type node struct {
		Type, Name string
		Size       int64
		Contents   []node
	}
	var roots []node
	if err := json.Unmarshal([]byte(out), &roots); err != nil || len(roots) == 0 {
		t.Fatalf("tree -J: %v: %.300s", err, out)
	}
	count, sum := 0, int64(0)
	var walk func(n node)
	walk = func(n node) {
		count++
		if n.Type == "file" {
			sum += n.Size
		}
		for _, c := range n.Contents {
			walk(c)
		}
	}
	walk(roots[0])
	want := int64(0)
	for _, u := range l.uploads {
		want += u.Bytes()
	}
	for _, p := range l.paths(localBucket, isInfo) {
		want += length(t, top, p)
	}
	if sum != want || roots[0].Size != want {
		t.Errorf("tree --du: %d bytes at the top and %d in files, want %d", roots[0].Size, sum, want)
	}
	if n := len(l.paths(localBucket, every)); count != n {
		t.Errorf("tree: %d files and directories, want %d", count, n)
	}
}

// ncdu's export is [1,2,{about},[{dir},{file},[{dir},...]]].
func ncdu(t *testing.T, l *local, top string) {
	out := mounted.Run(t, top, "ncdu", "-0", "-o", "-", localBucket)
	var export []json.RawMessage
	if err := json.Unmarshal([]byte(out), &export); err != nil || len(export) != 4 {
		t.Fatalf("ncdu -o: %v: %.300s", err, out)
	}
	type item struct {
		Name         string
		Asize, Dsize int64
	}
	seen := map[string]item{}
	var walk func(dir string, raw json.RawMessage)
	walk = func(dir string, raw json.RawMessage) {
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			var f item
			if err := json.Unmarshal(raw, &f); err != nil {
				t.Fatalf("ncdu: %v: %s", err, raw)
			}
			seen[path.Join(dir, f.Name)] = f
			return
		}
		var d item
		if err := json.Unmarshal(items[0], &d); err != nil {
			t.Fatalf("ncdu: %v: %s", err, items[0])
		}
		if dir == "" {
			d.Name = localBucket // it is an absolute path
		}
		at := path.Join(dir, d.Name)
		seen[at] = d
		for _, c := range items[1:] {
			walk(at, c)
		}
	}
	walk("", export[3])
	for _, p := range l.paths(localBucket, every) {
		n := l.tree[p]
		got, ok := seen[p]
		if !ok || got.Dsize != n.Blocks()*512 || n.Size() >= 0 && got.Asize != n.Size() {
			t.Errorf("ncdu: %q: %+v (there: %v), want %d bytes on disk and %d long", p, got, ok, n.Blocks()*512, n.Size())
		}
		delete(seen, p)
	}
	for p := range seen {
		t.Errorf("ncdu: %q is too much", p)
	}
}

func rg(t *testing.T, l *local, top string) {
	for _, p := range l.paths(localBucket, isPart)[:5] {
		out := mounted.Run(t, top, "rg", "-uu", "-l", "-0", "-F", l.tree[p].Part.ETag, localBucket+"/uploads")
		sameList(t, "rg -l", lines(out, "\x00"), []string{p})
	}
	// One file named alone is what rg maps into memory where it can.
	one := l.paths(localBucket, isPart)[7]
	if out := mounted.Run(t, top, "rg", "-c", "-F", l.tree[one].Part.ETag, one); out != "1\n" {
		t.Errorf("rg in one part: %q, want one line", out)
	}
	out := mounted.Run(t, top, "rg", "-uu", "-I", "-N", "-F", `"ETag"`, localBucket+"/uploads")
	if got, want := strings.Count(out, "\n"), len(l.paths(localBucket, isPart)); got != want {
		t.Errorf("rg: %d records of parts, want %d", got, want)
	}
}

func fd(t *testing.T, l *local, top string) {
	out := mounted.Run(t, top, "fdfind", "-u", "-0", ".", localBucket)
	var got []string
	for _, p := range lines(out, "\x00") {
		got = append(got, strings.TrimSuffix(p, "/"))
	}
	sameList(t, "fdfind", got, l.paths(localBucket, func(n *truth.Node) bool { return n.Kind != "bucket" }))
}

func rsync(t *testing.T, l *local, top string) {
	out := mounted.Run(t, top, "rsync", "-r", "--list-only", "--no-human-readable", "-8", localBucket+"/")
	count, sum, infos := 0, int64(0), int64(0)
	for _, line := range lines(out, "\n") {
		f := strings.Fields(line)
		if len(f) < 5 {
			t.Errorf("rsync printed %q", line)
			continue
		}
		n, err := strconv.ParseInt(f[1], 10, 64)
		if err != nil {
			t.Errorf("rsync printed %q", line)
		}
		count++
		if strings.HasPrefix(f[0], "-") {
			sum += n
		}
	}
	for _, p := range l.paths(localBucket, isInfo) {
		infos += length(t, top, p)
	}
	want := infos
	for _, u := range l.uploads {
		want += u.Bytes()
	}
	if n := len(l.paths(localBucket, every)); count != n || sum != want {
		t.Errorf("rsync --list-only: %d files and directories of %d bytes, want %d of %d", count, sum, n, want)
	}
}

// tar copies as many bytes as a size says: it is for upload.json, not for
// parts, whose size is that of what the store holds.
func tar(t *testing.T, l *local, top string) {
	out := mounted.Shell(t, top, "tar -c -f - --exclude=parts "+localBucket+" | tar -t -f - --quoting-style=literal | sed 's,/$,,'")
	sameList(t, "tar", lines(out, "\n"), l.paths(localBucket, func(n *truth.Node) bool { return n.Kind != "parts" && n.Kind != "part" }))
	id := l.uploads[3].ID
	if out := mounted.Shell(t, top, "tar -c -f - --exclude=parts "+localBucket+" | tar -x -O -f - | grep -c -F '\"UploadId\":\""+id+"\"'"); out != "1\n" {
		t.Errorf("tar: the record of upload %s arrives %q times, want once", id, out)
	}
}

func busybox(t *testing.T, l *local, top string) {
	run := func(args ...string) string { return mounted.Run(t, top, append([]string{"busybox"}, args...)...) }
	sameList(t, "busybox ls", lines(run("ls", "-1A", localBucket+"/uploads"), "\n"), asciiOnly(l.tree.Below(localBucket+"/uploads")))
	sameList(t, "busybox find", lines(run("find", localBucket, "-print0"), "\x00"), l.paths(localBucket, every))
	if out, want := run("du", "-s", "-k", localBucket), fmt.Sprintf("%d\t%s\n", (l.tree.DiskBytes()[localBucket]/512+1)/2, localBucket); out != want {
		t.Errorf("busybox du: %q, want %q", out, want)
	}
	for _, p := range l.paths(localBucket, isPart)[:5] {
		etag := l.tree[p].Part.ETag
		sameList(t, "busybox grep", lines(run("grep", "-r", "-l", "-F", etag, localBucket+"/uploads"), "\n"), []string{p})
		// BusyBox copies by sendfile, which must not be answered from pages that
		// are as long as the part.
		before := mounted.Run(t, top, "stat", "-c", "%s", p)
		want := mounted.Run(t, top, "cat", p)
		if out := run("cat", p); out != want {
			t.Errorf("busybox cat %q: %.200q (%d bytes), and cat %q", p, out, len(out), want)
		}
		if after := mounted.Run(t, top, "stat", "-c", "%s", p); after != before {
			t.Errorf("%q: size %s before busybox cat, and %s after", p, before, after)
		}
	}
}

// asciiOnly spells names as BusyBox's ls prints them: a question mark for each
// character outside ASCII.
func asciiOnly(names []string) []string {
	var out []string
	for _, n := range names {
		out = append(out, strings.Map(func(r rune) rune {
			if r > 0x7e {
				return '?'
			}
			return r
		}, n))
	}
	return out
}

const pythonWalk = `
import json, os, sys
seen = {}
for d, dirs, files in os.walk(sys.argv[1], onerror=lambda e: sys.exit(str(e))):
    for e in os.scandir(d):
        s = e.stat(follow_symlinks=False)
        if e.is_dir(follow_symlinks=False) != (e.name in dirs):
            sys.exit("scandir and walk differ at " + e.path)
        seen[e.path] = [s.st_size, s.st_blocks, s.st_ino]
        if e.inode() != s.st_ino:
            sys.exit("entry and attributes have two inode numbers at " + e.path)
json.dump(seen, sys.stdout)
`

const pythonCopy = `
import shutil, sys
shutil.copyfile(sys.argv[1], sys.argv[2])
sys.stdout.write(open(sys.argv[2]).read())
`

func python(t *testing.T, l *local, top string) {
	out := mounted.Run(t, top, "python3", "-c", pythonWalk, localBucket)
	var seen map[string][3]uint64
	if err := json.Unmarshal([]byte(out), &seen); err != nil {
		t.Fatalf("python3: %v: %.300s", err, out)
	}
	var got []string
	for p, s := range seen {
		got = append(got, p)
		if n := l.tree[p]; n != nil && (n.Size() >= 0 && s[0] != uint64(n.Size()) || s[1] != uint64(n.Blocks())) {
			t.Errorf("os.scandir: %q has size %d and %d blocks, want %d and %d", p, s[0], s[1], n.Size(), n.Blocks())
		}
	}
	for _, p := range l.paths(localBucket, isPart)[:5] {
		want := mounted.Run(t, top, "cat", p)
		if out := mounted.Run(t, top, "python3", "-c", pythonCopy, p, t.TempDir()+"/copy"); out != want {
			t.Errorf("shutil.copyfile of %q: %.200q (%d bytes), want %q", p, out, len(out), want)
		}
	}
	sameList(t, "os.walk", got, l.paths(localBucket, func(n *truth.Node) bool { return n.Kind != "bucket" }))
}

func jq(t *testing.T, l *local, top string) {
	out := mounted.Run(t, top, "jq", "-j", `.Key, "\u0001", .UploadId, "\u0000"`, localBucket+"/uploads.jsonl")
	var want []string
	for _, u := range l.uploads {
		want = append(want, u.Key+"\x01"+u.ID)
	}
	sameList(t, "jq over uploads.jsonl", lines(out, "\x00"), want)
	out = mounted.Shell(t, top, "find "+localBucket+" -path '*/parts/*' -print0 | xargs -0 cat | jq -s 'map(.Size) | add'")
	sum := int64(0)
	for _, u := range l.uploads {
		sum += u.Bytes()
	}
	if out != fmt.Sprintf("%d\n", sum) {
		t.Errorf("cat parts/* | jq: %s bytes, want %d", strings.TrimSpace(out), sum)
	}
}

// TestErrorsOfTools: a mount that cannot answer says so to a tool, and a file
// that is not there is not there.
func TestErrorsOfTools(t *testing.T) {
	l := newLocal(t)
	top := l.mount(t).Dir
	for _, p := range []string{"nothing", localBucket + "/nothing", localBucket + "/uploads/nothing", localBucket + "/uploads/a/nothing"} {
		if _, err := os.Lstat(filepath.Join(top, p)); !os.IsNotExist(err) {
			t.Errorf("%q: %v, want ENOENT", p, err)
		}
	}
	for _, command := range [][]string{
		{"touch", localBucket + "/uploads/new"}, {"mkdir", localBucket + "/uploads/new"}, {"rm", "-f", localBucket + "/uploads.jsonl"},
	} {
		_, stderr, err := mounted.Try(t, top, command...)
		if err == nil || !strings.Contains(stderr, "Read-only file system") {
			t.Errorf("%v: %v, %q; want EROFS", command, err, stderr)
		}
	}
}
