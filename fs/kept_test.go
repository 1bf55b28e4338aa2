//go:build linux

package fs

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

func TestTheKernelKeepsOneListingAsLongAsItHolds(t *testing.T) {
	const fresh, keep = fuse.FOPEN_CACHE_DIR, fuse.FOPEN_CACHE_DIR | fuse.FOPEN_KEEP_CACHE
	synctest.Test(t, func(t *testing.T) {
		s := newStore("b")
		s.add(remote.Upload{Key: "k", UploadID: "id"}, remote.Part{Number: 1})
		d := drive(t, newAccount(s))
		node := d.must("b/uploads/k/id/parts").NodeId
		var open []fuse.OpenOut
		opendir := func(want uint32, why string) {
			t.Helper()
			var out fuse.OpenOut
			if st := d.raw.OpenDir(nil, &fuse.OpenIn{InHeader: d.header(node)}, &out); st != 0 || out.OpenFlags != want {
				t.Errorf("opendir of parts, %s: %v with flags %b, want %b", why, st, out.OpenFlags, want)
			}
			open = append(open, out)
		}
		closeAll := func() {
			for _, o := range open {
				d.raw.ReleaseDir(&fuse.ReleaseIn{InHeader: d.header(node), Fh: o.Fh})
			}
			open = nil
		}
		opendir(fresh, "the first time")
		opendir(keep, "the same listing")
		closeAll()
		opendir(keep, "the same listing again")
		closeAll()
		time.Sleep(time.Second) // the fake lists again, with another lapse
		opendir(fresh, "another listing")
		time.Sleep(time.Second)
		opendir(0, "yet another while one is being read")
		closeAll()
		opendir(fresh, "after both were closed")
		closeAll()
		s.ttl = 0
		opendir(fresh, "a listing that has lapsed")
		closeAll()
		opendir(fresh, "a listing that has lapsed, again")
		closeAll()
	})
}

func TestMountedListingsAreKeptAndDropped(t *testing.T) {
	s := newStore("b")
	s.ttl = time.Hour
	in1, in2 := time.Now().Add(time.Hour), time.Now().Add(2*time.Hour)
	s.lapse.Store(&in1)
	s.add(remote.Upload{Key: "k", UploadID: "id"}, remote.Part{Number: 1}, remote.Part{Number: 2})
	point, server := mountForTest(t, newAccount(s))
	for range 3 {
		if got := works(t, point, "ls", "b/uploads/k/id/parts"); got != "1\n2\n" {
			t.Fatalf("parts: %q, want 1 and 2", got)
		}
	}
	// The same listing by its lapse, so the kernel is right to show the old one.
	s.setParts("k", "id", remote.Part{Number: 3})
	if got := works(t, point, "ls", "b/uploads/k/id/parts"); got != "1\n2\n" {
		t.Errorf("parts of a listing that still holds: %q, want it from the kernel, 1 and 2", got)
	}
	s.lapse.Store(&in2)
	for range 3 {
		if got := works(t, point, "ls", "b/uploads/k/id/parts"); got != "3\n" {
			t.Errorf("parts of another listing: %q, want 3", got)
		}
	}
	s.setParts("k", "id", remote.Part{Number: 4})
	server.Invalidate()
	if got := works(t, point, "ls", "b/uploads/k/id/parts"); got != "4\n" {
		t.Errorf("parts after Invalidate: %q, want 4", got)
	}
}
