//go:build linux

package fs

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/hanwen/go-fuse/v2/posixtest"

	"uploadfs/remote"
)

func TestMountedToolsWork(t *testing.T) {
	point, _ := mountForTest(t, newAccount(sample()))
	if got := works(t, point, "ls", "-A"); got != "b\n" {
		t.Errorf("ls of the mount: %q, want the bucket alone", got)
	}
	files := works(t, point, "find", ".", "-type", "f")
	if n := strings.Count(files, "\n"); n != 9 {
		t.Errorf("find -type f: %d files, want 4 upload.json, 4 parts and uploads.jsonl:\n%s", n, files)
	}
	if got := works(t, point, "du", "-s", "--block-size=1", "b"); !strings.HasPrefix(got, fmt.Sprint(5<<20+1024+512+512)+"\t") {
		t.Errorf("du of the bucket: %q, want the blocks of the parts alone", got)
	}
	if got := works(t, point, "stat", "-f", "-c", "%T %l %s", "."); got != "fuseblk 255 4096\n" && got != "fuse 255 4096\n" {
		t.Errorf("stat -f: %q, want name length 255 and blocks of 4096", got)
	}
	if got := works(t, point, "cat", "b/uploads/a/b/id1/parts/1"); !strings.HasSuffix(got, "\n") || strings.Count(got, "\n") != 1 {
		t.Errorf("cat of a part: %q, want its record, one line", got)
	}
	grep := works(t, point, "grep", "-r", "id1", ".")
	if n := strings.Count(grep, "\n"); n != 5 {
		t.Errorf("grep -r id1: %d lines, want 3 parts, upload.json and uploads.jsonl:\n%s", n, grep)
	}
	if got := works(t, point, "wc", "-l", "b/uploads.jsonl"); got != "4 b/uploads.jsonl\n" {
		t.Errorf("wc -l of uploads.jsonl: %q, want 4 lines", got)
	}
	to := filepath.Join(t.TempDir(), "copy")
	works(t, point, "cp", "b/uploads/a/b/id1/parts/2", to)
	copied, err := os.ReadFile(to)
	if err != nil || !bytes.HasSuffix(copied, []byte("}\n")) {
		t.Errorf("cp of a part gave %q, %v, want its record", copied, err)
	}
	if got := works(t, point, "getfattr", "-d", "b/uploads/a/b/id1"); !strings.Contains(got, `user.bytes="5243881"`) || !strings.Contains(got, `user.key="a/b"`) {
		t.Errorf("getfattr -d of an upload:\n%s\nwant its key and its bytes", got)
	}
}

// TestMountedWalkersAgree runs what people walk trees with. Each must succeed in
// silence and see every part once.
func TestMountedWalkersAgree(t *testing.T) {
	s := newStore("b")
	want := 0
	for i := range 60 {
		var parts []remote.Part
		for n := range i % 5 {
			parts = append(parts, remote.Part{Number: n + 1, Size: 1000})
			want++
		}
		s.add(remote.Upload{Key: fmt.Sprintf("d%d/k%d", i%4, i), UploadID: "id"}, parts...)
	}
	point, _ := mountForTest(t, newAccount(s))
	walk := "import os,sys\nn=0\nfor d,_,f in os.walk('.',onerror=lambda e: sys.exit(str(e))):\n  n+=sum(1 for x in f if d.endswith('/parts'))\nprint(n)"
	for _, c := range []struct {
		argv  []string
		count func(out string) int
	}{
		{[]string{"find", ".", "-path", "*/parts/*"}, lines},
		{[]string{"find", ".", "-size", "2", "-type", "f"}, lines},
		{[]string{"sh", "-c", "ls -lR . | grep -c ' 1000 '"}, number},
		{[]string{"sh", "-c", "busybox find . -path '*/parts/*' | wc -l"}, number},
		{[]string{"sh", "-c", "tree -if --noreport . | grep -c '/parts/'"}, number},
		{[]string{"sh", "-c", "rg --files | grep -c /parts/"}, number},
		{[]string{"sh", "-c", "rg --files -j1 | grep -c /parts/"}, number},
		{[]string{"sh", "-c", "rg -l PartNumber b/uploads | wc -l"}, number},
		{[]string{"sh", "-c", "grep -rl PartNumber . | wc -l"}, number},
		{[]string{"sh", "-c", "ncdu -0 -o - . | grep -o '\"asize\":1000' | wc -l"}, number},
		{[]string{"sh", "-c", "rsync -an --out-format=%n . /nowhere/ | grep -c /parts/."}, number},
		{[]string{"python3", "-c", walk}, number},
	} {
		if got := c.count(works(t, point, c.argv...)); got != want {
			t.Errorf("%q sees %d parts, want %d", c.argv, got, want)
		}
	}
	if got := works(t, point, "du", "-s", "-B1", "."); number(got) != want*1024 {
		t.Errorf("du of all: %q, want %d, two blocks a part", got, want*1024)
	}
}

func lines(out string) int { return strings.Count(out, "\n") }

// number reads the number that out begins with.
func number(out string) int {
	n := -1
	fmt.Sscan(out, &n)
	return n
}

func TestMountedNamesPassTheKernel(t *testing.T) {
	s := newStore("b")
	n := 0
	for _, key := range nastyKeys() {
		if len(key) > 2000 || strings.Count(key, "/") > 100 {
			continue // past PATH_MAX a path has to be walked step by step
		}
		s.add(remote.Upload{Key: key, UploadID: "id"}, remote.Part{Number: 1})
		n++
	}
	point, _ := mountForTest(t, newAccount(s))
	found := works(t, point, "find", ".", "-type", "f", "-path", "*/parts/1", "-print0")
	if got := strings.Count(found, "\x00"); got != n {
		t.Errorf("find sees %d parts, want %d", got, n)
	}
	// Each by its path, with nothing in the kernel.
	fresh, _ := mountForTest(t, newAccount(s))
	works(t, fresh, append([]string{"stat", "--"}, strings.Split(strings.TrimSuffix(found, "\x00"), "\x00")...)...)
}

func TestMountedFilesReadAsRecords(t *testing.T) {
	point, _ := mountForTest(t, newAccount(sample()))
	part, record := "b/uploads/a/b/id1/parts/1", "b/uploads/a/b/id1/upload.json"
	line := works(t, point, "cat", part)
	for _, argv := range [][]string{
		{"head", "-n1", part}, {"dd", "if=" + part, "status=none"}, {"dd", "if=" + part, "bs=1", "status=none"},
		{"busybox", "cat", part}, {"rg", "--no-line-number", "PartNumber", part}, {"rg", "--mmap", "--no-line-number", "PartNumber", part},
		{"grep", "--", "PartNumber", part}, {"python3", "-c", "import sys;sys.stdout.write(open(sys.argv[1]).read())", part},
	} {
		if got := works(t, point, argv...); got != line {
			t.Errorf("%q gives %q, want the record %q", argv, got, line)
		}
	}
	for _, copier := range [][]string{{"cp"}, {"busybox", "cp"}, {"python3", "-c", "import shutil,sys;shutil.copyfile(*sys.argv[1:])"}} {
		to := filepath.Join(t.TempDir(), "to")
		for _, path := range []string{part, record, "b/uploads.jsonl"} {
			works(t, point, append(copier, path, to)...)
			if got, err := os.ReadFile(to); err != nil || string(got) != works(t, point, "cat", path) {
				t.Errorf("%q of %s gives %q, %v, want what cat gives", copier, path, got, err)
			}
		}
	}
	// Readers by the page cache leave the size alone, the first time and again.
	if got := works(t, point, "stat", "-c", "%s %b %B %h %A", part); got != "5242880 10240 512 1 -r--r--r--\n" {
		t.Errorf("stat of a part of 5 MiB: %q", got)
	}
	mapped := "import mmap,sys\nf=open(sys.argv[1])\nm=mmap.mmap(f.fileno(),0,prot=mmap.PROT_READ)\nsys.stdout.write(m[:].decode())"
	if got, want := works(t, point, "python3", "-c", mapped, record), works(t, point, "cat", record); got != want {
		t.Errorf("upload.json mapped: %q, want %q", got, want)
	}
	if got := works(t, point, "sh", "-c", "tail -n1 b/uploads.jsonl; wc -c <"+record+"; stat -c %s "+record); !strings.HasPrefix(got, `{"Bucket":"b","Key":"top"`) {
		t.Errorf("tail of uploads.jsonl and sizes of upload.json: %q", got)
	} else if f := strings.Fields(got); len(f) != 3 || f[1] != f[2] {
		t.Errorf("upload.json has %q bytes and st_size %q, want the same", f[1:2], f[2:])
	}
	_, stderr, code := tool(t, point, "dd", "if=b/uploads.jsonl", "skip=1", "iflag=skip_bytes", "status=none", "of=/dev/null")
	if code != 0 {
		t.Errorf("dd that skips in uploads.jsonl: exit %d, %q, want it to read over, as of a pipe", code, stderr)
	}
	none, _ := mountForTest(t, newAccount(sample()), func(o *Options) { o.RecordContent = false })
	if _, stderr, code := tool(t, none, "cat", part); code == 0 || !strings.Contains(stderr, "No data available") {
		t.Errorf("cat of a part under --part-content none: exit %d, %q, want ENODATA", code, stderr)
	}
}

func TestMountedSeekdirAndTelldir(t *testing.T) {
	point, _ := mountForTest(t, newAccount(wide(3000)))
	script := filepath.Join(t.TempDir(), "seek.py")
	if err := os.WriteFile(script, []byte(seekScript), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"b/uploads", "b/uploads/many", "b", "."} {
		if got := works(t, point, "python3", script, path); got != "ok\n" {
			t.Errorf("telldir, seekdir and rewinddir in %q: %s", path, got)
		}
	}
}

// seekScript remembers where each entry is and comes back to it by seekdir, in
// another order, and reads all again after rewinddir.
const seekScript = `
import ctypes, random, sys
libc = ctypes.CDLL(None, use_errno=True)
class Dirent(ctypes.Structure):
    _fields_ = [("ino", ctypes.c_ulong), ("off", ctypes.c_long), ("reclen", ctypes.c_ushort), ("type", ctypes.c_ubyte), ("name", ctypes.c_char * 256)]
libc.opendir.restype = ctypes.c_void_p
libc.readdir.restype = ctypes.POINTER(Dirent)
libc.telldir.restype = ctypes.c_long
d = ctypes.c_void_p(libc.opendir(sys.argv[1].encode()))
def read():
    e = libc.readdir(d)
    return e.contents.name if e else None
at, names = [], []
while True:
    where = libc.telldir(d)
    name = read()
    if name is None: break
    at.append(where); names.append(name)
assert len(set(names)) == len(names), "an entry came twice"
order = list(range(len(names)))
random.Random(1).shuffle(order)
for i in order[:150]:
    libc.seekdir(d, ctypes.c_long(at[i]))
    got = read()
    assert got == names[i], (i, got, names[i])
libc.rewinddir(d)
again = []
while (name := read()) is not None: again.append(name)
assert again == names, "rewinddir"
print("ok")
`

func TestMountedDirectoriesAreConsistent(t *testing.T) {
	point, _ := mountForTest(t, newAccount(sample()), func(o *Options) { o.Insight = &insight{} })
	for _, path := range []string{".", "b", "b/uploads", "b/uploads/a", "b/uploads/a/b", "b/uploads/a/b/id1", "b/uploads/a/b/id1/parts", ".uploadfs"} {
		t.Run(path, func(t *testing.T) { posixtest.ReadDirConsistency(t, filepath.Join(point, path)) })
	}
}

func TestMountedErrorsReachTheTools(t *testing.T) {
	s := wide(500)
	failAt(s, "", 400, &remote.Error{Kind: remote.KindUnavailable}, 1<<30)
	point, _ := mountForTest(t, newAccount(s))
	for _, argv := range [][]string{{"ls", "b/uploads"}, {"ls", "-l", "b/uploads"}, {"find", "b/uploads", "-maxdepth", "1", "-mindepth", "1"}, {"busybox", "ls", "b/uploads"}} {
		out, stderr, code := tool(t, point, argv...)
		if n := strings.Count(out, "key"); n != 400 {
			t.Errorf("%q of a listing that breaks off: %d names, want the 400 that were read", argv, n)
		}
		// busybox takes any errno of readdir for the end. Nothing can be done for it.
		if argv[0] != "busybox" && (code == 0 || !strings.Contains(stderr, "Input/output error")) {
			t.Errorf("%q of a listing that breaks off: exit %d, %q, want EIO", argv, code, stderr)
		}
	}
	s.setHook(func(_ context.Context, op, _ string) error {
		if op == "next" {
			return &remote.Error{Kind: remote.KindDenied}
		}
		return nil
	})
	if _, stderr, code := tool(t, point, "ls", "b/uploads"); code == 0 || !strings.Contains(stderr, "Permission denied") {
		t.Errorf("ls of a listing that is refused: exit %d, %q, want EACCES", code, stderr)
	}
	if got := works(t, point, "ls", "b"); !slices.Equal(strings.Fields(got), []string{"uploads", "uploads.jsonl"}) {
		t.Errorf("the bucket above it: %q, want its two names", got)
	}
}

// told returns the prefixes told of since the last call.
func (s *store) told() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	told := s.expected
	s.expected = nil
	return told
}

// The kernel says who opens a directory: find and du, or ls and the rest.
func TestMountedWalkersAreTold(t *testing.T) {
	s := fill(sortedAbove + 1)
	point, _ := mountForTest(t, newAccount(s))
	works(t, point, "ls", "-U", "b/uploads/data")
	works(t, point, "python3", "-c", "import os; os.listdir('b/uploads/data')")
	if told := s.told(); len(told) != 0 {
		t.Errorf("ls -U and listdir: an order was told for %q, want none", told)
	}
	for _, argv := range [][]string{{"find", "b/uploads/data", "-maxdepth", "1"}, {"du", "-d", "0", "b/uploads/data"}} {
		works(t, point, argv...)
		if !slices.Contains(s.told(), "data/") {
			t.Errorf("%q: no order was told, want that of data/", argv)
		}
	}
}
