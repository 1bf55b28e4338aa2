package cache

import (
	"context"
	"fmt"
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
			synctest.Test(t, func(t *testing.T) {
				s := newStore(1000, keys...)
				s.delay = time.Millisecond
				b := New(Options{TTL: time.Minute, Bytes: 1 << 27, Concurrency: 64}).Bucket(s, "b", "")
				open := b.Children
				if tool == "find" {
					open = b.Walk
				}
				lines := treeBy(t, open, nil)
				synctest.Wait()
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
			})
		}
	}
}

func TestListingAboveALargeSubtreeCostsFourRequests(t *testing.T) {
	var keys []string
	for i := range 40000 {
		keys = append(keys, fmt.Sprintf("top/%d/%06d", i%5, i))
	}
	for _, trusted := range []bool{true, false} {
		s := newStore(1000, keys...)
		s.profile.Delimiters = trusted
		b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
		if _, err := b.Lookup(context.Background(), "", "top"); err != nil {
			t.Fatal(err)
		}
		if n := len(list(t, b, "top/")); n != 5 {
			t.Errorf("%d children, want 5", n)
		}
		if s.lists > 4 {
			t.Errorf("delimiters trusted %t: %d requests, want at most 4", trusted, s.lists)
		}
	}
}

func TestTheFirstNameOfAHugeDirectoryCostsFewRequests(t *testing.T) {
	s := newStore(1000, flatKeys(50000)...)
	b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
	if _, err := b.Lookup(context.Background(), "", "data"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Children("data/").Next(context.Background()); err != nil {
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
