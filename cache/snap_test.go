package cache

import (
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// TestSnap says that a guess goes to where directories that were listed alone say
// that the keyspace goes on, and stays where they say nothing.
func TestSnap(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(newStore(1000), "b", "")
		level := func(dir, from string, more bool, children ...string) {
			q := request{scope: dir, dir: dir, delimited: true, start: bound{key: dir + from}}
			run := &remote.Run{Truncated: more}
			for _, c := range children {
				run.CommonPrefixes = append(run.CommonPrefixes, dir+c)
			}
			b.c.mu.Lock()
			defer b.c.mu.Unlock()
			b.put(b.level(dir), q.block(run))
		}
		level("", "b", false, "k/", "t/")
		level("k/", "", false, "2025/", "2026/")
		level("k/2025/", "02", false, "02/", "07/")
		level("t/", "", true, "x/")
		steps := []struct{ scope, at, want string }{
			{"", "a", "a"},                       // before what the root's listing covers
			{"", "b", "k/"},                      // a hole before a child
			{"", "k/2025/02/13", "k/2025/02/13"}, // inside a child
			{"", "k/2025/04", "k/2025/07/"},      // between two
			{"", "k/2025/13/x", "k/2026/"},       // after the last, on in the directory above
			{"", "k/2026/99", "k/2026/99"},
			{"", "k/3", "t/"},
			{"", "t/z", "t/z"}, // the level goes on unread
			{"", "u", ""},      // nothing more
			{"k/", "k/3", ""},  // nothing more in the scope
			{"k/2025/", "k/2025/13", ""},
		}
		check := func(when string) {
			for _, c := range steps {
				got, ok := b.snap(c.scope, bound{key: c.at})
				if ok != (c.want != "") || ok && got != (bound{key: c.want}) {
					t.Errorf("%s: what may follow %q under %q is at %q, %t; want %q", when, c.at, c.scope, got.key, ok, c.want)
				}
			}
		}
		check("listed")
		time.Sleep(2 * time.Minute)
		for i := range steps {
			steps[i].want = steps[i].at
		}
		check("lapsed")
	})
}

// TestLikely says that a directory is expected to begin as the listing did, from
// its own depth on.
func TestLikely(t *testing.T) {
	for _, c := range []struct{ origin, dir, want string }{
		{"a/2025/01/02/f", "b/", "b/2025/01/02/f"},
		{"a/2025/01/02/f", "a/2026/", "a/2026/01/02/f"},
		{"a/2025/01/02/f", "a/2025/03/04/", "a/2025/03/04/f"},
		{"a/f", "a/b/c/", "a/b/c/"},
		{"a/2025/f", "b/x", "b/x"},
	} {
		s := &split{origin: c.origin}
		if got := s.likely(c.dir); got != c.want {
			t.Errorf("a listing that began with %q is expected to go on in %q with %q, want %q", c.origin, c.dir, got, c.want)
		}
	}
}
