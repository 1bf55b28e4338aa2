package fs

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"syscall"
	"testing"

	"uploadfs/remote"
)

// wide is a bucket whose uploads/ has n directories, and one of them n uploads.
func wide(n int) *store {
	s := newStore("b")
	for i := range n {
		s.add(remote.Upload{Key: fmt.Sprintf("key%06d", i), UploadID: "id"})
		s.add(remote.Upload{Key: "many", UploadID: fmt.Sprintf("id%06d", i)})
	}
	return s
}

// entriesOf reads a whole directory, dots included.
func entriesOf(t *testing.T, r *dir) (names []string, offsets []uint64) {
	t.Helper()
	for {
		entries, no := r.read()
		if no != 0 {
			t.Fatalf("readdir: %v", no)
		}
		if len(entries) == 0 {
			return names, offsets
		}
		for _, e := range entries {
			names, offsets = append(names, e.Name), append(offsets, e.Off)
		}
	}
}

func TestOffsetNIsEntryN(t *testing.T) {
	const n = 3*markEvery + 17
	d := drive(t, newAccount(wide(n)))
	for _, path := range []string{"b/uploads", "b/uploads/many"} {
		for _, plus := range []bool{false, true} {
			t.Run(fmt.Sprint(path, plus), func(t *testing.T) {
				r, no := d.opendir(d.must(path).NodeId)
				if no != 0 {
					t.Fatal(no)
				}
				defer r.close()
				r.plus = plus
				names, offsets := entriesOf(t, r)
				for i, off := range offsets {
					if off != uint64(i+1) {
						t.Fatalf("entry %d has offset %d, want %d", i, off, i+1)
					}
				}
				if len(names) < n+dots {
					t.Fatalf("%d entries, want at least %d", len(names), n+dots)
				}
				for _, at := range []int{0, 1, 2, 3, markEvery + 1, markEvery + 2, markEvery + 3, len(names) - 1, len(names), 5, 2 * markEvery, 4} {
					r.off = uint64(at)
					entries, no := r.read()
					if no != 0 {
						t.Fatalf("readdir at %d: %v", at, no)
					}
					for i, e := range entries {
						if e.Name != names[at+i] {
							t.Fatalf("entry %d after a seek: %q, want %q", at+i, e.Name, names[at+i])
						}
					}
					if len(entries) == 0 && at < len(names) {
						t.Fatalf("nothing at %d of %d", at, len(names))
					}
				}
			})
		}
	}
}

// The kernel drops the rest of a reply when a signal comes, and asks again from
// the last entry it took, by READDIR or READDIRPLUS as it likes.
func TestAReplyThatWasPartlyTakenIsGivenAgainWhole(t *testing.T) {
	d := drive(t, newAccount(wide(2000)))
	for _, path := range []string{"b/uploads", "b/uploads/many"} {
		whole := d.list(path)
		r, no := d.opendir(d.must(path).NodeId)
		if no != 0 {
			t.Fatal(no)
		}
		var got []string
		for turn := 0; ; turn++ {
			r.plus = turn%3 == 1
			d.room = 512 + turn%5*700
			entries, no := r.read()
			if no != 0 {
				t.Fatalf("readdir: %v", no)
			}
			if len(entries) == 0 {
				break
			}
			taken := entries[:1+turn%len(entries)]
			for _, e := range taken {
				got = append(got, e.Name)
			}
			r.off = taken[len(taken)-1].Off
		}
		r.close()
		if !slices.Equal(got[dots:], whole) {
			t.Errorf("%s read in torn replies: %d names, want the same %d in the same order: %v", path, len(got)-dots, len(whole), sameSet(got[dots:], whole))
		}
	}
}

func TestRewindTakesANewLook(t *testing.T) {
	s := newStore("b")
	s.add(remote.Upload{Key: "a", UploadID: "id"}, remote.Part{Number: 1})
	d := drive(t, newAccount(s))
	for path, change := range map[string]func(){
		"b/uploads":            func() { s.add(remote.Upload{Key: "b", UploadID: "id"}) },
		"b/uploads/a/id/parts": func() { s.setParts("a", "id", remote.Part{Number: 1}, remote.Part{Number: 2}) },
	} {
		r, no := d.opendir(d.must(path).NodeId)
		if no != 0 {
			t.Fatal(no)
		}
		if names, _ := r.all(); len(names) != 1 {
			t.Fatalf("%s: %q, want one name", path, names)
		}
		change()
		r.off = 0
		if names, no := r.all(); no != 0 || len(names) != 2 {
			t.Errorf("%s after rewinddir: %q, %v, want two names", path, names, no)
		}
		r.close()
	}
}

// failAt makes entry i of a directory fail once with err.
func failAt(s *store, prefix string, i int, err error, times int) {
	s.hook = func(ctx context.Context, op, arg string) error {
		if op == "next" && arg == fmt.Sprint(prefix, "#", i) && times > 0 {
			times--
			return err
		}
		return ctx.Err()
	}
}

func TestAnErrorMidwayShowsWhatWasReadThenTheErrnoAndLosesNothing(t *testing.T) {
	for _, c := range []struct {
		kind remote.Kind
		want syscall.Errno
	}{
		{remote.KindUnavailable, syscall.EIO}, {remote.KindDenied, syscall.EACCES},
		{remote.KindNoUpload, syscall.EIO}, {remote.KindNoBucket, syscall.EIO}, {remote.KindThrottled, syscall.EAGAIN},
	} {
		for _, plus := range []bool{false, true} {
			s := wide(300)
			d := drive(t, newAccount(s))
			whole := d.list("b/uploads")
			failAt(s, "", 150, &remote.Error{Kind: c.kind}, 1)
			r, no := d.opendir(d.must("b/uploads").NodeId)
			if no != 0 {
				t.Fatal(no)
			}
			r.plus = plus
			before, no := r.all()
			if no != c.want || !slices.Equal(before, whole[:150]) {
				t.Errorf("%v at entry 150: %d names then %v, want 150 and %v", c.kind, len(before), no, c.want)
			}
			after, no := r.all()
			if no != 0 || !slices.Equal(after, whole[150:]) {
				t.Errorf("after %v: %d names then %v, want the other %d and the end", c.kind, len(after), no, len(whole)-150)
			}
			r.close()
		}
	}
}

func TestAnErrorThatStaysIsGivenOnceForEachTry(t *testing.T) {
	s := wide(50)
	failAt(s, "", 20, &remote.Error{Kind: remote.KindUnavailable}, 1<<30)
	d := drive(t, newAccount(s))
	r, no := d.opendir(d.must("b/uploads").NodeId)
	if no != 0 {
		t.Fatal(no)
	}
	defer r.close()
	names, no := r.all()
	if no != syscall.EIO || len(names) != 20 {
		t.Fatalf("%d names then %v, want 20 then EIO", len(names), no)
	}
	asked := s.count("next")
	if _, no := r.read(); no != syscall.EIO {
		t.Errorf("the next try: %v, want EIO", no)
	}
	if n := s.count("next") - asked; n != 1 {
		t.Errorf("the next try asked %d times, want once", n)
	}
}

func TestWhatIsGoneIsENOENTAtOpendir(t *testing.T) {
	s := newStore("b")
	s.add(remote.Upload{Key: "p/k", UploadID: "id"})
	a := newAccount(s)
	d := drive(t, a)
	paths := []string{"b/uploads/p", "b/uploads/p/k", "b/uploads/p/k/id", "b/uploads/p/k/id/parts"}
	nodes := map[string]uint64{}
	for _, p := range paths {
		nodes[p] = d.must(p).NodeId
	}
	root, bucketDir := d.must("b/uploads").NodeId, d.must("b").NodeId
	s.remove("p/k", "id")
	for _, p := range paths {
		if _, no := d.opendir(nodes[p]); no != syscall.ENOENT {
			t.Errorf("opendir of %q, gone: %v, want ENOENT", p, no)
		}
		if _, no := d.getattr(nodes[p]); no != syscall.ENOENT {
			t.Errorf("getattr of %q, gone: %v, want ENOENT", p, no)
		}
	}
	r, no := d.opendir(root)
	if names, end := r.all(); no != 0 || end != 0 || len(names) != 0 {
		t.Errorf("uploads of an empty bucket: %v, %q, %v, want an empty directory", no, names, end)
	}
	delete(a.stores, "b")
	if _, no := d.opendir(bucketDir); no != syscall.ENOENT {
		t.Errorf("opendir of a bucket that is gone: %v, want ENOENT", no)
	}
	if _, no := d.walk("b"); no != syscall.ENOENT {
		t.Errorf("lookup of a bucket that is gone: %v, want ENOENT", no)
	}
}

func TestOneFailingUploadStopsNoOther(t *testing.T) {
	s := newStore("b")
	s.add(remote.Upload{Key: "bad", UploadID: "id"}, remote.Part{Number: 1})
	s.add(remote.Upload{Key: "good", UploadID: "id"}, remote.Part{Number: 1})
	s.hook = func(ctx context.Context, op, arg string) error {
		if op == "parts" && strings.HasPrefix(arg, "bad") {
			return &remote.Error{Kind: remote.KindDenied}
		}
		return ctx.Err()
	}
	in := &insight{}
	d := drive(t, newAccount(s), func(o *Options) { o.Insight = in })
	if _, no := d.opendir(d.must("b/uploads/bad/id/parts").NodeId); no != syscall.EACCES {
		t.Errorf("opendir of the parts that are refused: %v, want EACCES", no)
	}
	if got := d.list("b/uploads/good/id/parts"); !slices.Equal(got, []string{"1"}) {
		t.Errorf("the other upload's parts: %q, want [1]", got)
	}
	if n := in.failures(); n != 1 {
		t.Errorf("%d failures were noted, want the one that a reader was given", n)
	}
}

func TestOpenHandlesAndInodesAreCounted(t *testing.T) {
	d := drive(t, newAccount(sample()))
	tr := d.raw.(*rawFS).t
	e := d.must("b/uploads")
	r, no := d.opendir(e.NodeId)
	if no != 0 || tr.openDirs.Load() != 1 {
		t.Fatalf("one directory open: %v, counted %d, want 1", no, tr.openDirs.Load())
	}
	r.close()
	if n := tr.openDirs.Load(); n != 0 {
		t.Errorf("open directories after the close: %d, want 0", n)
	}
	if n := tr.inodes.count.Load(); n != 3 {
		t.Errorf("inodes: %d, want the root, b and uploads", n)
	}
	d.raw.Forget(e.NodeId, 1)
	if n := tr.inodes.count.Load(); n != 2 {
		t.Errorf("inodes after one is forgotten: %d, want 2", n)
	}
}

func TestBucketsThatCanBeHadAreShownBeforeTheErrorOfAnAccount(t *testing.T) {
	a := newAccount(newStore("a"), newStore("b"))
	a.partial = &remote.Error{Kind: remote.KindDenied}
	d := drive(t, a)
	r, no := d.opendir(1)
	if no != 0 {
		t.Fatalf("opendir of the root where one account is refused: %v, want the other's names", no)
	}
	defer r.close()
	names, no := r.all()
	if no != syscall.EACCES || !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("the root where one account is refused: %q then %v, want a, b, then EACCES", names, no)
	}
	if _, no := d.walk("b"); no != 0 {
		t.Errorf("lookup of a bucket that can be had: %v, want success", no)
	}
	// An interrupt while the accounts are listed is no end of the listing.
	cancel := make(chan struct{})
	close(cancel)
	if _, no := (&driver{t: t, raw: d.raw, cancel: cancel}).opendir(1); no != syscall.EINTR {
		t.Errorf("interrupted opendir of the root: %v, want EINTR", no)
	}
	a.err = &remote.Error{Kind: remote.KindTimeout}
	if _, no := d.opendir(1); no != syscall.ETIMEDOUT {
		t.Errorf("opendir of the root where nothing can be listed: %v, want ETIMEDOUT", no)
	}
}
