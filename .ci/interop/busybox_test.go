package interop

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"uploadfs/interop/mounted"
	"uploadfs/interop/truth"
)

// rootScript runs in a root file system of BusyBox and the binary alone: it
// mounts the source, prints what BusyBox's tools make of the tree between
// markers, and unmounts. No fusermount is there, and no /proc. uploads.jsonl is
// read by grep: BusyBox's cat copies by sendfile, which since Linux 6.5 takes a
// size of 0 for the end before it asks the file system.
const rootScript = `
set -e
/bin/uploadfs "$1" /mnt
cd /mnt
for b in *; do
	echo "== jsonl $b"; grep '' "$b/uploads.jsonl"
	echo "== find $b"; find "$b"
	echo "== ls $b"; ls -1A "$b/uploads"
	echo "== du $b"; du -s -k "$b"
	echo "== cat $b"; find "$b" -path '*/parts/*' -exec cat {} +
	echo "== grep $b"; grep -r -c -F '"ETag":' "$b/uploads" | grep -c ':1$'
done
echo "== end"
cd /
umount /mnt
[ -z "$(ls /mnt)" ]
`

// TestBusyBoxRoot holds that a debug container needs the static binary and
// BusyBox alone: entered by chroot as root, and as root of an unprivileged user
// namespace, the embedded store and one on loopback mount, and BusyBox's tools
// agree with the truth.
func TestBusyBoxRoot(t *testing.T) {
	busybox := mounted.Tool(t, "busybox", "busybox-static")
	mounted.Tool(t, "unshare", "util-linux")
	if os.Geteuid() != 0 {
		if os.Getenv("CI") != "" {
			t.Fatal("CI runs this as root: it makes a root file system with a device in it")
		}
		t.Skip("making a root file system with a device in it takes root")
	}
	root := makeRoot(t, busybox)
	l := newLocal(t)
	for _, enter := range []struct {
		name    string
		command []string
	}{
		// A mount namespace of its own, so that nothing is left behind.
		{"chroot", []string{"unshare", "-m", "chroot", root}},
		{"user namespace of root", []string{"unshare", "-Urm", "chroot", root}},
		{"user namespace of nobody", []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "unshare", "-Urm", "chroot", root}},
	} {
		t.Run(enter.name, func(t *testing.T) {
			if enter.command[0] == "setpriv" {
				mounted.Tool(t, "setpriv", "util-linux")
			}
			t.Run("demo", func(t *testing.T) { demoRoot(t, inRoot(t, enter.command, "demo:")) })
			t.Run("loopback", func(t *testing.T) { l.compareRoot(t, inRoot(t, enter.command, l.source())) })
		})
	}
}

// makeRoot makes a root file system of two files, one device and empty folders.
func makeRoot(t *testing.T, busybox string) string {
	t.Helper()
	root := t.TempDir()
	// A user who is nobody must reach it.
	for dir := root; dir != os.TempDir() && dir != "/"; dir = filepath.Dir(dir) {
		if err := os.Chmod(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, dir := range []string{"bin", "dev", "mnt"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	// The mount point's owner mounts on it; nobody does so too.
	if err := os.Chmod(filepath.Join(root, "mnt"), 0o777); err != nil {
		t.Fatal(err)
	}
	copyFile(t, busybox, root+"/bin/busybox")
	copyFile(t, mounted.Binary(t), root+"/bin/uploadfs")
	if err := os.WriteFile(root+"/bin/tour", []byte(rootScript), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, applet := range []string{"sh", "cat", "find", "ls", "du", "grep", "umount"} {
		if err := os.Symlink("busybox", root+"/bin/"+applet); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mknod(root+"/dev/fuse", syscall.S_IFCHR|0o666, 10<<8|229); err != nil {
		t.Fatalf("mknod /dev/fuse: %v", err)
	}
	if err := os.Chmod(root+"/dev/fuse", 0o666); err != nil { // whatever the umask
		t.Fatal(err)
	}
	// The shell opens it for the background process.
	if err := syscall.Mknod(root+"/dev/null", syscall.S_IFCHR|0o666, 1<<8|3); err != nil {
		t.Fatalf("mknod /dev/null: %v", err)
	}
	if err := os.Chmod(root+"/dev/null", 0o666); err != nil {
		t.Fatal(err)
	}
	return root
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_CREATE|os.O_WRONLY|os.O_EXCL, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
}

// inRoot runs the script inside and returns what it printed between markers.
func inRoot(t *testing.T, enter []string, source string) map[string][]string {
	t.Helper()
	command := append(slices.Clone(enter), "/bin/sh", "/bin/tour", source)
	cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
	cmd.Env = append([]string{"PATH=/bin:/usr/bin:/sbin:/usr/sbin", "LC_ALL=C.UTF-8", "AWS_EC2_METADATA_DISABLED=true"}, env(emuID, emuSecret)...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil || stderr.String() != "" {
		t.Fatalf("%s: %v, standard error %q", strings.Join(command, " "), err, stderr.String())
	}
	sections := map[string][]string{}
	at := ""
	for _, line := range lines(stdout.String(), "\n") {
		if s, ok := strings.CutPrefix(line, "== "); ok {
			at = s
			continue
		}
		sections[at] = append(sections[at], line)
	}
	return sections
}

// demoRoot compares the tools with one another: what uploads.jsonl and the
// parts' records say must be what find, ls, du and grep show.
func demoRoot(t *testing.T, got map[string][]string) {
	buckets := 0
	for section := range got {
		bucket, ok := strings.CutPrefix(section, "jsonl ")
		if !ok {
			continue
		}
		buckets++
		uploads := recorded(t, bucket, got)
		compareSections(t, bucket, got, truth.Of([]string{bucket}, uploads))
	}
	if buckets != 3 {
		t.Errorf("demo: shows %d buckets, want 3", buckets)
	}
}

// recorded makes uploads of uploads.jsonl and of the records of the parts.
func recorded(t *testing.T, bucket string, got map[string][]string) []*truth.Upload {
	t.Helper()
	type record struct {
		Key, UploadId, ETag string
		PartNumber          int
		Size                int64
	}
	var uploads []*truth.Upload
	byID := map[[2]string]*truth.Upload{}
	for _, line := range got["jsonl "+bucket] {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("uploads.jsonl: %v: %q", err, line)
		}
		u := &truth.Upload{Bucket: bucket, Key: r.Key, ID: r.UploadId}
		uploads, byID[[2]string{r.Key, r.UploadId}] = append(uploads, u), u
	}
	for _, line := range got["cat "+bucket] {
		var r record
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("a part's record: %v: %q", err, line)
		}
		u := byID[[2]string{r.Key, r.UploadId}]
		if u == nil {
			t.Errorf("a part of key %q, upload %q, which uploads.jsonl does not name", r.Key, r.UploadId)
			continue
		}
		u.Parts = append(u.Parts, truth.Part{Number: r.PartNumber, Size: r.Size, ETag: r.ETag})
	}
	return uploads
}

// compareRoot compares the tools with what the store was given.
func (l *local) compareRoot(t *testing.T, got map[string][]string) {
	compareSections(t, localBucket, got, l.tree)
	records := 0
	for _, u := range recorded(t, localBucket, got) {
		records += len(u.Parts)
	}
	if want := len(l.paths(localBucket, isPart)); records != want {
		t.Errorf("busybox cat: %d records of parts, want %d", records, want)
	}
	if n := len(got["jsonl "+localBucket]); n != len(l.uploads) {
		t.Errorf("uploads.jsonl: %d lines, want %d", n, len(l.uploads))
	}
}

func compareSections(t *testing.T, bucket string, got map[string][]string, want truth.Tree) {
	t.Helper()
	var paths []string
	parts := 0
	for p, n := range want {
		paths = append(paths, p)
		if isPart(n) {
			parts++
		}
	}
	sameList(t, "busybox find", got["find "+bucket], paths)
	sameList(t, "busybox ls", got["ls "+bucket], asciiOnly(want.Below(bucket+"/uploads")))
	if du, w := got["du "+bucket], fmt.Sprintf("%d\t%s", (want.DiskBytes()[bucket]/512+1)/2, bucket); len(du) != 1 || du[0] != w {
		t.Errorf("busybox du: %q, want %q", du, w)
	}
	if n, w := got["grep "+bucket], fmt.Sprint(parts); len(n) != 1 || n[0] != w {
		t.Errorf("busybox grep -r -c: %q files with an ETag, want %s", n, w)
	}
}
