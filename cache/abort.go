package cache

import (
	"context"
	"fmt"
	"strings"
	"time"

	"uploadfs/remote"
)

// maxAborts is how often an abort is sent for an upload that outlives it, and
// abortPause the wait between: a part in flight can survive an abort (AWS,
// dialects.md 0.13).
const (
	maxAborts  = 4
	abortPause = 500 * time.Millisecond
)

// Abort aborts one upload. It looks at the upload again first, refuses one that
// is younger than AbortMinAge, whose date the store does not tell, or whose key
// the store may have mangled (KindBusy), sends AbortMultipartUpload, and asks
// for the parts until the store says NoSuchUpload. An upload that never goes
// away is KindBusy, one that was gone before KindNoUpload. An interrupted caller
// does not stop it halfway: what was begun is verified and logged, and a caller
// that comes again waits for it.
func (b *Bucket) Abort(ctx context.Context, key, id string) error {
	_, err := b.c.flight(ctx, fmt.Sprintf("A|%p|%d:%s|%s", b, len(key), key, id), func(ctx context.Context) (any, error) {
		return nil, b.abort(ctx, key, id)
	})
	return err
}

func (b *Bucket) abort(ctx context.Context, key, id string) error {
	u, err := b.look(ctx, key, id)
	if err != nil {
		b.forget(key)
		return err
	}
	if reason := b.refuse(u); reason != "" {
		return b.busy(key, id, reason)
	}
	// Whatever comes of it, the listings may not show the upload as it is.
	defer b.forget(key)
	for try := 0; try < maxAborts; try++ {
		if try > 0 {
			if err := pause(ctx, abortPause); err != nil {
				return err
			}
		}
		if err := b.client.Abort(ctx, b.name, key, id); err != nil && remote.KindOf(err) != remote.KindNoUpload {
			return err
		}
		_, err := b.client.Parts(ctx, b.name, key, id, remote.PartsRequest{Max: 1})
		if remote.IsGone(err) {
			b.dropParts(key, id)
			b.c.stats.aborted.Add(1)
			b.c.log.Info("aborted a pending upload", "bucket", b.name, "key", key, "upload_id", id, "initiated", u.Initiated)
			return nil
		}
		if err != nil {
			return err
		}
	}
	return b.busy(key, id, "the upload is still there after it was aborted: parts are being sent to it; try again")
}

// look lists the uploads of key afresh and returns the one of that id.
func (b *Bucket) look(ctx context.Context, key, id string) (*remote.Upload, error) {
	if !strings.HasPrefix(key, b.domain) {
		return nil, b.noUpload(key, id)
	}
	var found *remote.Upload
	search := func(us []remote.Upload) bool {
		for i := range us {
			if us[i].Key == key && us[i].UploadID == id {
				found = &us[i]
			}
		}
		return found != nil
	}
	if b.readWhole() {
		prefix := key
		if err := b.pager.Whole(ctx, prefix, func(us []remote.Upload) error { search(us); return nil }); err != nil {
			return nil, err
		}
	} else {
		req := remote.UploadsRequest{Prefix: key}
		var tail []string
		for {
			run, err := b.pager.Uploads(ctx, req, tail)
			if err != nil {
				return nil, err
			}
			n := len(run.Uploads)
			if search(run.Uploads) || !run.Truncated || n > 0 && run.Uploads[n-1].Key != key {
				break
			}
			for i := range run.Uploads {
				tail = append(tail, run.Uploads[i].UploadID)
			}
			req.Marker = run.Next
		}
	}
	if found == nil {
		return nil, b.noUpload(key, id)
	}
	return found, nil
}

// refuse says why an upload must not be aborted, or "".
func (b *Bucket) refuse(u *remote.Upload) string {
	switch age := time.Since(u.Initiated); {
	case u.Mangled:
		return "the store may have changed bytes of the key in its listing, so that the abort could hit another upload"
	case b.c.opts.AbortMinAge > 0 && u.Initiated.IsZero():
		return "the store does not say when the upload was initiated: set --abort-min-age 0 to abort it"
	case age < b.c.opts.AbortMinAge:
		return "the upload was initiated less than --abort-min-age ago"
	}
	return ""
}

func (b *Bucket) busy(key, id, reason string) error {
	return &remote.Error{Kind: remote.KindBusy, Op: "AbortMultipartUpload", Bucket: b.name, Key: key, UploadID: id, Message: reason}
}

func (b *Bucket) dropParts(key, id string) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	if e := b.parts[partsKey{key, id}]; e != nil {
		b.c.lru.Remove(e)
	}
}

// pause waits for d or the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
