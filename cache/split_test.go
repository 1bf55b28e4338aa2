package cache

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"uploadfs/remote"
)

// A long listing is read in ranges: in a fraction of the time that page after
// page takes, at hardly more requests, and whole. The time is virtual.
func TestALongListingIsReadInRanges(t *testing.T) {
	const n, page, delay = 40_000, 200, 30 * time.Millisecond
	tops := []string{"analytics", "backup", "genomics", "imaging", "media", "videos"}
	shapes := map[string]func(i int) string{
		"decimal":  func(i int) string { return fmt.Sprintf("data/%07d.bin", i) },
		"hex":      func(i int) string { return fmt.Sprintf("data/%08x", uint32(i)*107370) },
		"two each": func(i int) string { return fmt.Sprintf("data/%05d/%d", i/2, i%2) },
		"dates":    func(i int) string { return fmt.Sprintf("data/2026-%02d-%02d-%06d.log", i/3400+1, i/122%28+1, i) },
		"teams":    func(i int) string { return fmt.Sprintf("data/team-%02d/run-%02d/part-%06d.bin", i*20/n, i*400/n%20, i) },
		"tops": func(i int) string {
			return fmt.Sprintf("data/%s/2025/%02d/%02d/%06d", tops[i*len(tops)/n], i*len(tops)*12/n%12+1, i*len(tops)*12*28/n%28+1, i)
		},
		"skewed": func(i int) string { return fmt.Sprintf("data/%c%07d", "aaaaaaaaabcdefgz"[i*16/n], i) },
	}
	directory := func(open func(b *Bucket) Reader) func(t *testing.T, b *Bucket) int {
		return func(t *testing.T, b *Bucket) int { return len(readAll(t, open(b))) }
	}
	readers := map[string]func(t *testing.T, b *Bucket) int{
		"ls":   directory(func(b *Bucket) Reader { return b.Children("data/", 0) }),
		"find": directory(func(b *Bucket) Reader { return walkOf(b)("data/") }),
		"cat":  countAll,
	}
	for name, key := range shapes {
		keys := make([]string, n)
		for i := range keys {
			keys[i] = key(i)
		}
		want := n
		if name == "two each" {
			want = n / 2
		}
		nested := name == "teams" || name == "tops"
		for tool, read := range readers {
			if nested && tool != "cat" {
				continue
			}
			want := want
			if tool == "cat" {
				want = n
			}
			name := tool + ", " + name
			got := 0
			s, took := timed(t, page, keys, delay, func(t *testing.T, b *Bucket) { got = read(t, b) })
			if got != want {
				t.Errorf("%s: %d children listed, the directory has %d", name, got, want)
			}
			sequential := n / page * delay
			t.Logf("%s: %v, %.2f of page after page; %d requests for %d pages", name, took, float64(took)/float64(sequential), s.lists, n/page)
			if s.lists > n/page*125/100+34 {
				t.Errorf("%s: %d requests for %d pages", name, s.lists, n/page)
			}
			most := sequential * 30 / 100
			// Keys with holes, such as dates and directories, are guessed less well.
			if nested || strings.HasSuffix(name, "dates") || strings.HasSuffix(name, "skewed") {
				most = sequential * 80 / 100
			}
			if took > most {
				t.Errorf("%s: %v, page after page takes %v", name, took, sequential)
			}
		}
	}
}

// A walk takes the keyspace in order whatever directories it is cut into, so it is
// read in ranges too, where each directory alone is short: in a fraction of the time
// that the flat pages take, and within the budget of find.
func TestAWalkThroughATreeIsReadInRanges(t *testing.T) {
	const n, page, delay = 40_000, 200, 30 * time.Millisecond
	tops := []string{"analytics", "backup", "genomics", "imaging", "media", "videos"}
	for _, c := range []struct {
		name string
		key  func(i int) string
		// most is in hundredths of page after page.
		most time.Duration
	}{
		{"two uploads in each", func(i int) string { return fmt.Sprintf("dir-%09d/%d.bin", i/2, i%2) }, 60},
		{"four in each, hashes", func(i int) string { return fmt.Sprintf("%08x/%d.bin", uint32(i/4)*858993, i%4) }, 70},
		{"users", func(i int) string {
			return fmt.Sprintf("users/%08x/%s/%06d", uint32(i/80)*17179869, [...]string{"docs", "photos", "tmp", "video"}[i/20%4], i%20)
		}, 70},
		{"half a page in each, two levels", func(i int) string { return fmt.Sprintf("team-%02d/run-%02d/part-%06d.bin", i*20/n, i*200/n%10, i) }, 65},
		{"two pages in each", func(i int) string { return fmt.Sprintf("d-%02d/part-%06d.bin", i/400, i) }, 55},
		{"ten pages in each", func(i int) string { return fmt.Sprintf("d-%02d/part-%06d.bin", i/2000, i) }, 80},
		{"days", func(i int) string {
			return fmt.Sprintf("%s/2025/%02d/%02d/%06d", tops[i*len(tops)/n], i*len(tops)*12/n%12+1, i*len(tops)*12*28/n%28+1, i)
		}, 80},
		{"sets and days", func(i int) string {
			d := i / 8
			day := time.Date(2025, 1, 1+d%365, 0, 0, 0, 0, time.UTC).Format("2006/01/02")
			return fmt.Sprintf("%s/set-%05d/%s/%d", tops[i*len(tops)/n], d/365, day, i%8)
		}, 80},
	} {
		keys := make([]string, n)
		for i := range keys {
			keys[i] = c.key(i)
		}
		for _, tool := range []string{"find", "os.walk"} {
			name := tool + ", " + c.name
			var lines []string
			s, took := timed(t, page, keys, delay, func(t *testing.T, b *Bucket) {
				open := walkOf(b)
				if tool == "os.walk" {
					open = opensOf(b)
				}
				lines = treeBy(t, open, nil)
			})
			if want := len(truth(s.uploads, "")); len(lines) != want {
				t.Errorf("%s: a walk shows %d names of %d", name, len(lines), want)
			}
			sequential := n / page * delay
			t.Logf("%s: %v, %.2f of page after page; %d requests for %d pages", name, took, float64(took)/float64(sequential), s.lists, n/page)
			const depth = 5
			if most := n/page*125/100 + 2*depth + 32; s.lists > most {
				t.Errorf("%s: a walk sent %d requests for %d pages, want at most %d", name, s.lists, n/page, most)
			}
			if most := sequential * c.most / 100; took > most {
				t.Errorf("%s: a walk took %v where page after page takes %v, want at most %v", name, took, sequential, most)
			}
		}
	}
}

// countAll reads uploads.jsonl.
func countAll(t *testing.T, b *Bucket) (n int) {
	t.Helper()
	for r := b.All(); ; n++ {
		switch _, err := r.Next(context.Background()); {
		case err == io.EOF:
			return n
		case err != nil:
			t.Fatal(err)
		}
	}
}

// Where the last range has begun, the reader is behind others that are half read: it
// goes on with them, so that each is read to its end.
func TestTheLastRangesAreReadToTheirEnd(t *testing.T) {
	const n, page, delay = 40_000, 200, 30 * time.Millisecond
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprintf("data/%08x", uint32(i)*107370)
	}
	const runs = 10 // since it is up to chance who is told of a page first
	var took time.Duration
	for range runs {
		got := 0
		s, once := timed(t, page, keys, delay, func(t *testing.T, b *Bucket) { got = len(readAll(t, walkOf(b)("data/"))) })
		if took += once; got != n {
			t.Errorf("%d children listed, the directory has %d", got, n)
		}
		asked := map[remote.UploadsRequest]bool{}
		for _, req := range s.requests {
			if asked[req] {
				t.Errorf("the page %+v was asked for twice", req)
			}
			asked[req] = true
		}
	}
	sequential := n / page * delay
	if most := runs * sequential * 125 / 1000; took > most {
		t.Errorf("%d walks took %v where page after page takes %v each, want at most %v", runs, took, sequential, most)
	}
}

// A walk after what an earlier one has read lapsed is read in ranges as that was.
func TestAWalkAfterTheTTLIsReadInRangesAgain(t *testing.T) {
	const n, page, delay = 20_000, 200, 30 * time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		s := newStore(page, flatKeys(n)...)
		s.delay = delay
		c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Concurrency: 64})
		defer c.Close()
		b := c.Bucket(s, "b", "")
		for walk := range 3 {
			r, start := walkOf(b)("data/"), time.Now()
			for got := range n {
				if _, err := r.Next(context.Background()); err != nil {
					t.Fatalf("walk %d ends after %d children of %d: %v", walk+1, got, n, err)
				}
				if got%page == 0 {
					time.Sleep(delay)
				}
			}
			// It waits for the first pages and then for nothing.
			if took, most := time.Since(start), n/page*delay*120/100; took > most {
				t.Errorf("walk %d took %v, want at most %v", walk+1, took, most)
			}
			time.Sleep(2 * time.Minute)
		}
	})
}

func TestRangesStopWhenTheReaderDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(1000, flatKeys(400_000)...)
		s.delay = 30 * time.Millisecond
		c := New(Options{TTL: time.Hour, Bytes: 1 << 27, Concurrency: 64})
		defer c.Close()
		r := c.Bucket(s, "b", "").Children("data/", 0)
		for range 20_000 {
			if _, err := r.Next(context.Background()); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(time.Minute)
		synctest.Wait()
		if s.lists > 20+130 {
			t.Errorf("%d pages read for 20 that were wanted", s.lists)
		}
	})
}

// Ranges are guesses, and List calls are billed: a walk through directories of
// any length keeps to the budget of find, whatever the keys look like.
func TestRangesKeepTheBudgetOfAWalk(t *testing.T) {
	const dirs, page, delay = 12, 40, 30 * time.Millisecond
	random := rand.New(rand.NewPCG(1, 2))
	shapes := map[string]func(i int) string{
		"decimal": func(i int) string { return fmt.Sprintf("%07d.bin", i) },
		"random":  func(int) string { return fmt.Sprintf("%016x", random.Uint64()) },
		"dates":   func(i int) string { return fmt.Sprintf("2026-%02d-%02d-%06d.log", i/680+1, i/24%28+1, i) },
	}
	for name, key := range shapes {
		for _, pages := range []int{3, 4, 5, 6, 8, 10, 12, 16, 20, 25, 30, 60} {
			synctest.Test(t, func(t *testing.T) {
				n := pages*page - page/3
				var keys []string
				for i := range dirs * n {
					keys = append(keys, fmt.Sprintf("dir%02d/%s", i/n, key(i)))
				}
				s := newStore(page, keys...)
				s.delay = delay
				c := New(Options{TTL: time.Hour, Bytes: 1 << 27, Concurrency: 64})
				defer c.Close()
				b := c.Bucket(s, "b", "")
				start := time.Now()
				for d := range dirs {
					if got := len(readAll(t, walkOf(b)(fmt.Sprintf("dir%02d/", d)))); got != n {
						t.Errorf("%s: a walk shows %d children of %d", name, got, n)
					}
				}
				took := time.Since(start)
				synctest.Wait()
				ideal := float64(dirs*n) / page
				t.Logf("%s, %d pages each: %d requests, %.2f of the pages; %.2f of page after page", name, pages, s.lists, float64(s.lists)/ideal, float64(took)/(ideal*float64(delay)))
				if most := int(1.25*ideal) + 2 + 32; s.lists > most {
					t.Errorf("%s, %d pages each: %d requests; want at most %d", name, pages, s.lists, most)
				}
			})
		}
	}
}
