package remote

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
)

// pages is a store made of functions: what it answers to each request. It
// counts, and fails a test that would go on without end.
type pages struct {
	t       *testing.T
	profile Profile
	uploads func(n int, req UploadsRequest) (*UploadPage, error)
	parts   func(n int, req PartsRequest) (*PartPage, error)
	buckets func(n int, req BucketsRequest) (*BucketPage, error)

	asked  int
	cursor []Cursor
}

// mostRequests is far above what any proof of completeness may cost here.
const mostRequests = 200

func (p *pages) next() int {
	p.t.Helper()
	p.asked++
	if p.asked > mostRequests {
		p.t.Fatalf("%d requests, and no end: the loop must be bounded", p.asked)
	}
	return p.asked
}

func (p *pages) Uploads(_ context.Context, _ string, req UploadsRequest) (*UploadPage, error) {
	p.cursor = append(p.cursor, Cursor{Key: req.Marker.Key, UploadID: req.Marker.UploadID})
	return p.uploads(p.next(), req)
}

func (p *pages) Parts(_ context.Context, _, _, _ string, req PartsRequest) (*PartPage, error) {
	return p.parts(p.next(), req)
}

func (p *pages) Buckets(_ context.Context, req BucketsRequest) (*BucketPage, error) {
	return p.buckets(p.next(), req)
}
func (p *pages) Abort(context.Context, string, string, string) error { return nil }
func (p *pages) Profile(string) Profile                              { return p.profile }
func (p *pages) Describe() map[string]string                         { return nil }

// up writes uploads as "key" or "key#id", separated by blanks.
func up(names string) []Upload {
	var us []Upload
	for name := range strings.FieldsSeq(names) {
		key, id, _ := strings.Cut(name, "#")
		us = append(us, Upload{Key: key, UploadID: cmp.Or(id, "i")})
	}
	return us
}

func named(us []Upload) string {
	var b strings.Builder
	for _, u := range us {
		fmt.Fprintf(&b, "%s#%s ", u.Key, u.UploadID)
	}
	return strings.TrimSpace(b.String())
}

// readAllUploads follows a Pager to the end as a reader does: it keeps the ids
// that it has of the last key.
func readAllUploads(ctx context.Context, p *Pager, req UploadsRequest) (us []Upload, prefixes []string, err error) {
	var tail []string
	for {
		run, err := p.Uploads(ctx, req, tail)
		if err != nil {
			return us, prefixes, err
		}
		us, prefixes = append(us, run.Uploads...), append(prefixes, run.CommonPrefixes...)
		if !run.Truncated {
			return us, prefixes, nil
		}
		req.Marker = run.Next
		tail = nil
		for _, u := range us {
			if u.Key == run.Next.Key {
				tail = append(tail, u.UploadID)
			}
		}
	}
}

// script answers with one page after another, whatever is asked.
func script(all ...*UploadPage) func(int, UploadsRequest) (*UploadPage, error) {
	return func(n int, _ UploadsRequest) (*UploadPage, error) {
		if n > len(all) {
			return nil, errors.New("a request after the listing's end")
		}
		page := *all[n-1]
		page.Uploads = slices.Clone(page.Uploads)
		return &page, nil
	}
}

func page(names string) *UploadPage { return &UploadPage{Uploads: up(names)} }

// truncated is a page that goes on, with the markers it names ("" for none).
func truncated(names, next string) *UploadPage {
	pg := page(names)
	pg.Truncated = true
	if next != "" {
		u := up(next)[0]
		pg.Next = Cursor{Key: u.Key, UploadID: u.UploadID}
	}
	return pg
}

// kinds is the kind of an error, or -1 for success.
func kindOrNone(err error) Kind {
	if err == nil {
		return -1
	}
	return KindOf(err)
}

// TestPagingOfHostilePages: each row is a rule of dialects.md 3.6 or a store's
// own way of 3.1 to 3.3, as a run of pages and what a reader must be told.
func TestPagingOfHostilePages(t *testing.T) {
	const whole = Kind(-1)
	for _, row := range []struct {
		rule    string
		req     UploadsRequest
		pages   []*UploadPage
		want    string
		kind    Kind
		markers []Cursor
	}{
		{rule: "IsTruncated alone continues: OSS and AWS name Next on the last page too",
			pages: []*UploadPage{truncated("a b", "b#i"), {Uploads: up("c"), Next: Cursor{Key: "c", UploadID: "i"}}},
			want:  "a#i b#i c#i", kind: whole, markers: []Cursor{{}, {Key: "b", UploadID: "i"}}},
		{rule: "an empty bucket whose page names Next is empty",
			pages: []*UploadPage{{Next: Cursor{Key: "z", UploadID: "z"}}}, want: "", kind: whole},
		{rule: "truncated without markers goes on from the last entry (AWS with a delimiter, SeaweedFS)",
			pages: []*UploadPage{truncated("a b", ""), page("c")},
			want:  "a#i b#i c#i", kind: whole, markers: []Cursor{{}, {Key: "b", UploadID: "i"}}},
		{rule: "truncated with a NextUploadIdMarker alone goes on from the last entry",
			pages: []*UploadPage{{Uploads: up("a b"), Truncated: true, Next: Cursor{UploadID: "i"}}, page("c")},
			want:  "a#i b#i c#i", kind: whole, markers: []Cursor{{}, {Key: "b", UploadID: "i"}}},
		{rule: "empty truncated pages whose marker moves are read on",
			pages: []*UploadPage{truncated("a", "a#i"), truncated("", "b#i"), truncated("", "c#i"), page("d")},
			want:  "a#i d#i", kind: whole, markers: []Cursor{{}, {Key: "a", UploadID: "i"}, {Key: "b", UploadID: "i"}, {Key: "c", UploadID: "i"}}},
		{rule: "an empty truncated page without markers does not advance",
			pages: []*UploadPage{truncated("a", "a#i"), truncated("", "")}, want: "a#i", kind: KindIncomplete},
		{rule: "a stalled marker: the same page again does not advance",
			pages: []*UploadPage{truncated("a b", "b#i"), truncated("a b", "b#i")}, want: "a#i b#i", kind: KindIncomplete},
		{rule: "a marker that goes back does not advance",
			pages: []*UploadPage{truncated("b", "b#i"), truncated("", "a#i")}, want: "b#i", kind: KindIncomplete},
		{rule: "a circle of id markers of one key does not advance",
			pages: []*UploadPage{truncated("a#1 a#2", "a#2"), truncated("a#1", "a#1"), truncated("a#2", "a#2")}, want: "a#1 a#2", kind: KindIncomplete},
		{rule: "overlapping pages are cut",
			pages: []*UploadPage{truncated("a b c", "c#i"), truncated("b c d", "d#i"), page("c d e")},
			want:  "a#i b#i c#i d#i e#i", kind: whole},
		{rule: "overlap within one key is cut by upload id, in the store's own order",
			pages: []*UploadPage{truncated("a k#9 k#3", "k#3"), page("k#9 k#3 k#7 k#1 l")},
			want:  "a#i k#9 k#3 k#7 k#1 l#i", kind: whole},
		{rule: "an inclusive marker repeats its entry once (gofakes3)",
			pages: []*UploadPage{truncated("a b", "c#i"), truncated("b c d", "e#i"), page("d e")},
			want:  "a#i b#i c#i d#i e#i", kind: whole},
		{rule: "duplicates on one page are dropped",
			pages: []*UploadPage{page("a a b#1 b#2 b#1 b#2 c c")}, want: "a#i b#1 b#2 c#i", kind: whole},
		{rule: "a restart from the top at the end adds nothing (gofakes3, rclone)",
			pages: []*UploadPage{truncated("a b c", "c#i"), page("a b c")}, want: "a#i b#i c#i", kind: whole},
		{rule: "a restart from the top that says it goes on does not advance",
			pages: []*UploadPage{truncated("a b c", "c#i"), truncated("a b", "b#i")}, want: "a#i b#i c#i", kind: KindIncomplete},
		{rule: "an ignored prefix is not this listing", req: UploadsRequest{Prefix: "b/"},
			pages: []*UploadPage{page("a b/x")}, kind: KindUnsorted},
		{rule: "a page out of order is not a sorted listing",
			pages: []*UploadPage{page("a c b")}, kind: KindUnsorted},
		{rule: "a later page out of order is not either",
			pages: []*UploadPage{truncated("a", "a#i"), page("c b")}, want: "a#i", kind: KindUnsorted},
		{rule: "an ignored delimiter is no listing of a directory", req: UploadsRequest{Prefix: "d/", Delimiter: "/"},
			pages: []*UploadPage{page("d/a d/b/c")}, kind: KindUnsupported},
		{rule: "common prefixes that nobody asked for hide uploads",
			pages: []*UploadPage{{Uploads: up("a"), CommonPrefixes: []string{"b/"}}}, kind: KindIncomplete},
		{rule: "common prefixes that lost their slash are not believed (gofakes3)", req: UploadsRequest{Delimiter: "/"},
			pages: []*UploadPage{{CommonPrefixes: []string{"b"}}}, kind: KindUnsupported},
		{rule: "a common prefix outside the prefix is not believed", req: UploadsRequest{Prefix: "d/", Delimiter: "/"},
			pages: []*UploadPage{{CommonPrefixes: []string{"e/"}}}, kind: KindUnsupported},
		{rule: "a common prefix two levels down is not believed", req: UploadsRequest{Delimiter: "/"},
			pages: []*UploadPage{{CommonPrefixes: []string{"a/b/"}}}, kind: KindUnsupported},
		{rule: "common prefixes out of order are not believed", req: UploadsRequest{Delimiter: "/"},
			pages: []*UploadPage{{CommonPrefixes: []string{"b/", "a/"}}}, kind: KindUnsupported},
	} {
		t.Run(row.rule, func(t *testing.T) {
			store := &pages{t: t, uploads: script(row.pages...)}
			us, _, err := readAllUploads(t.Context(), NewPager(store, "b"), row.req)
			if got := named(us); got != row.want {
				t.Errorf("the reader was given %q; want %q", got, row.want)
			}
			if got := kindOrNone(err); got != row.kind {
				t.Errorf("the listing ended with %v (%v); want kind %v", got, err, row.kind)
			}
			if row.markers != nil && !slices.Equal(store.cursor, row.markers) {
				t.Errorf("the markers sent were %+v; want %+v", store.cursor, row.markers)
			}
			if row.kind == whole && store.asked != len(row.pages) {
				t.Errorf("%d requests; want %d: nothing is asked after the last page", store.asked, len(row.pages))
			}
		})
	}
}

// TestPagingEmptyTruncatedPagesAreBounded: markers that move for ever without an
// upload end in an error after a bounded number of requests.
func TestPagingEmptyTruncatedPagesAreBounded(t *testing.T) {
	endless := func(n int, _ UploadsRequest) (*UploadPage, error) {
		return truncated("", fmt.Sprintf("m%06d#i", n)), nil
	}
	store := &pages{t: t, uploads: endless}
	_, err := NewPager(store, "b").Uploads(t.Context(), UploadsRequest{}, nil)
	if KindOf(err) != KindIncomplete || store.asked > 2*maxEmptyPages {
		t.Errorf("sorted: %v after %d requests; want KindIncomplete after about %d", err, store.asked, maxEmptyPages)
	}
	store = &pages{t: t, uploads: endless}
	err = NewPager(store, "b").Whole(t.Context(), "", func([]Upload) error { return nil })
	if KindOf(err) != KindIncomplete || store.asked > 2*maxEmptyPages {
		t.Errorf("in the store's own order: %v after %d requests; want KindIncomplete after about %d", err, store.asked, maxEmptyPages)
	}
}

// TestPagingDelimitedPages: common prefixes and uploads of one listing page
// together, and a prefix that comes again since the marker is inside it is cut.
func TestPagingDelimitedPages(t *testing.T) {
	store := &pages{t: t, uploads: script(
		&UploadPage{Uploads: up("a"), CommonPrefixes: []string{"b/", "b/"}, Truncated: true},
		&UploadPage{Uploads: up("c"), CommonPrefixes: []string{"b/", "d/"}, Truncated: true, Next: Cursor{Key: "d/"}},
		&UploadPage{Uploads: up("e")},
	)}
	us, prefixes, err := readAllUploads(t.Context(), NewPager(store, "b"), UploadsRequest{Delimiter: "/"})
	if err != nil || named(us) != "a#i c#i e#i" || !slices.Equal(prefixes, []string{"b/", "d/"}) {
		t.Errorf("uploads %q, prefixes %q, %v; want a c e, b/ d/ and no error", named(us), prefixes, err)
	}
	if want := []Cursor{{}, {Key: "b/"}, {Key: "d/"}}; !slices.Equal(store.cursor, want) {
		t.Errorf("markers %+v; want %+v: the greater of last upload and last prefix", store.cursor, want)
	}
}

func refusedMarker() error {
	return &Error{Kind: KindInvalid, Status: 400, Code: "InvalidArgument", Message: "Invalid uploadId marker"}
}

// sorted answers as a store with exclusive markers and pages of size would,
// refusing the markers that refuse says.
func sorted(all []Upload, size int, refuse func(Cursor) bool) func(int, UploadsRequest) (*UploadPage, error) {
	return func(_ int, req UploadsRequest) (*UploadPage, error) {
		if refuse(req.Marker) {
			return nil, refusedMarker()
		}
		i := 0
		for i < len(all) && all[i].Key <= req.Marker.Key {
			i++
		}
		if req.Marker.UploadID != "" {
			// The id belongs to the marker's key, or to the first key after it
			// (versitygw 1.8.0).
			if j := slices.IndexFunc(all, func(u Upload) bool { return u.UploadID == req.Marker.UploadID }); j >= 0 {
				i = j + 1
			}
		}
		pg := &UploadPage{Uploads: slices.Clone(all[i:min(i+size, len(all))])}
		if pg.Truncated = i+size < len(all); pg.Truncated {
			last := pg.Uploads[len(pg.Uploads)-1]
			pg.Next = Cursor{Key: last.Key, UploadID: last.UploadID}
		}
		return pg, nil
	}
}

// TestPagingRefusedIDMarkerFirstFallback: versitygw 1.8.0 takes its own
// NextUploadIdMarker only with the distinct key before it (dialects.md 3.6 6a).
func TestPagingRefusedIDMarkerFirstFallback(t *testing.T) {
	all := up("a#1 b#2 b#3 b#4 c#5 d#6 d#7")
	for size := 1; size <= len(all); size++ {
		store := &pages{t: t}
		store.uploads = sorted(all, size, func(c Cursor) bool {
			i := slices.IndexFunc(all, func(u Upload) bool { return u.UploadID == c.UploadID })
			first := slices.IndexFunc(all, func(u Upload) bool { return u.Key > c.Key })
			return c.UploadID != "" && (i < 0 || first < 0 || all[i].Key != all[first].Key)
		})
		us, _, err := readAllUploads(t.Context(), NewPager(store, "b"), UploadsRequest{})
		if err != nil || named(us) != named(all) {
			t.Errorf("pages of %d: %q, %v; want every upload once", size, named(us), err)
		}
		refused := 0
		for _, c := range store.cursor {
			if i := slices.IndexFunc(all, func(u Upload) bool { return u.UploadID == c.UploadID }); i >= 0 && all[i].Key == c.Key {
				refused++
			}
		}
		if refused > 1 {
			t.Errorf("pages of %d: the form that the store refuses was sent %d times; want it learnt from the first", size, refused)
		}
	}
}

// TestPagingRefusedIDMarkerSecondFallback: the upload of the marker was aborted
// meanwhile (AWS): its key is read again from its start and cut by what the
// reader has (dialects.md 3.6 6b).
func TestPagingRefusedIDMarkerSecondFallback(t *testing.T) {
	all := up("a#1 b#2 b#3 b#4 c#5")
	for size := 1; size < len(all); size++ {
		gone := all[size-1].UploadID
		left := slices.DeleteFunc(slices.Clone(all), func(u Upload) bool { return u.UploadID == gone })
		refuse := func(c Cursor) bool { return c.UploadID == gone }
		store := &pages{t: t}
		store.uploads = func(n int, req UploadsRequest) (*UploadPage, error) {
			if n == 1 {
				return sorted(all, size, refuse)(n, req)
			}
			return sorted(left, size, refuse)(n, req)
		}
		us, _, err := readAllUploads(t.Context(), NewPager(store, "b"), UploadsRequest{})
		if err != nil || named(us) != named(all) {
			t.Errorf("pages of %d, %s aborted after the first: %q, %v; want every upload once", size, gone, named(us), err)
		}
	}
}

// TestPagingRefusedForAnotherReasonIsTheStoresError: only a complaint about the
// id marker changes the form.
func TestPagingRefusedForAnotherReasonIsTheStoresError(t *testing.T) {
	store := &pages{t: t, uploads: func(n int, _ UploadsRequest) (*UploadPage, error) {
		if n == 1 {
			return truncated("a", "a#i"), nil
		}
		return nil, &Error{Kind: KindInvalid, Status: 400, Code: "InvalidArgument", Message: "Invalid prefix"}
	}}
	if _, _, err := readAllUploads(t.Context(), NewPager(store, "b"), UploadsRequest{}); KindOf(err) != KindInvalid || store.asked != 2 {
		t.Errorf("%v after %d requests; want the store's own refusal after 2", err, store.asked)
	}
}

// TestPagingFailureOnALaterPageIsAnError: no page that fails is taken for the end.
func TestPagingFailureOnALaterPageIsAnError(t *testing.T) {
	for _, kind := range []Kind{KindDenied, KindNoBucket, KindThrottled, KindUnavailable, KindMalformed, KindTimeout} {
		store := &pages{t: t, uploads: func(n int, _ UploadsRequest) (*UploadPage, error) {
			if n == 1 {
				return truncated("a", "a#i"), nil
			}
			return nil, &Error{Kind: kind}
		}}
		if us, _, err := readAllUploads(t.Context(), NewPager(store, "b"), UploadsRequest{}); KindOf(err) != kind || named(us) != "a#i" {
			t.Errorf("%q, %v; want what was read and kind %v", named(us), err, kind)
		}
	}
}

// TestPagingInTheStoresOwnOrder is Whole: no order is trusted, only that a page
// which is not truncated is the last (MinIO, SeaweedFS, S3 directory buckets).
func TestPagingInTheStoresOwnOrder(t *testing.T) {
	const whole = Kind(-1)
	for _, row := range []struct {
		rule  string
		pages []*UploadPage
		want  string
		kind  Kind
	}{
		{"one page in any order", []*UploadPage{page("c a b")}, "c#i a#i b#i", whole},
		{"overlap and duplicates are dropped", []*UploadPage{truncated("c a", "a#i"), page("a a b")}, "c#i a#i b#i", whole},
		{"truncated without markers goes on from the last entry", []*UploadPage{truncated("c a", ""), page("b")}, "c#i a#i b#i", whole},
		{"an opaque token that is no key is sent back", []*UploadPage{truncated("c a", "0token#x"), page("b")}, "c#i a#i b#i", whole},
		{"a marker that was sent before does not advance", []*UploadPage{truncated("c", "x#i"), truncated("a", "y#i"), truncated("b", "x#i")}, "c#i a#i b#i", KindIncomplete},
		{"an empty truncated page without markers does not advance", []*UploadPage{truncated("c", "c#i"), truncated("", "")}, "c#i", KindIncomplete},
		{"an empty page that moves is read on", []*UploadPage{truncated("", "x#i"), page("a")}, "a#i", whole},
	} {
		t.Run(row.rule, func(t *testing.T) {
			store := &pages{t: t, uploads: script(row.pages...)}
			var us []Upload
			err := NewPager(store, "b").Whole(t.Context(), "", func(fresh []Upload) error {
				us = append(us, fresh...)
				return nil
			})
			if named(us) != row.want || kindOrNone(err) != row.kind {
				t.Errorf("%q, %v; want %q and kind %v", named(us), err, row.want, row.kind)
			}
		})
	}
	stop := errors.New("enough")
	store := &pages{t: t, uploads: script(truncated("a", "a#i"))}
	if err := NewPager(store, "b").Whole(t.Context(), "", func([]Upload) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("%v; want emit's own error at once", err)
	}
}

// numbers makes parts of these numbers, each of its number's size.
func numbers(ns ...int) []Part {
	var ps []Part
	for _, n := range ns {
		ps = append(ps, Part{Number: n, Size: int64(n), ETag: "e"})
	}
	return ps
}

func partNumbers(ps []Part) (ns []int) {
	for _, p := range ps {
		ns = append(ns, p.Number)
	}
	return ns
}

func readSortedParts(ctx context.Context, p *Pager) (all []Part, err error) {
	for marker := 0; ; {
		run, err := p.Parts(ctx, "k", "u", marker)
		if err != nil {
			return all, err
		}
		all = append(all, run.Parts...)
		if !run.Truncated {
			return all, nil
		}
		marker = run.Next
	}
}

func partScript(all ...*PartPage) func(int, PartsRequest) (*PartPage, error) {
	return func(n int, _ PartsRequest) (*PartPage, error) {
		if n > len(all) {
			return nil, errors.New("a request after the listing's end")
		}
		pg := *all[n-1]
		pg.Parts = slices.Clone(pg.Parts)
		return &pg, nil
	}
}

// TestPagingOfParts: the rules of dialects.md 3.4 and 3.6 for List Parts, read
// in the order of numbers and in the store's own.
func TestPagingOfParts(t *testing.T) {
	const whole = Kind(-1)
	more := func(next int, ns ...int) *PartPage {
		return &PartPage{Parts: numbers(ns...), Truncated: true, Next: next}
	}
	last := func(next int, ns ...int) *PartPage { return &PartPage{Parts: numbers(ns...), Next: next} }
	for _, row := range []struct {
		rule  string
		pages []*PartPage
		want  []int
		// kind is of the reading by number, own of that in the store's order.
		kind, own Kind
	}{
		{"IsTruncated alone: Next on the last page too (OSS, Ceph, versitygw)", []*PartPage{more(2, 1, 2), last(4, 3, 4)}, []int{1, 2, 3, 4}, whole, whole},
		{"no NextPartNumberMarker: on from the last part (COS)", []*PartPage{more(0, 1, 3), last(0, 7)}, []int{1, 3, 7}, whole, whole},
		{"an inclusive marker repeats its part (SeaweedFS, gofakes3)", []*PartPage{more(2, 1, 2), last(0, 2, 3)}, []int{1, 2, 3}, whole, whole},
		{"parts twice on a page", []*PartPage{last(0, 1, 1, 2, 2)}, []int{1, 2}, whole, whole},
		{"gaps are no end", []*PartPage{more(1, 1), last(0, 9000, 10000)}, []int{1, 9000, 10000}, whole, whole},
		{"parts out of order (SeaweedFS: 10000 before 1001)", []*PartPage{last(0, 1, 10000, 1001)}, []int{1, 1001, 10000}, KindUnsorted, whole},
		{"an empty page that moves", []*PartPage{more(1, 1), more(5), last(0, 6)}, []int{1, 6}, whole, whole},
		{"an empty truncated page does not advance", []*PartPage{more(1, 1), more(1)}, nil, KindIncomplete, KindIncomplete},
		{"a stalled marker does not advance (gofakes3)", []*PartPage{more(2, 1, 2), more(2, 1, 2)}, nil, KindIncomplete, KindIncomplete},
		{"an upload without parts", []*PartPage{last(0)}, nil, whole, whole},
	} {
		t.Run(row.rule, func(t *testing.T) {
			store := &pages{t: t, parts: partScript(row.pages...)}
			ps, err := readSortedParts(t.Context(), NewPager(store, "b"))
			if kindOrNone(err) != row.kind || err == nil && !slices.Equal(partNumbers(ps), row.want) {
				t.Errorf("by number: %v, %v; want %v and kind %v", partNumbers(ps), err, row.want, row.kind)
			}
			store = &pages{t: t, parts: partScript(row.pages...)}
			ps, err = NewPager(store, "b").AllParts(t.Context(), "k", "u")
			if kindOrNone(err) != row.own || err == nil && !slices.Equal(partNumbers(ps), row.want) {
				t.Errorf("in the store's order: %v, %v; want %v and kind %v", partNumbers(ps), err, row.want, row.own)
			}
		})
	}
}

// TestPagingEndlessPartsAreBounded: a list of parts that never ends is an error,
// whether it brings nothing or always something.
func TestPagingEndlessPartsAreBounded(t *testing.T) {
	empty := func(n int, _ PartsRequest) (*PartPage, error) { return &PartPage{Truncated: true, Next: n}, nil }
	same := func(n int, _ PartsRequest) (*PartPage, error) {
		return &PartPage{Parts: numbers(1, 2), Truncated: true, Next: 2 + n}, nil
	}
	flood := func(n int, _ PartsRequest) (*PartPage, error) {
		pg := &PartPage{Truncated: true}
		for i := range 1000 {
			pg.Parts = append(pg.Parts, Part{Number: n*1000 + i + 1})
		}
		return pg, nil
	}
	for name, f := range map[string]func(int, PartsRequest) (*PartPage, error){"empty pages": empty, "the same page": same, "ever new numbers": flood} {
		store := &pages{t: t, parts: f}
		if ps, err := NewPager(store, "b").AllParts(t.Context(), "k", "u"); KindOf(err) != KindIncomplete || ps != nil {
			t.Errorf("%s, in the store's order: %d parts, %v; want KindIncomplete", name, len(ps), err)
		}
	}
	store := &pages{t: t, parts: empty}
	if _, err := NewPager(store, "b").Parts(t.Context(), "k", "u", 0); KindOf(err) != KindIncomplete {
		t.Errorf("empty pages, by number: %v; want KindIncomplete", err)
	}
}

// TestPagingNewestOfAPartSentAgainWins: a part may be sent again while it is
// listed (dialects.md 3.4).
func TestPagingNewestOfAPartSentAgainWins(t *testing.T) {
	day := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	both := []Part{{Number: 1, Size: 10, LastModified: day.Add(time.Hour)}, {Number: 1, Size: 20, LastModified: day}}
	for range 2 {
		slices.Reverse(both)
		store := &pages{t: t, parts: partScript(&PartPage{Parts: slices.Clone(both)}, &PartPage{Parts: slices.Clone(both)})}
		p := NewPager(store, "b")
		run, err := p.Parts(t.Context(), "k", "u", 0)
		if err != nil || len(run.Parts) != 1 || run.Parts[0].Size != 10 {
			t.Errorf("by number: %+v, %v; want the part modified last alone", run, err)
		}
		ps, err := p.AllParts(t.Context(), "k", "u")
		if err != nil || len(ps) != 1 || ps[0].Size != 10 {
			t.Errorf("in the store's order: %+v, %v; want the part modified last alone", ps, err)
		}
	}
}

// TestPagingOfBuckets: the list of buckets is driven by IsTruncated alone too,
// and is whole or an error.
func TestPagingOfBuckets(t *testing.T) {
	const whole = Kind(-1)
	list := func(names string, more bool, next string) *BucketPage {
		pg := &BucketPage{Truncated: more, Next: next}
		for name := range strings.FieldsSeq(names) {
			pg.Buckets = append(pg.Buckets, Bucket{Name: name})
		}
		return pg
	}
	for _, row := range []struct {
		rule  string
		pages []*BucketPage
		want  string
		kind  Kind
	}{
		{"Next on a page that is not truncated is ignored", []*BucketPage{list("a b", false, "b")}, "a b", whole},
		{"truncated without a marker goes on from the last name", []*BucketPage{list("a b", true, ""), list("c", false, "")}, "a b c", whole},
		{"an opaque token is sent back", []*BucketPage{list("a", true, "tok"), list("b", false, "")}, "a b", whole},
		{"overlap is dropped", []*BucketPage{list("a b", true, "b"), list("b c", false, "")}, "a b c", whole},
		{"a stalled marker does not advance", []*BucketPage{list("a b", true, "b"), list("a b", true, "b")}, "", KindIncomplete},
		{"an empty truncated page does not advance", []*BucketPage{list("a", true, "a"), list("", true, "")}, "", KindIncomplete},
		{"an empty page that moves is read on", []*BucketPage{list("", true, "m"), list("a", false, "")}, "a", whole},
	} {
		t.Run(row.rule, func(t *testing.T) {
			store := &pages{t: t, buckets: func(n int, _ BucketsRequest) (*BucketPage, error) {
				if n > len(row.pages) {
					return nil, errors.New("a request after the listing's end")
				}
				return row.pages[n-1], nil
			}}
			bs, err := Buckets(t.Context(), store)
			var names []string
			for _, b := range bs {
				names = append(names, b.Name)
			}
			if strings.Join(names, " ") != row.want || kindOrNone(err) != row.kind {
				t.Errorf("%q, %v; want %q and kind %v", names, err, row.want, row.kind)
			}
		})
	}
	endless := map[string]func(int, BucketsRequest) (*BucketPage, error){
		"markers in a circle":     func(n int, _ BucketsRequest) (*BucketPage, error) { return list("a", true, fmt.Sprint(n%2)), nil },
		"markers that move alone": func(n int, _ BucketsRequest) (*BucketPage, error) { return list("", true, fmt.Sprint(n)), nil },
	}
	for _, name := range slices.Sorted(maps.Keys(endless)) {
		store := &pages{t: t, buckets: endless[name]}
		if _, err := Buckets(t.Context(), store); KindOf(err) != KindIncomplete {
			t.Errorf("%s: %v; want KindIncomplete", name, err)
		}
	}
}
