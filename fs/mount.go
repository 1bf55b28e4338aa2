package fs

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime/debug"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/hanwen/go-fuse/v2/fuse"
)

const (
	// subtype makes the type of the mount fuse.uploadfs, as mount -t has it.
	subtype = "uploadfs"
	// largestRequest bounds a READDIR, at glibc's buffer, and a READ.
	largestRequest = 32 << 10
	// inheritedFd begins a mount point that is a file descriptor of an already
	// mounted /dev/fuse, as mount.fuse3 and container managers pass it.
	inheritedFd = "/dev/fd/"
)

// Server is a live mount.
type Server struct {
	t      *tree
	kernel *attached
	point  string
	// ended is closed when the kernel has let go of the mount.
	ended chan struct{}
	// detached is set when the mount is out of the file tree.
	detached atomic.Bool
	// invalidate lets one Invalidate run at a time.
	invalidate sync.Mutex
}

// Mount mounts the tree and returns when it can be read. It mounts with
// mount(2) where it may and with fusermount3 where it may not.
func Mount(mountpoint string, b Buckets, o Options) (*Server, error) {
	t := newTree(b, o)
	t.pruner = newPruner(t)
	raw := newRaw(t)
	if !strings.HasPrefix(mountpoint, inheritedFd) {
		abs, err := filepath.Abs(mountpoint)
		if err != nil {
			return nil, fmt.Errorf("mount point %s: %w", mountpoint, err)
		}
		mountpoint = abs
	}
	k, err := attach(raw, mountpoint, mountOptions(t), o.Strict)
	if err != nil {
		return nil, fmt.Errorf("mount %s: %w", mountpoint, err)
	}
	ended := make(chan struct{})
	go t.pruner.run(ended)
	go func() {
		k.wait()
		close(ended)
	}()
	return &Server{t: t, kernel: k, point: mountpoint, ended: ended}, nil
}

func mountOptions(t *tree) fuse.MountOptions {
	words := []string{"nosuid", "nodev", "noexec"}
	if !t.o.AllowAbort {
		words = append(words, "ro")
	}
	if t.o.AllowOther {
		// Without it every user would see what the credentials see.
		words = append(words, "default_permissions")
	}
	// What the library says unasked is worth a warning.
	level := slog.LevelWarn
	if t.o.Debug {
		level = slog.LevelInfo
	}
	name := t.o.FsName
	if name == "" {
		name = subtype
	}
	return fuse.MountOptions{
		FsName:        name,
		Name:          subtype,
		Options:       words,
		AllowOther:    t.o.AllowOther,
		DisableXAttrs: t.o.NoXattr,
		MaxWrite:      largestRequest,
		Debug:         t.o.Debug,
		Logger:        slog.NewLogLogger(t.o.Logger.Handler(), level),
		PanicHandler: func(v any) fuse.Status {
			t.o.Logger.Error("a request ended in a panic", "panic", v, "stack", string(debug.Stack()))
			return fuse.EIO
		},
	}
}

// Wait returns when the mount has ended, by whatever means.
func (s *Server) Wait() { <-s.ended }

// Unmount ends the mount. It fails while a file or directory is in use, and the
// mount then goes on. It does nothing where the mount has ended or was detached.
func (s *Server) Unmount() error {
	select {
	case <-s.ended:
		return nil
	default:
	}
	if s.detached.Load() {
		return nil
	}
	return s.kernel.unmount()
}

// Detach takes the mount out of the file tree at once. It ends when its last
// user does.
func (s *Server) Detach() error {
	if strings.HasPrefix(s.point, inheritedFd) {
		return errors.New("a mount that was inherited as a descriptor is detached by its real mount point")
	}
	if err := detach(s.point); err != nil {
		return err
	}
	s.detached.Store(true)
	return nil
}

// OpenDirectories returns the number of directories that are open.
func (s *Server) OpenDirectories() int64 { return s.t.openDirs.Load() }

// Inodes returns about the number of inodes that the kernel holds. Two lookups
// of a name at once may count it twice.
func (s *Server) Inodes() int64 { return s.t.inodes.count.Load() }

// Invalidate makes the kernel drop what it holds of the tree: attributes and
// listings of everything, and the names of what nobody uses. It is done as far
// as it goes: what a process uses goes when its lifetime ends, and names known
// to be missing within seconds.
func (s *Server) Invalidate() {
	s.invalidate.Lock()
	defer s.invalidate.Unlock()
	t := s.t
	known := t.inodes.known()
	// Each notice is a hint: ENOENT says that the kernel has nothing to drop,
	// and ENOSYS that it is too old for this one.
	for _, n := range known {
		_ = t.server.InodeNotify(n.number, 0, 0)
	}
	_ = t.server.InodeNotify(fuse.FUSE_ROOT_ID, 0, 0)
	t.prune(known)
}
