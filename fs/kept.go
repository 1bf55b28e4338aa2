package fs

import (
	"sync"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// anew is added to the answer of an OPENDIR that lets the kernel keep the
// listing and makes it drop the one it has. The library would take it for
// permission to keep the old one, so rawFS puts it right.
const anew = 1 << 31

// keptListing is which listing of a directory the kernel may hold. The kernel
// keeps names for as long as each OPENDIR says that they hold (FOPEN_CACHE_DIR
// with FOPEN_KEEP_CACHE), and a walk over what was walked before then asks for no
// entry. A listing is told from the next by when it lapses.
type keptListing struct {
	mu      sync.Mutex
	expires time.Time
	open    int
}

// opened returns the flags for a handle on the listing that lapses then.
func (k *keptListing) opened(expires time.Time) uint32 {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open++
	switch {
	case k.expires.Equal(expires) && time.Now().Before(expires):
		return fuse.FOPEN_CACHE_DIR
	case k.open > 1:
		// Another handle may be filling the kernel's pages from another
		// listing. Nothing is kept of either.
		k.expires = time.Time{}
		return 0
	}
	k.expires = expires
	return fuse.FOPEN_CACHE_DIR | anew
}

func (k *keptListing) closed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open--
}

// OpenDir lets a listing be kept from its first reading on.
func (r *rawFS) OpenDir(cancel <-chan struct{}, in *fuse.OpenIn, out *fuse.OpenOut) fuse.Status {
	st := r.RawFileSystem.OpenDir(cancel, in, out)
	if out.OpenFlags&anew != 0 {
		out.OpenFlags &^= anew | fuse.FOPEN_KEEP_CACHE
	}
	return st
}
