package emulator

import (
	"io"
	"net/http"
	"testing"
	"time"
)

// BenchmarkPageOfTenMillion is one page of a thousand out of ten million
// synthetic uploads, from a marker in the middle, made by the handler alone.
func BenchmarkPageOfTenMillion(b *testing.B) {
	for _, shape := range []string{ShapeTree, ShapeFlat, ShapeDeep, ShapeWide} {
		for _, delimiter := range []string{"", "/"} {
			b.Run(shape+"/delimiter="+delimiter, func(b *testing.B) {
				s := New(Options{Anonymous: true})
				defer s.Close()
				if err := s.AddBucket(BucketOptions{Name: "big", Dialect: "s3", Population: Population{Uploads: 10_000_000, Shape: shape}}); err != nil {
					b.Fatal(err)
				}
				bk := s.find("s3", "big")
				u := bk.population.at(5_000_000)
				l := listing{delimiter: delimiter, keyMarker: u.key, max: maxPage}
				x := &exchange{store: s, bucket: bk, dialect: bk.dialect}
				b.ReportAllocs()
				entries := 0
				for b.Loop() {
					pg := bk.list(l)
					d := x.newDoc()
					bk.dialect.uploadsDocument(d, x, pg)
					s.recycle(d.b)
					entries = len(pg.uploads) + len(pg.prefixes)
				}
				b.ReportMetric(float64(entries), "entries/page")
			})
		}
	}
}

// BenchmarkRequests is List Parts of one part through Transport, signed and
// verified, 64 at a time.
func BenchmarkRequests(b *testing.B) {
	s := New(Options{})
	defer s.Close()
	if err := s.AddBucket(BucketOptions{Name: "bkt", Dialect: "s3"}); err != nil {
		b.Fatal(err)
	}
	id, err := s.PutUpload("bkt", "key", "", time.Time{})
	if err != nil {
		b.Fatal(err)
	}
	c := newClient(b, s, "s3", "bkt")
	signed := c.request("GET", "key", params("uploadId", id), nil)
	b.SetParallelism(32)
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			resp, err := c.rt.RoundTrip(signed.Clone(b.Context()))
			if err != nil {
				b.Error(err)
				return
			}
			if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
				b.Errorf("status %d, %v", resp.StatusCode, err)
			}
			resp.Body.Close()
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "requests/s")
}

// BenchmarkPages is pages of a thousand uploads out of ten million through
// Transport, read and thrown away, 16 at a time.
func BenchmarkPages(b *testing.B) {
	for _, dialect := range dialectNames() {
		b.Run(dialect, func(b *testing.B) {
			s := New(Options{})
			defer s.Close()
			if err := s.AddBucket(BucketOptions{Name: "bkt", Dialect: dialect, Population: Population{Uploads: 10_000_000}}); err != nil {
				b.Fatal(err)
			}
			c := newClient(b, s, dialect, "bkt")
			signed := c.request("GET", "", params("uploads", "", "key-marker", "imaging/"), nil)
			b.SetParallelism(8)
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					resp, err := c.rt.RoundTrip(signed.Clone(b.Context()))
					if err != nil {
						b.Error(err)
						return
					}
					if _, err := io.Copy(io.Discard, resp.Body); err != nil || resp.StatusCode != http.StatusOK {
						b.Errorf("status %d, %v", resp.StatusCode, err)
					}
					resp.Body.Close()
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "pages/s")
		})
	}
}
