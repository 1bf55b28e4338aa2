package fs

import (
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

func TestExtendedAttributes(t *testing.T) {
	s := sample()
	s.add(remote.Upload{Key: "raw\xff\x01", UploadID: "with/slash"}, remote.Part{Number: 3, Checksums: []remote.Checksum{{Name: "HashCrc64ecma", Value: "9"}}})
	d := drive(t, newAccount(s))
	for _, c := range []struct {
		path string
		want []string // name, value, name, value
	}{
		{"", nil},
		{"b", nil},
		{"b/uploads.jsonl", nil},
		{"b/uploads", []string{"user.bucket", "b"}},
		{"b/uploads/a", []string{"user.bucket", "b", "user.prefix", "a/"}},
		{"b/uploads/a/b", []string{"user.bucket", "b", "user.key", "a/b", "user.prefix", "a/b/"}},
		{"b/uploads/a/b/c", []string{"user.bucket", "b", "user.key", "a/b/c"}},
		{"b/uploads/a/b/id1", []string{
			"user.bucket", "b", "user.key", "a/b", "user.upload_id", "id1", "user.initiated", "2026-10-01T02:03:04.000Z",
			"user.storage_class", "STANDARD", "user.initiator_id", "me", "user.initiator_name", "Me & <You>", "user.owner_id", "owner",
			"user.part_count", "3", "user.bytes", "5243881", "user.last_part", "2026-10-01T12:03:04.000Z",
		}},
		{"b/uploads/top/id4", []string{"user.bucket", "b", "user.key", "top", "user.upload_id", "id4", "user.part_count", "0", "user.bytes", "0", "user.last_part", ""}},
		{"b/uploads/" + encodeName("raw\xff\x01") + "/with%2Fslash", []string{
			"user.bucket", "b", "user.key", "raw\xff\x01", "user.upload_id", "with/slash", "user.part_count", "1", "user.bytes", "0", "user.last_part", "",
		}},
		{"b/uploads/a/b/id1/parts", nil},
		{"b/uploads/a/b/id1/upload.json", nil},
		{"b/uploads/a/b/id1/parts/1", []string{
			"user.part_number", "1", "user.etag", "etag1", "user.last_modified", "2026-10-01T03:03:04.000Z", "user.checksum_crc32c", "AAAA==",
		}},
		{"b/uploads/" + encodeName("raw\xff\x01") + "/with%2Fslash/parts/3", []string{"user.part_number", "3", "user.checksum_crc64ecma", "9"}},
	} {
		node := d.must(c.path).NodeId
		var got []string
		for _, name := range d.listxattr(node) {
			value, no := d.getxattr(node, name)
			if no != 0 {
				t.Errorf("%s of %q is listed: %v, want its value", name, c.path, no)
			}
			got = append(got, name, value)
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("xattrs of %q:\n%q\nwant\n%q", c.path, got, c.want)
		}
	}
}

func TestXattrsThatDoNotExistAreENODATAWithoutARequest(t *testing.T) {
	s := sample()
	d := drive(t, newAccount(s))
	for _, path := range []string{"", "b", "b/uploads", "b/uploads/a", "b/uploads/a/b", "b/uploads/a/b/id1", "b/uploads/a/b/id1/parts", "b/uploads/a/b/id1/parts/1", "b/uploads/a/b/id1/upload.json"} {
		node := d.must(path).NodeId
		before := s.total()
		for _, name := range []string{
			"security.capability", "security.selinux", "system.posix_acl_access", "system.posix_acl_default", "trusted.x", "user.", "user.none",
			"user. ", "user.key user.prefix", "bucket", "USER.KEY",
		} {
			if _, no := d.getxattr(node, name); no != syscall.Errno(fuse.ENOATTR) {
				t.Errorf("%s of %q: %v, want ENODATA", name, path, no)
			}
		}
		if n := s.total() - before; n != 0 {
			t.Errorf("xattrs that %q cannot have asked the store %d times, want never", path, n)
		}
	}
}

func TestListingXattrsListsNoParts(t *testing.T) {
	s := sample()
	d := drive(t, newAccount(s))
	node := d.must("b/uploads/a/b/id1").NodeId
	d.listxattr(node)
	if _, no := d.getxattr(node, "user.initiated"); no != 0 {
		t.Fatal(no)
	}
	if n := s.count("parts"); n != 0 {
		t.Errorf("names and what the listing says asked for the parts %d times, want never", n)
	}
	if _, no := d.getxattr(node, "user.bytes"); no != 0 || s.count("parts") == 0 {
		t.Errorf("user.bytes: %v after %d part listings, want a value from the parts", no, s.count("parts"))
	}
}

func TestXattrSizes(t *testing.T) {
	s := newStore("b")
	s.add(remote.Upload{Key: "k", UploadID: "id", Info: &remote.UploadInfo{StorageClass: strings.Repeat("x", largestXattr+1)}})
	d := drive(t, newAccount(s))
	h := d.header(d.must("b/uploads/k/id").NodeId)
	if n, st := d.raw.GetXAttr(nil, &h, "user.upload_id", make([]byte, 1)); st != fuse.ERANGE || n != 2 {
		t.Errorf("getxattr into a buffer too short: %d, %v, want the length 2 and ERANGE", n, st)
	}
	if n, st := d.raw.ListXAttr(nil, &h, make([]byte, 1)); st != fuse.ERANGE || n == 0 {
		t.Errorf("listxattr into a buffer too short: %d, %v, want the length and ERANGE", n, st)
	}
	if _, no := d.getxattr(h.NodeId, "user.storage_class"); no != syscall.Errno(fuse.ENOATTR) {
		t.Errorf("a value that no xattr can hold: %v, want ENODATA", no)
	}
}
