package remote

import (
	"context"
	"fmt"
	"slices"
)

// MaxParts bounds the parts of one upload that a listing may hold. Providers
// allow 10,000 (dialects.md 5); the rest is room for stores that allow more.
const MaxParts = 100_000

// PartRun is a proven run of an upload's parts after a part number.
type PartRun struct {
	// Parts ascend by number, all above the request's marker.
	Parts []Part
	// Truncated says that the listing goes on after the part number Next.
	Truncated bool
	Next      int
}

// Parts returns the run of parts after marker. It fails with KindUnsorted
// where the page is not in the order of part numbers: such a listing can only
// be read in the store's own order, with AllParts.
func (p *Pager) Parts(ctx context.Context, key, uploadID string, marker int) (*PartRun, error) {
	from := marker
	for empty := 0; ; empty++ {
		page, err := p.client.Parts(ctx, p.bucket, key, uploadID, PartsRequest{Marker: from})
		if err != nil {
			return nil, err
		}
		if !slices.IsSortedFunc(page.Parts, byNumber) {
			return nil, p.failParts(KindUnsorted, key, uploadID, "parts are not in the order of their numbers")
		}
		parts := newest(after(page.Parts, from))
		if !page.Truncated {
			return &PartRun{Parts: parts}, nil
		}
		if n := len(parts); n > 0 {
			return &PartRun{Parts: parts, Truncated: true, Next: parts[n-1].Number}, nil
		}
		if page.Next <= from {
			return nil, p.failParts(KindIncomplete, key, uploadID, "the list of parts is truncated but does not advance past part %d", from)
		}
		if empty >= maxEmptyPages {
			return nil, p.failParts(KindIncomplete, key, uploadID, "%d empty pages of parts in a row", empty)
		}
		from = page.Next
	}
}

// AllParts returns every part of an upload by ascending number, page after
// page in the store's own order: it needs no order within or between pages
// (SeaweedFS sorts part 10000 before 1001), only that every page brings
// something new.
func (p *Pager) AllParts(ctx context.Context, key, uploadID string) ([]Part, error) {
	byNum := map[int]Part{}
	from := 0
	for pages, empty := 0, 0; ; pages++ {
		page, err := p.client.Parts(ctx, p.bucket, key, uploadID, PartsRequest{Marker: from})
		if err != nil {
			return nil, err
		}
		before := len(byNum)
		for _, part := range page.Parts {
			if had, ok := byNum[part.Number]; !ok || part.LastModified.After(had.LastModified) {
				byNum[part.Number] = part
			}
		}
		if !page.Truncated {
			return sortedParts(byNum), nil
		}
		if len(byNum) > MaxParts {
			return nil, p.failParts(KindIncomplete, key, uploadID, "more than %d parts", MaxParts)
		}
		next := page.Next
		if n := len(page.Parts); next == 0 && n > 0 {
			next = page.Parts[n-1].Number
		}
		if len(byNum) == before {
			empty++
		}
		if next == from || empty > maxEmptyPages || pages > MaxParts {
			return nil, p.failParts(KindIncomplete, key, uploadID, "the list of parts is truncated but does not advance past part %d", from)
		}
		from = next
	}
}

func byNumber(a, b Part) int { return a.Number - b.Number }

// after drops the parts up to marker: some stores take it inclusively
// (gofakes3, SeaweedFS).
func after(parts []Part, marker int) []Part {
	i := 0
	for i < len(parts) && parts[i].Number <= marker {
		i++
	}
	return parts[i:]
}

// newest keeps, of parts with one number, the one modified last: a part may be
// sent again while a listing is read.
func newest(parts []Part) []Part {
	out := parts[:0]
	for _, part := range parts {
		switch n := len(out); {
		case n == 0 || out[n-1].Number != part.Number:
			out = append(out, part)
		case part.LastModified.After(out[n-1].LastModified):
			out[n-1] = part
		}
	}
	return out
}

func sortedParts(m map[int]Part) []Part {
	out := make([]Part, 0, len(m))
	for _, part := range m {
		out = append(out, part)
	}
	slices.SortFunc(out, byNumber)
	return out
}

func (p *Pager) failParts(kind Kind, key, uploadID, format string, args ...any) *Error {
	return &Error{Kind: kind, Op: "ListParts", Bucket: p.bucket, Key: key, UploadID: uploadID, Message: fmt.Sprintf(format, args...)}
}
