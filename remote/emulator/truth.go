package emulator

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"uploadfs/remote"
)

// PutUpload puts a pending upload with its parts into a bucket, in place of one
// of the same key and id. A bucket is named by its name, or by dialect/name
// where two dialects have one. An empty id is made up, a zero time is now; the
// id is returned. Parts may come in any order.
func (s *Store) PutUpload(bucket, key, id string, initiated time.Time, parts ...remote.Part) (string, error) {
	return s.PutUploadInfo(bucket, key, id, initiated, nil, parts...)
}

// PutUploadInfo is PutUpload with the members that an upload shares with others,
// nil for those that the dialect makes up.
func (s *Store) PutUploadInfo(bucket, key, id string, initiated time.Time, info *remote.UploadInfo, parts ...remote.Part) (string, error) {
	b, err := s.named(bucket)
	if err != nil {
		return "", err
	}
	if initiated.IsZero() {
		initiated = s.clock().UTC().Truncate(b.quirks.precision())
	}
	if info == nil {
		info = b.dialect.info()
	}
	parts = slices.Clone(parts)
	slices.SortFunc(parts, func(p, q remote.Part) int { return p.Number - q.Number })
	b.mu.Lock()
	defer b.mu.Unlock()
	b.seq++
	u := &upload{key: key, id: id, initiated: initiated, seq: b.seq | realSeq, info: info, parts: parts}
	if u.id == "" {
		u.id = b.newID(b.dialect, s.seed, u)
	}
	b.table.add(u)
	return u.id, nil
}

// realSeq puts real uploads after the synthetic ones of the same moment.
const realSeq = 1 << 63

// DropUpload removes an upload, as when somebody else aborts or completes it,
// and reports whether it was there.
func (s *Store) DropUpload(bucket, key, id string) bool {
	b, err := s.named(bucket)
	if err != nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.find(key, id)
	if u == nil {
		return false
	}
	b.drop(u)
	return true
}

// PutPart puts a part of a real upload, in place of one of the same number.
func (s *Store) PutPart(bucket, key, id string, p remote.Part) error {
	b, err := s.named(bucket)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.table.named[name{key, id}]
	if u == nil {
		return fmt.Errorf("emulator: bucket %q has no upload %q of %q", bucket, id, key)
	}
	u.setPart(p)
	return nil
}

// Uploads is the truth: every pending upload of a bucket in the dialect's
// order, and none where there is no such bucket.
func (s *Store) Uploads(bucket string) []remote.Upload {
	return slices.Collect(s.All(bucket))
}

// All is Uploads one at a time, for buckets too large to hold.
func (s *Store) All(bucket string) iter.Seq[remote.Upload] {
	return func(yield func(remote.Upload) bool) {
		b, err := s.named(bucket)
		if err != nil {
			return
		}
		for u := range b.all() {
			if !yield(u.public()) {
				return
			}
		}
	}
}

// Parts is the truth of an upload's parts, by number. ok is false where there
// is no such upload.
func (s *Store) Parts(bucket, key, id string) (parts []remote.Part, ok bool) {
	b, err := s.named(bucket)
	if err != nil {
		return nil, false
	}
	b.mu.RLock()
	defer b.mu.RUnlock()
	u := b.find(key, id)
	if u == nil {
		return nil, false
	}
	parts = make([]remote.Part, b.partCount(u))
	for i := range parts {
		parts[i] = b.part(u, i)
	}
	return parts, true
}

// Forget hides a bucket's uploads from listings without a prefix, as a restart
// of MinIO does (dialects.md 0.11).
func (s *Store) Forget(bucket string) error {
	b, err := s.named(bucket)
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.forgotten = true
	return nil
}
