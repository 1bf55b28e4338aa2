package cache

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"
)

// checkChanges lists one directory while uploads come and go below it and the
// cache forgets: every child that was there throughout is given exactly once,
// and none is given twice.
func checkChanges(t testing.TB, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 3))
	stable := randomKeys(rnd, 1+rnd.IntN(40))
	volatile := randomKeys(rnd, 40)
	s := newStore(1+rnd.IntN(6), stable...)
	c := New(Options{TTL: time.Minute, Bytes: int64(1 << (8 + rnd.IntN(14)))})
	defer c.Close()
	c.splitAfter, c.splitWaited = 1+rnd.IntN(12), 0
	b := c.Bucket(s, "b", "")
	prefix := ""
	if k := stable[rnd.IntN(len(stable))]; rnd.IntN(3) > 0 {
		prefix = k + "/"
	}
	var added []partsKey
	change := func() {
		k := volatile[rnd.IntN(len(volatile))]
		if rnd.IntN(2) == 0 {
			k = stable[rnd.IntN(len(stable))]
		}
		if rnd.IntN(2) == 0 {
			// No store gives an id twice.
			added = append(added, partsKey{k, fmt.Sprintf("v%06d", len(added))})
			s.add(k, added[len(added)-1].id)
		} else if len(added) > 0 {
			gone := added[rnd.IntN(len(added))]
			s.remove(gone.key, gone.id)
		}
		if rnd.IntN(8) == 0 {
			c.Drop()
		}
	}
	for range 20 {
		change()
	}
	got := map[string]int{}
	open := opensOf(b)
	if rnd.IntN(2) == 0 {
		open = walkOf(b)
	}
	r := open(prefix)
	for i := 0; ; i++ {
		child, err := r.Next(context.Background())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("seed %d: listing %q: %v", seed, prefix, err)
		}
		name := child.Component + "/"
		if child.Upload != nil {
			name = child.Upload.UploadID
		}
		if got[name]++; got[name] > 1 {
			t.Fatalf("seed %d: %q gives %q twice", seed, prefix, name)
		}
		if i > 10_000 {
			t.Fatalf("seed %d: %q does not end", seed, prefix)
		}
		for range rnd.IntN(3) {
			change()
		}
	}
	for i, k := range stable {
		want := ""
		switch rest, ok := strings.CutPrefix(k, prefix); {
		case ok:
			want, _, _ = strings.Cut(rest, "/")
			want += "/"
		case k+"/" == prefix:
			want = uploadID(i)
		default:
			continue
		}
		if got[want] != 1 {
			t.Fatalf("seed %d: %q gives %q %d times, it was there throughout", seed, prefix, want, got[want])
		}
	}
}

func TestChangesDuringAListingLeaveTheOtherNamesInPlace(t *testing.T) {
	for seed := range uint64(4000) {
		checkChanges(t, seed)
	}
}

// checkStream is checkChanges for uploads.jsonl, where many uploads share a key,
// new ones appear anywhere among them, and others read the keys meanwhile.
func checkStream(t testing.TB, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 5))
	keys := make([]string, 1+rnd.IntN(6))
	for i := range keys {
		keys[i] = fmt.Sprintf("k%d", i)
	}
	var stable []string
	for range 1 + rnd.IntN(60) {
		stable = append(stable, keys[rnd.IntN(len(keys))])
	}
	s := newStore(1+rnd.IntN(6), stable...)
	there := slices.Clone(s.uploads)
	c := New(Options{TTL: time.Minute, Bytes: int64(1 << (8 + rnd.IntN(14)))})
	defer c.Close()
	c.splitAfter, c.splitWaited = 1+rnd.IntN(12), 0
	b := c.Bucket(s, "b", "")
	var added []partsKey
	change := func() {
		if rnd.IntN(2) == 0 {
			n := partsKey{keys[rnd.IntN(len(keys))], fmt.Sprintf("v%06d", len(added))}
			s.addAt(n.key, n.id, rnd.IntN(10))
			added = append(added, n)
		} else if len(added) > 0 {
			gone := added[len(added)-1-rnd.IntN(min(len(added), 10))]
			s.remove(gone.key, gone.id)
		}
		if rnd.IntN(10) == 0 {
			c.Drop()
		}
	}
	for range 30 {
		change()
	}
	if rnd.IntN(2) == 0 {
		list(t, b, "")
	}
	got := map[partsKey]int{}
	var others []Reader
	for r := b.All(); len(got) < 100_000; {
		u, err := r.Next(context.Background())
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		n := partsKey{u.Key, u.UploadID}
		if got[n]++; got[n] > 1 {
			t.Fatalf("seed %d: %v twice", seed, n)
		}
		for range rnd.IntN(3) {
			change()
		}
		if rnd.IntN(5) == 0 {
			others = append(others, b.Children(keys[rnd.IntN(len(keys))]+"/", 0))
		}
		for _, o := range others {
			if _, err := o.Next(context.Background()); err != nil && err != io.EOF {
				t.Fatalf("seed %d: another reader: %v", seed, err)
			}
		}
	}
	for _, u := range there {
		if n := (partsKey{u.Key, u.UploadID}); got[n] != 1 {
			t.Fatalf("seed %d: %v is given %d times, it was there throughout", seed, n, got[n])
		}
	}
}

func TestChangesDuringAStreamLeaveTheOtherUploadsInPlace(t *testing.T) {
	for seed := range uint64(2000) {
		checkStream(t, seed)
	}
}

func FuzzChanges(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { checkChanges(t, seed); checkStream(t, seed) })
}

// MinIO answers a prefix with the uploads of that very key, so a source limited
// to a prefix is read from the listing of the whole bucket.
func TestAStoreOfExactPrefixesIsReadWholeUnderAPrefix(t *testing.T) {
	s := newStore(1000, "a/1", "a/2/x", "b/1", "ab")
	s.profile.Sorted, s.profile.ExactPrefix = false, true
	b := New(Options{TTL: time.Minute, Bytes: 1 << 20}).Bucket(s, "b", "a/")
	if got, want := tree(t, b, nil), truth(s.uploads, "a/"); !slices.Equal(got, want) {
		t.Errorf("the tree under a/ is %q, want %q", got, want)
	}
	for _, r := range s.requests {
		if r.Prefix != "" {
			t.Errorf("asked with prefix %q, want none", r.Prefix)
		}
	}
}
