//go:build !linux

package fs

import (
	"strings"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// attached is a mount that the library serves.
type attached struct{ server *fuse.Server }

// attach mounts raw on point, or takes over the descriptor that point names, and
// serves it.
func attach(raw *rawFS, point string, o fuse.MountOptions, strict bool) (*attached, error) {
	// A mount point that is a descriptor is mounted already.
	inherited := strings.HasPrefix(point, inheritedFd)
	o.DirectMount, o.DirectMountStrict = !inherited, strict && !inherited
	s, err := fuse.NewServer(raw, point, &o)
	if err != nil {
		return nil, err
	}
	go s.Serve()
	return &attached{s}, s.WaitMount()
}

// wait returns when the mount has ended.
func (a *attached) wait() { a.server.Wait() }

// unmount ends the mount, if nobody uses it.
func (a *attached) unmount() error { return a.server.Unmount() }
