package fs

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// Options is how a mount shows itself. The zero value is a strict read-only
// mount of the caller's with the modes of interface.md.
type Options struct {
	// Insight is what .uploadfs shows; nil leaves .uploadfs out.
	Insight Insight
	// Logger is nil for slog.Default().
	Logger *slog.Logger
	// FsName is the source that mount(8) and df(1) show.
	FsName string
	// AllowOther lets other users in, by the modes, which the kernel then
	// checks.
	AllowOther bool
	// NoXattr answers no xattr request: the kernel asks once and never again.
	NoXattr bool
	// AllowAbort makes rmdir of an upload's directory abort that upload, and
	// the mount writable. Any other change is then EPERM instead of EROFS.
	AllowAbort bool
	// Debug logs every kernel request.
	Debug bool
	// RecordContent makes the content of a part its record. Without it reading
	// a part fails with ENODATA.
	RecordContent bool
	// UID and GID own every file. 0 is root, not a default.
	UID, GID uint32
	// FileMode and DirMode are permission bits, 0 for 0444 and 0555.
	FileMode, DirMode uint32
	// Started is the date of what has none of its own, zero for now.
	Started time.Time
	// TTL is how long the kernel keeps what no listing dates.
	TTL time.Duration
	// Strict mounts with mount(2) alone, never by fusermount3.
	Strict bool
}

// tree is what all nodes of one mount share. It holds no data of the store.
type tree struct {
	buckets Buckets
	o       Options
	inodes  inodes
	// openDirs counts the open directory handles.
	openDirs atomic.Int64
	// pruner and server, which sends notices, are nil where there is no kernel.
	pruner *pruner
	server *fuse.Server
}

func newTree(b Buckets, o Options) *tree {
	if o.Logger == nil {
		o.Logger = slog.Default()
	}
	if o.FileMode == 0 {
		o.FileMode = 0o444
	}
	if o.DirMode == 0 {
		o.DirMode = 0o555
	}
	if o.Started.IsZero() {
		o.Started = time.Now()
	}
	return &tree{buckets: b, o: o}
}

// NewRaw returns the tree as the kernel protocol sees it, without a mount, for
// tests that send it requests, inside testing/synctest for example.
func NewRaw(b Buckets, o Options) fuse.RawFileSystem { return newRaw(newTree(b, o)) }

func newRaw(t *tree) *rawFS {
	root := &rootNode{base{t: t}}
	t.inodes.root(root, rootIdentity())
	return &rawFS{RawFileSystem: fuse.NewDefaultRawFileSystem(), t: t}
}
