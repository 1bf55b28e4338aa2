package cache

import (
	"context"
	"io"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// A walk whose parts have lapsed is read ahead like the first one.
func TestPartsThatHaveLapsedAreFetchedAheadAgain(t *testing.T) {
	const n, delay, width = 2000, 30 * time.Millisecond, 64
	synctest.Test(t, func(t *testing.T) {
		s := newStore(1000, flatKeys(n)...)
		for i := range n {
			s.parts[uploadID(i)] = partsOf(1, 2)
		}
		s.delay = delay
		c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Readahead: width, Concurrency: width})
		defer c.Close()
		b := c.Bucket(s, "b", "")
		for round := range 2 {
			tree(t, b, nil)
			start := time.Now()
			walkParts(t, b, s.uploads)
			if took, most := time.Since(start), time.Duration(n/width+1)*delay*13/10; took > most {
				t.Errorf("walk %d took %v; want at most %v", round+1, took, most)
			}
			synctest.Wait()
			if want := n * (round + 1); s.partLists != want {
				t.Errorf("after walk %d: %d List Parts; want %d", round+1, s.partLists, want)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}

// A list that a reader has fetched meanwhile is not fetched ahead of it.
func TestPartsThatAreThereAreNotFetchedAhead(t *testing.T) {
	s := newStore(1000, "k")
	id := s.uploads[0].UploadID
	s.parts[id] = partsOf(1)
	b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
	if _, err := b.Parts(t.Context(), "k", id); err != nil {
		t.Fatal(err)
	}
	l, err := b.loadParts(t.Context(), partsKey{"k", id}, true)
	if err != nil || len(l.Parts) != 1 || s.partLists != 1 {
		t.Errorf("speculation for what is there: %v, %v, %d requests in all; want the list and one", l, err, s.partLists)
	}
}

// Whatever pages of a key were evicted and in which order they came back, an
// upload that was aborted is not listed again, and every other one is.
func TestAnAbortedUploadIsNotListedAgain(t *testing.T) {
	for pages := 2; pages < 9; pages++ {
		for victim := range 3 * pages {
			for kept := range pages {
				abortAfterEviction(t, pages, victim, kept)
			}
		}
	}
}

func abortAfterEviction(t *testing.T, pages, victim, kept int) {
	t.Helper()
	s := newStore(3, append(slices.Repeat([]string{"k"}, 3*pages), "k/a", "z")...)
	c := New(Options{TTL: time.Hour, Bytes: 1 << 24})
	defer c.Close()
	b := c.Bucket(s, "b", "")
	all := func() (got []string) {
		for r := b.All(); ; {
			u, err := r.Next(context.Background())
			if err == io.EOF {
				return got
			}
			if err != nil {
				t.Fatalf("%d pages, %d kept, upload %d: %v", pages, kept, victim, err)
			}
			got = append(got, u.UploadID)
		}
	}
	all()
	c.mu.Lock()
	n := 0
	for _, k := range slices.Clone(b.flat.blocks) {
		if k.hi.key != "k" {
			continue
		}
		if n++; n > kept {
			c.lru.Remove(k)
		}
	}
	c.mu.Unlock()
	all()
	if _, err := b.Lookup(context.Background(), "k/", "a"); err != nil {
		t.Fatal(err)
	}
	if err := b.Abort(context.Background(), "k", uploadID(victim)); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		got := all()
		if slices.Contains(got, uploadID(victim)) || len(got) != 3*pages+1 {
			t.Errorf("%d pages, %d kept: %d uploads after the abort of %d, the aborted one among them: %t; want %d without it",
				pages, kept, len(got), victim, slices.Contains(got, uploadID(victim)), 3*pages+1)
		}
	}
}

// A reader that goes back to an upload that is gone cannot tell what it has given
// before it: it fails, and gives nothing twice.
func TestGoingBackToAnUploadThatIsGoneGivesNothingTwice(t *testing.T) {
	s := newStore(3, slices.Repeat([]string{"k"}, 12)...)
	c := New(Options{TTL: time.Hour, Bytes: 1 << 24})
	defer c.Close()
	r := c.Bucket(s, "b", "").Children("k/", 0)
	var back any
	for i := range 9 {
		if i == 6 {
			back = r.Mark()
		}
		if _, err := r.Next(context.Background()); err != nil {
			t.Fatal(err)
		}
	}
	s.remove("k", uploadID(5))
	c.Drop()
	r.Reset(back)
	if child, err := r.Next(context.Background()); remote.KindOf(err) != remote.KindIncomplete {
		t.Errorf("back at an upload that is gone: %+v, %v; want %v", child, err, remote.KindIncomplete)
	}
	r.Reset(nil)
	if n := len(readAll(t, r)); n != 11 {
		t.Errorf("from the start: %d uploads, want 11", n)
	}
}

// loaded returns a bucket of three pages and its first one, with the request for it.
func loaded(t *testing.T) (s *store, b *Bucket, q request, first *block) {
	t.Helper()
	s = newStore(100, flatKeys(300)...)
	b = New(Options{TTL: time.Hour, Bytes: 1 << 27, Concurrency: 8}).Bucket(s, "b", "")
	q = request{scope: "data/", start: bound{key: "data/"}}
	first, err := b.load(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return s, b, q, first
}

// Somebody sees that a page is not there, and its flight ends before he asks for the
// page himself: what it has brought will do.
func TestAPageThatHasJustComeIsNotAskedForAgain(t *testing.T) {
	s, b, q, first := loaded(t)
	for _, c := range []struct {
		name   string
		q      request
		wanted int
	}{
		{"the same page", q.unlessThere(), 1},
		{"from a position in it on", after(afterKey(first.uploads[10].Key), "data/", nil).unlessThere(), 1},
		{"what follows it", first.following().unlessThere(), 2},
		{"the same page of a reader who wants it anew", q, 3},
	} {
		k, err := b.load(context.Background(), c.q)
		if err != nil {
			t.Fatal(err)
		}
		if !k.covers(c.q.start) {
			t.Errorf("%s: the page that was given does not cover where it was to begin", c.name)
		}
		if s.lists != c.wanted {
			t.Errorf("%s: %d requests so far, want %d", c.name, s.lists, c.wanted)
		}
	}
}

// What is left of a page of which the rest was read anew does not lead on: others who
// share the flight may want what is behind it.
func TestAPieceThatDoesNotLeadOnIsAskedForAgain(t *testing.T) {
	s, b, q, first := loaded(t)
	middle := afterKey(first.uploads[49].Key)
	for _, q := range []request{after(middle, "data/", nil), q.unlessThere()} {
		if _, err := b.load(context.Background(), q); err != nil {
			t.Fatal(err)
		}
	}
	if s.lists != 3 {
		t.Errorf("%d requests, want one for the piece too, 3 in all", s.lists)
	}
}
