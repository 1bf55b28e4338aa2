package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

func partsOf(numbers ...int) []remote.Part {
	var ps []remote.Part
	for _, n := range numbers {
		ps = append(ps, remote.Part{Number: n, Size: int64(n), ETag: fmt.Sprintf("etag-%d", n)})
	}
	return ps
}

func TestPartsAreReadWholeAtOneRequestMoreThanTheirPages(t *testing.T) {
	for _, n := range []int{0, 1, 999, 1000, 1001, 1999, 2000, 2001, 2500, 3000, 5000, 5001, 6000, 6001, 7300, 8000, 9000, 9001, 9999, 10000} {
		s := newStore(1000, "k")
		var numbers []int
		for i := range n {
			numbers = append(numbers, i+1)
		}
		s.parts[s.uploads[0].UploadID] = partsOf(numbers...)
		b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
		l, err := b.Parts(context.Background(), "k", s.uploads[0].UploadID)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Parts) != n {
			t.Errorf("%d parts listed, the upload has %d", len(l.Parts), n)
		}
		for i, p := range l.Parts {
			if p.Number != i+1 {
				t.Fatalf("%d parts: entry %d is part %d", n, i, p.Number)
			}
		}
		if most := max(1, (n+999)/1000) + 1; s.partLists > most {
			t.Errorf("%d parts took %d requests, want at most %d", n, s.partLists, most)
		}
	}
}

func TestPartsWithGapsAreReadWhole(t *testing.T) {
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 2))
		var numbers []int
		for n, gap := 1, 1+rnd.IntN(4); n <= 10000; n++ {
			if rnd.IntN(500) == 0 {
				gap = 1 + rnd.IntN(4)
				n += rnd.IntN(3000) * rnd.IntN(2)
			}
			if rnd.IntN(gap) == 0 {
				numbers = append(numbers, n)
			}
		}
		s := newStore(1000, "k")
		s.parts[s.uploads[0].UploadID] = partsOf(numbers...)
		b := New(Options{TTL: time.Minute, Bytes: 1 << 27}).Bucket(s, "b", "")
		l, err := b.Parts(context.Background(), "k", s.uploads[0].UploadID)
		if err != nil {
			t.Fatal(err)
		}
		if len(l.Parts) != len(numbers) {
			t.Fatalf("seed %d: %d parts listed, the upload has %d", seed, len(l.Parts), len(numbers))
		}
		for i, p := range l.Parts {
			if p.Number != numbers[i] {
				t.Fatalf("seed %d: entry %d is part %d, want %d", seed, i, p.Number, numbers[i])
			}
		}
	}
}

// walkParts asks for the parts of every upload in the given order, as du does.
func walkParts(t *testing.T, b *Bucket, us []remote.Upload) {
	t.Helper()
	for _, u := range us {
		l, err := b.Parts(context.Background(), u.Key, u.UploadID)
		if err != nil {
			t.Fatalf("parts of %q: %v", u.Key, err)
		}
		if len(l.Parts) != 2 {
			t.Fatalf("%d parts of %q, want 2", len(l.Parts), u.Key)
		}
	}
}

// A walk in any order costs one List Parts an upload, and about as long as the
// store allows with the readahead in flight. The time is virtual.
func TestPartsAreFetchedAheadOfAWalkInAnyOrder(t *testing.T) {
	const n, delay, width = 4000, 30 * time.Millisecond, 64
	shapes := map[string]func(i int) string{
		"one directory":    func(i int) string { return fmt.Sprintf("data/%05d", i) },
		"one a directory":  func(i int) string { return fmt.Sprintf("t/%05d/f", i) },
		"nested":           func(i int) string { return fmt.Sprintf("t/%02d/%02d/%05d/f", i/400, i/40, i) },
		"uploads of a key": func(i int) string { return "t/key" },
	}
	orders := map[string]func(us []remote.Upload){
		"in order": func([]remote.Upload) {},
		"backwards": func(us []remote.Upload) {
			for i := range len(us) / 2 {
				us[i], us[len(us)-1-i] = us[len(us)-1-i], us[i]
			}
		},
		"random": func(us []remote.Upload) {
			rand.New(rand.NewPCG(1, 1)).Shuffle(len(us), func(i, j int) { us[i], us[j] = us[j], us[i] })
		},
	}
	for shape, key := range shapes {
		for order, arrange := range orders {
			synctest.Test(t, func(t *testing.T) {
				s := newStore(1000)
				for i := range n {
					s.add(key(i), uploadID(i))
					s.parts[uploadID(i)] = partsOf(1, 2)
				}
				s.delay = delay
				c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Readahead: width, Concurrency: width})
				defer c.Close()
				b := c.Bucket(s, "b", "")
				list(t, b, "t/")
				list(t, b, "data/")
				tree(t, b, nil)
				us := append([]remote.Upload(nil), s.uploads...)
				arrange(us)
				start := time.Now()
				walkParts(t, b, us)
				took := time.Since(start)
				synctest.Wait()
				bound := time.Duration((n+width-1)/width) * delay
				if s.partLists != n {
					t.Errorf("%s, %s: %d List Parts for %d uploads", shape, order, s.partLists, n)
				}
				if took > bound*13/10 {
					t.Errorf("%s, %s: %v, the bound is %v", shape, order, took, bound)
				}
			})
		}
	}
}

func TestTwoListingsOfPartsDoNotStartAWalk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(1000, flatKeys(2000)...)
		s.delay = 30 * time.Millisecond
		c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Readahead: 64, Concurrency: 64})
		defer c.Close()
		b := c.Bucket(s, "b", "")
		list(t, b, "data/")
		for i := range 2 {
			if _, err := b.Parts(context.Background(), s.uploads[i*7].Key, s.uploads[i*7].UploadID); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Second)
		if s.partLists > 6 {
			t.Errorf("%d List Parts after two were asked for", s.partLists)
		}
	})
}

func TestAnInterruptedReaderLeavesItsFlightToTheNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(1000, "k")
		s.delay = 10 * time.Second
		s.parts[s.uploads[0].UploadID] = partsOf(1)
		c := New(Options{TTL: time.Minute, Bytes: 1 << 20})
		b := c.Bucket(s, "b", "")
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		start := time.Now()
		if _, err := b.Parts(ctx, "k", s.uploads[0].UploadID); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("an interrupted reader got %v", err)
		}
		if took := time.Since(start); took != time.Second {
			t.Errorf("an interrupted reader waited %v, want 1s", took)
		}
		if _, err := b.Parts(context.Background(), "k", s.uploads[0].UploadID); err != nil {
			t.Error(err)
		}
		if took := time.Since(start); took != 10*time.Second || s.partLists != 1 {
			t.Errorf("the next reader got its answer after %v and %d requests, want 10s and 1", took, s.partLists)
		}
	})
}

func TestAListingLapsesWithItsTTL(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(1000, "a", "b")
		b := New(Options{TTL: time.Minute, Bytes: 1 << 20}).Bucket(s, "b", "")
		list(t, b, "")
		s.add("c", "new")
		time.Sleep(59 * time.Second)
		if n := len(list(t, b, "")); n != 2 || s.lists != 1 {
			t.Errorf("within the TTL: %d children and %d requests, want 2 and 1", n, s.lists)
		}
		time.Sleep(2 * time.Second)
		if n := len(list(t, b, "")); n != 3 || s.lists != 2 {
			t.Errorf("after the TTL: %d children and %d requests, want 3 and 2", n, s.lists)
		}
	})
}

func TestAnUploadThatIsGoneTakesItsListingWithIt(t *testing.T) {
	s := newStore(1000, "a", "b")
	b := New(Options{TTL: time.Minute, Bytes: 1 << 20}).Bucket(s, "b", "")
	list(t, b, "")
	s.remove("a", uploadID(0))
	if _, err := b.Parts(context.Background(), "a", uploadID(0)); remote.KindOf(err) != remote.KindNoUpload {
		t.Fatalf("parts of an upload that is gone: %v", err)
	}
	if n := len(list(t, b, "")); n != 1 {
		t.Errorf("%d children after one is gone, want 1", n)
	}
}

func TestThePartsReadBeforeAnErrorAreGivenWithIt(t *testing.T) {
	var numbers []int
	for i := range 2500 {
		numbers = append(numbers, 2*i+1)
	}
	s := newStore(1000, "k")
	s.parts[uploadID(0)] = partsOf(numbers...)
	s.fail = func(op, _ string) error {
		if op == "parts" && s.partLists > 1 {
			return &remote.Error{Kind: remote.KindUnavailable}
		}
		return nil
	}
	b := New(Options{TTL: time.Minute, Bytes: 1 << 20}).Bucket(s, "b", "")
	l, err := b.Parts(context.Background(), "k", uploadID(0))
	if remote.KindOf(err) != remote.KindUnavailable || l == nil || len(l.Parts) != 1000 {
		t.Errorf("a list that breaks off gives %v and %v, want its first page and the error", l, err)
	}
	s.fail = nil
	if l, err = b.Parts(context.Background(), "k", uploadID(0)); err != nil || len(l.Parts) != 2500 {
		t.Errorf("asked again after the fault: %v", err)
	}
}

// Whoever asks, in whatever order, and however soon a list is evicted: what was
// fetched and not asked for is counted right, or the window would close for good.
func TestListsThatNobodyAskedForAreCounted(t *testing.T) {
	for seed := range uint64(20) {
		keys := make([]string, 100)
		for i := range keys {
			keys[i] = fmt.Sprintf("t/%03d/f", i)
		}
		s := newStore(25, keys...)
		for _, u := range s.uploads {
			s.parts[u.UploadID] = partsOf(1, 2)
		}
		c := New(Options{TTL: 5 * time.Second, Bytes: 512 << (seed % 8), Readahead: 16, Concurrency: 16})
		b := c.Bucket(s, "b", "")
		b.Walked(7, "t/")
		us := slices.Clone(s.uploads)
		var wg sync.WaitGroup
		for w := range uint64(6) {
			wg.Go(func() {
				rnd := rand.New(rand.NewPCG(seed, w))
				for range 3 {
					for i := 0; i < len(us); i += 1 + rnd.IntN(3) {
						ctx, cancel := context.WithTimeout(WithWalker(context.Background(), 7), time.Minute)
						if rnd.IntN(8) == 0 {
							cancel() // an interrupt
						}
						_, _ = b.Parts(ctx, us[i].Key, us[i].UploadID)
						cancel()
						if rnd.IntN(40) == 0 {
							c.Drop()
						}
					}
				}
			})
		}
		wg.Wait()
		counted := func() (unused, want, flying int) {
			c.mu.Lock()
			defer c.mu.Unlock()
			for _, e := range b.parts {
				if e.ahead {
					want++
				}
			}
			return b.ahead.unused, want, len(b.ahead.flying)
		}
		for range 5000 {
			if _, _, flying := counted(); flying == 0 {
				break
			}
			time.Sleep(time.Millisecond)
		}
		if unused, want, flying := counted(); unused != want || flying != 0 {
			t.Errorf("seed %d: %d lists are counted as unused and %d are under way; want %d and 0", seed, unused, flying, want)
		}
		c.Close()
	}
}
