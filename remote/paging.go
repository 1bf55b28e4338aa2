package remote

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
)

// Bounds of one logical page. A store may send pages that are empty and
// truncated (SeaweedFS, and anywhere filtering follows the page cut), but not
// without end.
const maxEmptyPages = 16

// Pager reads one bucket's listings and proves what it returns. It is the loop
// of dialects.md 3.6 cut into steps that can be cached: driven by Truncated
// alone, Next markers optional, progress required, duplicates dropped, the
// prefix and the order of every page checked.
type Pager struct {
	client Client
	bucket string
	// form is the Continuation that the store was seen to need, or -1.
	form atomic.Int32
}

// NewPager returns a Pager for bucket.
func NewPager(client Client, bucket string) *Pager {
	p := &Pager{client: client, bucket: bucket}
	p.form.Store(-1)
	return p
}

// Run is a proven run of a sorted listing: every upload (and, with a
// delimiter, every common prefix) after the request's marker, up to Next or to
// the end of the prefix.
type Run struct {
	// Uploads ascend by key, and within a key stand in the store's order.
	Uploads []Upload
	// CommonPrefixes ascend and end in the delimiter.
	CommonPrefixes []string
	// Truncated says that the listing goes on from Next.
	Truncated bool
	Next      Cursor
	// Restarted says that the marker's upload is gone, so that its key was listed
	// from its start again.
	Restarted bool
}

// Uploads returns the run that starts after req.Marker. tail names the upload
// ids of req.Marker.Key that the reader has already, the marker's own among
// them: pages that overlap are cut by it. It fails with KindUnsorted where a
// page contradicts the order or the prefix, with KindUnsupported where it
// ignores the delimiter, with KindIncomplete where it does not advance, and
// with the store's own error.
func (p *Pager) Uploads(ctx context.Context, req UploadsRequest, tail []string) (*Run, error) {
	run := &Run{}
	from := req.Marker
	asked := map[string]bool{from.Key + "\x00" + from.UploadID: true}
	for empty := 0; ; empty++ {
		page, sent, err := p.page(ctx, req, from)
		if err != nil {
			return nil, err
		}
		run.Restarted = run.Restarted || sent.UploadID == "" && from.UploadID != ""
		if err := p.check(page, req); err != nil {
			return nil, err
		}
		run.Uploads = cutUploads(page.Uploads, from, tail)
		run.CommonPrefixes = cutPrefixes(page.CommonPrefixes, from)
		if !from.Same(req.Marker) {
			// A page that was read to get past what the marker did not skip.
			run.Uploads = cutUploads(run.Uploads, req.Marker, tail)
			run.CommonPrefixes = cutPrefixes(run.CommonPrefixes, req.Marker)
		}
		if !page.Truncated {
			return run, nil
		}
		if len(run.Uploads)+len(run.CommonPrefixes) > 0 {
			run.Truncated, run.Next = true, nextAfter(run, from)
			return run, nil
		}
		next := page.Next
		if next.Key == "" {
			next = nextAfter(&Run{Uploads: page.Uploads, CommonPrefixes: page.CommonPrefixes}, sent)
		}
		if asked[next.Key+"\x00"+next.UploadID] || next.Key < sent.Key {
			return nil, p.fail(KindIncomplete, req, "the listing is truncated but does not advance past %q", from.Key)
		}
		if empty >= maxEmptyPages {
			return nil, p.fail(KindIncomplete, req, "%d pages in a row brought nothing new after %q", empty, from.Key)
		}
		asked[next.Key+"\x00"+next.UploadID] = true
		from = next
	}
}

// page sends one request in the form that the store needs, and returns the
// marker that it took. It falls back from form to form where the store refuses
// its own upload id marker (dialects.md 3.6 step 6: versitygw 1.8.0 always, AWS
// for an upload aborted meanwhile).
func (p *Pager) page(ctx context.Context, req UploadsRequest, from Cursor) (page *UploadPage, sent Cursor, err error) {
	form := p.client.Profile(p.bucket).Continue
	if f := p.form.Load(); f >= 0 {
		form = Continuation(f)
	}
	ask := func(marker Cursor) bool {
		sent, req.Marker = marker, marker
		page, err = p.client.Uploads(ctx, p.bucket, req)
		return marker.UploadID == "" || !refusesIDMarker(err)
	}
	if from.UploadID == "" || from.Key == "" {
		ask(from)
		return page, sent, err
	}
	before := from.Before
	if before == "" {
		before = Predecessor(from.Key)
	}
	if form != ContinueBefore && ask(from) {
		return page, sent, err
	}
	if ask(Cursor{Key: before, UploadID: from.UploadID}) {
		if err == nil && form != ContinueBefore {
			p.form.CompareAndSwap(-1, int32(ContinueBefore))
		}
		return page, sent, err
	}
	// The upload of the marker may be gone: its key is listed again from its
	// start, and what was seen is cut by the reader's tail.
	ask(Cursor{Key: before})
	return page, sent, err
}

// refusesIDMarker reports whether a store refused its own upload-id-marker
// (AWS and versitygw: 400 InvalidArgument "Invalid uploadId marker").
func refusesIDMarker(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok || e.Kind != KindInvalid {
		return false
	}
	return e.Argument == "upload-id-marker" || strings.Contains(strings.ToLower(e.Message), "uploadid marker") ||
		strings.Contains(strings.ToLower(e.Message), "upload-id-marker")
}

// check proves that a page is sorted and what was asked for.
func (p *Pager) check(page *UploadPage, req UploadsRequest) error {
	last := ""
	for i := range page.Uploads {
		key := page.Uploads[i].Key
		if !strings.HasPrefix(key, req.Prefix) {
			return p.fail(KindUnsorted, req, "the store sent key %q for prefix %q", key, req.Prefix)
		}
		if key < last {
			return p.fail(KindUnsorted, req, "the store sent key %q after %q", key, last)
		}
		if req.Delimiter != "" && strings.Contains(key[len(req.Prefix):], req.Delimiter) {
			return p.fail(KindUnsupported, req, "the store ignores the delimiter: key %q", key)
		}
		last = key
	}
	if req.Delimiter == "" && len(page.CommonPrefixes) > 0 {
		return p.fail(KindIncomplete, req, "the store groups keys under %q without being asked", page.CommonPrefixes[0])
	}
	last = ""
	for _, c := range page.CommonPrefixes {
		rest, ok := strings.CutPrefix(c, req.Prefix)
		if !ok || strings.Index(rest, req.Delimiter) != len(rest)-len(req.Delimiter) {
			return p.fail(KindUnsupported, req, "the store sent common prefix %q for prefix %q", c, req.Prefix)
		}
		if c < last {
			return p.fail(KindUnsupported, req, "the store sent common prefix %q after %q", c, last)
		}
		last = c
	}
	return nil
}

// cutUploads drops what lies at or before the marker, uploads that the reader
// has, and repetitions. Some stores take markers inclusively (Ceph, gofakes3).
func cutUploads(us []Upload, from Cursor, tail []string) []Upload {
	if !from.IsZero() {
		i := 0
		for i < len(us) && (us[i].Key < from.Key || us[i].Key == from.Key && from.UploadID == "") {
			i++
		}
		us = us[i:]
	}
	seen := map[string]bool{from.UploadID: true}
	for _, id := range tail {
		seen[id] = true
	}
	key, out, cut := from.Key, us, false
	for i := range us {
		u := &us[i]
		alone := false
		if u.Key != key {
			key = u.Key
			clear(seen)
			alone = i+1 == len(us) || us[i+1].Key != key
		}
		switch {
		case alone:
		case seen[u.UploadID]:
			if !cut {
				out, cut = append(make([]Upload, 0, len(us)), us[:i]...), true
			}
			continue
		default:
			seen[u.UploadID] = true
		}
		if cut {
			out = append(out, *u)
		}
	}
	return out
}

// cutPrefixes drops common prefixes at or before the marker (stores that list
// a prefix again when the marker is inside it) and repetitions.
func cutPrefixes(ps []string, from Cursor) []string {
	if from.Key != "" {
		i := 0
		for i < len(ps) && ps[i] <= from.Key {
			i++
		}
		ps = ps[i:]
	}
	return slices.Compact(ps)
}

// nextAfter is where a run that is not empty goes on: after its last entry.
// The store's own marker is not used: it may name the first entry of the next
// page (gofakes3) or be missing (AWS with delimiter and max-uploads, SeaweedFS),
// and where it is right it names that entry (dialects.md 3.6 step 4).
func nextAfter(run *Run, from Cursor) Cursor {
	var next Cursor
	if n := len(run.Uploads); n > 0 {
		u := run.Uploads[n-1]
		next = Cursor{Key: u.Key, UploadID: u.UploadID, Before: from.Key}
		if from.Key == u.Key {
			next.Before = from.Before
		}
		for i := n - 1; i >= 0; i-- {
			if run.Uploads[i].Key != u.Key {
				next.Before = run.Uploads[i].Key
				break
			}
		}
	}
	if n := len(run.CommonPrefixes); n > 0 && run.CommonPrefixes[n-1] > next.Key {
		next = Cursor{Key: run.CommonPrefixes[n-1]}
	}
	return next
}

// Predecessor returns a string below key, as near to it as a store accepts as
// a marker: valid UTF-8 that sorts before key. Keys between the two are rare,
// and a reader drops them.
func Predecessor(key string) string {
	if s, ok := strings.CutSuffix(key, "\x00"); ok {
		return s
	}
	valid := strings.ToValidUTF8(key, "\x00")
	if i := strings.IndexByte(valid, 0); i >= 0 && key != valid {
		return key[:i]
	}
	runes := []rune(key)
	if len(runes) == 0 {
		return ""
	}
	r := runes[len(runes)-1] - 1
	if r >= 0xD800 && r <= 0xDFFF {
		r = 0xD7FF
	}
	head := string(runes[:len(runes)-1])
	switch {
	case r >= 0x20:
		return head + string(r) + Highest
	case head == "" && r > 0:
		// No character that a store might refuse, but some string must stand
		// before the first key for versitygw.
		return string(r)
	}
	return head
}

// Highest sorts after every other character a store accepts in a marker: a
// marker that ends in it stands after everything below what it is appended to
// (dialects.md 3.2).
const Highest = "\U0010FFFF"

func (p *Pager) fail(kind Kind, req UploadsRequest, format string, args ...any) *Error {
	return &Error{Kind: kind, Op: "ListMultipartUploads", Bucket: p.bucket, Key: req.Prefix, Message: fmt.Sprintf(format, args...)}
}
