package emulator

import (
	"fmt"
	"sort"
	"time"

	"uploadfs/remote"
)

// The shapes of a synthetic population's keys.
const (
	// ShapeTree is teams, datasets and dates, up to 40 keys a directory, some
	// keys with two uploads and some that are prefixes of others.
	ShapeTree = "tree"
	// ShapeFlat is every key in one directory, data/.
	ShapeFlat = "flat"
	// ShapePairs is two uploads in each of Uploads/2 directories side by side.
	ShapePairs = "pairs"
	// ShapeDeep is two uploads in each of Uploads/2 directories, three levels down.
	ShapeDeep = "deep"
	// ShapeSkew is three directories, the middle one with seven eighths of the
	// keys and a long name, so that guesses at where keys lie are wrong.
	ShapeSkew = "skew"
	// ShapeWide is one upload a directory, side by side.
	ShapeWide = "wide"
)

// Population describes uploads that are computed, not kept: upload i is
// arithmetic on i and the seed, so that a bucket of any size costs no memory
// and a page costs what its entries cost.
type Population struct {
	// Uploads is how many there are.
	Uploads int
	// Parts is the most parts that an upload has, 4 where it is 0 and 10,000 at
	// most. MinParts is the fewest, 1 where it is 0.
	Parts, MinParts int
	Seed            int64
	// Shape is one of the Shape constants, ShapeTree where it is empty.
	Shape string
	// Now is what the dates are relative to, the store's clock where zero.
	Now time.Time
}

// population is a Population with everything that its arithmetic needs.
type population struct {
	uploads, parts, minParts int
	seed                     uint64
	shape                    func(p *population, b []byte, i int) []byte
	twins                    bool
	directories              int
	now                      time.Time
	dialect                  dialect
	plain, checked           *remote.UploadInfo
}

const maxParts = 10000

func newPopulation(c Population, d dialect, now time.Time) (*population, error) {
	if c.Uploads <= 0 {
		return nil, nil
	}
	if c.Shape == "" {
		c.Shape = ShapeTree
	}
	shape, ok := shapes(c.Shape)
	if !ok {
		return nil, fmt.Errorf("emulator: no population has the shape %q", c.Shape)
	}
	if c.Parts <= 0 {
		c.Parts = 4
	}
	if !c.Now.IsZero() {
		now = c.Now
	}
	p := &population{
		uploads: c.Uploads, parts: min(c.Parts, maxParts), seed: mix(uint64(c.Seed) + 0x9E3779B97F4A7C15),
		shape: shape, twins: c.Shape == ShapeTree, now: now.UTC().Truncate(time.Second), dialect: d,
	}
	p.minParts = min(max(c.MinParts, 1), p.parts)
	keys := p.keyIndex(p.uploads-1) + 1
	p.directories = (keys + treeFiles - 1) / treeFiles
	p.plain = d.info()
	checked := *p.plain
	if d.name() == "s3" {
		checked.ChecksumAlgorithm, checked.ChecksumType = "CRC32C", "COMPOSITE"
	}
	p.checked = &checked
	return p, nil
}

// mix is the finishing step of splitmix64: a cheap hash of one word.
func mix(z uint64) uint64 {
	z = (z ^ z>>30) * 0xBF58476D1CE4E5B9
	z = (z ^ z>>27) * 0x94D049BB133111EB
	return z ^ z>>31
}

// hash is a word that depends on the seed, a number and what it is for.
func (p *population) hash(i int, purpose uint64) uint64 {
	return mix(p.seed ^ mix(uint64(i)*0x9E3779B97F4A7C15+purpose))
}

// Where keys have twins, every eighth upload is a second one of its key.
const twinEvery, twinAt = 8, 4

func (p *population) keyIndex(i int) int {
	if !p.twins {
		return i
	}
	block, r := i/twinEvery, i%twinEvery
	if r >= twinAt {
		r--
	}
	return block*(twinEvery-1) + r
}

// twin reports whether upload i is the second of its key.
func (p *population) twin(i int) bool { return p.twins && i%twinEvery == twinAt }

func (p *population) appendKey(b []byte, i int) []byte { return p.shape(p, b, p.keyIndex(i)) }

// firstKey is the first index from from on whose key is k or greater. It
// gallops, so that a short jump costs a few keys and a long one a logarithm.
func (p *population) firstKey(from int, k string) int {
	buf := make([]byte, 0, 128)
	less := func(i int) bool {
		buf = p.appendKey(buf[:0], i)
		return string(buf) < k
	}
	lo, step := from, 1
	for lo < p.uploads && less(min(lo+step-1, p.uploads-1)) {
		lo = min(lo+step, p.uploads)
		step *= 2
	}
	hi := min(lo+step-1, p.uploads)
	return lo + sort.Search(hi-lo, func(i int) bool { return !less(lo + i) })
}

// at computes upload i whole.
func (p *population) at(i int) upload {
	u, _ := p.read(i, make([]byte, 0, 256))
	return u
}

// read is at with a buffer to work in, which it returns: key and id are cut
// from one string.
func (p *population) read(i int, buf []byte) (upload, []byte) {
	u := upload{initiated: p.initiated(i), seq: uint64(i), synthetic: i + 1, info: p.plain}
	if p.hasChecksums(i) {
		u.info = p.checked
	}
	buf = p.appendKey(buf[:0], i)
	n := len(buf)
	buf = p.dialect.appendSyntheticID(buf, p, i, u.initiated)
	names := string(buf)
	u.key, u.id = names[:n], names[n:]
	return u, buf
}

func (p *population) hasChecksums(i int) bool { return p.hash(i, 5)%8 == 0 }

// initiated is minutes ago for some, weeks for most and months for a few. A
// twin is younger than its elder by hours, or by what is left of its age.
func (p *population) initiated(i int) time.Time {
	elder := i
	if p.twin(i) {
		elder--
	}
	h := p.hash(elder, 1)
	var age time.Duration
	switch h % 10 {
	case 0:
		age = time.Duration(h>>8%3600+60) * time.Second
	case 1:
		age = time.Duration(30*24*3600+h>>8%(370*24*3600)) * time.Second
	default:
		age = time.Duration(3600+h>>8%(30*24*3600)) * time.Second
	}
	if p.twin(i) {
		age /= 2
	}
	return p.now.Add(-age.Truncate(time.Second))
}

// find is the index of an upload, by its key and id.
func (p *population) find(key, id string) (int, bool) {
	for i := p.firstKey(0, key); i < p.uploads; i++ {
		u := p.at(i)
		if u.key != key {
			break
		}
		if u.id == id {
			return i, true
		}
	}
	return 0, false
}

// partCount is how many parts upload i has.
func (p *population) partCount(i int) int {
	return p.minParts + int(p.hash(i, 2)%uint64(p.parts-p.minParts+1))
}

// part is the j-th part of upload i, from 0. One upload of sixteen lacks its
// second part number, as after a retry that never came.
func (p *population) part(i, j int) remote.Part {
	n := p.partCount(i)
	number := j + 1
	if p.gap(i) && number > 1 {
		number++
	}
	h := p.hash(i, 100+uint64(j))
	size := int64(5+p.hash(i, 3)%60) << 20
	if j == n-1 {
		size = 1 + int64(h%uint64(size))
	}
	at := p.initiated(i).Add(time.Duration(j+1) * time.Duration(5+p.hash(i, 4)%40) * time.Second)
	if at.After(p.now) {
		at = p.now
	}
	part := remote.Part{Number: number, Size: size, LastModified: at}
	p.dialect.syntheticSums(p, i, h, &part)
	return part
}

func (p *population) gap(i int) bool {
	n := p.partCount(i)
	return n > 2 && n < maxParts && p.hash(i, 2)>>32%16 == 0
}

// firstPart is the index of the first part of upload i whose number is greater
// than marker.
func (p *population) firstPart(i, marker int) int {
	if marker < 0 {
		marker = 0
	}
	n := p.partCount(i)
	if p.gap(i) && marker > 1 {
		marker--
	}
	return min(marker, n)
}
