//go:build linux

package fs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"uploadfs/remote"
)

// toolTimeout bounds every child process: a tool that hangs on the mount fails.
const toolTimeout = 60 * time.Second

// mountForTest mounts b and unmounts it at the end, by force if it must. Where
// mounting is impossible the test is skipped with the reason, and fails in CI,
// which is set up for it.
func mountForTest(t testing.TB, b Buckets, change ...func(*Options)) (string, *Server) {
	t.Helper()
	point := t.TempDir()
	o := Options{
		Started: testTime, TTL: time.Minute, RecordContent: true, Strict: os.Geteuid() == 0,
		Logger: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: slog.LevelWarn})),
	}
	for _, c := range change {
		c(&o)
	}
	s, err := Mount(point, b, o)
	if err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("mount in CI: %v, want success", err)
		}
		t.Skipf("this machine cannot mount: %v", err)
	}
	t.Cleanup(func() {
		if err := s.Unmount(); err != nil {
			t.Errorf("unmount at the end: %v, want nobody to use the mount any more", err)
			if err := s.Detach(); err != nil {
				t.Errorf("detach at the end: %v", err)
			}
		}
	})
	return point, s
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(b []byte) (int, error) {
	if bytes.Contains(b, []byte("panic")) {
		w.t.Errorf("a request must not panic: %s", b)
	} else {
		w.t.Logf("%s", b)
	}
	return len(b), nil
}

// tool runs a program as a user would, in dir.
func tool(t testing.TB, dir string, argv ...string) (stdout, stderr string, code int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), toolTimeout)
	defer cancel()
	c := exec.CommandContext(ctx, argv[0], argv[1:]...)
	// The child changes directory by itself: with Dir, this process would.
	c.Args = append([]string{"sh", "-c", `cd "$0" && exec "$@"`, dir}, argv...)
	c.Path = "/bin/sh"
	c.Env = append(os.Environ(), "LC_ALL=C", "TZ=UTC")
	c.WaitDelay = time.Second
	c.Cancel = func() error { return c.Process.Signal(syscall.SIGKILL) }
	var o, e bytes.Buffer
	c.Stdout, c.Stderr = &o, &e
	err := c.Run()
	if ctx.Err() != nil {
		t.Fatalf("%q: still running after %v", argv, toolTimeout)
	}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		code = exit.ExitCode()
	} else if err != nil {
		t.Fatalf("%q: %v", argv, err)
	}
	return o.String(), e.String(), code
}

// works is tool for a program that must succeed in silence.
func works(t testing.TB, dir string, argv ...string) string {
	t.Helper()
	o, e, code := tool(t, dir, argv...)
	if code != 0 || e != "" {
		t.Errorf("%q: exit %d, stderr %q, want 0 and silence", argv, code, e)
	}
	return o
}

// sample is a bucket with a bit of everything.
func sample() *store {
	s := newStore("b")
	day := time.Date(2026, 10, 1, 2, 3, 4, 0, time.UTC)
	info := &remote.UploadInfo{
		StorageClass: "STANDARD",
		Initiator:    remote.Person{ID: "me", DisplayName: "Me & <You>"}, Owner: remote.Person{ID: "owner"},
	}
	part := func(n int, size int64) remote.Part {
		return remote.Part{
			Number: n, Size: size, ETag: fmt.Sprintf("etag%d", n), LastModified: day.Add(time.Duration(n) * time.Hour),
			Checksums: []remote.Checksum{{Name: "ChecksumCRC32C", Value: "AAAA=="}},
		}
	}
	s.add(remote.Upload{Key: "a/b", UploadID: "id1", Initiated: day, Info: info}, part(1, 5<<20), part(2, 1000), part(10, 1))
	s.add(remote.Upload{Key: "a/b", UploadID: "id2", Initiated: day.Add(time.Hour), Info: info}, part(1, 512))
	s.add(remote.Upload{Key: "a/b/c", UploadID: "id3", Initiated: day, Info: info})
	s.add(remote.Upload{Key: "top", UploadID: "id4"})
	return s
}

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
