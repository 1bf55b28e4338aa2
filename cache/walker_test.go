package cache

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A walker that has read a directory wants the parts of all that is below it:
// its first miss is enough. Nobody else's is, nor one outside the directory, and
// nothing outside is fetched.
func TestTheFirstMissOfAWalkerGoesAhead(t *testing.T) {
	const walker, other = 7, 8
	for _, c := range []struct {
		name, read string
		asks       uint32
		key        string
		after      time.Duration
		want       int
	}{
		{"the walker", "data/", walker, "data/00000", 0, 1 + aheadOfWalker},
		{"the walker further down", "", walker, "data/00000", 0, 1 + aheadOfWalker},
		{"the walker in a small directory", "few/", walker, "few/0", 0, 5},
		{"the walker elsewhere", "few/", walker, "data/00000", 0, 1},
		{"somebody else", "data/", other, "data/00000", 0, 1},
		{"nobody known", "data/", 0, "data/00000", 0, 1},
		{"the walker much later", "data/", walker, "data/00000", 2 * walkIdle, 1},
	} {
		synctest.Test(t, func(t *testing.T) {
			keys := []string{"zzz"}
			for i := range 100 {
				keys = append(keys, fmt.Sprintf("data/%05d", i))
			}
			for i := range 5 {
				keys = append(keys, fmt.Sprintf("few/%d", i))
			}
			s := newStore(1000, keys...)
			b := New(Options{TTL: time.Hour, Bytes: 1 << 27, Readahead: 64, Concurrency: 64}).Bucket(s, "b", "")
			treeBy(t, walkOf(b), nil)
			b.Walked(walker, c.read)
			time.Sleep(c.after)
			us, _ := b.known("", bound{key: c.key}, true).group(c.key)
			if _, err := b.Parts(WithWalker(context.Background(), c.asks), c.key, us[0].UploadID); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
			if s.partLists != c.want {
				t.Errorf("%s: the first question for parts sent %d List Parts, want %d", c.name, s.partLists, c.want)
			}
		})
	}
}

// The directories that a walker has read are kept as the outermost of them, until
// it goes elsewhere.
func TestWhereAWalkerIs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{TTL: time.Hour, Bytes: 1 << 20}).Bucket(newStore(1000), "b", "")
		for _, step := range []struct {
			walker    uint32
			dir, want string
		}{{1, "a/", "a/"}, {1, "a/b/", "a/"}, {1, "a/c/d/", "a/"}, {1, "b/", "b/"}, {2, "b/x/", "b/x/"}, {0, "", "b/x/"}} {
			b.Walked(step.walker, step.dir)
			if b.ahead.walked.dir != step.want {
				t.Errorf("walker %d has read %q: it is taken to be in %q, want %q", step.walker, step.dir, b.ahead.walked.dir, step.want)
			}
		}
	})
}

// Where the first page of a directory ends below a child, a walker waits once for
// the directory's other children and for what follows in the child's subtree; both
// are asked for together, and neither twice.
func TestAWalkerWaitsOnceForADirectoryAndTheSubtreeItStoppedIn(t *testing.T) {
	const delay = 30 * time.Millisecond
	for _, tool := range []string{"os.walk", "find"} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(1000, append(flatKeys(1500), "other/x")...)
			s.delay, s.even = delay, true
			b := New(Options{TTL: time.Hour, Bytes: 1 << 27, Concurrency: 64}).Bucket(s, "b", "")
			open, waits := opensOf(b), 3
			if tool == "find" {
				open, waits = walkOf(b), 2
			}
			start := time.Now()
			if n := len(readAll(t, open(""))); n != 2 {
				t.Errorf("%s: %d children of the root, want 2", tool, n)
			}
			if n := len(readAll(t, open("data/"))); n != 1500 {
				t.Errorf("%s: %d children of data/, want 1500", tool, n)
			}
			took := time.Since(start)
			synctest.Wait()
			if took != time.Duration(waits)*delay {
				t.Errorf("%s: %v of waiting, want %d requests one after another", tool, took, waits)
			}
			if s.lists != 3 {
				t.Errorf("%s: %d requests, want 3", tool, s.lists)
			}
		})
	}
}

// Whoever opens directory after directory below one reads a walk's pages to their
// end, though nothing tells it for a walker; nobody else does.
func TestManyDirectoriesAreAWalk(t *testing.T) {
	below := func(n int) (dirs []string) {
		for i := range n {
			dirs = append(dirs, fmt.Sprintf("a/%d/", i))
		}
		return dirs
	}
	for _, c := range []struct {
		name   string
		by     uint32
		opens  []string
		pause  time.Duration
		isWalk bool
	}{
		{"one directory", 7, []string{"a/"}, 0, false},
		{"a few below one", 7, append([]string{"a/"}, below(walkDirs-1)...), 0, false},
		{"many below one", 7, append([]string{"a/"}, below(walkDirs)...), 0, true},
		{"many beside one another", 7, below(2 * walkDirs), 0, false},
		{"many by nobody known", 0, append([]string{"a/"}, below(2*walkDirs)...), 0, false},
		{"many, now and then", 7, append([]string{"a/"}, below(2*walkDirs)...), 2 * walkIdle, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := New(Options{TTL: time.Hour, Bytes: 1 << 20}).Bucket(newStore(1000), "b", "")
			var q *sequence
			for _, dir := range c.opens {
				q = b.sequenceOf(dir, c.by, false)
				time.Sleep(c.pause)
			}
			if got := q.through.Load(); got != c.isWalk {
				t.Errorf("%s: taken for a walk: %v, want %v", c.name, got, c.isWalk)
			}
		})
	}
}
