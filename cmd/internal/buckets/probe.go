package buckets

import (
	"context"
	"sync"

	"uploadfs/remote"
)

// Failure is a source that cannot be read.
type Failure struct {
	Source string
	Err    error
}

// Probe asks each source one cheap question, side by side: List Multipart
// Uploads for one upload under its prefix, or the list of buckets for a whole
// account. It returns what failed, in the order of the command line.
func (s *Set) Probe(ctx context.Context) []Failure {
	errs := make([]error, len(s.sources))
	var wg sync.WaitGroup
	for i, e := range s.sources {
		wg.Go(func() {
			if e.account != nil {
				_, _, errs[i] = e.account.List(ctx)
				return
			}
			_, errs[i] = e.Client.Uploads(ctx, e.Bucket, remote.UploadsRequest{Prefix: e.Prefix, Max: 1})
		})
	}
	wg.Wait()
	var failed []Failure
	for i, err := range errs {
		if err != nil {
			failed = append(failed, Failure{s.sources[i].Name, err})
		}
	}
	return failed
}
