package buckets

import (
	"strings"
	"testing"
	"time"

	"uploadfs/cache"
	"uploadfs/remote"
)

func newSet(sources ...Source) *Set {
	return New(cache.New(cache.Options{TTL: time.Minute, Bytes: 1 << 20, Concurrency: 4}), time.Minute, sources)
}

func named(dir, bucket, place string, c remote.Client) Source {
	return Source{Name: place + "://" + bucket, Dir: dir, Bucket: bucket, Place: place, Client: c}
}

func account(place string, c remote.Client) Source {
	return Source{Name: place + "://", Place: place, Client: c}
}

func TestNamesAreThoseOfEverySource(t *testing.T) {
	s3 := &fake{names: []string{"b", "shared", "a"}}
	set := newSet(named("x", "n", "oss", &fake{}), account("s3", s3), named("mine", "b", "s3", s3))
	names, expires, err := set.Names(t.Context())
	if got := strings.Join(names, " "); got != "a mine shared x" || err != nil {
		t.Errorf("names %q, %v; want the account's but b under its other name, sorted", got, err)
	}
	if d := time.Until(expires); d <= 0 || d > time.Minute {
		t.Errorf("names lapse in %v; want within the ttl", d)
	}
	if _, _, err := set.Names(t.Context()); err != nil || s3.lists.Load() != 1 {
		t.Errorf("%d requests for two listings, %v; want one", s3.lists.Load(), err)
	}
}

func TestFailingAccountHidesNothingElse(t *testing.T) {
	denied := &remote.Error{Kind: remote.KindDenied, Op: "ListBuckets"}
	set := newSet(named("n", "n", "oss", &fake{}), account("s3", &fake{err: denied}), account("cos", &fake{names: []string{"c-1"}}))
	names, _, err := set.Names(t.Context())
	if got := strings.Join(names, " "); got != "c-1 n" || remote.KindOf(err) != remote.KindDenied {
		t.Errorf("names %q, error %v; want what there is and the denial", got, err)
	}
	for _, name := range []string{"c-1", "n"} {
		if b, _, err := set.Open(t.Context(), name); err != nil || b.Name() != name {
			t.Errorf("Open(%q): %v; want the bucket", name, err)
		}
	}
	if _, _, err := set.Open(t.Context(), "maybe"); remote.KindOf(err) != remote.KindDenied {
		t.Errorf("Open of a name that the failing account may have: %v; want the denial, not its absence", err)
	}
}

func TestCollidingBucketBelongsToTheFirstSourceAndIsSaid(t *testing.T) {
	first, second := &fake{names: []string{"dup", "a"}}, &fake{names: []string{"b", "dup"}}
	set := newSet(account("s3", first), account("oss", second))
	names, _, err := set.Names(t.Context())
	if got := strings.Join(names, " "); got != "a b dup" {
		t.Errorf("names %q; want each once", got)
	}
	if err == nil || !strings.Contains(err.Error(), "s3://") || !strings.Contains(err.Error(), "oss://") || !strings.Contains(err.Error(), "as=NAME") {
		t.Errorf("error %v; want both sources and as=NAME", err)
	}
	if got := set.Collisions(t.Context()); len(got) != 1 || !strings.Contains(got[0], `"dup"`) {
		t.Errorf("collisions %q; want one line about dup", got)
	}
	if _, _, err := set.Open(t.Context(), "dup"); err != nil {
		t.Errorf("Open of the first source's bucket: %v", err)
	}
	if _, _, err := set.Open(t.Context(), "none"); remote.KindOf(err) != remote.KindNoBucket {
		t.Errorf("Open of a name that nobody has: %v; want KindNoBucket", err)
	}
	second2 := newSet(account("s3", first), account("oss", second), named("dup-oss", "dup", "oss", second))
	if names, _, err := second2.Names(t.Context()); err != nil || strings.Join(names, " ") != "a b dup dup-oss" {
		t.Errorf("with as=: %q, %v; want both buckets and no error", names, err)
	}
}

func TestBucketIsMadeOnceAndKept(t *testing.T) {
	f := &fake{names: []string{"b"}}
	set := newSet(account("s3", f), named("n", "n", "s3", f))
	for _, name := range []string{"b", "n"} {
		one, _, err := set.Open(t.Context(), name)
		if err != nil {
			t.Fatal(err)
		}
		two, _, err := set.Open(t.Context(), name)
		if err != nil || one != two {
			t.Errorf("Open(%q) twice: %p and %p, %v; want one object", name, one, two, err)
		}
	}
	if _, _, err := newSet(named("n", "n", "s3", f)).Open(t.Context(), "other"); remote.KindOf(err) != remote.KindNoBucket {
		t.Errorf("Open of a name that is not on the command line: %v; want KindNoBucket", err)
	}
	if n := f.lists.Load(); n != 1 {
		t.Errorf("%d lists of the account; want one, and none where buckets are named", n)
	}
}

func TestProbeIsOneQuestionUnderThePrefix(t *testing.T) {
	ok, bad := &fake{}, &fake{err: &remote.Error{Kind: remote.KindTimeout}}
	src := named("n", "n", "s3", ok)
	src.Prefix = "only/this/"
	failed := newSet(src, account("oss", bad), named("m", "m", "s3", bad)).Probe(t.Context())
	if len(failed) != 2 || failed[0].Source != "oss://" || failed[1].Source != "s3://m" {
		t.Errorf("failures %v; want the two bad sources in order", failed)
	}
	if req, _ := ok.probed.Load().(remote.UploadsRequest); req.Prefix != "only/this/" || req.Max != 1 {
		t.Errorf("asked %+v; want one upload under the prefix", req)
	}
}
