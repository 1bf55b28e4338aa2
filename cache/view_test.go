package cache

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// tree lists every directory of the bucket from the top and returns one line
// for each child: its path, and for an upload its id.
func tree(t testing.TB, b *Bucket, visit func(dir string)) []string {
	t.Helper()
	return treeBy(t, opensOf(b), visit)
}

// treeBy is tree for a reader of each directory that open returns.
func treeBy(t testing.TB, open func(prefix string) Reader, visit func(dir string)) []string {
	t.Helper()
	var lines []string
	var walk func(prefix string)
	walk = func(prefix string) {
		if visit != nil {
			visit(prefix)
		}
		children := readAll(t, open(prefix))
		for _, c := range children {
			if c.Upload != nil {
				lines = append(lines, fmt.Sprintf("%q: %s", prefix, c.Upload.UploadID))
				continue
			}
			lines = append(lines, fmt.Sprintf("%q: %q/", prefix, c.Component))
			walk(prefix + c.Component + "/")
		}
	}
	walk("")
	slices.Sort(lines)
	return lines
}

// timed reads a bucket of those keys in virtual time, in pages of so many uploads,
// each of which takes delay.
// It returns the store, with what it was asked, and how long the reading took.
func timed(t *testing.T, page int, keys []string, delay time.Duration, read func(t *testing.T, b *Bucket)) (s *store, took time.Duration) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s = newStore(page, keys...)
		s.delay = delay
		c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Concurrency: 64})
		defer c.Close()
		start := time.Now()
		read(t, c.Bucket(s, "b", ""))
		took = time.Since(start)
		synctest.Wait()
	})
	return s, took
}

// walkOf opens directories as one walker does.
func walkOf(b *Bucket) func(prefix string) Reader {
	return func(prefix string) Reader { return b.Walk(prefix, 7) }
}

// opensOf opens directories as somebody does of whom nothing else is known.
func opensOf(b *Bucket) func(prefix string) Reader {
	return func(prefix string) Reader { return b.Children(prefix, 8) }
}

func list(t testing.TB, b *Bucket, prefix string) []Child {
	t.Helper()
	return readAll(t, b.Children(prefix, 0))
}

func readAll(t testing.TB, r Reader) []Child {
	t.Helper()
	var out []Child
	for {
		c, err := r.Next(context.Background())
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("listing a directory: %v", err)
		}
		if len(out) > 1_000_000 {
			t.Fatal("listing a directory does not end")
		}
		out = append(out, c)
	}
}

// truth is the tree as the uploads themselves tell it.
func truth(us []remote.Upload, domain string) []string {
	set := map[string]bool{}
	for _, u := range us {
		if !strings.HasPrefix(u.Key, domain) {
			continue
		}
		prefix := ""
		for _, c := range strings.Split(u.Key, "/") {
			set[fmt.Sprintf("%q: %q/", prefix, c)] = true
			prefix += c + "/"
		}
		set[fmt.Sprintf("%q: %s", prefix, u.UploadID)] = true
	}
	var lines []string
	for l := range set {
		lines = append(lines, l)
	}
	slices.Sort(lines)
	return lines
}

func compare(t testing.TB, what string, got, want []string) {
	t.Helper()
	if slices.Equal(got, want) {
		return
	}
	for _, l := range want {
		if !slices.Contains(got, l) {
			t.Errorf("%s: the view lost %s", what, l)
		}
	}
	for i, l := range got {
		if !slices.Contains(want, l) {
			t.Errorf("%s: the view made up %s", what, l)
		}
		if i > 0 && got[i-1] == l {
			t.Errorf("%s: the view repeats %s", what, l)
		}
	}
	t.FailNow()
}

func randomKeys(rnd *rand.Rand, n int) []string {
	alphabet := []string{"a", "b", "-", "/", "/", "0", ".", "ü", "%"}
	keys := make([]string, n)
	for i := range keys {
		var k string
		for range 1 + rnd.IntN(6) {
			k += alphabet[rnd.IntN(len(alphabet))]
		}
		keys[i] = k
	}
	return keys
}

// The tree seen through views equals the tree built from all uploads, for any
// page size, eviction, domain, profile and interleaving of lookups.
func checkViews(t testing.TB, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 1))
	keys := randomKeys(rnd, 1+rnd.IntN(60))
	s := newStore(1+rnd.IntN(12), keys...)
	s.profile.Delimiters = rnd.IntN(2) == 0
	domain := ""
	if rnd.IntN(4) == 0 {
		k := keys[rnd.IntN(len(keys))]
		domain = k[:rnd.IntN(len(k)+1)]
		domain = strings.ToValidUTF8(domain, "")
	}
	c := New(Options{TTL: time.Minute, Bytes: int64(1 << (8 + rnd.IntN(14)))})
	c.splitAfter, c.splitWaited = 1+rnd.IntN(12), 0
	b := c.Bucket(s, "b", domain)
	if rnd.IntN(3) == 0 {
		// A walk is thought to be under way.
		b.walk = walk{hits: 1000, last: time.Now()}
	}
	open := opensOf(b)
	if rnd.IntN(2) == 0 {
		open = walkOf(b)
	}
	want := truth(s.uploads, domain)
	lookups := func(dir string) {
		for range rnd.IntN(3) {
			key := keys[rnd.IntN(len(keys))]
			if rnd.IntN(2) == 0 {
				key = randomKeys(rnd, 1)[0]
			}
			i := strings.LastIndexByte(key, '/') + 1
			checkLookup(t, b, s, domain, key[:i], key[i:])
			if rnd.IntN(10) == 0 {
				c.Drop()
			}
		}
	}
	compare(t, fmt.Sprintf("seed %d domain %q page %d", seed, domain, s.page), treeBy(t, open, lookups), want)
	compare(t, fmt.Sprintf("seed %d again", seed), tree(t, b, nil), want)
	var all []string
	for r := b.All(); ; {
		u, err := r.Next(context.Background())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("seed %d: reading all: %v", seed, err)
		}
		all = append(all, u.Key+" "+u.UploadID)
	}
	var wantAll []string
	for _, u := range s.uploads {
		if strings.HasPrefix(u.Key, domain) {
			wantAll = append(wantAll, u.Key+" "+u.UploadID)
		}
	}
	slices.Sort(all)
	slices.Sort(wantAll)
	compare(t, fmt.Sprintf("seed %d all", seed), all, wantAll)
	c.Close()
	if kept := c.Stats().Bytes; kept > c.opts.Bytes || kept < 0 {
		t.Errorf("seed %d: %d bytes kept, the budget is %d", seed, kept, c.opts.Bytes)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, q := range s.requests {
		if !strings.HasPrefix(q.Prefix, domain) {
			t.Errorf("seed %d: request for prefix %q outside the source's %q", seed, q.Prefix, domain)
		}
	}
}

func checkLookup(t testing.TB, b *Bucket, s *store, domain, prefix, name string) {
	t.Helper()
	key := prefix + name
	var isKey, isPrefix bool
	for _, u := range s.uploads {
		if strings.HasPrefix(u.Key, domain) {
			isKey = isKey || u.Key == key
			isPrefix = isPrefix || strings.HasPrefix(u.Key, key+"/")
		}
	}
	_, before := s.counted()
	c, err := b.Describe(context.Background(), prefix, name)
	switch {
	case !isKey && !isPrefix:
		if remote.KindOf(err) != remote.KindNoKey {
			t.Fatalf("lookup of %q + %q, which does not exist: %+v, %v", prefix, name, c, err)
		}
	case err != nil:
		t.Fatalf("lookup of %q + %q: %v", prefix, name, err)
	case c.Key != isKey || c.Prefix != isPrefix:
		t.Fatalf("lookup of %q + %q: key %t prefix %t, want %t %t", prefix, name, c.Key, c.Prefix, isKey, isPrefix)
	}
	if _, after := s.counted(); after-before > 2 && !b.walking() {
		t.Errorf("lookup of %q + %q took %d requests, at most 2 are allowed", prefix, name, after-before)
	}
	for _, u := range s.uploads {
		if u.Key != key || !strings.HasPrefix(key, domain) {
			continue
		}
		got, _, err := b.Upload(context.Background(), key, u.UploadID)
		if err != nil || got.UploadID != u.UploadID {
			t.Fatalf("upload %s of %q: %v", u.UploadID, key, err)
		}
	}
	if _, _, err := b.Upload(context.Background(), key, "no such id"); remote.KindOf(err) != remote.KindNoUpload {
		t.Fatalf("an upload that does not exist: %v", err)
	}
}

func TestTheTreeThroughViewsIsTheTreeOfAllUploads(t *testing.T) {
	for seed := range uint64(3000) {
		checkViews(t, seed)
	}
}

func FuzzViews(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkViews(t, seed) })
}
