package cache

import (
	"context"
	"slices"

	"golang.org/x/sync/errgroup"

	"uploadfs/remote"
)

// pageOfParts is the most parts that a page of List Parts holds on every
// provider.
const pageOfParts = 1000

// readParts reads every part of an upload. Past the first page it reads pages
// side by side where the store takes any part number as marker: a marker far
// ahead tells whether there are parts behind it, and if so, the pages between
// are all wanted. That marker is the only request that can be in vain, so an
// upload of p parts costs at most ceil(p/1000)+1.
func (b *Bucket) readParts(ctx context.Context, key, id string) ([]remote.Part, error) {
	parts, err := b.partPages(ctx, key, id)
	if remote.KindOf(err) == remote.KindUnsorted {
		return b.pager.AllParts(ctx, key, id)
	}
	return parts, err
}

func (b *Bucket) partPages(ctx context.Context, key, id string) ([]remote.Part, error) {
	run, err := b.pager.Parts(ctx, key, id, 0)
	if err != nil {
		return nil, err
	}
	parts := run.Parts
	spare := b.client.Profile(b.name).AnyPartMarker
	for run.Truncated {
		if len(parts) > remote.MaxParts {
			return parts, &remote.Error{Kind: remote.KindIncomplete, Op: "ListParts", Bucket: b.name, Key: key, UploadID: id, Message: "the upload has more parts than any store allows"}
		}
		// Only a listing without gaps tells how far a page reaches.
		spare = spare && run.Next == len(parts) && run.Next%pageOfParts == 0
		markers := []int{run.Next}
		if spare {
			markers = append(markers, farMarker(run.Next))
		}
		runs, err := b.partRuns(ctx, key, id, markers)
		if err != nil {
			return parts, err
		}
		parts, run = join(parts, runs[0])
		if !spare || !run.Truncated {
			continue
		}
		far := runs[1]
		if len(far.Parts) == 0 {
			// The request in vain: the rest is read one page after another.
			spare = false
			continue
		}
		markers = markers[:0]
		for m := run.Next; m < far.marker; m += pageOfParts {
			markers = append(markers, m)
		}
		if runs, err = b.partRuns(ctx, key, id, markers); err != nil {
			return parts, err
		}
		for _, r := range append(runs, far) {
			if r.marker > run.Next || !run.Truncated {
				break
			}
			parts, run = join(parts, r)
		}
	}
	return parts, nil
}

// farMarker is where to look for parts behind the page after next: half way to
// the last number that providers allow.
func farMarker(next int) int {
	const last = 10_000
	pages := (last - next) / pageOfParts
	return next + max(1, (pages+1)/2)*pageOfParts
}

// partRun is a run with the marker it was asked for.
type partRun struct {
	*remote.PartRun
	marker int
}

// partRuns reads the runs after markers, side by side.
func (b *Bucket) partRuns(ctx context.Context, key, id string, markers []int) ([]partRun, error) {
	runs := make([]partRun, len(markers))
	g, ctx := errgroup.WithContext(ctx)
	for i, m := range markers {
		g.Go(func() error {
			run, err := b.pager.Parts(ctx, key, id, m)
			runs[i] = partRun{run, m}
			return err
		})
	}
	return runs, g.Wait()
}

// join appends what run adds to parts, which reach its marker or further, and
// returns where the listing stands then.
func join(parts []remote.Part, run partRun) ([]remote.Part, *remote.PartRun) {
	last := parts[len(parts)-1].Number
	i, _ := slices.BinarySearchFunc(run.Parts, last+1, func(p remote.Part, n int) int { return p.Number - n })
	parts = append(parts, run.Parts[i:]...)
	state := *run.PartRun
	if state.Truncated {
		state.Next = max(state.Next, parts[len(parts)-1].Number)
	}
	return parts, &state
}
