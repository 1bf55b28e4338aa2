package fs

import (
	"context"
	"io"
	"syscall"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// inoder makes the inode of an entry of its directory.
type inoder interface {
	inode(e *entry) node
}

// fixedSource lists a directory whose entries are known.
type fixedSource struct {
	inoder
	entries []entry
}

func (s *fixedSource) at(_ context.Context, i int) (*entry, error) {
	if i >= len(s.entries) {
		return nil, io.EOF
	}
	return &s.entries[i], nil
}

func (s *fixedSource) rewind(context.Context) error { return nil }

// lookupFixed looks a name up among known entries.
func lookupFixed(t *tree, n inoder, entries []entry, name string, out *fuse.EntryOut) (*base, syscall.Errno) {
	for i := range entries {
		if entries[i].name == name {
			t.fillEntry(out, entries[i].meta)
			return n.inode(&entries[i]).self(), 0
		}
	}
	return nil, syscall.ENOENT
}
