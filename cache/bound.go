package cache

import (
	"strings"
	"sync/atomic"
	"time"
	"unsafe"

	"uploadfs/remote"
)

// bound is a position between uploads. With an empty id it stands before the
// first upload whose key is key or greater; otherwise just after upload id of
// key, in the store's order, which inside a key only the store knows.
type bound struct {
	key, id string
	// end is the position after every upload.
	end bool
}

// afterKey is the position after every upload of key.
func afterKey(key string) bound { return bound{key: key + "\x00"} }

// afterPrefix is the position after every key that begins with prefix.
func afterPrefix(prefix string) bound {
	b := []byte(prefix)
	for n := len(b); n > 0; n = len(b) {
		if b[n-1] < 0xff {
			b[n-1]++
			return bound{key: string(b)}
		}
		b = b[:n-1]
	}
	return bound{end: true}
}

// afterDir is the position after every key below the directory of that name,
// which has no slash at its end: "0" follows "/".
func afterDir(name string) bound { return bound{key: name + "0"} }

// clone returns p without the page that its strings stand in.
func (p bound) clone() bound {
	return bound{key: strings.Clone(p.key), id: strings.Clone(p.id), end: p.end}
}

// less reports whether a is before b as far as keys tell: two positions inside
// one key are not ordered.
func (a bound) less(b bound) bool {
	if a.end || b.end {
		return !a.end && b.end
	}
	if a.key != b.key {
		return a.key < b.key
	}
	return a.id == "" && b.id != ""
}

// block is what is known of the keyspace from lo to hi: exactly these uploads.
// It does not change once it is in an index.
//
// In the index of a directory read with a delimiter the keyspace is that of
// the directory's children, and a common prefix stands among the uploads as an
// entry without upload id.
type block struct {
	lo, hi  bound
	uploads []remote.Upload
	// next continues the listing from hi; more says that it is valid.
	next remote.Cursor
	more bool
	// scope is the prefix of the request that filled it, which continuing it
	// keeps to.
	scope string
	// delimited says that the block is of the children of the directory dir.
	delimited bool
	dir       string
	// restarted says that lo is inside a key, at an upload that is gone, so that
	// the key's uploads are listed from the first again.
	restarted bool
	// again is how many of the uploads were known when the page came.
	again int
	// ranged says that a range has read it.
	ranged atomic.Bool
	// owner is the index that it stands in, cost its size in bytes.
	owner   *index
	cost    int64
	expires time.Time
}

// blockCost is the size in bytes of a block without entries.
const blockCost = int64(unsafe.Sizeof(block{})) + 64

// uploadCost is the size in bytes of an upload in a block.
func uploadCost(u *remote.Upload) int64 {
	return int64(unsafe.Sizeof(*u)) + int64(len(u.Key)+len(u.UploadID))
}

func newBlock(lo, hi bound, us []remote.Upload, scope string) *block {
	b := &block{lo: lo, hi: hi, uploads: us, scope: scope, cost: blockCost + int64(len(scope))}
	for i := range us {
		b.cost += uploadCost(&us[i])
	}
	return b
}

// from returns the index of the first entry at or after position p, or -1
// where p is inside a key and the block does not know it.
func (b *block) from(p bound) int {
	lo, hi := 0, len(b.uploads)
	for lo < hi {
		m := int(uint(lo+hi) >> 1)
		if b.uploads[m].Key < p.key {
			lo = m + 1
		} else {
			hi = m
		}
	}
	if p.id == "" || p == b.lo {
		return lo
	}
	for i := lo; i < len(b.uploads) && b.uploads[i].Key == p.key; i++ {
		if b.uploads[i].UploadID == p.id {
			return i + 1
		}
	}
	return -1
}

// fromNear is from, at once where that is entry i or i+1.
func (b *block) fromNear(p bound, i int) int {
	for j := max(i, 1); p.id == "" && j <= i+1 && j < len(b.uploads); j++ {
		if b.uploads[j-1].Key < p.key && b.uploads[j].Key >= p.key {
			return j
		}
	}
	return b.from(p)
}

// covers reports whether what follows p is known, if only that the next
// upload has a greater key.
func (b *block) covers(p bound) bool {
	if p == b.lo {
		return true
	}
	if p.id != "" {
		i := b.from(p)
		return i >= 0 && p != b.hi
	}
	return b.lo.less(p) && p.less(b.hi)
}

// group returns the entries of key and whether they are all of its uploads.
func (b *block) group(key string) (us []remote.Upload, whole bool) {
	us = b.sameKey(b.from(bound{key: key}))
	if len(us) > 0 && us[0].Key != key {
		us = nil
	}
	whole = b.covers(bound{key: key}) && !(b.hi.id != "" && b.hi.key == key)
	return us, whole
}

// sameKey returns entry i and those of its key that follow.
func (b *block) sameKey(i int) []remote.Upload {
	j := i
	for j < len(b.uploads) && b.uploads[j].Key == b.uploads[i].Key {
		j++
	}
	return b.uploads[i:j]
}

// without returns what is left of b outside [lo, hi): up to two blocks.
func (b *block) without(lo, hi bound) []*block {
	var left []*block
	if b.lo.less(lo) {
		p := lo
		i := b.from(p)
		if i < 0 {
			// The position is inside a key as b did not know it.
			p = bound{key: lo.key}
			i = b.from(p)
		}
		if b.lo.less(p) {
			left = append(left, b.piece(b.lo, p, b.uploads[:i]))
		}
	}
	if hi.less(b.hi) {
		p := hi
		i := b.from(p)
		if i < 0 {
			p = afterKey(hi.key)
			i = b.from(p)
		}
		if p.less(b.hi) {
			right := b.piece(p, b.hi, b.uploads[i:])
			right.next, right.more = b.next, b.more
			left = append(left, right)
		}
	}
	return left
}

// piece returns the part of b with those bounds and entries, at its share of
// the cost.
func (b *block) piece(lo, hi bound, us []remote.Upload) *block {
	part := &block{lo: lo, hi: hi, uploads: us, scope: b.scope, delimited: b.delimited, dir: b.dir, owner: b.owner, expires: b.expires}
	part.cost = blockCost
	if len(b.uploads) > 0 {
		part.cost += (b.cost - blockCost) * int64(len(us)) / int64(len(b.uploads))
	}
	return part
}

// component returns the first component of key after prefix, and whether key
// ends with it.
func component(key, prefix string) (name string, ends bool) {
	rest := key[len(prefix):]
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		return rest[:i], false
	}
	return rest, true
}
