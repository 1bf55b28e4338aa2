package fs

import (
	"crypto/sha256"
	"encoding/binary"

	gofs "github.com/hanwen/go-fuse/v2/fs"
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

// rootAttr is the identity of the mount point.
func rootAttr() gofs.StableAttr {
	return gofs.StableAttr{Mode: fuse.S_IFDIR, Ino: fuse.FUSE_ROOT_ID}
}

// identify returns the identity of the child of that name and kind: the inode
// number and, as 64 independent bits more, the generation. Both come from one
// SHA-256 over the parent's identity, the kind and the name, so they are the
// same at every mount, and two paths that shared a number would have to be
// searched for.
func identify(parent gofs.StableAttr, k kind, name string) gofs.StableAttr {
	var room [17 + maxName]byte
	b := binary.LittleEndian.AppendUint64(room[:0], parent.Ino)
	b = binary.LittleEndian.AppendUint64(b, parent.Gen)
	b = append(b, byte(k))
	b = append(b, name...)
	h := sha256.Sum256(b)
	ino := binary.LittleEndian.Uint64(h[:8])
	// 0 is no number, 1 is the root and the library keeps the greatest.
	if ino <= fuse.FUSE_ROOT_ID || ino == ^uint64(0) {
		ino = binary.LittleEndian.Uint64(h[16:24]) | 2
	}
	return gofs.StableAttr{Mode: k.mode(), Ino: ino, Gen: binary.LittleEndian.Uint64(h[8:16])}
}
