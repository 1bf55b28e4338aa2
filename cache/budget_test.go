package cache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

func flatKeys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("data/%07d.bin", i)
	}
	return keys
}

func TestListingADirectoryCostsItsPages(t *testing.T) {
	s := newStore(1000, flatKeys(20500)...)
	b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
	if _, err := b.Lookup(context.Background(), "", "data"); err != nil {
		t.Fatal(err)
	}
	if n := len(list(t, b, "data/")); n != 20500 {
		t.Errorf("%d children, want 20500", n)
	}
	if s.lists > 21+2 {
		t.Errorf("%d requests for 20,500 uploads, want at most 23", s.lists)
	}
	list(t, b, "data/")
	if s.lists > 23 {
		t.Errorf("listing again within the TTL sent %d more requests", s.lists-23)
	}
}

// shapes of keyspaces for the budgets of walks: uploads and directories.
func shapes() map[string][]string {
	m := map[string][]string{"flat": flatKeys(30000)}
	var pairs, chain, binary, teams []string
	for i := range 15000 {
		pairs = append(pairs, fmt.Sprintf("p/d%05d/x", i), fmt.Sprintf("p/d%05d/y", i))
	}
	for i := range 30000 {
		teams = append(teams, fmt.Sprintf("team%02d/2026-%02d/%02d/f%05d", i%20, i/20%12+1, i/240%28+1, i))
		k := ""
		for bit := 14; bit >= 0; bit-- {
			k += string('0'+byte(i>>bit&1)) + "/"
		}
		binary = append(binary, k+"f")
	}
	for i := range 300 {
		for j := range 100 {
			chain = append(chain, fmt.Sprintf("only/one/way/down/%03d/%03d", i, j))
		}
	}
	m["pairs"], m["chain"], m["binary"], m["teams"] = pairs, chain, binary, teams
	return m
}

func TestWalkingATreeCostsItsFlatListing(t *testing.T) {
	for name, keys := range shapes() {
		for _, tool := range []string{"os.walk", "find"} {
			var lines []string
			s, _ := timed(t, 1000, keys, time.Millisecond, func(t *testing.T, b *Bucket) {
				open := opensOf(b)
				if tool == "find" {
					open = walkOf(b)
				}
				lines = treeBy(t, open, nil)
			})
			want := truth(s.uploads, "")
			if len(lines) != len(want) {
				t.Errorf("%s, %s: %d lines, want %d", tool, name, len(lines), len(want))
			}
			depth := 16
			most := 125*len(keys)/100/1000 + 2*depth + 32
			t.Logf("%s, %s: %d uploads, %d names, %d requests (%d with a delimiter)", tool, name, len(keys), len(lines), s.lists, s.delimited)
			if s.lists > most {
				t.Errorf("%s, %s: %d requests for %d uploads, want at most %d", tool, name, s.lists, len(keys), most)
			}
		}
	}
}

func TestListingAboveALargeSubtreeCostsFourRequests(t *testing.T) {
	var keys []string
	for i := range 40000 {
		keys = append(keys, fmt.Sprintf("top/%d/%06d", i%5, i))
	}
	for _, trusted := range []bool{true, false} {
		for _, tool := range []string{"ls", "find"} {
			synctest.Test(t, func(t *testing.T) {
				s := newStore(1000, keys...)
				s.profile.Delimiters = trusted
				b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
				open := opensOf(b)
				if tool == "find" {
					open = walkOf(b)
				}
				if _, err := b.Lookup(context.Background(), "", "top"); err != nil {
					t.Fatal(err)
				}
				if n := len(readAll(t, open("top/"))); n != 5 {
					t.Errorf("%s: %d children, want 5", tool, n)
				}
				synctest.Wait()
				if s.lists > 4 {
					t.Errorf("%s, delimiters trusted %t: %d requests, want at most 4", tool, trusted, s.lists)
				}
			})
		}
	}
}

func TestTheFirstNameOfAHugeDirectoryCostsFewRequests(t *testing.T) {
	s := newStore(1000, flatKeys(50000)...)
	b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
	if _, err := b.Lookup(context.Background(), "", "data"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Children("data/", 0).Next(context.Background()); err != nil {
		t.Fatal(err)
	}
	if s.lists > 6 {
		t.Errorf("%d requests for the first name, want at most 6", s.lists)
	}
}

func TestANameThatDoesNotExistIsAskedForOnce(t *testing.T) {
	s := newStore(1000, flatKeys(5000)...)
	b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
	for range 3 {
		if _, err := b.Lookup(context.Background(), "", ".git"); err == nil {
			t.Fatal("the store has no .git")
		}
	}
	if s.lists > 2 {
		t.Errorf("%d requests for one missing name, want at most 2", s.lists)
	}
}

// randomTree returns keys in directories of random depth and width, named by
// numbers, at random or by dates, and how deep they lie.
func randomTree(rnd *rand.Rand, n int) (keys []string, depth int) {
	var grow func(prefix string, d, n int)
	grow = func(prefix string, d, n int) {
		depth = max(depth, d)
		if n < 30 || d > 5 || rnd.IntN(4) == 0 {
			form := rnd.IntN(3)
			for i := range n {
				keys = append(keys, prefix+[]string{
					fmt.Sprintf("%06d", i), fmt.Sprintf("%012x", rnd.Uint64()>>16), fmt.Sprintf("2026-%02d-%02d-%05d", i/170+1, i/6%28+1, i),
				}[form])
			}
			return
		}
		dirs := 1 + rnd.IntN(12)
		for i := range dirs {
			dir := fmt.Sprintf("%sd%02d", prefix, i)
			grow(dir+"/", d+1, rnd.IntN(2*n/dirs+1))
			if rnd.IntN(3) == 0 {
				keys = append(keys, dir)
			}
		}
	}
	grow("", 0, n)
	return keys, depth
}

func TestWalkingAnyTreeKeepsTheBudget(t *testing.T) {
	const page = 50
	for seed := range uint64(16) {
		synctest.Test(t, func(t *testing.T) {
			rnd := rand.New(rand.NewPCG(seed, 77))
			keys, depth := randomTree(rnd, 20_000)
			s := newStore(page, keys...)
			s.delay = time.Duration(1+rnd.IntN(60)) * time.Millisecond
			c := New(Options{TTL: time.Hour, Bytes: 1 << 28, Concurrency: 64})
			defer c.Close()
			lines := treeBy(t, walkOf(c.Bucket(s, "b", "")), nil)
			synctest.Wait()
			if want := truth(s.uploads, ""); len(lines) != len(want) {
				t.Errorf("seed %d: %d lines, want %d", seed, len(lines), len(want))
			}
			if most := 125*len(keys)/100/page + 2*depth + 32; s.lists > most {
				t.Errorf("seed %d: %d requests for %d uploads in directories %d deep, want at most %d", seed, s.lists, len(keys), depth, most)
			}
		})
	}
}
