package emulator

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

// twinStores hold the same uploads: one computes them, the other keeps them.
func twinStores(t *testing.T, dialect string, p Population) (synthetic, kept *Store) {
	t.Helper()
	p.Now = base
	synthetic, kept = New(Options{Now: at(base), Anonymous: true}), New(Options{Now: at(base), Anonymous: true})
	t.Cleanup(func() { synthetic.Close(); kept.Close() })
	if err := synthetic.AddBucket(BucketOptions{Name: "b", Dialect: dialect, Population: p}); err != nil {
		t.Fatal(err)
	}
	if err := kept.AddBucket(BucketOptions{Name: "b", Dialect: dialect}); err != nil {
		t.Fatal(err)
	}
	for u := range synthetic.All("b") {
		parts, ok := synthetic.Parts("b", u.Key, u.UploadID)
		if !ok {
			t.Fatalf("the truth names %q %q, which has no parts", u.Key, u.UploadID)
		}
		if _, err := kept.PutUploadInfo("b", u.Key, u.UploadID, u.Initiated, u.Info, parts...); err != nil {
			t.Fatal(err)
		}
	}
	return synthetic, kept
}

// TestSyntheticEqualsKept holds that a computed population answers every
// request, to the byte, as the same uploads do when they are kept.
func TestSyntheticEqualsKept(t *testing.T) {
	for _, dialect := range dialectNames() {
		for _, shape := range []string{ShapeTree, ShapeFlat, ShapePairs, ShapeDeep, ShapeWide, ShapeSkew} {
			t.Run(dialect+"/"+shape, func(t *testing.T) {
				synthetic, kept := twinStores(t, dialect, Population{Uploads: 173, Parts: 7, Shape: shape, Seed: 3})
				all := slices.Collect(synthetic.All("b"))
				if len(all) != 173 || !slices.IsSortedFunc(all, func(a, b remote.Upload) int { return strings.Compare(a.Key, b.Key) }) {
					t.Fatalf("%d uploads, want 173 sorted by key", len(all))
				}
				a, b := rawClient(t, synthetic, dialect), rawClient(t, kept, dialect)
				for _, q := range combinations(all) {
					x, y := a.do("GET", "", q, nil), b.do("GET", "", q, nil)
					if x.status != y.status || !bytes.Equal(x.body, y.body) {
						t.Fatalf("?%s\ncomputed: %d %s\nkept:     %d %s", q, x.status, x.body, y.status, y.body)
					}
				}
				for _, u := range all {
					for _, q := range []string{"", "&max-parts=1", "&max-parts=2&part-number-marker=1", "&part-number-marker=2", "&part-number-marker=3&max-parts=2", "&part-number-marker=99"} {
						query := params("uploadId", u.UploadID) + q
						x, y := a.do("GET", u.Key, query, nil), b.do("GET", u.Key, query, nil)
						if x.status != 200 || !bytes.Equal(x.body, y.body) {
							t.Fatalf("parts of %q ?%s\ncomputed: %d %s\nkept: %s", u.Key, q, x.status, x.body, y.body)
						}
					}
				}
			})
		}
	}
}

// rawClient sends without a signature, so that two stores give the same ids.
func rawClient(t *testing.T, s *Store, dialect string) *testClient {
	c := newClient(t, s, dialect, "b")
	c.id = ""
	return c
}

func combinations(all []remote.Upload) []string {
	var out []string
	markers := [][2]string{{"", ""}, {"a", ""}, {"zzz", ""}, {"analytics/", ""}, {"dir-000000017/", ""}, {"data/0000000031", ""}}
	for _, i := range []int{0, 3, 4, 5, 60, len(all) - 2, len(all) - 1} {
		markers = append(markers, [2]string{all[i].Key, ""}, [2]string{all[i].Key, all[i].UploadID})
	}
	for _, prefix := range []string{"", all[40].Key[:len(all[40].Key)-6], all[90].Key, "x"} {
		for _, delimiter := range []string{"", "/", "-"} {
			for _, m := range markers {
				for _, size := range []string{"1", "2", "7", "1000"} {
					q := []string{"uploads", "", "max-uploads", size}
					for _, p := range [][2]string{{"prefix", prefix}, {"delimiter", delimiter}, {"key-marker", m[0]}, {"upload-id-marker", m[1]}} {
						if p[1] != "" {
							q = append(q, p[0], p[1])
						}
					}
					out = append(out, params(q...), params(append(q, "encoding-type", "url")...))
				}
			}
		}
	}
	return out
}

// TestShapesAreMonotone holds what binary search rests on: keys never go down,
// and twins alone share one.
func TestShapesAreMonotone(t *testing.T) {
	for _, shape := range []string{ShapeTree, ShapeFlat, ShapePairs, ShapeDeep, ShapeWide, ShapeSkew} {
		for _, n := range []int{1, 2, 41, 5000, 100_000} {
			p, err := newPopulation(Population{Uploads: n, Shape: shape}, dialectS3{}, base)
			if err != nil {
				t.Fatal(err)
			}
			last := ""
			for i := range n {
				k := string(p.appendKey(nil, i))
				if k < last || k == last && !p.twin(i) {
					t.Fatalf("%s of %d: key %d is %q after %q", shape, n, i, k, last)
				}
				last = k
			}
		}
	}
	if _, err := newPopulation(Population{Uploads: 1, Shape: "round"}, dialectS3{}, base); err == nil {
		t.Error("an unknown shape is taken")
	}
}

// TestPartsOfAPopulation holds the numbers, sizes and dates of computed parts.
func TestPartsOfAPopulation(t *testing.T) {
	s := New(Options{Now: at(base)})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3", Population: Population{Uploads: 4000, Parts: 6, Now: base}}); err != nil {
		t.Fatal(err)
	}
	gaps, most, fewest := 0, 0, 99
	for u := range s.All("b") {
		parts, _ := s.Parts("b", u.Key, u.UploadID)
		most, fewest = max(most, len(parts)), min(fewest, len(parts))
		for j, p := range parts {
			if j > 0 && p.Number <= parts[j-1].Number || p.Number < 1 || p.Size < 1 || p.LastModified.Before(u.Initiated) || p.LastModified.After(base) {
				t.Fatalf("%q: part %+v after %+v, initiated %s", u.Key, p, parts[max(j-1, 0)], u.Initiated)
			}
			if j < len(parts)-1 && p.Size < 5<<20 {
				t.Fatalf("%q: part %d of %d has %d bytes", u.Key, p.Number, len(parts), p.Size)
			}
		}
		if parts[len(parts)-1].Number != len(parts) {
			gaps++
		}
	}
	if most != 6 || fewest != 1 || gaps == 0 || gaps > 1000 {
		t.Errorf("1 to 6 parts and a few gaps were asked for: %d to %d, %d gaps", fewest, most, gaps)
	}
}

// TestTenThousandParts holds that the largest upload lists in ten pages.
func TestTenThousandParts(t *testing.T) {
	s := New(Options{})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "s3", Population: Population{Uploads: 3, Parts: 20000, MinParts: 20000}}); err != nil {
		t.Fatal(err)
	}
	u := s.Uploads("b")[1]
	c := newClient(t, s, "s3", "b")
	numbers, pages := 0, 0
	for marker := 0; ; pages++ {
		var doc xmlParts
		decode(t, c.do("GET", u.Key, params("uploadId", u.UploadID, "part-number-marker", itoa(marker)), nil), &doc)
		for _, p := range doc.Part {
			if numbers++; p.PartNumber != numbers {
				t.Fatalf("part %d where %d was due", p.PartNumber, numbers)
			}
		}
		marker = *doc.NextPartNumberMarker
		if !doc.IsTruncated {
			break
		}
	}
	if numbers != maxParts || pages != 9 {
		t.Errorf("%d parts after %d truncated pages, want 10000 after 9", numbers, pages)
	}
}

// TestSyntheticAbort holds that computed uploads can be aborted, keep their
// place as markers, and stay gone beside uploads that are created.
func TestSyntheticAbort(t *testing.T) {
	for _, dialect := range dialectNames() {
		s := New(Options{Now: at(base)})
		defer s.Close()
		if err := s.AddBucket(BucketOptions{Name: "b", Dialect: dialect, Population: Population{Uploads: 50, Now: base}}); err != nil {
			t.Fatal(err)
		}
		c := newClient(t, s, dialect, "b")
		c.now = at(base)
		all := s.Uploads("b")
		var doc xmlUploads
		decode(t, c.do("GET", "", params("uploads", "", "max-uploads", "10"), nil), &doc)
		for _, i := range []int{0, 4, 9, 10, 49} {
			if a := c.do("DELETE", all[i].Key, params("uploadId", all[i].UploadID), nil); a.status != 204 {
				t.Fatalf("%s: aborting: %d %s", dialect, a.status, a.body)
			}
			if a := c.do("GET", all[i].Key, params("uploadId", all[i].UploadID), nil); a.status != 404 || errorCode(t, a).Code != "NoSuchUpload" {
				t.Errorf("%s: parts of an aborted upload: %d, want 404 NoSuchUpload", dialect, a.status)
			}
		}
		var next xmlUploads
		decode(t, c.do("GET", "", params("uploads", "", "key-marker", *doc.NextKeyMarker, "upload-id-marker", *doc.NextUploadIdMarker), nil), &next)
		if len(next.Upload) != 38 || next.Upload[0].UploadId != all[11].UploadID {
			t.Errorf("%s: the page after a marker that is gone has %d uploads from %q, want 38 from %q", dialect, len(next.Upload), next.Upload[0].Key, all[11].Key)
		}
		created := c.do("POST", all[20].Key, "uploads", nil)
		if created.status != 200 {
			t.Fatalf("%s: creating: %d %s", dialect, created.status, created.body)
		}
		for _, size := range []int{1, 7, 1000} {
			names, _ := c.uploads(size, "", "", false)
			want, _ := truth(s, "b", "", "")
			if len(names) != 46 || !slices.Equal(names, want) {
				t.Errorf("%s: pages of %d: %d uploads, want 46 as the store has them", dialect, size, len(names))
			}
		}
	}
}

// TestDatesOfAPopulation holds that some uploads are fresh and some are old.
func TestDatesOfAPopulation(t *testing.T) {
	s := New(Options{Now: at(base)})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "b", Dialect: "oss", Population: Population{Uploads: 2000, Now: base}}); err != nil {
		t.Fatal(err)
	}
	ages := make(map[string]int)
	for u := range s.All("b") {
		switch age := base.Sub(u.Initiated); {
		case age < 0:
			t.Fatalf("%q was initiated in the future: %s", u.Key, u.Initiated)
		case age <= time.Hour+time.Minute:
			ages["fresh"]++
		case age > 31*day:
			ages["old"]++
		default:
			ages["weeks"]++
		}
	}
	if ages["fresh"] < 100 || ages["old"] < 100 || ages["weeks"] < 1000 {
		t.Errorf("ages %v", fmt.Sprint(ages))
	}
}
