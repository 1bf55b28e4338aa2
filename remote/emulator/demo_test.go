package emulator

import (
	"slices"
	"strings"
	"testing"
)

// TestDemo holds the three buckets of demo:: realistic uploads whose keys are
// legal in their dialect, listed whole by a client that gets its answers from
// the network alone.
func TestDemo(t *testing.T) {
	s, buckets, err := Demo(DemoOptions{Now: base})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(buckets) != 3 {
		t.Fatalf("%d buckets, want one a dialect", len(buckets))
	}
	for _, b := range buckets {
		c := newClient(t, s, b.Dialect, b.Name)
		if c.region != b.Region || !strings.HasSuffix(c.host, strings.TrimPrefix(b.Endpoint, "https://")) {
			t.Errorf("%+v is not where a client of %s looks: %s", b, b.Dialect, c.host)
		}
		d, _ := dialectOf(b.Dialect)
		seen := make(map[string]int)
		for u := range s.All(b.Name) {
			seen[u.Key]++
			if e := d.badKey(u.Key); e != nil {
				t.Errorf("%s: the key %q is not legal: %s", b.Dialect, u.Key, e.message)
			}
			parts, _ := s.Parts(b.Name, u.Key, u.UploadID)
			for _, p := range parts {
				if p.Size <= 0 || p.ETag == "" || p.LastModified.Before(u.Initiated) || p.LastModified.After(base) {
					t.Errorf("%s: %q has the part %+v, initiated %s", b.Dialect, u.Key, p, u.Initiated)
				}
			}
		}
		if len(seen) < 30 || seen["backups/2026-11-18/orders.dump"] != 3 {
			t.Errorf("%s: %d keys, one of them with %d uploads; want dozens, and 3", b.Dialect, len(seen), seen["backups/2026-11-18/orders.dump"])
		}
		want, _ := truth(s, b.Name, "", "")
		if names, _ := c.uploads(7, "", "", true); !slices.Equal(names, want) {
			t.Errorf("%s: listed %q, want %q", b.Dialect, names, want)
		}
	}
}

// TestDemoOptions holds the query of demo:.
func TestDemoOptions(t *testing.T) {
	s, buckets, err := Demo(DemoOptions{Uploads: 10_000_000, Parts: 3, Dialect: "oss", Seed: 7, Now: base})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if len(buckets) != 1 || buckets[0].Dialect != "oss" {
		t.Fatalf("%+v, want the bucket of OSS alone", buckets)
	}
	c := newClient(t, s, "oss", buckets[0].Name)
	if doc := c.page("max-uploads", "1000"); len(doc.Upload) != 1000 || !doc.IsTruncated {
		t.Errorf("%d uploads, truncated %v", len(doc.Upload), doc.IsTruncated)
	}
	if doc := c.page("delimiter", "/"); doc.flat() != "[analytics/] [backup/] [genomics/] [imaging/] [media-übertragung/] [video/]" {
		t.Errorf("the top of ten million: %s", doc.flat())
	}
	if _, _, err := Demo(DemoOptions{Dialect: "ftp"}); err == nil {
		t.Error("an unknown dialect is taken")
	}
}
