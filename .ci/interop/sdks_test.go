package interop

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"uploadfs/interop/vendors"
	"uploadfs/remote/emulator"
)

const (
	emuID     = "AKIDINTEROP0000000000"
	emuSecret = "interop-secret-of-the-embedded-store"
)

// conversation is one SDK talking to the embedded store over loopback.
type conversation struct {
	vendors.Kind
	c    vendors.Client
	addr string
}

// converse starts an embedded store with the kind's bucket and two others, and
// connects the SDK to it.
func converse(t *testing.T, k vendors.Kind, secret string) conversation {
	t.Helper()
	store := emulator.New(emulator.Options{Credentials: []emulator.Credential{{ID: emuID, Secret: emuSecret}}})
	for _, name := range bucketsOf(k) {
		if err := store.AddBucket(emulator.BucketOptions{Name: name, Dialect: k.Dialect, Region: k.Region}); err != nil {
			t.Fatal(err)
		}
	}
	srv := httptest.NewServer(store)
	t.Cleanup(func() {
		srv.Close()
		if err := store.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	addr := srv.Listener.Addr().String()
	c, err := k.Connect(addr, emuID, secret)
	if err != nil {
		t.Fatal(err)
	}
	return conversation{Kind: k, c: c, addr: addr}
}

func bucketsOf(k vendors.Kind) []string {
	suffix := strings.TrimPrefix(k.Bucket, "bucket")
	return []string{"another" + suffix, k.Bucket, "third" + suffix}
}

// TestSDKs holds that the vendors' own clients find the embedded store to be
// what they were written for.
func TestSDKs(t *testing.T) {
	for _, k := range vendors.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			t.Run("buckets", func(t *testing.T) { converse(t, k, emuSecret).buckets(t) })
			t.Run("life of an upload", func(t *testing.T) { converse(t, k, emuSecret).life(t) })
			t.Run("pages", func(t *testing.T) { converse(t, k, emuSecret).pages(t) })
			t.Run("prefix and delimiter", func(t *testing.T) { converse(t, k, emuSecret).delimited(t) })
			t.Run("parts", func(t *testing.T) { converse(t, k, emuSecret).partPages(t) })
			t.Run("wrong secret", func(t *testing.T) { converse(t, k, "wrong"+emuSecret).denied(t) })
			t.Run("gone", func(t *testing.T) { converse(t, k, emuSecret).gone(t) })
		})
	}
}

func (c conversation) buckets(t *testing.T) {
	got, err := c.c.Buckets(t.Context())
	if err != nil {
		t.Fatalf("listing buckets: %v", err)
	}
	if want := bucketsOf(c.Kind); !slices.Equal(got, want) {
		t.Errorf("buckets %q, want %q", got, want)
	}
}

func (c conversation) create(t *testing.T, key string) vendors.Named {
	t.Helper()
	id, err := c.c.Create(t.Context(), c.Bucket, key)
	if err != nil || id == "" {
		t.Fatalf("creating %q: %q, %v", key, id, err)
	}
	return vendors.Named{Key: key, ID: id}
}

// all lists every page of that size. The loop trusts nothing but IsTruncated.
func (c conversation) all(t *testing.T, q vendors.Query) (uploads []vendors.Named, prefixes []string) {
	t.Helper()
	for range 10000 {
		p, err := c.c.Uploads(t.Context(), c.Bucket, q)
		if err != nil {
			t.Fatalf("listing %+v: %v", q, err)
		}
		uploads = append(uploads, p.Uploads...)
		prefixes = append(prefixes, p.Prefixes...)
		if q.Max > 0 && len(p.Uploads)+len(p.Prefixes) > q.Max {
			t.Errorf("a page of %d uploads and %d prefixes, max-uploads was %d", len(p.Uploads), len(p.Prefixes), q.Max)
		}
		if !p.Truncated {
			return uploads, prefixes
		}
		if p.NextKey == q.KeyMarker && p.NextID == q.IDMarker {
			t.Fatalf("truncated, and the markers %q %q do not advance", p.NextKey, p.NextID)
		}
		q.KeyMarker, q.IDMarker = p.NextKey, p.NextID
	}
	t.Fatal("the listing does not end")
	return nil, nil
}

func (c conversation) life(t *testing.T) {
	ctx := t.Context()
	u := c.create(t, "dir/a key+with % and 語.bin")
	var parts []vendors.Part
	for _, n := range []int{1, 2, 5} {
		body := strings.Repeat(fmt.Sprint(n), 100*n)
		etag, err := c.c.Put(ctx, c.Bucket, u.Key, u.ID, n, body)
		if err != nil || etag == "" {
			t.Fatalf("part %d: etag %q, %v", n, etag, err)
		}
		parts = append(parts, vendors.Part{Number: n, Size: int64(len(body)), ETag: etag})
	}
	got, more, err := c.c.Parts(ctx, c.Bucket, u.Key, u.ID, 0, 1000)
	if err != nil || more || !slices.Equal(got, parts) {
		t.Errorf("parts %v (more: %v, %v), want %v", got, more, err, parts)
	}
	if list, _ := c.all(t, vendors.Query{URL: true}); !slices.Equal(list, []vendors.Named{u}) {
		t.Errorf("uploads %v, want %v", list, u)
	}
	if err := c.c.Complete(ctx, c.Bucket, u.Key, u.ID, parts); err != nil {
		t.Errorf("completing: %v", err)
	}
	if list, _ := c.all(t, vendors.Query{}); len(list) != 0 {
		t.Errorf("a completed upload is still listed: %v", list)
	}
}

func (c conversation) pages(t *testing.T) {
	var want []vendors.Named
	keys := []string{"a", "a-b", "a/b", "a b", "a+b", "b%2Fc", "b&c<d>", "ü", "語/語", "\U0001f4e6", "z~*'()"}
	for i := range 20 {
		keys = append(keys, fmt.Sprintf("n/%02d", i))
	}
	for _, k := range keys {
		want = append(want, c.create(t, k))
	}
	for range 9 {
		want = append(want, c.create(t, "same"))
	}
	sortNamed(want)
	for _, url := range []bool{false, true} {
		for _, size := range []int{1, 7, 1000} {
			got, _ := c.all(t, vendors.Query{Max: size, URL: url})
			if !slices.IsSortedFunc(got, func(a, b vendors.Named) int { return strings.Compare(a.Key, b.Key) }) {
				t.Errorf("pages of %d, url %v: not in order of their keys", size, url)
			}
			sortNamed(got)
			if !slices.Equal(got, want) {
				t.Errorf("pages of %d, url %v: %d uploads, want %d: %v", size, url, len(got), len(want), got)
			}
		}
	}
}

func sortNamed(u []vendors.Named) {
	slices.SortFunc(u, func(a, b vendors.Named) int { return strings.Compare(a.Key+"\x00"+a.ID, b.Key+"\x00"+b.ID) })
}

func (c conversation) delimited(t *testing.T) {
	for _, k := range []string{"a", "a/1", "a/2/x", "a-b", "b/x/1", "b/y/1", "b/z", "dir with blank/x", "c"} {
		c.create(t, k)
	}
	for _, q := range []struct {
		prefix         string
		keys, prefixes []string
	}{
		{"", []string{"a", "a-b", "c"}, []string{"a/", "b/", "dir with blank/"}},
		{"a", []string{"a", "a-b"}, []string{"a/"}},
		{"a/", []string{"a/1"}, []string{"a/2/"}},
		{"b/", []string{"b/z"}, []string{"b/x/", "b/y/"}},
		{"nothing", nil, nil},
	} {
		for _, size := range []int{1, 2, 1000} {
			for _, url := range []bool{false, true} {
				uploads, prefixes := c.all(t, vendors.Query{Prefix: q.prefix, Delimiter: "/", Max: size, URL: url})
				var keys []string
				for _, u := range uploads {
					keys = append(keys, u.Key)
				}
				slices.Sort(keys)
				if !slices.Equal(keys, q.keys) {
					t.Errorf("prefix %q, pages of %d, url %v: keys %q, want %q", q.prefix, size, url, keys, q.keys)
				}
				if !c.DropsPrefixes && !slices.Equal(slices.Sorted(slices.Values(prefixes)), q.prefixes) {
					t.Errorf("prefix %q, pages of %d, url %v: prefixes %q, want %q", q.prefix, size, url, prefixes, q.prefixes)
				}
			}
		}
	}
}

func (c conversation) partPages(t *testing.T) {
	ctx := t.Context()
	u := c.create(t, "many")
	want := map[int]vendors.Part{}
	for i := range 60 {
		n := i*3 + 1
		body := strings.Repeat("x", 10+n)
		etag, err := c.c.Put(ctx, c.Bucket, u.Key, u.ID, n, body)
		if err != nil {
			t.Fatalf("part %d: %v", n, err)
		}
		want[n] = vendors.Part{Number: n, Size: int64(len(body)), ETag: etag}
	}
	for _, size := range []int{1, 7, 1000} {
		got, marker := map[int]vendors.Part{}, 0
		for range 100 {
			parts, more, err := c.c.Parts(ctx, c.Bucket, u.Key, u.ID, marker, size)
			if err != nil {
				t.Fatalf("pages of %d after part %d: %v", size, marker, err)
			}
			for _, p := range parts {
				if p.Number <= marker {
					t.Fatalf("pages of %d: part %d after part %d", size, p.Number, marker)
				}
				got[p.Number], marker = p, p.Number
			}
			if !more {
				break
			}
		}
		if !maps.Equal(got, want) {
			t.Errorf("pages of %d: %d parts, want %d", size, len(got), len(want))
		}
	}
}

func (c conversation) denied(t *testing.T) {
	_, err := c.c.Uploads(t.Context(), c.Bucket, vendors.Query{})
	if got := c.c.Code(err); got != "SignatureDoesNotMatch" {
		t.Errorf("a wrong secret is answered with %q (%v), want SignatureDoesNotMatch", got, err)
	}
	if _, err := c.c.Buckets(t.Context()); c.c.Code(err) != "SignatureDoesNotMatch" {
		t.Errorf("buckets with a wrong secret: %v, want SignatureDoesNotMatch", err)
	}
}

func (c conversation) gone(t *testing.T) {
	ctx := t.Context()
	u := c.create(t, "gone")
	if err := c.c.Abort(ctx, c.Bucket, u.Key, u.ID); err != nil {
		t.Errorf("aborting: %v", err)
	}
	_, _, err := c.c.Parts(ctx, c.Bucket, u.Key, u.ID, 0, 10)
	if got := c.c.Code(err); got != "NoSuchUpload" {
		t.Errorf("parts of an aborted upload: %q (%v), want NoSuchUpload", got, err)
	}
	missing := strings.Replace(c.Bucket, "bucket", "nobucket", 1)
	_, err = c.c.Uploads(ctx, missing, vendors.Query{})
	if got := c.c.Code(err); got != "NoSuchBucket" {
		t.Errorf("uploads of a missing bucket: %q (%v), want NoSuchBucket", got, err)
	}
}
