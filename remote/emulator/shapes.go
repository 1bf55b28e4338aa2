package emulator

import "time"

// treeFiles is how many keys a directory of ShapeTree has.
const treeFiles = 40

// shapes finds the function that appends the key of index i. Each is monotone:
// a greater index never has a smaller key.
func shapes(name string) (func(p *population, b []byte, i int) []byte, bool) {
	switch name {
	case ShapeTree:
		return treeKey, true
	case ShapeFlat:
		return func(_ *population, b []byte, i int) []byte {
			return append(digits(append(b, "data/"...), i, 10), ".bin"...)
		}, true
	case ShapePairs:
		return func(_ *population, b []byte, i int) []byte {
			b = append(digits(append(b, "dir-"...), i/2, 9), '/')
			return append(digits(b, i%2, 1), ".bin"...)
		}, true
	case ShapeDeep:
		return func(_ *population, b []byte, i int) []byte {
			d := i / 2
			b = append(digits(b, d/1000000, 4), '/')
			b = append(digits(b, d/1000%1000, 3), '/')
			b = append(digits(b, d%1000, 3), '/')
			return append(digits(b, i%2, 1), ".bin"...)
		}, true
	case ShapeSkew:
		return skewKey, true
	case ShapeWide:
		return func(_ *population, b []byte, i int) []byte {
			return append(digits(append(b, "dir-"...), i, 9), "/upload.bin"...)
		}, true
	}
	return nil, false
}

// skewKey puts seven eighths of the keys below one long prefix, and the rest
// far before and far after it.
func skewKey(p *population, b []byte, i int) []byte {
	edge := p.uploads / 16
	switch {
	case i < edge:
		b = append(b, "A/"...)
	case i < p.uploads-edge:
		b = append(b, "mirror/pool/main/archive/nightly/package-"...)
	default:
		b = append(b, "\u4e2d/"...)
	}
	return digits(b, i, 10)
}

// digits appends n with that many digits, so that numbers sort as text.
func digits(b []byte, n, width int) []byte {
	at := len(b)
	for range width {
		b = append(b, '0')
	}
	for i := at + width - 1; i >= at; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}

// teams share the directories of ShapeTree evenly, in this order.
func team(i int) string {
	return [...]string{"analytics", "backup", "genomics", "imaging", "media-übertragung", "video"}[i]
}

const teamCount = 6

// treeKey is team/dataset/year/month/day/file.
func treeKey(p *population, b []byte, i int) []byte {
	d, f := i/treeFiles, i%treeFiles
	t := d * teamCount / p.directories
	first := (t*p.directories + teamCount - 1) / teamCount
	e := d - first
	b = append(b, team(t)...)
	b = append(digits(append(b, "/set-"...), e/365, 5), '/')
	b = time.Date(2025, 1, 1+e%365, 0, 0, 0, 0, time.UTC).AppendFormat(b, "2006/01/02/")
	return treeFile(b, f)
}

// treeFile is one file's name. A checkpoint is a key, a sibling that sorts
// between it and its directory, and two keys below it.
func treeFile(b []byte, f int) []byte {
	switch f % 10 {
	case 4:
		return append(digits(b, f, 2), "-checkpoint"...)
	case 5:
		return append(digits(b, f-1, 2), "-checkpoint.tmp"...)
	case 6, 7:
		b = append(digits(b, f-f%10+4, 2), "-checkpoint/shard-"...)
		return digits(b, f%10-6, 1)
	case 8:
		return append(digits(b, f, 2), " (final copy).mov"...)
	case 9:
		return append(digits(b, f, 2), "-100% résumé+notes.bin"...)
	}
	return append(digits(b, f, 2), "-events.parquet"...)
}
