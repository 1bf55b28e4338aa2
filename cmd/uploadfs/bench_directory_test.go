//go:build linux

package main

import (
	"net/http/httptest"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/cache"
	"uploadfs/cmd/internal/buckets"
	"uploadfs/fs"
	"uploadfs/remote/emulator"
)

// BenchmarkDirectory is what one directory of two keys costs a walker here, with
// everything cached and no kernel: OPENDIR, READDIRPLUS until it is empty, and
// RELEASEDIR. In a mount the kernel's side of the four comes on top.
func BenchmarkDirectory(b *testing.B) {
	const uploads = 20_000
	store := emulator.New(emulator.Options{})
	if err := store.AddBucket(synthetic("s3", "bkt", emulator.ShapePairs, uploads)); err != nil {
		b.Fatal(err)
	}
	server := httptest.NewServer(store)
	b.Cleanup(server.Close)
	c := cache.New(cache.Options{TTL: time.Hour, Bytes: 128 << 20, Concurrency: 1})
	b.Cleanup(c.Close)
	w := &rawWalker{b: b, raw: fs.NewRaw(buckets.New(c, time.Hour, []buckets.Source{{Dir: "bkt", Bucket: "bkt", Client: alone(b, server.URL, "bkt")}}), fs.Options{TTL: time.Hour})}
	node := uint64(fuse.FUSE_ROOT_ID)
	for _, name := range []string{"bkt", "uploads"} {
		var out fuse.EntryOut
		h := w.header(node)
		if st := w.raw.Lookup(nil, &h, name, &out); st != fuse.OK || out.NodeId == 0 {
			b.Fatalf("lookup of %s: %v", name, st)
		}
		node = out.NodeId
	}
	dirs := w.children(node)
	if len(dirs) != uploads/2 {
		b.Fatalf("%d directories, want %d", len(dirs), uploads/2)
	}
	b.ReportAllocs()
	for b.Loop() {
		for _, d := range dirs {
			replies := 0
			w.walk(d, func([]byte) { replies++ })
			if replies != 1 {
				b.Fatalf("a directory of two keys in %d replies, want one", replies)
			}
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(dirs)), "ns/directory")
}

// rawWalker sends the requests of a walker to a tree that is not mounted.
type rawWalker struct {
	b    *testing.B
	raw  fuse.RawFileSystem
	room [32 << 10]byte
}

func (w *rawWalker) header(node uint64) fuse.InHeader {
	return fuse.InHeader{NodeId: node, Caller: fuse.Caller{Pid: 1234}}
}

// walk reads a directory and hands each reply to what looks at it.
func (w *rawWalker) walk(node uint64, look func(reply []byte)) {
	var open fuse.OpenOut
	if st := w.raw.OpenDir(nil, &fuse.OpenIn{InHeader: w.header(node), Flags: syscall.O_NOFOLLOW}, &open); st != fuse.OK {
		w.b.Fatalf("opendir: %v", st)
	}
	for off := uint64(0); ; {
		list := fuse.NewDirEntryList(w.room[:], off)
		in := &fuse.ReadIn{InHeader: w.header(node), Fh: open.Fh, Offset: off, Size: uint32(len(w.room))}
		if st := w.raw.ReadDirPlus(nil, in, list); st != fuse.OK {
			w.b.Fatalf("readdir: %v", st)
		}
		if len(list.Bytes()) == 0 {
			break
		}
		look(list.Bytes())
		off = list.Offset
	}
	w.raw.ReleaseDir(&fuse.ReleaseIn{InHeader: w.header(node), Fh: open.Fh})
}

// children returns the numbers of what is in a directory.
func (w *rawWalker) children(node uint64) (numbers []uint64) {
	w.walk(node, func(reply []byte) {
		_, outs, err := fuse.ParseDirLookupEntries(reply)
		if err != nil {
			w.b.Fatal(err)
		}
		for i := range outs {
			if outs[i].NodeId != 0 {
				numbers = append(numbers, outs[i].NodeId)
			}
		}
	})
	return numbers
}
