//go:build linux

package fs

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"

	"uploadfs/remote"
)

// eventually waits for what the kernel does on its own time.
func eventually(t *testing.T, what string, ok func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	end := time.After(20 * time.Second)
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			t.Fatalf("after 20 s still not so: %s", what)
		}
	}
}

func TestMountedReadOnlyRefusesEveryChange(t *testing.T) {
	point, _ := mountForTest(t, newAccount(sample()), func(o *Options) { o.FsName = "s3://b,x" })
	for _, argv := range [][]string{
		{"touch", "b/new"}, {"mkdir", "b/new"}, {"rm", "-f", "b/uploads/a/b/id1/upload.json"}, {"rmdir", "b/uploads/a/b/id1"},
		{"mv", "b/uploads/a", "b/uploads/c"}, {"ln", "-s", "x", "b/new"}, {"chmod", "777", "b"}, {"setfattr", "-n", "user.x", "-v", "1", "b"},
		{"truncate", "-s0", "b/uploads/a/b/id1/upload.json"}, {"sh", "-c", "echo > b/uploads.jsonl"},
	} {
		if _, stderr, code := tool(t, point, argv...); code == 0 || !strings.Contains(stderr, "Read-only file system") {
			t.Errorf("%q: exit %d, %q, want EROFS", argv, code, stderr)
		}
	}
	mounts, err := os.ReadFile("/proc/self/mounts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(mounts)) {
		f := strings.Fields(line)
		if f[1] != point {
			continue
		}
		if f[0] != "s3://b,x" || f[2] != "fuse.uploadfs" {
			t.Errorf("mounts show %q of type %q, want the source s3://b,x and fuse.uploadfs", f[0], f[2])
		}
		for _, word := range []string{"ro", "nosuid", "nodev", "noexec"} {
			if !strings.Contains(","+f[3]+",", ","+word+",") {
				t.Errorf("mount options %q lack %s", f[3], word)
			}
		}
		if out := works(t, "/", "df", "-T", "-a", point); !strings.Contains(out, "fuse.uploadfs") {
			t.Errorf("df -T: %q, want fuse.uploadfs", out)
		}
		return
	}
	t.Errorf("no line for %s in the mounts", point)
}

func TestMountedRmdirAborts(t *testing.T) {
	s := sample()
	point, _ := mountForTest(t, newAccount(s), aborting)
	works(t, point, "ls", "-lR", ".") // the kernel knows everything below
	for _, argv := range [][]string{
		{"rm", "-f", "b/uploads/a/b/id1/upload.json"}, {"rmdir", "b/uploads/a"}, {"rmdir", "b/uploads/a/b/id1/parts"}, {"mkdir", "b/uploads/x"},
		{"touch", "b/uploads/x"}, {"mv", "b/uploads/a/b/id1", "b/uploads/a/b/id9"}, {"chmod", "777", "b"}, {"sh", "-c", "echo > b/uploads/a/b/id1/upload.json"},
	} {
		if _, stderr, code := tool(t, point, argv...); code == 0 || !strings.Contains(stderr, "Operation not permitted") {
			t.Errorf("%q: exit %d, %q, want EPERM", argv, code, stderr)
		}
	}
	works(t, point, "sh", "-c", "cd b/uploads/a/b && rmdir id1 && test ! -e id1 && test ! -e id1/parts/1 && test -e id2 && pwd -P")
	if got := works(t, point, "ls", "b/uploads/a/b"); got != "c\nid2\n" {
		t.Errorf("the key after its abort: %q, want c and id2", got)
	}
	works(t, point, "sh", "-c", `find b/uploads -name upload.json -newermt 1970-01-01 -printf '%h\0' | xargs -0 rmdir`)
	if got := works(t, point, "find", "b/uploads", "-mindepth", "1"); got != "" {
		t.Errorf("uploads after all are aborted: %q, want nothing", got)
	}
	if _, _, code := tool(t, point, "stat", "b/uploads/top"); code == 0 {
		t.Error("the key of the last upload is still there")
	}
	if n := s.count("abort"); n != 4 {
		t.Errorf("%d aborts were sent, want one an upload", n)
	}
}

func TestMountedRmdirAbortsWhereTheKernelChecksModes(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("the user of the test would have to be in fuse.conf")
	}
	s := sample()
	point, _ := mountForTest(t, newAccount(s), aborting, func(o *Options) { o.AllowOther, o.UID, o.GID = true, 65534, 65534 })
	if err := os.Chmod(filepath.Dir(point), 0o755); err != nil {
		t.Fatal(err)
	}
	as := func(uid string) []string {
		return []string{"setpriv", "--reuid", uid, "--regid", uid, "--clear-groups", "--inh-caps=-all", "rmdir", "b/uploads/a/b/id1"}
	}
	if _, stderr, code := tool(t, point, as("12345")...); code == 0 || !strings.Contains(stderr, "Permission denied") {
		t.Errorf("rmdir by another user: exit %d, %q, want EACCES", code, stderr)
	}
	works(t, point, as("65534")...)
	if n := s.count("abort"); n != 1 {
		t.Errorf("%d aborts were sent, want the owner's", n)
	}
}

func TestMountedReaderIsInterruptedAtOnce(t *testing.T) {
	s := sample()
	waiting := make(chan struct{}, 16)
	s.hook = func(ctx context.Context, op, _ string) error {
		if op != "next" {
			return nil
		}
		waiting <- struct{}{}
		<-ctx.Done()
		return ctx.Err()
	}
	point, _ := mountForTest(t, newAccount(s))
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGKILL} {
		c := exec.Command("ls", filepath.Join(point, "b/uploads"))
		if err := c.Start(); err != nil {
			t.Fatal(err)
		}
		<-waiting
		if err := c.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		done := make(chan error, 1)
		go func() { done <- c.Wait() }()
		select {
		case err := <-done:
			if err == nil {
				t.Errorf("ls that got %v while the store was silent ended well, want it to end by it", sig)
			}
		case <-time.After(20 * time.Second):
			t.Fatalf("ls still waits 20 s after %v", sig)
		}
	}
}

func TestMountedRequestsStreamAndABusyMountIsDetached(t *testing.T) {
	in := &insight{lines: make(chan []byte, 1)}
	point, server := mountForTest(t, newAccount(sample()), func(o *Options) { o.Insight = in })
	c := exec.Command("cat", filepath.Join(point, ".uploadfs/requests"))
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	in.lines <- []byte("GET one\n")
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "GET one\n" {
		t.Fatalf("cat of requests: %q, %v, want the line at once", line, err)
	}
	if err := server.Unmount(); err == nil {
		t.Fatal("unmount while a file is open succeeded, want EBUSY")
	}
	works(t, point, "ls", ".") // and the mount goes on
	if err := server.Detach(); err != nil {
		t.Fatalf("detach of a busy mount: %v", err)
	}
	if got := works(t, point, "ls", "-A", "."); got != "" {
		t.Errorf("ls of the detached mount point: %q, want the empty directory below", got)
	}
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = c.Wait() // killed
	ended := make(chan struct{})
	go func() { server.Wait(); close(ended) }()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the mount still serves 20 s after its last user went")
	}
}

func TestMountedInvalidateDropsWhatTheKernelHolds(t *testing.T) {
	s := sample()
	s.ttl = time.Hour
	point, server := mountForTest(t, newAccount(s), func(o *Options) { o.TTL = time.Hour })
	works(t, point, "ls", "-lR", "b")
	s.setParts("a/b", "id1", remote.Part{Number: 1, Size: 7})
	s.remove("top", "id4")
	if got := works(t, point, "stat", "-c", "%s", "b/uploads/a/b/id1/parts/1"); number(got) != 5<<20 {
		t.Fatalf("size before: %q, want the one that the kernel holds", got)
	}
	server.Invalidate()
	if got := works(t, point, "stat", "-c", "%s", "b/uploads/a/b/id1/parts/1"); number(got) != 7 {
		t.Errorf("size after Invalidate: %q, want 7", got)
	}
	if _, _, code := tool(t, point, "stat", "b/uploads/top"); code == 0 {
		t.Error("a key that is gone is still there after Invalidate")
	}
}

func TestMountedInodesAreBounded(t *testing.T) {
	const n = 3000
	s := newStore("b")
	for i := range n {
		s.add(remote.Upload{Key: fmt.Sprintf("k%05d", i), UploadID: "id"}, remote.Part{Number: 1, Size: 512})
	}
	point, server := mountForTest(t, newAccount(s))
	p := server.t.pruner
	works(t, point, "du", "-s", "b")
	whole := server.Inodes()
	if whole < 4*n {
		t.Fatalf("%d inodes after a walk, want at least 4 for each of %d uploads", whole, n)
	}
	if server.t.server.PruneNotify(nil) == fuse.ENOSYS {
		t.Skip("this kernel knows no prune")
	}
	for d := p.oldest(); d != nil; d = p.oldest() {
		pruneBelow(d)
	}
	eventually(t, "the kernel has dropped nearly all inodes that nobody uses", func() bool { return server.Inodes() < whole/10 })
	if got := works(t, point, "du", "-s", "-B1", "b"); number(got) != n*512 {
		t.Errorf("du after that: %q, want %d", got, n*512)
	}
}

// A directory that is open and grows is no reason to keep what was looked at
// before, and what goes is found again.
func TestMountedInodesOfOneDirectoryAreBounded(t *testing.T) {
	const n, most = 20_000, 4096
	s := newStore("b")
	for i := range n {
		s.add(remote.Upload{Key: fmt.Sprintf("data/k%05d", i), UploadID: "id"})
	}
	point, server := mountForTest(t, newAccount(s))
	if server.t.server.PruneNotify(nil) == fuse.ENOSYS {
		t.Skip("this kernel knows no prune")
	}
	server.t.pruner.most.Store(most)
	dir := filepath.Join(point, "b/uploads/data")
	open, err := os.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer open.Close()
	for i, name := range must(open.Readdirnames(-1)) {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
		if got := server.Inodes(); i%1024 == 0 && got > 4*most {
			t.Fatalf("%d inodes after %d names were looked at, want about %d at most", got, i, most)
		}
	}
	if got := lines(works(t, point, "find", "b/uploads/data", "-mindepth", "1", "-maxdepth", "1")); got != n {
		t.Errorf("find shows %d names, want %d", got, n)
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func TestMountOnAnInheritedDescriptor(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can mount for another")
	}
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	point := t.TempDir()
	if err := unix.Mount("s", point, "fuse.uploadfs", unix.MS_RDONLY|unix.MS_NOSUID|unix.MS_NODEV, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)); err != nil {
		t.Fatal(err)
	}
	s, err := Mount(fmt.Sprint("/dev/fd/", fd), newAccount(sample()), Options{TTL: time.Minute})
	if err != nil {
		t.Fatalf("mount of /dev/fd/%d: %v", fd, err)
	}
	if got := works(t, point, "ls", "."); got != "b\n" {
		t.Errorf("ls of the mount that was inherited: %q, want the bucket", got)
	}
	if err := s.Detach(); err == nil {
		t.Error("detach without knowing the mount point succeeded")
	}
	if err := unix.Unmount(point, 0); err != nil {
		t.Fatal(err)
	}
	s.Wait()
}

func TestMountFailsWithAReason(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "missing")
	if s, err := Mount(missing, newAccount(), Options{Strict: true}); err == nil {
		_ = s.Detach()
		t.Fatal("mount on what is not there succeeded")
	} else if !strings.Contains(err.Error(), missing) {
		t.Errorf("mount on what is not there: %v, want an error that names it", err)
	}
}
