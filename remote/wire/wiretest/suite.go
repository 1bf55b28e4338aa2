package wiretest

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"uploadfs/remote"
	"uploadfs/remote/emulator"
)

// Kit is what the suite has to know of a dialect.
type Kit struct {
	// Dialect is its name, Bucket a bucket's, Home the region of that bucket and
	// Elsewhere another region.
	Dialect, Bucket, Home, Elsewhere string
	// LearnsRegion says that a refusal tells the right region.
	LearnsRegion bool
	// New makes the client. An empty id is an anonymous one.
	New func(cfg remote.Config, id, secret, token string) (remote.Client, error)
}

// Suite runs a dialect's client against the embedded store, which verifies
// every signature on its own.
func Suite(t *testing.T, k Kit) {
	t.Run("a listing is whole, for keys of all kinds", k.listing)
	t.Run("prefixes and delimiters", k.delimiter)
	t.Run("parts come page by page", k.parts)
	t.Run("buckets", k.buckets)
	t.Run("what is refused, by kind", k.refusals)
	t.Run("passing failures are not seen", k.passing)
	t.Run("session tokens", k.token)
	t.Run("the store's clock", k.clock)
	t.Run("another region", k.region)
	t.Run("many at once", k.concurrent)
}

// store starts an embedded store with the kit's bucket.
func (k Kit) store(t *testing.T, o emulator.Options, faults ...emulator.Rule) *emulator.Store {
	t.Helper()
	s := emulator.New(o)
	t.Cleanup(func() { s.Close() })
	if err := s.AddBucket(emulator.BucketOptions{Name: k.Bucket, Dialect: k.Dialect, Region: k.Home, Faults: faults}); err != nil {
		t.Fatalf("adding the bucket: %v", err)
	}
	return s
}

func (k Kit) client(t *testing.T, s *emulator.Store, cfg remote.Config) remote.Client {
	t.Helper()
	cfg.Base = s.Transport()
	if cfg.Region == "" {
		cfg.Region = k.Home
	}
	c, err := k.New(cfg, emulator.DemoID, emulator.DemoSecret, "")
	if err != nil {
		t.Fatalf("making the client: %v", err)
	}
	return c
}

// oddKeys are keys that are easily changed on their way.
func (k Kit) oddKeys() []string {
	keys := []string{
		"a", "a/b c+d%20", "a/../b", "./x", "x/.", "%zz", "100%", "q?r#s&t=u;v", "<&>'\"", "dir/", "dir//double",
		"中文/😀", "e\u0301", "tab\tkey", "line\nkey", "cr\rkey", "bell\x07", "~*!()", "trailing ", "+", " ",
	}
	if k.Dialect == "s3" {
		keys = append(keys, "/leading", "//", "..", ".")
	}
	return keys
}

func put(t *testing.T, s *emulator.Store, bucket, key string, parts ...remote.Part) string {
	t.Helper()
	id, err := s.PutUpload(bucket, key, "", time.Date(2026, 11, 20, 1, 2, 3, 0, time.UTC), parts...)
	if err != nil {
		t.Fatalf("putting %q: %v", key, err)
	}
	return id
}

func part(n int, size int64) remote.Part {
	return remote.Part{Number: n, Size: size, ETag: fmt.Sprintf("%032x", n), LastModified: time.Date(2026, 11, 20, 2, 0, n%60, 0, time.UTC)}
}

// names lists the uploads of the bucket with pages of that size.
func names(ctx context.Context, c remote.Client, bucket string, req remote.UploadsRequest) ([]string, error) {
	var all []string
	for {
		p, err := c.Uploads(ctx, bucket, req)
		if err != nil {
			return all, err
		}
		for _, u := range p.Uploads {
			all = append(all, fmt.Sprintf("%q %s", u.Key, u.UploadID))
		}
		for _, cp := range p.CommonPrefixes {
			all = append(all, fmt.Sprintf("%q/", cp))
		}
		if !p.Truncated {
			return all, nil
		}
		if p.Next.Same(req.Marker) || len(all) > 1<<16 {
			return all, errors.New("the listing does not advance")
		}
		req.Marker = p.Next
	}
}

func (k Kit) listing(t *testing.T) {
	s := k.store(t, emulator.Options{})
	for i, key := range k.oddKeys() {
		put(t, s, k.Bucket, key, part(1, int64(i)), part(3, 7))
	}
	put(t, s, k.Bucket, "a")
	put(t, s, k.Bucket, "a")
	var want []string
	for _, u := range s.Uploads(k.Bucket) {
		want = append(want, fmt.Sprintf("%q %s", u.Key, u.UploadID))
	}
	c := k.client(t, s, remote.Config{Bucket: k.Bucket})
	for _, size := range []int{0, 1, 2, 7} {
		got, err := names(t.Context(), c, k.Bucket, remote.UploadsRequest{Max: size})
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("pages of %d: error %v and\n%q\nwant\n%q", size, err, got, want)
		}
	}
	for _, u := range s.Uploads(k.Bucket) {
		truth, _ := s.Parts(k.Bucket, u.Key, u.UploadID)
		p, err := c.Parts(t.Context(), k.Bucket, u.Key, u.UploadID, remote.PartsRequest{})
		if err != nil || len(p.Parts) != len(truth) {
			t.Errorf("parts of %q: %+v and error %v, want %d parts", u.Key, p, err, len(truth))
			continue
		}
		if err := c.Abort(t.Context(), k.Bucket, u.Key, u.UploadID); err != nil {
			t.Errorf("abort of %q: %v", u.Key, err)
		}
		if _, ok := s.Parts(k.Bucket, u.Key, u.UploadID); ok {
			t.Errorf("the upload of %q is there after its abort", u.Key)
		}
		for what, err := range map[string]error{
			"parts": func() error {
				_, err := c.Parts(t.Context(), k.Bucket, u.Key, u.UploadID, remote.PartsRequest{})
				return err
			}(),
			"abort": c.Abort(t.Context(), k.Bucket, u.Key, u.UploadID),
		} {
			if remote.KindOf(err) != remote.KindNoUpload || err == nil {
				t.Errorf("%s of %q once it is gone: error %v, want no such upload", what, u.Key, err)
			}
		}
	}
	if got, err := names(t.Context(), c, k.Bucket, remote.UploadsRequest{}); err != nil || len(got) != 0 {
		t.Errorf("the emptied bucket lists %q and error %v, want nothing", got, err)
	}
}

func (k Kit) delimiter(t *testing.T) {
	s := k.store(t, emulator.Options{})
	ids := map[string]string{}
	for _, key := range []string{"a", "a-b", "a/1", "a/2", "b c/x+y/1", "b c/x+y/2", "b c/z"} {
		ids[key] = put(t, s, k.Bucket, key)
	}
	c := k.client(t, s, remote.Config{})
	for _, w := range []struct {
		req  remote.UploadsRequest
		want []string
	}{
		{remote.UploadsRequest{Delimiter: "/"}, []string{`"a" ` + ids["a"], `"a-b" ` + ids["a-b"], `"a/"/`, `"b c/"/`}},
		{remote.UploadsRequest{Prefix: "b c/", Delimiter: "/"}, []string{`"b c/z" ` + ids["b c/z"], `"b c/x+y/"/`}},
		{remote.UploadsRequest{Prefix: "a/"}, []string{`"a/1" ` + ids["a/1"], `"a/2" ` + ids["a/2"]}},
		{remote.UploadsRequest{Marker: remote.Cursor{Key: "b c/x+y/1"}}, []string{`"b c/x+y/2" ` + ids["b c/x+y/2"], `"b c/z" ` + ids["b c/z"]}},
		{remote.UploadsRequest{Prefix: "nothing"}, nil},
	} {
		got, err := names(t.Context(), c, k.Bucket, w.req)
		if err != nil || !slices.Equal(got, w.want) {
			t.Errorf("listing %+v: error %v and %q, want %q", w.req, err, got, w.want)
		}
	}
}

func (k Kit) parts(t *testing.T) {
	s := k.store(t, emulator.Options{})
	var truth []remote.Part
	for i := range 2500 {
		truth = append(truth, part(i*4+1, int64(5<<20+i)))
	}
	id := put(t, s, k.Bucket, "dir/big file", truth...)
	c := k.client(t, s, remote.Config{})
	var got []remote.Part
	for marker, pages := 0, 0; ; pages++ {
		p, err := c.Parts(t.Context(), k.Bucket, "dir/big file", id, remote.PartsRequest{Marker: marker})
		if err != nil || pages > 3 {
			t.Fatalf("page %d after part %d: %v", pages, marker, err)
		}
		got = append(got, p.Parts...)
		if !p.Truncated {
			break
		}
		marker = p.Parts[len(p.Parts)-1].Number
	}
	if len(got) != len(truth) {
		t.Fatalf("%d parts were listed, want %d", len(got), len(truth))
	}
	for i := range got {
		if got[i].Number != truth[i].Number || got[i].Size != truth[i].Size || !got[i].LastModified.Equal(truth[i].LastModified) || got[i].ETag == "" {
			t.Fatalf("part %d is %+v, want %+v", i, got[i], truth[i])
		}
	}
}

func (k Kit) buckets(t *testing.T) {
	s := k.store(t, emulator.Options{})
	other := "other" + k.Bucket[len("bkt"):]
	if err := s.AddBucket(emulator.BucketOptions{Name: other, Dialect: k.Dialect, Region: k.Elsewhere}); err != nil {
		t.Fatal(err)
	}
	put(t, s, other, "k")
	c := k.client(t, s, remote.Config{})
	p, err := c.Buckets(t.Context(), remote.BucketsRequest{})
	if err != nil || p.Truncated {
		t.Fatalf("the list of buckets is %+v, %v", p, err)
	}
	var got []string
	for _, b := range p.Buckets {
		got = append(got, b.Name)
	}
	if want := []string{k.Bucket, other}; !slices.Equal(got, want) {
		t.Errorf("the buckets are %q, want %q", got, want)
	}
	if got, err := names(t.Context(), c, other, remote.UploadsRequest{}); err != nil || len(got) != 1 {
		t.Errorf("the bucket of another region lists %q and error %v, want its upload", got, err)
	}
}

func (k Kit) refusals(t *testing.T) {
	s := k.store(t, emulator.Options{})
	id := put(t, s, k.Bucket, "k")
	ctx := t.Context()
	c := k.client(t, s, remote.Config{Name: "source"})
	with := func(id, secret, token string) remote.Client {
		c, err := k.New(remote.Config{Base: s.Transport(), Region: k.Home}, id, secret, token)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	list := func(c remote.Client, bucket string) error {
		_, err := c.Uploads(ctx, bucket, remote.UploadsRequest{})
		return err
	}
	missing := "missing" + k.Bucket[len("bkt"):]
	for what, w := range map[string]struct {
		err  error
		kind remote.Kind
	}{
		"a wrong secret":         {list(with(emulator.DemoID, "wrong", ""), k.Bucket), remote.KindDenied},
		"an unknown access key":  {list(with("UNKNOWN", "wrong", ""), k.Bucket), remote.KindDenied},
		"no signature":           {list(with("", "", ""), k.Bucket), remote.KindDenied},
		"a bucket that is not":   {list(c, missing), remote.KindNoBucket},
		"an upload that is not":  {partsErr(ctx, c, k.Bucket, "k", "nosuch"), remote.KindNoUpload},
		"an upload of no bucket": {partsErr(ctx, c, missing, "k", id), remote.KindNoBucket},
	} {
		e, ok := w.err.(*remote.Error)
		if !ok || e.Kind != w.kind || e.Code == "" || e.RequestID == "" || e.Status < 400 || e.Provider != k.Dialect {
			t.Errorf("%s: error %+v, want kind %v in the store's words", what, w.err, w.kind)
			continue
		}
		if e.Advice() == "" {
			t.Errorf("%s: no advice for %v", what, e)
		}
	}
}

func partsErr(ctx context.Context, c remote.Client, bucket, key, id string) error {
	_, err := c.Parts(ctx, bucket, key, id, remote.PartsRequest{})
	return err
}

func (k Kit) passing(t *testing.T) {
	for what, fault := range map[string]emulator.Fault{
		"throttling":                    emulator.ErrorFault(http.StatusServiceUnavailable, "SlowDown"),
		"a failure":                     emulator.ErrorFault(http.StatusInternalServerError, "InternalError"),
		"an error under 200":            emulator.OKErrorFault("InternalError"),
		"a proxy's page":                emulator.HTMLFault(http.StatusBadGateway),
		"a page that is none":           emulator.HTMLFault(http.StatusOK),
		"a dropped connection":          {Reset: true},
		"a cut body":                    {CutHalf: true},
		"a cut that HTTP does not show": {Lose: 30},
		"throttling, in its words":      {Throttle: true},
	} {
		s := k.store(t, emulator.Options{}, emulator.Rule{Times: 1, Fault: fault})
		put(t, s, k.Bucket, "k")
		c := k.client(t, s, remote.Config{})
		if got, err := names(t.Context(), c, k.Bucket, remote.UploadsRequest{}); err != nil || len(got) != 1 {
			t.Errorf("%s: the listing is %q and error %v, want one upload", what, got, err)
		}
	}
}

func (k Kit) token(t *testing.T) {
	s := k.store(t, emulator.Options{Credentials: []emulator.Credential{{ID: "TEMP", Secret: "s3cret", Token: "tok/123+="}}})
	put(t, s, k.Bucket, "k")
	for token, want := range map[string]bool{"tok/123+=": true, "": false, "other": false} {
		c, err := k.New(remote.Config{Base: s.Transport(), Region: k.Home}, "TEMP", "s3cret", token)
		if err != nil {
			t.Fatal(err)
		}
		got, err := names(t.Context(), c, k.Bucket, remote.UploadsRequest{})
		if want != (err == nil && len(got) == 1) || !want && remote.KindOf(err) != remote.KindDenied {
			t.Errorf("token %q: the listing is %q and error %v, want it to work: %v", token, got, err, want)
		}
	}
}

func (k Kit) clock(t *testing.T) {
	s := k.store(t, emulator.Options{Now: func() time.Time { return time.Now().Add(-30 * time.Hour) }})
	put(t, s, k.Bucket, "k")
	c := k.client(t, s, remote.Config{})
	for range 2 {
		if got, err := names(t.Context(), c, k.Bucket, remote.UploadsRequest{}); err != nil || len(got) != 1 {
			t.Errorf("with clocks 30 hours apart the listing is %q and error %v, want one upload", got, err)
		}
	}
	if n := s.Counters().Total; n != 3 {
		t.Errorf("two listings took %d requests, want one correction and no more", n)
	}
}

func (k Kit) region(t *testing.T) {
	s := k.store(t, emulator.Options{})
	put(t, s, k.Bucket, "k")
	c := k.client(t, s, remote.Config{Region: k.Elsewhere})
	got, err := names(t.Context(), c, k.Bucket, remote.UploadsRequest{})
	switch {
	case k.LearnsRegion && (err != nil || len(got) != 1):
		t.Errorf("a bucket of another region lists %q and error %v, want its upload", got, err)
	case !k.LearnsRegion && err == nil:
		t.Errorf("a bucket asked for in another region lists %q, want an error", got)
	}
}

func (k Kit) concurrent(t *testing.T) {
	s := k.store(t, emulator.Options{})
	for i := range 50 {
		put(t, s, k.Bucket, fmt.Sprintf("k%02d", i), part(1, 1))
	}
	c := k.client(t, s, remote.Config{Concurrency: 8})
	ups := s.Uploads(k.Bucket)
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			if got, err := names(t.Context(), c, k.Bucket, remote.UploadsRequest{Max: 7}); err != nil || len(got) != 50 {
				t.Errorf("reader %d: %d uploads and error %v, want 50", i, len(got), err)
			}
			for _, u := range ups[i : i+10] {
				if err := partsErr(t.Context(), c, k.Bucket, u.Key, u.UploadID); err != nil {
					t.Errorf("reader %d: parts of %q: %v", i, u.Key, err)
				}
			}
			c.Profile(k.Bucket)
			c.Describe()
		})
	}
	wg.Wait()
}
