package fs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

func (d *driver) rmdir(parent uint64, name string) syscall.Errno {
	h := d.header(parent)
	return syscall.Errno(d.raw.Rmdir(d.cancel, &h, name))
}

func aborting(o *Options) { o.AllowAbort = true }

func TestRmdirAbortsAnUploadAndNothingElse(t *testing.T) {
	s := sample()
	in := &insight{}
	d := drive(t, newAccount(s), aborting, func(o *Options) { o.Insight = in })
	key := d.must("b/uploads/a/b")
	for _, path := range []string{"b", "b/uploads", "b/uploads/a", "b/uploads/a/b", "b/uploads/a/b/c", "b/uploads/a/b/id1/parts", ".uploadfs"} {
		i := strings.LastIndex("/"+path, "/")
		parent := d.must(("/" + path)[:i]).NodeId
		if no := d.rmdir(parent, ("/" + path)[i+1:]); no != syscall.EPERM {
			t.Errorf("rmdir of %q: %v, want EPERM", path, no)
		}
	}
	if n := s.count("abort"); n != 0 {
		t.Fatalf("%d aborts were sent for directories that are no uploads", n)
	}
	if no := d.rmdir(key.NodeId, "no-such-id"); no != syscall.ENOENT {
		t.Errorf("rmdir of an upload that is not there: %v, want ENOENT", no)
	}
	d.must("b/uploads/a/b/id1/parts/1")
	if no := d.rmdir(key.NodeId, "id1"); no != 0 {
		t.Fatalf("rmdir of an upload: %v, want success", no)
	}
	if _, no := d.step(key.NodeId, "id1"); no != syscall.ENOENT {
		t.Errorf("the upload after its abort: %v, want ENOENT", no)
	}
	if got := d.list("b/uploads/a/b"); !slices.Equal(got, []string{"id2", "c"}) {
		t.Errorf("the key after the abort: %q, want the other upload and c", got)
	}
	if no := d.rmdir(d.must("b/uploads/top").NodeId, "id4"); no != 0 {
		t.Fatalf("rmdir of a key's last upload: %v", no)
	}
	if got := d.list("b/uploads"); !slices.Equal(got, []string{"a"}) {
		t.Errorf("uploads after a key's last upload: %q, want the key gone", got)
	}
	s.hook = func(_ context.Context, op, _ string) error {
		if op == "abort" {
			return &remote.Error{Kind: remote.KindBusy}
		}
		return nil
	}
	before := in.failures()
	if no := d.rmdir(key.NodeId, "id2"); no != syscall.EBUSY {
		t.Errorf("rmdir of a young upload: %v, want EBUSY", no)
	}
	if n := in.failures() - before; n != 1 {
		t.Errorf("%d failures noted for the busy upload, want 1", n)
	}
}

func TestRmdirAbortsAnUploadByItsHashedName(t *testing.T) {
	s := newStore("b")
	id := rep("i", 300)
	s.add(remote.Upload{Key: "k", UploadID: id})
	d := drive(t, newAccount(s), aborting)
	if no := d.rmdir(d.must("b/uploads/k").NodeId, encodeName(id)); no != 0 {
		t.Errorf("rmdir by the hashed name: %v, want success", no)
	}
	if _, _, err := s.findUpload("k", func(string) bool { return true }); err == nil {
		t.Error("the upload is still there")
	}
}

func TestEveryOtherChangeIsRefused(t *testing.T) {
	for _, c := range []struct {
		allow bool
		want  fuse.Status
	}{{false, fuse.EROFS}, {true, fuse.EPERM}} {
		s := sample()
		d := drive(t, newAccount(s), func(o *Options) { o.AllowAbort = c.allow })
		dir, file := d.header(d.must("b/uploads/a/b").NodeId), d.header(d.must("b/uploads/a/b/id1/upload.json").NodeId)
		var e fuse.EntryOut
		var o fuse.CreateOut
		var a fuse.AttrOut
		_, written := d.raw.Write(nil, &fuse.WriteIn{InHeader: file}, nil)
		_, copied := d.raw.CopyFileRange(nil, &fuse.CopyFileRangeIn{InHeader: file})
		changes := map[string]fuse.Status{
			"mkdir":       d.raw.Mkdir(nil, &fuse.MkdirIn{InHeader: dir}, "x", &e),
			"mknod":       d.raw.Mknod(nil, &fuse.MknodIn{InHeader: dir}, "x", &e),
			"create":      d.raw.Create(nil, &fuse.CreateIn{InHeader: dir}, "x", &o),
			"tmpfile":     d.raw.Tmpfile(nil, &fuse.CreateIn{InHeader: dir}, &o),
			"symlink":     d.raw.Symlink(nil, &dir, "x", "y", &e),
			"link":        d.raw.Link(nil, &fuse.LinkIn{InHeader: dir, Oldnodeid: file.NodeId}, "x", &e),
			"rename":      d.raw.Rename(nil, &fuse.RenameIn{InHeader: dir, Newdir: dir.NodeId}, "id1", "x"),
			"unlink":      d.raw.Unlink(nil, &file, "upload.json"),
			"setattr":     d.raw.SetAttr(nil, &fuse.SetAttrIn{SetAttrInCommon: fuse.SetAttrInCommon{InHeader: file}}, &a),
			"setxattr":    d.raw.SetXAttr(nil, &fuse.SetXAttrIn{InHeader: file}, "user.x", nil),
			"removexattr": d.raw.RemoveXAttr(nil, &file, "user.x"),
			"fallocate":   d.raw.Fallocate(nil, &fuse.FallocateIn{InHeader: file}),
			"write":       written, "copy_file_range": copied,
		}
		for _, path := range []string{"b/uploads.jsonl", "b/uploads/a/b/id1/upload.json", "b/uploads/a/b/id1/parts/1"} {
			var out fuse.OpenOut
			for _, flags := range []uint32{syscall.O_WRONLY, syscall.O_RDWR, syscall.O_TRUNC} {
				changes[fmt.Sprintf("open of %s with %o", path, flags)] = d.raw.Open(nil, &fuse.OpenIn{InHeader: d.header(d.must(path).NodeId), Flags: flags}, &out)
			}
		}
		if !c.allow {
			changes["rmdir"] = fuse.Status(d.rmdir(dir.NodeId, "id1"))
		}
		for what, got := range changes {
			if got != c.want {
				t.Errorf("%s with aborts allowed=%v: %v, want %v", what, c.allow, got, c.want)
			}
		}
		if s.count("abort") != 0 {
			t.Error("an abort was sent")
		}
	}
}

func TestErrnoOfEveryKind(t *testing.T) {
	want := map[remote.Kind]syscall.Errno{
		remote.KindDenied: syscall.EACCES, remote.KindNoUpload: syscall.ENOENT, remote.KindNoBucket: syscall.ENOENT,
		remote.KindNoKey: syscall.ENOENT, remote.KindThrottled: syscall.EAGAIN, remote.KindTimeout: syscall.ETIMEDOUT, remote.KindBusy: syscall.EBUSY,
	}
	for k := remote.KindInternal; k <= remote.KindUsage; k++ {
		w, ok := want[k]
		if !ok {
			w = syscall.EIO
		}
		for _, err := range []error{&remote.Error{Kind: k}, fmt.Errorf("page 3: %w", &remote.Error{Kind: k, Err: context.Canceled})} {
			if got := errno(err); got != w {
				t.Errorf("errno of %v: %v, want %v", err, got, w)
			}
		}
	}
	for err, w := range map[error]syscall.Errno{
		nil: 0, context.Canceled: syscall.EINTR, context.DeadlineExceeded: syscall.ETIMEDOUT, errors.New("unknown"): syscall.EIO,
	} {
		if got := errno(err); got != w {
			t.Errorf("errno of %v: %v, want %v", err, got, w)
		}
	}
}

func TestInsightIsThereAndNotListed(t *testing.T) {
	in := &insight{}
	s := sample()
	d := drive(t, newAccount(s), func(o *Options) { o.Insight = in })
	if got := d.list(""); !slices.Equal(got, []string{"b"}) {
		t.Errorf("the root lists %q, want the bucket alone", got)
	}
	if got := d.list(".uploadfs"); !slices.Equal(got, []string{"config", "errors", "requests", "stats"}) {
		t.Errorf(".uploadfs lists %q", got)
	}
	s.hook = func(_ context.Context, op, _ string) error {
		if op == "next" {
			return &remote.Error{Kind: remote.KindDenied, Message: "no"}
		}
		return nil
	}
	if _, no := d.opendir(d.must("b/uploads").NodeId); no != syscall.EACCES {
		t.Errorf("opendir that is refused: %v, want EACCES", no)
	}
	if _, no := d.walk("b/uploads/nothing"); no != syscall.ENOENT {
		t.Errorf("a name that is not there: %v, want ENOENT", no)
	}
	for path, want := range map[string]string{".uploadfs/stats": "uploadfs_up 1\n", ".uploadfs/config": "ttl 1m0s\n", ".uploadfs/errors": "denied: no\n"} {
		if got, no := d.read(path); no != 0 || got != want {
			t.Errorf("%s: %q, %v, want %q: the failures of readers, and no missing name", path, got, no, want)
		}
	}
	bare := drive(t, newAccount(s))
	if _, no := bare.walk(".uploadfs"); no != syscall.ENOENT {
		t.Errorf(".uploadfs without insight: %v, want ENOENT", no)
	}
}
