package fs

import (
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

// nastyKeys are keys that stores hold and file systems do not like.
func nastyKeys() []string {
	return []string{
		"a", "a/", "a//", "/", "//", "/a", "a/b", "a//b", "a-b", "a.b", "a/b/c", ".", "..", "./.", "../..", "x/..", "x/.",
		"%", "%%", "%41", "%2F", "100%/b", "%~", "%~~" + rep("a", 32), "tab\there", "new\nline", "nul\x00byte", "\x7f", "\xff\xfe",
		"é", "e\u0301", "日本/語", " ", "-rf", "*", "'\"\\", "uploads", "uploads.jsonl", "parts/1", "upload.json/x", ".uploadfs",
		rep("x", 255), rep("x", 256), rep("x", 256) + "/y", rep("x", 256) + "z", rep("ä", 300), rep("\x01", 120), "q/" + rep("日", 900),
		strings.Repeat("d/", 400) + "e",
	}
}

func nastyIDs() []string {
	return []string{"plain", "with/slash", ".", "..", "%", "%41", rep("i", 300), rep("/", 100), "b", "~", "\n"}
}

// collect walks the tree by listing alone and returns what the xattrs of every
// upload say, by path.
func (d *driver) collect(path string, got map[string]string) {
	d.t.Helper()
	node := d.must(path).NodeId
	if id, no := d.getxattr(node, "user.upload_id"); no == 0 {
		key, no := d.getxattr(node, "user.key")
		if no != 0 {
			d.t.Errorf("user.key of upload %q: %v, want the key", path, no)
		}
		got[path] = key + "\x00" + id
		return
	}
	for _, name := range d.list(path) {
		d.collect(path+"/"+name, got)
	}
}

func TestEveryKeyAndIdHasOnePathAndThePathGivesThemBack(t *testing.T) {
	s := newStore("b")
	var want []string
	for _, key := range nastyKeys() {
		for i, id := range nastyIDs() {
			if i > 0 && len(key) > 3 {
				break
			}
			s.add(remote.Upload{Key: key, UploadID: id})
			want = append(want, key+"\x00"+id)
		}
	}
	d := drive(t, newAccount(s))
	got := map[string]string{}
	d.collect("b/uploads", got)
	var found []string
	for _, v := range got {
		found = append(found, v)
	}
	if err := sameSet(found, want); err != nil {
		t.Errorf("the uploads that a walk finds: %v", err)
	}
	// The same by direct path, in a tree that has listed nothing.
	for path, v := range got {
		fresh := drive(t, newAccount(s))
		if id, no := fresh.getxattr(fresh.must(path).NodeId, "user.upload_id"); no != 0 || !strings.HasSuffix(v, "\x00"+id) {
			t.Errorf("upload id by the path %q: %q, %v, want that of %q", path, id, no, v)
		}
	}
}

func TestAnUploadIdKeepsItsNameAndTheComponentGivesWay(t *testing.T) {
	for _, same := range []string{"x", "%41", ".", rep("c", 230), rep("c", 300)} {
		s := newStore("b")
		s.add(remote.Upload{Key: "k", UploadID: same})
		s.add(remote.Upload{Key: "k/" + same + "/deep", UploadID: "id"})
		s.add(remote.Upload{Key: "k/other", UploadID: "id"})
		d := drive(t, newAccount(s))
		want := []string{encodeName(same), "other", encodeCollided(same)}
		if got := d.list("b/uploads/k"); sameSet(got, want) != nil {
			t.Fatalf("names where an id is %q and a component too: %q, want %q", same, got, want)
		}
		d = drive(t, newAccount(s))
		if _, no := d.getxattr(d.must("b/uploads/k/"+encodeName(same)).NodeId, "user.upload_id"); no != 0 {
			t.Errorf("plain name of %q: no upload (%v), want the upload", same, no)
		}
		deep := d.must("b/uploads/k/" + encodeCollided(same) + "/deep/id")
		if key, _ := d.getxattr(deep.NodeId, "user.key"); key != "k/"+same+"/deep" {
			t.Errorf("key below the collided name of %q: %q", same, key)
		}
		// Without the upload there is no collision, and the name is gone.
		s.remove("k", same)
		d = drive(t, newAccount(s))
		if _, no := d.walk("b/uploads/k/" + encodeCollided(same)); no != syscall.ENOENT {
			t.Errorf("collided name of %q without a collision: %v, want ENOENT", same, no)
		}
		if got := d.list("b/uploads/k/" + encodeName(same)); !slices.Equal(got, []string{"deep"}) {
			t.Errorf("component %q without a collision: %q, want its own name back", same, got)
		}
	}
}

func TestOtherSpellingsAreENOENTWithoutARequest(t *testing.T) {
	s := newStore("b")
	s.add(remote.Upload{Key: "A/k", UploadID: "id"}, remote.Part{Number: 1})
	d := drive(t, newAccount(s))
	d.must("b/uploads/A/k/id/parts")
	for _, path := range []string{"b/uploads/%41", "b/uploads/A%2Fk", "b/uploads/A/%6B", "b/uploads/x%~" + sum("x"), "b/uploads/" + encodeCollided("A"), "b/uploads/A/k/id/Parts", "b/other"} {
		before := s.count("lookup") + s.count("find") + s.count("parts")
		parent := strings.Count(path, "/") // each step down is a lookup that is allowed
		if _, no := d.walk(path); no != syscall.ENOENT {
			t.Errorf("lookup of %q: %v, want ENOENT", path, no)
		}
		if n := s.count("lookup") + s.count("find") + s.count("parts") - before; n > max(parent-2, 0) && path != "b/uploads/A/k/id/Parts" {
			t.Errorf("lookup of %q asked the store %d times, want only for the directories above", path, n)
		}
	}
	node := d.must("b/uploads/A/k/id/parts").NodeId
	before := s.total()
	for _, name := range []string{"01", "+1", "0", "-1", "1 ", "1x", "", "99999999999999999999"} {
		if _, no := d.step(node, name); no != syscall.ENOENT {
			t.Errorf("part %q: %v, want ENOENT", name, no)
		}
	}
	if n := s.total() - before; n != 0 {
		t.Errorf("names that no part has asked the store %d times, want never", n)
	}
}

func TestAttributes(t *testing.T) {
	day := time.Date(2026, 10, 1, 2, 3, 4, 5_000_000, time.UTC)
	s := newStore("b")
	u := remote.Upload{Key: "k", UploadID: "old", Initiated: day}
	s.add(u, remote.Part{Number: 1, Size: 1000, LastModified: day.Add(time.Minute)}, remote.Part{Number: 2})
	s.add(remote.Upload{Key: "k", UploadID: "new", Initiated: day.Add(time.Hour)})
	s.add(remote.Upload{Key: "p/none", UploadID: "undated"})
	record := uint64(len(appendUpload(nil, "b", &u)))
	dirMode, fileMode := uint32(fuse.S_IFDIR|0o555), uint32(fuse.S_IFREG|0o444)
	d := drive(t, newAccount(s))
	for _, c := range []struct {
		path         string
		mode         uint32
		size, blocks uint64
		mtime        time.Time
	}{
		{"", dirMode, 0, 0, testTime},
		{"b", dirMode, 0, 0, testTime},
		{"b/uploads.jsonl", fileMode, 0, 0, testTime},
		{"b/uploads", dirMode, 0, 0, testTime},
		{"b/uploads/k", dirMode, 0, 0, day.Add(time.Hour)},
		{"b/uploads/p", dirMode, 0, 0, testTime},
		{"b/uploads/p/none", dirMode, 0, 0, testTime},
		{"b/uploads/p/none/undated", dirMode, 0, 0, testTime},
		{"b/uploads/k/old", dirMode, 0, 0, day},
		{"b/uploads/k/old/upload.json", fileMode, record, 0, day},
		{"b/uploads/k/old/parts", dirMode, 0, 0, day},
		{"b/uploads/k/old/parts/1", fileMode, 1000, 2, day.Add(time.Minute)},
		{"b/uploads/k/old/parts/2", fileMode, 0, 0, testTime},
	} {
		e := d.must(c.path)
		out, no := d.getattr(e.NodeId)
		if no != 0 {
			t.Errorf("getattr of %q: %v", c.path, no)
			continue
		}
		a := out.Attr
		if a.Mode != c.mode || a.Size != c.size || a.Blocks != c.blocks || a.Nlink != 1 || a.Blksize != blockSize || a.Uid != 0 || a.Gid != 0 {
			t.Errorf("stat of %q: mode %o size %d blocks %d nlink %d blksize %d owner %d:%d, want %o %d %d 1 %d 0:0",
				c.path, a.Mode, a.Size, a.Blocks, a.Nlink, a.Blksize, a.Uid, a.Gid, c.mode, c.size, c.blocks, blockSize)
		}
		for what, got := range map[string]time.Time{"mtime": a.ModTime(), "ctime": a.ChangeTime(), "atime": a.AccessTime()} {
			if !got.Equal(c.mtime) {
				t.Errorf("%s of %q: %v, want %v", what, c.path, got.UTC(), c.mtime)
			}
		}
		if c.path != "" && (e.Attr != a || e.EntryTimeout() <= 0 || e.AttrTimeout() <= 0) {
			t.Errorf("lookup of %q: %+v for %v and %v, want what getattr says, for some time", c.path, e.Attr, e.EntryTimeout(), e.AttrTimeout())
		}
	}
}

func TestOwnershipAndModesAreTheOptions(t *testing.T) {
	d := drive(t, newAccount(sample()), func(o *Options) { o.UID, o.GID, o.FileMode, o.DirMode = 7, 8, 0o400, 0o500 })
	for path, mode := range map[string]uint32{"b/uploads/a": fuse.S_IFDIR | 0o500, "b/uploads/a/b/id1/parts/1": fuse.S_IFREG | 0o400} {
		if a := d.must(path).Attr; a.Uid != 7 || a.Gid != 8 || a.Mode != mode {
			t.Errorf("%q: owner %d:%d mode %o, want 7:8 %o", path, a.Uid, a.Gid, a.Mode, mode)
		}
	}
}

func TestAListingGivesTheAttributesThatALookupGivesAndAsksNobody(t *testing.T) {
	s := sample()
	d := drive(t, newAccount(s))
	for _, path := range []string{"b", "b/uploads", "b/uploads/a", "b/uploads/a/b", "b/uploads/a/b/id1", "b/uploads/a/b/id1/parts"} {
		r, no := d.opendir(d.must(path).NodeId)
		if no != 0 {
			t.Fatalf("opendir of %q: %v", path, no)
		}
		r.plus = true
		lookups := s.count("lookup") + s.count("upload") + s.count("parts")
		names, no := r.all()
		if no != 0 || len(names) == 0 {
			t.Fatalf("readdirplus of %q: %q, %v, want names", path, names, no)
		}
		if n := s.count("lookup") + s.count("upload") + s.count("parts") - lookups; n != 0 {
			t.Errorf("readdirplus of %q asked the store %d times for what it had read", path, n)
		}
		for _, name := range names {
			e := d.must(path + "/" + name)
			if got := r.outs[name]; got.Attr != e.Attr || got.NodeId != e.NodeId {
				t.Errorf("%q in readdirplus: node %d %+v, want as by lookup %d %+v", path+"/"+name, got.NodeId, got.Attr, e.NodeId, e.Attr)
			}
		}
		r.close()
	}
}

func TestInodeNumbersAreStableAndNoTwoPathsShareOne(t *testing.T) {
	s := newStore("b")
	for i := range 1000 {
		s.add(remote.Upload{Key: fmt.Sprintf("dir%d/key%d", i%7, i), UploadID: "same"}, remote.Part{Number: 1})
	}
	number := map[string]uint64{}
	owner := map[uint64]string{}
	for mount := range 2 {
		d := drive(t, newAccount(s))
		var walk func(path string)
		walk = func(path string) {
			e := d.must(path)
			if e.Attr.Ino <= 1 || e.Attr.Ino == ^uint64(0) {
				t.Fatalf("%q has the reserved inode number %d", path, e.Attr.Ino)
			}
			if mount == 1 && number[path] != e.Attr.Ino {
				t.Fatalf("%q has number %d at one mount and %d at the next", path, number[path], e.Attr.Ino)
			}
			if mount == 0 && owner[e.Attr.Ino] != "" {
				t.Fatalf("%q and %q share number %d", path, owner[e.Attr.Ino], e.Attr.Ino)
			}
			number[path], owner[e.Attr.Ino] = e.Attr.Ino, path
			if e.Attr.Mode&fuse.S_IFDIR == 0 {
				return
			}
			r, no := d.opendir(e.NodeId)
			if no != 0 {
				t.Fatalf("opendir of %q: %v", path, no)
			}
			defer r.close()
			var names []string
			for {
				entries, no := r.read()
				if no != 0 {
					t.Fatalf("readdir of %q: %v", path, no)
				}
				if len(entries) == 0 {
					break
				}
				for _, de := range entries {
					if de.Name == "." && de.Ino != e.Attr.Ino {
						t.Errorf("d_ino of . in %q: %d, want %d", path, de.Ino, e.Attr.Ino)
					}
					if de.Name == "." || de.Name == ".." {
						continue
					}
					names = append(names, de.Name)
					if c := d.must(path + "/" + de.Name); c.Attr.Ino != de.Ino || c.Attr.Mode&fuse.S_IFDIR != de.Mode&fuse.S_IFDIR {
						t.Errorf("%q/%q: d_ino %d type %o, want st_ino %d mode %o", path, de.Name, de.Ino, de.Mode, c.Attr.Ino, c.Attr.Mode)
					}
				}
			}
			for _, name := range names {
				walk(path + "/" + name)
			}
		}
		walk("b")
	}
	if len(number) < 1000*5 {
		t.Fatalf("the walk saw %d paths, want at least 5000", len(number))
	}
}

func TestAPathThatBecomesAnUploadIsAnotherFile(t *testing.T) {
	s := newStore("b")
	s.add(remote.Upload{Key: "k/x", UploadID: "id"})
	d := drive(t, newAccount(s))
	before := d.must("b/uploads/k/x")
	s.add(remote.Upload{Key: "k", UploadID: "x"})
	after := d.must("b/uploads/k/x")
	if before.NodeId == after.NodeId {
		t.Fatalf("k/x was a directory of keys and is an upload: node %d stayed, want a new one", after.NodeId)
	}
	if _, no := d.step(after.NodeId, "parts"); no != 0 {
		t.Errorf("parts of the upload that took the name: %v, want it there", no)
	}
}

func TestContents(t *testing.T) {
	s := sample()
	d := drive(t, newAccount(s))
	d.room = 16
	u, _, err := s.findUpload("a/b", func(id string) bool { return id == "id1" })
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"b/uploads/a/b/id1/upload.json": string(appendUpload(nil, "b", u)),
		"b/uploads/a/b/id1/parts/10":    string(appendPart(nil, "b", u, &s.parts[[2]string{"a/b", "id1"}][2])),
	} {
		if got, no := d.read(path); no != 0 || got != want {
			t.Errorf("content of %q: %q, %v, want %q", path, got, no, want)
		}
	}
	all, no := d.read("b/uploads.jsonl")
	if no != 0 || strings.Count(all, "\n") != 4 || !strings.Contains(all, `"UploadId":"id4"}`) {
		t.Errorf("uploads.jsonl: %q, %v, want a line for each of 4 uploads", all, no)
	}
	none := drive(t, newAccount(s), func(o *Options) { o.RecordContent = false })
	if _, no := none.read("b/uploads/a/b/id1/parts/1"); no != syscall.Errno(fuse.ENODATA) {
		t.Errorf("a part under --part-content none: %v, want ENODATA", no)
	}
	if got, no := none.read("b/uploads/a/b/id1/upload.json"); no != 0 || got == "" {
		t.Errorf("upload.json under --part-content none: %q, %v, want the record", got, no)
	}
}
