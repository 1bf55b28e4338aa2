package truth

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// Node is one file or directory that a mount must show.
type Node struct {
	Dir bool
	// Upload is set for an upload's directory and what is in it, Part for a part.
	Upload *Upload
	Part   *Part
	// Kind is bucket, list, uploads, keys, upload, info, parts or part.
	Kind string
	// Key is the directory's own key where it is one (Kind keys).
	Key string
	// IsKey and IsPrefix say what a directory of Kind keys is.
	IsKey, IsPrefix bool
	// Prefix is the prefix that it is, with its slash.
	Prefix string
}

// Size is the length that the node must have, -1 for upload.json, whose length
// is that of what it holds.
func (n *Node) Size() int64 {
	switch n.Kind {
	case "part":
		return n.Part.Size
	case "info":
		return -1
	}
	return 0
}

// Blocks is st_blocks of the node.
func (n *Node) Blocks() int64 {
	if n.Kind == "part" {
		return (n.Part.Size + 511) / 512
	}
	return 0
}

// Tree is what a mount must show, by path relative to the mount point.
type Tree map[string]*Node

// Of works out the tree of these uploads, which may be of several buckets.
func Of(buckets []string, uploads []*Upload) Tree {
	t := Tree{}
	for _, b := range buckets {
		t[b] = &Node{Dir: true, Kind: "bucket"}
		t[b+"/uploads.jsonl"] = &Node{Kind: "list"}
		t[b+"/uploads"] = &Node{Dir: true, Kind: "uploads", IsPrefix: true}
	}
	ids := takenNames(uploads)
	for _, u := range uploads {
		t.add(u, ids)
	}
	return t
}

// takenNames returns the names of the upload ids in each key's directory.
func takenNames(uploads []*Upload) map[string]map[string]bool {
	ids := map[string]map[string]bool{}
	for _, u := range uploads {
		at := u.Bucket + "\x00" + u.Key
		if ids[at] == nil {
			ids[at] = map[string]bool{}
		}
		ids[at][IDName(u.ID)] = true
	}
	return ids
}

func (t Tree) add(u *Upload, ids map[string]map[string]bool) {
	dir, prefix := u.Bucket+"/uploads", ""
	components := strings.Split(u.Key, "/")
	for i, c := range components {
		n := Name(c)
		// The directory's own key is its prefix without the last slash. At the
		// top there is none: the empty key does not exist.
		if i > 0 && ids[u.Bucket+"\x00"+strings.TrimSuffix(prefix, "/")][n] {
			n = Renamed(c)
		}
		dir += "/" + n
		node := t[dir]
		if node == nil {
			node = &Node{Dir: true, Kind: "keys"}
			t[dir] = node
		}
		key := prefix + c
		prefix = key + "/"
		if i == len(components)-1 {
			node.IsKey = true
		} else {
			node.IsPrefix = true
		}
		node.Key, node.Prefix = key, prefix
	}
	dir += "/" + IDName(u.ID)
	t[dir] = &Node{Dir: true, Kind: "upload", Upload: u}
	t[dir+"/upload.json"] = &Node{Kind: "info", Upload: u}
	t[dir+"/parts"] = &Node{Dir: true, Kind: "parts", Upload: u}
	for i := range u.Parts {
		p := &u.Parts[i]
		t[fmt.Sprintf("%s/parts/%d", dir, p.Number)] = &Node{Kind: "part", Upload: u, Part: p}
	}
}

// Paths returns every path, sorted.
func (t Tree) Paths() []string { return slices.Sorted(maps.Keys(t)) }

// Below returns the paths of the directory's children.
func (t Tree) Below(dir string) []string {
	var names []string
	for p := range t {
		if path.Dir(p) == dir {
			names = append(names, path.Base(p))
		}
	}
	slices.Sort(names)
	return names
}

// DiskBytes returns what du --block-size=1 counts at and below each directory.
func (t Tree) DiskBytes() map[string]int64 {
	sums := map[string]int64{".": 0}
	for p, n := range t {
		if n.Dir {
			sums[p] += 0
		}
		if n.Kind != "part" {
			continue
		}
		for d := path.Dir(p); ; d = path.Dir(d) {
			sums[d] += n.Blocks() * 512
			if d == "." {
				break
			}
		}
	}
	return sums
}
