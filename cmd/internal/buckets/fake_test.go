package buckets

import (
	"context"
	"sync/atomic"

	"uploadfs/remote"
)

// fake is a provider whose account has some buckets, or cannot be listed.
type fake struct {
	names  []string
	err    error
	lists  atomic.Int64
	probed atomic.Value
}

func (f *fake) Buckets(context.Context, remote.BucketsRequest) (*remote.BucketPage, error) {
	f.lists.Add(1)
	if f.err != nil {
		return nil, f.err
	}
	p := &remote.BucketPage{}
	for _, n := range f.names {
		p.Buckets = append(p.Buckets, remote.Bucket{Name: n})
	}
	return p, nil
}

func (f *fake) Uploads(_ context.Context, bucket string, req remote.UploadsRequest) (*remote.UploadPage, error) {
	f.probed.Store(req)
	return &remote.UploadPage{Bucket: bucket}, f.err
}

func (f *fake) Parts(context.Context, string, string, string, remote.PartsRequest) (*remote.PartPage, error) {
	return nil, f.err
}

func (f *fake) Abort(context.Context, string, string, string) error { return f.err }

func (f *fake) Profile(string) remote.Profile { return remote.Profiles()["aws"] }

func (f *fake) Describe() map[string]string { return nil }
