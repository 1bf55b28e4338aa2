package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"uploadfs/interop/fill"
	"uploadfs/interop/truth"
	"uploadfs/remote"
	"uploadfs/remote/emulator"

	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// sizes is how much of everything there is.
type sizes struct {
	list     int // uploads without parts
	embedded int // the same on the embedded store
	parts    int // uploads of two parts
	big      int // parts of one upload
	objects  int // ordinary objects
}

// upload is a pending upload as its maker knows it.
type upload struct {
	key, id string
	old     bool
	parts   []truth.Part
}

func (u *upload) bytes() (n int64) {
	for _, p := range u.parts {
		n += p.Size
	}
	return n
}

// truths is what is in a store, by bucket.
type truths struct {
	list, parts, big []upload
	objects          int
	// cut is between the old uploads and the others.
	cut time.Time
	// cutIs says what it is: a week ago, where a store's dates can be set.
	cutIs string
}

// wants are the keys of n uploads: twenty folders of twenty, every fiftieth key
// with two uploads. Every second upload is old.
func wants(n int, parts ...int) []fill.Want {
	w := make([]fill.Want, n)
	for i := range w {
		k := i
		if i%50 == 49 {
			k = i - 1
		}
		w[i] = fill.Want{
			Key:   fmt.Sprintf("team-%02d/run-%02d/part-%06d.bin", k*20/n, k*400/n%20, k),
			Parts: parts,
			Size:  func(number int) int { return 1024*(1+i%7) + (number-1)*(1+i%500) },
		}
	}
	return w
}

// numbers are 1 to n.
func numbers(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i + 1
	}
	return s
}

const day = 24 * time.Hour

// fillStore puts the same uploads into every store.
func (s *store) fillStore(ctx context.Context, n sizes) error {
	if s.embedded != nil {
		return s.fillEmbedded(n)
	}
	c := fill.Connect(s.direct, "us-east-1", accessKey, secretKey)
	for _, b := range []string{"list", "parts", "big", "objects"} {
		if err := c.MakeBucket(ctx, b); err != nil {
			return fmt.Errorf("bucket %s: %w", b, err)
		}
	}
	var err error
	if s.truth.list, err = create(ctx, c, "list", wants(n.list)); err != nil {
		return err
	}
	big := wants(1, numbers(n.big)...)
	big[0].Size = func(number int) int { return 100 + number%50 }
	if s.truth.big, err = create(ctx, c, "big", big); err != nil {
		return err
	}
	if err := s.fillParts(ctx, c, wants(n.parts, 1, 2)); err != nil {
		return err
	}
	s.truth.objects = n.objects
	return objects(ctx, c, n.objects)
}

// fillParts makes the old half first, then the other. versitygw's dates are
// those of its folders and are set to a month ago; MinIO's are in its ids.
func (s *store) fillParts(ctx context.Context, c *fill.Store, w []fill.Want) error {
	var halves [2][]fill.Want
	for i, want := range w {
		halves[i%2] = append(halves[i%2], want)
	}
	old, err := create(ctx, c, "parts", halves[0])
	if err != nil {
		return err
	}
	for i := range old {
		old[i].old = true
	}
	s.truth.cut, s.truth.cutIs = time.Now().Add(-7*day), "a week"
	if s.name == "versitygw" {
		month := time.Now().Add(-30 * day)
		for _, u := range old {
			dirs, err := filepath.Glob(filepath.Join(s.data, "gw/parts/.sgwtmp/multipart/*", u.id))
			if err != nil || len(dirs) != 1 {
				return fmt.Errorf("upload %s is in %d folders (%v)", u.id, len(dirs), err)
			}
			if err := os.Chtimes(dirs[0], month, month); err != nil {
				return err
			}
		}
	} else {
		if err := wait(ctx, 2*time.Second); err != nil {
			return err
		}
		s.truth.cut, s.truth.cutIs = time.Now(), "the second half (this store's dates cannot be set)"
		if err := wait(ctx, 2*time.Second); err != nil {
			return err
		}
	}
	young, err := create(ctx, c, "parts", halves[1])
	s.truth.parts = append(old, young...)
	return err
}

func wait(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// create makes uploads in one bucket; a refusal is an error here.
func create(ctx context.Context, c *fill.Store, bucket string, w []fill.Want) ([]upload, error) {
	made, refused, err := c.Create(ctx, bucket, w)
	if err != nil {
		return nil, err
	}
	if len(refused) > 0 {
		return nil, fmt.Errorf("%q is refused: %s", refused[0].Key, refused[0].Answer)
	}
	us := make([]upload, len(made))
	for i, u := range made {
		us[i] = upload{key: u.Key, id: u.ID, parts: u.Parts}
	}
	return us, nil
}

// objects puts ordinary objects under the keys that the uploads have, too.
func objects(ctx context.Context, c *fill.Store, n int) error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var first error
	slots := make(chan struct{}, 8)
	bucket := "objects"
	for i, w := range wants(n) {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			key := w.Key
			if i%50 == 49 {
				key += ".2"
			}
			_, err := c.S3.PutObject(ctx, &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte("object\n"))})
			mu.Lock()
			defer mu.Unlock()
			if err != nil && first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	return first
}

func (s *store) fillEmbedded(n sizes) error {
	now := time.Now()
	s.truth.cut, s.truth.cutIs = now.Add(-7*day), "a week"
	put := func(bucket string, ws []fill.Want) (us []upload, err error) {
		if err := s.embedded.AddBucket(emulator.BucketOptions{Name: bucket, Dialect: "s3", Created: now}); err != nil {
			return nil, err
		}
		for i, w := range ws {
			u := upload{key: w.Key, old: i%2 == 0}
			started := now.Add(-2 * day)
			if u.old {
				started = now.Add(-30 * day)
			}
			var parts []remote.Part
			for _, number := range w.Parts {
				p := truth.Part{Number: number, Size: int64(w.Size(number)), ETag: fmt.Sprintf("%08x%016x%08x", i, i*31+number, number)}
				u.parts = append(u.parts, p)
				parts = append(parts, remote.Part{Number: p.Number, Size: p.Size, ETag: p.ETag, LastModified: started})
			}
			if u.id, err = s.embedded.PutUpload(bucket, w.Key, "", started, parts...); err != nil {
				return nil, err
			}
			us = append(us, u)
		}
		return us, nil
	}
	var err error
	if s.truth.list, err = put("list", wants(n.embedded)); err != nil {
		return err
	}
	if s.truth.parts, err = put("parts", wants(n.parts, 1, 2)); err != nil {
		return err
	}
	s.truth.big, err = put("big", wants(1, numbers(n.big)...))
	return err
}
