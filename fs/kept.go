package fs

import (
	"sync"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// keptOn is the answer of an OPENDIR that lets the kernel keep the listing and use
// the one it has. Without FOPEN_KEEP_CACHE it drops that first.
const keptOn = fuse.FOPEN_CACHE_DIR | fuse.FOPEN_KEEP_CACHE

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
		return keptOn
	case k.open > 1:
		// Another handle may be filling the kernel's pages from another
		// listing. Nothing is kept of either.
		k.expires = time.Time{}
		return 0
	}
	k.expires = expires
	return fuse.FOPEN_CACHE_DIR
}

func (k *keptListing) closed() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.open--
}
