package fs

import (
	"crypto/sha256"
	"encoding/binary"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// kind is what stands at a path. It is part of the identity, so that a path
// that changes what it is, such as a component that becomes an upload id, is a
// new file and never the old node.
type kind byte

const (
	kindBucket    kind = 'b'
	kindDir       kind = 'd'
	kindUpload    kind = 'u'
	kindParts     kind = 'P'
	kindPart      kind = 'p'
	kindRecord    kind = 'r'
	kindStream    kind = 's'
	kindInsight   kind = 'I'
	kindInsightOf kind = 'i'
)

func (k kind) mode() uint32 {
	switch k {
	case kindPart, kindRecord, kindStream, kindInsightOf:
		return fuse.S_IFREG
	}
	return fuse.S_IFDIR
}

// identity is which file a node is, and of which type (S_IFDIR or S_IFREG).
type identity struct {
	ino, gen uint64
	mode     uint32
}

// rootIdentity is that of the mount point.
func rootIdentity() identity { return identity{ino: fuse.FUSE_ROOT_ID, mode: fuse.S_IFDIR} }

// identify returns the identity of the child of that name and kind: the inode
// number and, as 64 independent bits more, the generation. Both come from one
// SHA-256 over the parent's identity, the kind and the name, so they are the
// same at every mount, and two paths that shared a number would have to be
// searched for.
func identify(parent identity, k kind, name string) identity {
	var room [17 + maxName]byte
	b := binary.LittleEndian.AppendUint64(room[:0], parent.ino)
	b = binary.LittleEndian.AppendUint64(b, parent.gen)
	b = append(b, byte(k))
	b = append(b, name...)
	h := sha256.Sum256(b)
	ino := binary.LittleEndian.Uint64(h[:8])
	// 0 is no number, 1 is the root and the FUSE library keeps the greatest.
	if ino <= fuse.FUSE_ROOT_ID || ino == ^uint64(0) {
		ino = binary.LittleEndian.Uint64(h[16:24]) | 2
	}
	return identity{mode: k.mode(), ino: ino, gen: binary.LittleEndian.Uint64(h[8:16])}
}
