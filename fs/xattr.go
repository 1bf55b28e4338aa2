package fs

import (
	"context"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

// xattrPrefix begins every name that exists here. rawFS answers all others.
const xattrPrefix = "user."

// largestXattr is the most that Linux hands out (XATTR_SIZE_MAX). A value past
// it could be listed and never read, so it is left out.
const largestXattr = 64 << 10

// errNoXattr says that there is no such attribute.
const errNoXattr = syscall.Errno(fuse.ENOATTR)

// xattr is one attribute with its exact bytes.
type xattr struct{ name, value string }

// xattrs is the attributes of a file, in the order they are listed.
type xattrs []xattr

// add adds an attribute that the store sent.
func (x *xattrs) add(name, value string) {
	if value != "" && len(value) <= largestXattr {
		*x = append(*x, xattr{xattrPrefix + name, value})
	}
}

// get answers getxattr(2): the value, or its length where dest is empty, which
// asks for the length, or too short.
func (x xattrs) get(name string, dest []byte) (uint32, syscall.Errno) {
	for _, a := range x {
		if a.name == name {
			return giveXattr(a.value, dest)
		}
	}
	return 0, errNoXattr
}

// list answers listxattr(2), by the same protocol.
func (x xattrs) list(dest []byte) (uint32, syscall.Errno) {
	var b strings.Builder
	for _, a := range x {
		b.WriteString(a.name)
		b.WriteByte(0)
	}
	return giveXattr(b.String(), dest)
}

func giveXattr(value string, dest []byte) (uint32, syscall.Errno) {
	if len(dest) > 0 && len(dest) < len(value) {
		return uint32(len(value)), syscall.ERANGE
	}
	return uint32(copyOrCount(dest, value)), 0
}

func copyOrCount(dest []byte, value string) int {
	if len(dest) > 0 {
		copy(dest, value)
	}
	return len(value)
}

// The names that each kind of file may have. Any other is answered without
// asking the store.
const (
	dirXattrs    = " user.bucket user.key user.prefix "
	uploadXattrs = " user.bucket user.key user.upload_id user.initiated user.storage_class" +
		" user.initiator_id user.initiator_name user.owner_id user.owner_name "
	partXattrs     = " user.part_number user.etag user.last_modified "
	checksumXattrs = xattrPrefix + "checksum_"

	partCountXattr = xattrPrefix + "part_count"
	bytesXattr     = xattrPrefix + "bytes"
	lastPartXattr  = xattrPrefix + "last_part"
)

func knownXattr(names, name string) bool {
	return !strings.Contains(name, " ") && strings.Contains(names, " "+name+" ")
}

// xattrs of a directory name the key it is, the prefix it is, or both.
func (n *dirNode) xattrs(ctx context.Context) (xattrs, error) {
	var x xattrs
	x.add("bucket", n.b.get().Name())
	if n.prefix == "" {
		return x, nil
	}
	path := n.prefix[:len(n.prefix)-1]
	i := strings.LastIndexByte(path, '/') + 1
	c, err := n.b.get().Describe(ctx, path[:i], path[i:])
	if err != nil {
		return nil, err
	}
	if key, ok := n.key(); ok && c.Key {
		x.add("key", key)
	}
	if c.Prefix {
		x.add("prefix", n.prefix)
	}
	return x, nil
}

func (n *dirNode) Getxattr(ctx context.Context, name string, dest []byte) (uint32, syscall.Errno) {
	if !knownXattr(dirXattrs, name) {
		return 0, errNoXattr
	}
	x, err := n.xattrs(ctx)
	if err != nil {
		return 0, n.t.failLookup(ctx, err)
	}
	return x.get(name, dest)
}

func (n *dirNode) Listxattr(ctx context.Context, dest []byte) (uint32, syscall.Errno) {
	x, err := n.xattrs(ctx)
	if err != nil {
		return 0, n.t.failLookup(ctx, err)
	}
	return x.list(dest)
}

// xattrs of an upload are what its listing says.
func (n *uploadNode) xattrs(ctx context.Context) (xattrs, error) {
	v, _, err := n.u.look(ctx)
	if err != nil {
		return nil, err
	}
	d := v.Details()
	var x xattrs
	x.add("bucket", n.u.b.get().Name())
	x.add("key", v.Key)
	x.add("upload_id", v.UploadID)
	x.add("initiated", date(v.Initiated))
	x.add("storage_class", d.StorageClass)
	x.add("initiator_id", d.Initiator.ID)
	x.add("initiator_name", d.Initiator.DisplayName)
	x.add("owner_id", d.Owner.ID)
	x.add("owner_name", d.Owner.DisplayName)
	return x, nil
}

// Getxattr lists the parts for the attributes that are worked out from them.
func (n *uploadNode) Getxattr(ctx context.Context, name string, dest []byte) (uint32, syscall.Errno) {
	switch name {
	case partCountXattr, bytesXattr, lastPartXattr:
		l, err := n.u.parts(ctx)
		if err != nil {
			return 0, n.t.fail(ctx, err)
		}
		return giveXattr(partsXattr(name, l.Parts), dest)
	}
	if !knownXattr(uploadXattrs, name) {
		return 0, errNoXattr
	}
	x, err := n.xattrs(ctx)
	if err != nil {
		return 0, n.t.failLookup(ctx, err)
	}
	return x.get(name, dest)
}

// Listxattr names the three that need the parts too, but lists none for it, or
// each ls -l that looks for attributes would. So user.last_part is named before
// it is known whether there is a last part, and is empty where there is none.
func (n *uploadNode) Listxattr(ctx context.Context, dest []byte) (uint32, syscall.Errno) {
	x, err := n.xattrs(ctx)
	if err != nil {
		return 0, n.t.failLookup(ctx, err)
	}
	x = append(x, xattr{name: partCountXattr}, xattr{name: bytesXattr}, xattr{name: lastPartXattr})
	return x.list(dest)
}

// partsXattr works an attribute of an upload out from its parts.
func partsXattr(name string, parts []remote.Part) string {
	switch name {
	case partCountXattr:
		return strconv.Itoa(len(parts))
	case bytesXattr:
		var sum int64
		for i := range parts {
			sum += parts[i].Size
		}
		return strconv.FormatInt(sum, 10)
	}
	var newest time.Time
	for i := range parts {
		if t := parts[i].LastModified; t.After(newest) {
			newest = t
		}
	}
	return date(newest)
}

// xattrs of a part are what List Parts says.
func (n *partNode) xattrs(ctx context.Context) (xattrs, error) {
	p, _, err := n.look(ctx)
	if err != nil {
		return nil, err
	}
	var x xattrs
	x.add("part_number", strconv.Itoa(p.Number))
	x.add("etag", p.ETag)
	x.add("last_modified", date(p.LastModified))
	for _, c := range p.Checksums {
		x.add(checksumName(c.Name), c.Value)
	}
	return x, nil
}

// checksumName turns ChecksumCRC32C into checksum_crc32c, and HashCrc64ecma,
// which is OSS's name for the same kind of member, into checksum_crc64ecma.
func checksumName(member string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(member, "Checksum"), "Hash")
	return "checksum_" + strings.ToLower(name)
}

func (n *partNode) Getxattr(ctx context.Context, name string, dest []byte) (uint32, syscall.Errno) {
	if !knownXattr(partXattrs, name) && !strings.HasPrefix(name, checksumXattrs) {
		return 0, errNoXattr
	}
	x, err := n.xattrs(ctx)
	if err != nil {
		return 0, n.t.failLookup(ctx, err)
	}
	return x.get(name, dest)
}

func (n *partNode) Listxattr(ctx context.Context, dest []byte) (uint32, syscall.Errno) {
	x, err := n.xattrs(ctx)
	if err != nil {
		return 0, n.t.failLookup(ctx, err)
	}
	return x.list(dest)
}
