package cache

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A long listing is read in ranges: in a fraction of the time that page after
// page takes, at hardly more requests, and whole. The time is virtual.
func TestALongListingIsReadInRanges(t *testing.T) {
	const n, delay = 200_000, 30 * time.Millisecond
	shapes := map[string]func(i int) string{
		"decimal":  func(i int) string { return fmt.Sprintf("data/%07d.bin", i) },
		"hex":      func(i int) string { return fmt.Sprintf("data/%08x", uint32(i)*21474) },
		"two each": func(i int) string { return fmt.Sprintf("data/%05d/%d", i/2, i%2) },
		"dates":    func(i int) string { return fmt.Sprintf("data/2026-%02d-%02d-%06d.log", i/17000+1, i/610%28+1, i) },
		"skewed":   func(i int) string { return fmt.Sprintf("data/%c%07d", "aaaaaaaaabcdefgz"[i*16/n], i) },
	}
	for name, key := range shapes {
		synctest.Test(t, func(t *testing.T) {
			keys := make([]string, n)
			for i := range keys {
				keys[i] = key(i)
			}
			s := newStore(1000, keys...)
			s.delay = delay
			c := New(Options{TTL: time.Minute, Bytes: 1 << 27, Concurrency: 64})
			defer c.Close()
			b := c.Bucket(s, "b", "")
			want := n
			if name == "two each" {
				want = n / 2
			}
			start := time.Now()
			got := len(list(t, b, "data/"))
			took := time.Since(start)
			synctest.Wait()
			if got != want {
				t.Errorf("%s: %d children listed, the directory has %d", name, got, want)
			}
			sequential := n / 1000 * delay
			t.Logf("%s: %v, %.2f of page after page; %d requests for %d pages", name, took, float64(took)/float64(sequential), s.lists, n/1000)
			if s.lists > n/1000*125/100+34 {
				t.Errorf("%s: %d requests for %d pages", name, s.lists, n/1000)
			}
			// Keys with holes, such as dates, are guessed less well.
			most := sequential * 30 / 100
			if name == "dates" || name == "skewed" {
				most = sequential * 90 / 100
			}
			if took > most {
				t.Errorf("%s: %v, page after page takes %v", name, took, sequential)
			}
		})
	}
}

func TestRangesStopWhenTheReaderDoes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(1000, flatKeys(400_000)...)
		s.delay = 30 * time.Millisecond
		c := New(Options{TTL: time.Hour, Bytes: 1 << 27, Concurrency: 64})
		defer c.Close()
		r := c.Bucket(s, "b", "").Children("data/")
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
