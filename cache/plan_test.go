package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// A walker that goes into the children of a directory in an order that it was
// expected to take waits for the store as little as one that goes in listing
// order, though it takes time of its own at each. The time is virtual.
func TestPartsAreFetchedAheadAlongAnExpectedOrder(t *testing.T) {
	const n, delay, width, spent = 4000, 30 * time.Millisecond, 64, 300 * time.Microsecond
	for shape, key := range map[string]func(i int) string{
		"one directory":     func(i int) string { return fmt.Sprintf("t/%05d", i) },
		"one a directory":   func(i int) string { return fmt.Sprintf("t/%05d/f", i) },
		"ten a directory":   func(i int) string { return fmt.Sprintf("t/%04d/%d", i/10, i) },
		"keys and prefixes": func(i int) string { return fmt.Sprintf("t/%04d", i/2) + []string{"", "/x"}[i%2] },
		"uploads of a key":  func(int) string { return "t" },
	} {
		synctest.Test(t, func(t *testing.T) {
			keys := make([]string, n)
			for i := range keys {
				keys[i] = key(i)
			}
			s := newStore(1000, keys...)
			for _, u := range s.uploads {
				s.parts[u.UploadID] = partsOf(1, 2)
			}
			s.delay = delay
			c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Readahead: width, Concurrency: width})
			defer c.Close()
			b := c.Bucket(s, "b", "")
			tree(t, b, nil)
			visits, under := visitsOf(s.uploads, "t/")
			rand.New(rand.NewPCG(1, 1)).Shuffle(len(visits), func(i, j int) { visits[i], visits[j] = visits[j], visits[i] })
			b.Expect("t/", visits)
			start := time.Now()
			for _, v := range visits {
				for _, u := range under[v] {
					walkParts(t, b, []remote.Upload{u})
					time.Sleep(spent)
				}
			}
			took := time.Since(start)
			synctest.Wait()
			if s.partLists != n {
				t.Errorf("%s: %d List Parts for %d uploads, want one each", shape, s.partLists, n)
			}
			bound := time.Duration((n+width-1)/width) * delay
			if took > bound*12/10 {
				t.Errorf("%s: %v, want at most 1.2 of %v", shape, took, bound)
			}
		})
	}
}

// visitsOf returns the children of a directory and what uploads each leads to.
func visitsOf(us []remote.Upload, dir string) (visits []Visit, under map[Visit][]remote.Upload) {
	under = map[Visit][]remote.Upload{}
	for _, u := range us {
		v, ok := (&plan{dir: dir}).visit(partsKey{u.Key, u.UploadID})
		if !ok {
			panic(u.Key + " is not below " + dir)
		}
		if under[v] == nil {
			visits = append(visits, v)
		}
		under[v] = append(under[v], u)
	}
	return visits, under
}

// An order that a walk does not keep to, or whose directory is not listed any
// more, costs no request more and loses nothing.
func TestAnExpectedOrderMayBeWrong(t *testing.T) {
	const n = 500
	for name, tell := range map[string]func(b *Bucket, right []Visit){
		"another directory":  func(b *Bucket, _ []Visit) { b.Expect("elsewhere/", []Visit{{Name: "x"}}) },
		"names of no upload": func(b *Bucket, _ []Visit) { b.Expect("t/", []Visit{{Name: "x"}, {Name: "y", Upload: true}}) },
		"a part of it":       func(b *Bucket, right []Visit) { b.Expect("t/", right[n/2:]) },
		"nothing":            func(b *Bucket, _ []Visit) { b.Expect("t/", nil) },
		"forgotten":          func(b *Bucket, right []Visit) { b.Expect("t/", right); b.c.Drop() },
	} {
		synctest.Test(t, func(t *testing.T) {
			s := newStore(1000)
			for i := range n {
				s.add(fmt.Sprintf("t/%05d", i), uploadID(i))
				s.parts[uploadID(i)] = partsOf(1, 2)
			}
			s.delay = 10 * time.Millisecond
			c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Readahead: 16, Concurrency: 16})
			defer c.Close()
			b := c.Bucket(s, "b", "")
			tree(t, b, nil)
			visits, _ := visitsOf(s.uploads, "t/")
			tell(b, visits)
			walkParts(t, b, s.uploads)
			synctest.Wait()
			if s.partLists != n {
				t.Errorf("%s: %d List Parts for %d uploads, want one each", name, s.partLists, n)
			}
			if _, err := b.Parts(context.Background(), s.uploads[0].Key, s.uploads[0].UploadID); err != nil {
				t.Error(err)
			}
		})
	}
}

// Pages of one key's uploads that lead round in a circle end the look ahead and
// not the cache, whose lock is held.
func TestPagesInACircleAreNotFollowedAhead(t *testing.T) {
	for _, planned := range []bool{false, true} {
		c := New(Options{TTL: time.Minute, Bytes: 1 << 20, Readahead: 8, Concurrency: 8})
		b := c.Bucket(newStore(1000), "b", "")
		var us []remote.Upload
		for i := range 5 {
			us = append(us, newUpload("k", uploadID(i), i))
			name := partsKey{"k", uploadID(i)}
			b.keepParts(b.newParts(name, nil, nil))
		}
		first := newBlock(bound{}, bound{key: "k", id: uploadID(4)}, us, "")
		second := newBlock(bound{key: "k", id: uploadID(4)}, bound{key: "k", id: uploadID(2)}, us[1:3], "")
		for _, k := range []*block{first, second} {
			k.expires = time.Now().Add(time.Minute)
			b.flat.blocks = append(b.flat.blocks, k)
			c.lru.Add(k, struct{}{})
		}
		if planned {
			b.Expect("", []Visit{{Name: "k"}})
		}
		done := make(chan bool, 1)
		go func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			b.ahead.flying = map[partsKey]bool{}
			b.ahead.window = 8
			if planned {
				b.ahead.plan.seek(partsKey{"k", uploadID(0)})
			}
			_, ok := b.nextAhead()
			done <- ok
		}()
		select {
		case ok := <-done:
			if ok {
				t.Errorf("planned %t: a list that is there was wanted", planned)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("planned %t: the look ahead does not end", planned)
		}
	}
}
