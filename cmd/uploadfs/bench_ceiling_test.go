//go:build linux

package main

import (
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	gofs "github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote/emulator"
)

// BenchmarkWarm runs the tools over trees that the mount has shown before,
// without delay, and over the same trees served from memory by package fs of
// go-fuse with nothing of ours behind it (the ceiling), and on tmpfs. Held to
// 1.3 of the ceiling. The fastest of some runs of each counts, taken in turns.
func BenchmarkWarm(b *testing.B) {
	for _, c := range []struct {
		name           string
		uploads, parts int
	}{
		{"100000_files", 10, 10_000},
		{"10000_directories", 3333, 3},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := emulator.BucketOptions{Name: "bkt", Dialect: "s3"}
			w := newWorld(b, []string{"--ttl=1h"}, func(s *emulator.Store) {
				for i := range c.uploads {
					putParts(b, s, o.Name, fmt.Sprintf("data/%06d.bin", i), c.parts)
				}
			}, o)
			w.run("du", "-s", w.at(o))
			places := []string{w.at(o), ceiling(b, w.at(o)), memoryCopy(b, w.at(o))}
			for _, tool := range [][]string{{"find"}, {"ls", "-lR"}, {"du", "-s"}, {"find", "-size", "+1024G"}} {
				b.Run(strings.Join(tool, "_"), func(b *testing.B) {
					best := []time.Duration{time.Hour, time.Hour, time.Hour}
					var lines [3]int
					for i, p := range places {
						lines[i] = w.run(tool[0], withPath(tool, p)...)
					}
					if lines[0] != lines[1] || lines[0] != lines[2] {
						b.Fatalf("%q prints %d lines here, %d on the ceiling and %d on tmpfs", tool, lines[0], lines[1], lines[2])
					}
					for b.Loop() {
						for range 3 {
							for i, p := range places {
								began := time.Now()
								w.run(tool[0], withPath(tool, p)...)
								best[i] = min(best[i], time.Since(began))
							}
						}
					}
					b.ReportMetric(best[0].Seconds()/best[1].Seconds(), "x-of-the-ceiling")
					b.ReportMetric(best[0].Seconds()/best[2].Seconds(), "x-of-tmpfs")
					b.ReportMetric(best[0].Seconds(), "s")
				})
			}
		})
	}
}

// memoryFile is a file of the ceiling: attributes and nothing else.
type memoryFile struct {
	gofs.Inode
	attr fuse.Attr
}

func (f *memoryFile) Getattr(_ context.Context, _ gofs.FileHandle, out *fuse.AttrOut) syscall.Errno {
	out.Attr = f.attr
	out.SetTimeout(time.Hour)
	return 0
}

// ceiling serves a copy of the tree at from, as inodes that package fs keeps in
// memory for good, from this process.
func ceiling(b *testing.B, from string) string {
	b.Helper()
	dir := b.TempDir()
	root := &memoryFile{attr: fuse.Attr{Mode: fuse.S_IFDIR | 0o555, Nlink: 1}}
	long := time.Hour
	server, err := gofs.Mount(dir, root, &gofs.Options{
		EntryTimeout: &long, AttrTimeout: &long, NegativeTimeout: &long,
		MountOptions: fuse.MountOptions{FsName: "ceiling", DirectMount: true, Options: []string{"ro"}},
		OnAdd: func(ctx context.Context) {
			nodes := map[string]*gofs.Inode{from: &root.Inode}
			copied(b, from, func(path string, st *syscall.Stat_t) {
				up := nodes[filepath.Dir(path)]
				f := &memoryFile{}
				f.attr.FromStat(st)
				ch := up.NewPersistentInode(ctx, f, gofs.StableAttr{Mode: st.Mode & syscall.S_IFMT, Ino: st.Ino})
				up.AddChild(filepath.Base(path), ch, false)
				if st.Mode&syscall.S_IFMT == syscall.S_IFDIR {
					nodes[path] = ch
				}
			})
		},
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := server.Unmount(); err != nil {
			b.Errorf("the ceiling is left mounted: %v", err)
		}
	})
	return dir
}

// memoryCopy makes the tree on tmpfs, its files sparse and of their sizes.
func memoryCopy(b *testing.B, from string) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "uploadfs-bench")
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { os.RemoveAll(dir) })
	copied(b, from, func(path string, st *syscall.Stat_t) {
		to := dir + strings.TrimPrefix(path, from)
		var err error
		if st.Mode&syscall.S_IFMT == syscall.S_IFDIR {
			err = os.Mkdir(to, 0o755)
		} else if err = os.WriteFile(to, nil, 0o644); err == nil {
			err = os.Truncate(to, st.Size)
		}
		if err != nil {
			b.Fatal(err)
		}
	})
	return dir
}

// copied calls each for every path below from, directories first.
func copied(b *testing.B, from string, each func(path string, st *syscall.Stat_t)) {
	b.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil || path == from {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		each(path, info.Sys().(*syscall.Stat_t))
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
