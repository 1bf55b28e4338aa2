package check

import (
	"io"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"uploadfs/interop/mounted"
	"uploadfs/interop/truth"
)

// Seen is one file or directory as a walk found it.
type Seen struct {
	Dir          bool
	Size, Blocks int64
	Ino          uint64
	Mode         uint32
	Nlink        uint64
	MtimeSec     int64
}

// limited reports differences until there are too many to read.
type limited struct {
	testing.TB
	n int
}

func (l *limited) diff(format string, args ...any) {
	l.Helper()
	if l.n++; l.n <= 12 {
		l.Errorf(format, args...)
	} else if l.n == 13 {
		l.Error("... and more differences")
	}
}

// Walk reads the whole tree below top/dir with ReadDir and Lstat. The paths are
// relative to top.
func Walk(t testing.TB, top, dir string) map[string]Seen {
	t.Helper()
	l := &limited{TB: t}
	found := map[string]Seen{}
	var walk func(dir string)
	walk = func(dir string) {
		for _, e := range Entries(l, top, dir) {
			p := path.Join(dir, e.Name())
			if strings.ContainsRune(e.Name(), '/') || e.Name() == "" {
				l.diff("directory %q holds the name %q", dir, e.Name())
				continue
			}
			var st syscall.Stat_t
			if err := syscall.Lstat(top+"/"+dir+"/"+e.Name(), &st); err != nil {
				l.diff("lstat of %q, which its directory lists: %v", p, err)
				continue
			}
			if _, twice := found[p]; twice {
				l.diff("%q comes twice", p)
			}
			isDir := st.Mode&syscall.S_IFMT == syscall.S_IFDIR
			if isDir != e.IsDir() {
				l.diff("%q: its entry says directory %v, its attributes %v", p, e.IsDir(), isDir)
			}
			found[p] = Seen{Dir: isDir, Size: st.Size, Blocks: st.Blocks, Ino: st.Ino, Mode: st.Mode & 0o7777, Nlink: uint64(st.Nlink), MtimeSec: st.Mtim.Sec}
			if isDir {
				walk(p)
			}
		}
	}
	walk(dir)
	return found
}

// Entries reads a directory and reports what goes wrong. One that repeats itself
// is cut short: it might never end.
func Entries(t testing.TB, top, dir string) []os.DirEntry {
	t.Helper()
	f, err := os.Open(filepath.Join(top, dir))
	if err != nil {
		t.Errorf("opening directory %q: %v", dir, err)
		return nil
	}
	defer f.Close()
	var all []os.DirEntry
	names := map[string]bool{}
	for {
		entries, err := f.ReadDir(500)
		again := 0
		for _, e := range entries {
			if names[e.Name()] {
				again++
				t.Errorf("%q comes again in directory %q, after %d names", e.Name(), dir, len(names))
				if again > 2 {
					return all
				}
			}
			names[e.Name()] = true
		}
		all = append(all, entries...)
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Errorf("reading directory %q: %v after %d names", dir, err, len(all))
			return all
		}
	}
}

// Find reads the same with find(1).
func Find(t testing.TB, top, dir string) map[string]Seen {
	t.Helper()
	found := map[string]Seen{}
	out := mounted.Run(t, top, "find", dir, "-mindepth", "1", "-printf", `%y\t%s\t%b\t%i\t%m\t%n\t%Ts\t%p\0`)
	for line := range strings.SplitSeq(strings.TrimSuffix(out, "\x00"), "\x00") {
		f := strings.SplitN(line, "\t", 8)
		if len(f) != 8 {
			t.Errorf("find printed %q", line)
			continue
		}
		num := func(s string, base int) uint64 {
			n, err := strconv.ParseUint(s, base, 64)
			if err != nil {
				t.Errorf("find printed the number %q for %q", s, f[7])
			}
			return n
		}
		if _, twice := found[f[7]]; twice {
			t.Errorf("find printed %q twice", f[7])
		}
		found[f[7]] = Seen{
			Dir: f[0] == "d", Size: int64(num(f[1], 10)), Blocks: int64(num(f[2], 10)), Ino: num(f[3], 10),
			Mode: uint32(num(f[4], 8)), Nlink: num(f[5], 10), MtimeSec: int64(num(f[6], 10)),
		}
	}
	return found
}

// Tree compares what a walk found with what must be there, below one bucket.
func Tree(t testing.TB, how string, want truth.Tree, bucket string, got map[string]Seen) {
	t.Helper()
	l := &limited{TB: t}
	inodes := map[uint64]string{}
	expected := 0
	for _, p := range want.Paths() {
		if !strings.HasPrefix(p, bucket+"/") {
			continue
		}
		expected++
		n, g := want[p], Seen{}
		g, ok := got[p]
		switch {
		case !ok:
			l.diff("%s: %q is missing", how, p)
			continue
		case g.Dir != n.Dir:
			l.diff("%s: %q: directory is %v, want %v", how, p, g.Dir, n.Dir)
		case n.Size() >= 0 && g.Size != n.Size():
			l.diff("%s: %q: size %d, want %d", how, p, g.Size, n.Size())
		case g.Blocks != n.Blocks():
			l.diff("%s: %q: %d blocks, want %d", how, p, g.Blocks, n.Blocks())
		case n.Dir && g.Mode != 0o555 || !n.Dir && g.Mode != 0o444:
			l.diff("%s: %q: mode %o", how, p, g.Mode)
		case g.Nlink != 1:
			l.diff("%s: %q: nlink %d, want 1", how, p, g.Nlink)
		}
		if other, taken := inodes[g.Ino]; taken {
			l.diff("%s: %q and %q have one inode number, %d", how, p, other, g.Ino)
		}
		inodes[g.Ino] = p
		if u := n.Upload; u != nil && n.Part == nil && !u.From.IsZero() {
			if g.MtimeSec < u.From.Unix()-1 || g.MtimeSec > u.To.Unix()+1 {
				l.diff("%s: %q: mtime %d, want Initiated, %d to %d", how, p, g.MtimeSec, u.From.Unix(), u.To.Unix())
			}
		}
		if n.Part != nil && !n.Part.Modified.IsZero() && g.MtimeSec != n.Part.Modified.Unix() {
			l.diff("%s: %q: mtime %d, want LastModified, %d", how, p, g.MtimeSec, n.Part.Modified.Unix())
		}
	}
	for _, p := range slices.Sorted(maps.Keys(got)) {
		if _, ok := want[p]; !ok {
			l.diff("%s: %q is shown, and no upload has it", how, p)
		}
	}
	if expected == 0 {
		t.Errorf("%s: the truth of bucket %q is empty: this compares nothing", how, bucket)
	}
}

// SameInodes holds that a path has the same inode number in both walks.
func SameInodes(t testing.TB, a, b map[string]Seen) {
	t.Helper()
	l := &limited{TB: t}
	for p, s := range a {
		if o, ok := b[p]; ok && o.Ino != s.Ino {
			l.diff("%q: inode number %d at one mount and %d at another", p, s.Ino, o.Ino)
		}
	}
}
