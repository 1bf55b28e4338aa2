package cache

import (
	"slices"
	"sort"
)

// index holds blocks in the order of their positions. Blocks do not overlap,
// except that two listings of one key's uploads may, where their positions
// inside the key cannot be compared. Of the blocks that begin inside one key the
// one that reaches beyond it stands last. The cache's lock guards it.
type index struct {
	blocks []*block
}

// find returns the block that covers p, or nil.
func (x *index) find(p bound) *block {
	i := sort.Search(len(x.blocks), func(i int) bool {
		lo := x.blocks[i].lo
		return lo.key > p.key || lo.key == p.key && lo.id != "" && p.id == ""
	})
	for i--; i >= 0; i-- {
		b := x.blocks[i]
		if b.covers(p) {
			return b
		}
		// Only positions inside one key leave more than one block to ask.
		if b.lo.key != p.key {
			return nil
		}
	}
	return nil
}

// ending returns a block that ends at p, or nil.
func (x *index) ending(p bound) *block {
	i := sort.Search(len(x.blocks), func(i int) bool {
		h := x.blocks[i].hi
		return h.end || h.key >= p.key
	})
	for ; i < len(x.blocks) && x.blocks[i].hi.key == p.key; i++ {
		if x.blocks[i].hi == p {
			return x.blocks[i]
		}
	}
	return nil
}

// overlaps reports whether b holds something of [lo, hi).
func (b *block) overlaps(lo, hi bound) bool {
	return b.lo == lo || b.lo.less(hi) && lo.less(b.hi)
}

// cut removes [lo, hi) and returns the blocks that went and the pieces that
// stand in their place.
func (x *index) cut(lo, hi bound) (gone, pieces []*block) {
	start := sort.Search(len(x.blocks), func(i int) bool {
		h := x.blocks[i].hi
		return h.end || h.key >= lo.key
	})
	var stay []*block
	end := start
	for ; end < len(x.blocks); end++ {
		b := x.blocks[end]
		if hi.less(b.lo) {
			break
		}
		if !b.overlaps(lo, hi) {
			stay = append(stay, b)
			continue
		}
		left := b.without(lo, hi)
		gone, pieces, stay = append(gone, b), append(pieces, left...), append(stay, left...)
	}
	if len(gone) > 0 {
		x.blocks = slices.Replace(x.blocks, start, end, stay...)
	}
	return gone, pieces
}

// insert puts b, whose range was cut before.
func (x *index) insert(b *block) {
	i := sort.Search(len(x.blocks), func(i int) bool {
		o := x.blocks[i]
		return b.lo.less(o.lo) || !o.lo.less(b.lo) && b.hi.less(o.hi)
	})
	x.blocks = slices.Insert(x.blocks, i, b)
}

// remove takes b out, if it stands there.
func (x *index) remove(b *block) {
	i := sort.Search(len(x.blocks), func(i int) bool { return x.blocks[i].lo.key >= b.lo.key })
	for ; i < len(x.blocks) && x.blocks[i].lo.key == b.lo.key; i++ {
		if x.blocks[i] == b {
			x.blocks = slices.Delete(x.blocks, i, i+1)
			return
		}
	}
}
