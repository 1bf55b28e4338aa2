package fs

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// testTime is the time of mounting in tests.
var testTime = time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)

// driver sends kernel requests to an unmounted tree.
type driver struct {
	t   testing.TB
	raw fuse.RawFileSystem
	// cancel interrupts the requests; nil for never.
	cancel chan struct{}
	// room is the size of a READDIR's buffer.
	room int
	// pid is who sends the requests.
	pid uint32
}

func drive(t testing.TB, b Buckets, change ...func(*Options)) *driver {
	t.Helper()
	o := Options{Started: testTime, TTL: time.Minute, RecordContent: true}
	for _, c := range change {
		c(&o)
	}
	return &driver{t: t, raw: NewRaw(b, o), room: 4096}
}

func (d *driver) header(node uint64) fuse.InHeader {
	return fuse.InHeader{NodeId: node, Caller: fuse.Caller{Pid: d.pid}}
}

// step looks one name up. A negative reply is ENOENT, as the kernel shows it.
func (d *driver) step(node uint64, name string) (fuse.EntryOut, syscall.Errno) {
	var out fuse.EntryOut
	h := d.header(node)
	st := d.raw.Lookup(d.cancel, &h, name, &out)
	if st == fuse.OK && out.NodeId == 0 {
		return out, syscall.ENOENT
	}
	return out, syscall.Errno(st)
}

// walk looks a path up from the root.
func (d *driver) walk(path string) (fuse.EntryOut, syscall.Errno) {
	out := fuse.EntryOut{NodeId: fuse.FUSE_ROOT_ID}
	for name := range strings.SplitSeq(path, "/") {
		if name == "" {
			continue
		}
		var no syscall.Errno
		if out, no = d.step(out.NodeId, name); no != 0 {
			return out, no
		}
	}
	return out, 0
}

// must is walk of a path that has to exist.
func (d *driver) must(path string) fuse.EntryOut {
	d.t.Helper()
	out, no := d.walk(path)
	if no != 0 {
		d.t.Fatalf("lookup of %q: %v, want success", path, no)
	}
	return out
}

func (d *driver) getattr(node uint64) (fuse.AttrOut, syscall.Errno) {
	var out fuse.AttrOut
	st := d.raw.GetAttr(d.cancel, &fuse.GetAttrIn{InHeader: d.header(node)}, &out)
	return out, syscall.Errno(st)
}

// dir is an open directory.
type dir struct {
	d        *driver
	node, fh uint64
	off      uint64
	plus     bool
	outs     map[string]fuse.EntryOut
}

func (d *driver) opendir(node uint64) (*dir, syscall.Errno) {
	var out fuse.OpenOut
	st := d.raw.OpenDir(d.cancel, &fuse.OpenIn{InHeader: d.header(node)}, &out)
	return &dir{d: d, node: node, fh: out.Fh, outs: map[string]fuse.EntryOut{}}, syscall.Errno(st)
}

// read is one READDIR at the directory's offset.
func (r *dir) read() ([]fuse.DirEntry, syscall.Errno) {
	list := fuse.NewDirEntryList(make([]byte, r.d.room), r.off)
	in := &fuse.ReadIn{InHeader: r.d.header(r.node), Fh: r.fh, Offset: r.off, Size: uint32(r.d.room)}
	var st fuse.Status
	var entries []fuse.DirEntry
	var err error
	if r.plus {
		st = r.d.raw.ReadDirPlus(r.d.cancel, in, list)
		var outs []fuse.EntryOut
		entries, outs, err = fuse.ParseDirLookupEntries(list.Bytes())
		for i := range outs {
			r.outs[entries[i].Name] = outs[i]
		}
	} else {
		st = r.d.raw.ReadDir(r.d.cancel, in, list)
		entries, err = fuse.ParseDirEntries(list.Bytes())
	}
	if err != nil {
		r.d.t.Fatalf("READDIR gave bytes that are no entries: %v", err)
	}
	if len(entries) > 0 {
		r.off = entries[len(entries)-1].Off
	}
	return entries, syscall.Errno(st)
}

// all reads to the end or the first error, without "." and "..".
func (r *dir) all() ([]string, syscall.Errno) {
	var names []string
	for {
		entries, no := r.read()
		if no != 0 || len(entries) == 0 {
			return names, no
		}
		for _, e := range entries {
			if e.Name != "." && e.Name != ".." {
				names = append(names, e.Name)
			}
		}
	}
}

func (r *dir) close() {
	r.d.raw.ReleaseDir(&fuse.ReleaseIn{InHeader: r.d.header(r.node), Fh: r.fh})
}

// list lists a directory that has to be whole.
func (d *driver) list(path string) []string {
	d.t.Helper()
	r, no := d.opendir(d.must(path).NodeId)
	if no != 0 {
		d.t.Fatalf("opendir of %q: %v, want success", path, no)
	}
	defer r.close()
	names, no := r.all()
	if no != 0 {
		d.t.Fatalf("readdir of %q: %v after %q, want the end", path, no, names)
	}
	return names
}

// read reads a file whole, in reads of room bytes.
func (d *driver) read(path string) (string, syscall.Errno) {
	node := d.must(path).NodeId
	var out fuse.OpenOut
	if st := d.raw.Open(d.cancel, &fuse.OpenIn{InHeader: d.header(node)}, &out); st != 0 {
		return "", syscall.Errno(st)
	}
	defer d.raw.Release(nil, &fuse.ReleaseIn{InHeader: d.header(node), Fh: out.Fh})
	var b bytes.Buffer
	for {
		buf := make([]byte, d.room)
		in := &fuse.ReadIn{InHeader: d.header(node), Fh: out.Fh, Offset: uint64(b.Len()), Size: uint32(len(buf)), ReadFlags: fuse.READ_LOCKOWNER}
		res, st := d.raw.Read(d.cancel, in, buf)
		if st != 0 {
			return b.String(), syscall.Errno(st)
		}
		data, _ := res.Bytes(buf)
		if len(data) == 0 {
			return b.String(), 0
		}
		b.Write(data)
	}
}

// getxattr asks for the length and then for the value, as programs do.
func (d *driver) getxattr(node uint64, name string) (string, syscall.Errno) {
	h := d.header(node)
	n, st := d.raw.GetXAttr(d.cancel, &h, name, nil)
	if st != 0 {
		return "", syscall.Errno(st)
	}
	buf := make([]byte, n)
	n, st = d.raw.GetXAttr(d.cancel, &h, name, buf)
	return string(buf[:n]), syscall.Errno(st)
}

func (d *driver) listxattr(node uint64) []string {
	h := d.header(node)
	n, st := d.raw.ListXAttr(d.cancel, &h, nil)
	buf := make([]byte, n)
	if st == 0 {
		n, st = d.raw.ListXAttr(d.cancel, &h, buf)
	}
	if st != 0 {
		d.t.Fatalf("listxattr: %v, want success", st)
	}
	return strings.FieldsFunc(string(buf[:n]), func(r rune) bool { return r == 0 })
}

// sameSet compares two sets of names.
func sameSet(got, want []string) error {
	seen := map[string]int{}
	for _, n := range got {
		seen[n]++
	}
	for _, n := range want {
		seen[n]--
	}
	for n, k := range seen {
		if k != 0 {
			return fmt.Errorf("%q came %+d times more than wanted (got %d names, want %d)", n, k, len(got), len(want))
		}
	}
	return nil
}
