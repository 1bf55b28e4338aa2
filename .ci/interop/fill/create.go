package fill

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"uploadfs/interop/truth"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
)

// Want is an upload to be created.
type Want struct {
	Key   string
	Parts []int // part numbers
	// Size returns a part's size in bytes; nil for sizes that differ a little.
	Size func(number int) int
}

// Refusal is a key that the store did not take, with its raw answer.
type Refusal struct {
	Key    string
	Answer string
}

// MakeBucket creates a bucket.
func (s *Store) MakeBucket(ctx context.Context, bucket string) error {
	_, err := s.S3.CreateBucket(ctx, &s3.CreateBucketInput{Bucket: &bucket})
	return err
}

// Create creates the uploads, several at a time, each key's own in their order.
// What the store refuses is returned apart; a part that it refuses is an error.
func (s *Store) Create(ctx context.Context, bucket string, wants []Want) ([]*truth.Upload, []Refusal, error) {
	var (
		mu      sync.Mutex
		wg      sync.WaitGroup
		made    = make([]*truth.Upload, len(wants))
		refused []Refusal
		first   error
		slots   = make(chan struct{}, 8)
	)
	for i, w := range wants {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			u, r, err := s.one(ctx, bucket, w)
			mu.Lock()
			defer mu.Unlock()
			made[i] = u
			if r != nil {
				refused = append(refused, *r)
			}
			if err != nil && first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	slices.SortFunc(refused, func(a, b Refusal) int { return strings.Compare(a.Key, b.Key) })
	return slices.DeleteFunc(made, func(u *truth.Upload) bool { return u == nil }), refused, first
}

func (s *Store) one(ctx context.Context, bucket string, w Want) (*truth.Upload, *Refusal, error) {
	from := time.Now()
	ctx, answer := Listening(ctx)
	out, err := s.S3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &w.Key})
	if err != nil {
		said := answer.String()
		if said == "" {
			said = err.Error()
		}
		return nil, &Refusal{Key: w.Key, Answer: said}, nil
	}
	u := &truth.Upload{Bucket: bucket, Key: w.Key, ID: aws.ToString(out.UploadId), From: from, To: time.Now()}
	u.Parts, err = s.Parts(ctx, u, w)
	if err != nil {
		return nil, nil, fmt.Errorf("parts of %q: %w (%s)", w.Key, err, answer)
	}
	return u, nil, nil
}

// Parts uploads the wanted parts, in order of their numbers.
func (s *Store) Parts(ctx context.Context, u *truth.Upload, w Want) ([]truth.Part, error) {
	size := w.Size
	if size == nil {
		size = func(n int) int { return 700 + len(w.Key)*7 + n*3 }
	}
	parts := make([]truth.Part, len(w.Parts))
	var wg sync.WaitGroup
	var mu sync.Mutex
	var first error
	slots := make(chan struct{}, 8)
	for i, n := range w.Parts {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			p, err := s.part(ctx, u, n, size(n))
			mu.Lock()
			defer mu.Unlock()
			parts[i] = p
			if err != nil && first == nil {
				first = err
			}
		})
	}
	wg.Wait()
	return parts, first
}

func (s *Store) part(ctx context.Context, u *truth.Upload, number, size int) (truth.Part, error) {
	body := content(u.ID, number, size)
	out, err := s.S3.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &u.Bucket, Key: &u.Key, UploadId: &u.ID, PartNumber: aws.Int32(int32(number)), Body: strings.NewReader(body),
	})
	if err != nil {
		return truth.Part{}, err
	}
	return truth.Part{Number: number, Size: int64(size), ETag: strings.Trim(aws.ToString(out.ETag), `"`)}, nil
}

// Abort aborts an upload.
func (s *Store) Abort(ctx context.Context, u *truth.Upload) error {
	_, err := s.S3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &u.Bucket, Key: &u.Key, UploadId: &u.ID})
	return err
}

// content is bytes of that length that no other part has, where it has room for that.
func content(id string, number, size int) string {
	sum := md5.Sum(fmt.Appendf(nil, "%s %d", id, number))
	unit := hex.EncodeToString(sum[:])
	return strings.Repeat(unit, size/len(unit)+1)[:size]
}

// Uploads is the first page of List Multipart Uploads.
func (s *Store) Uploads(ctx context.Context, bucket string) (*s3.ListMultipartUploadsOutput, error) {
	return s.S3.ListMultipartUploads(ctx, &s3.ListMultipartUploadsInput{Bucket: &bucket})
}
