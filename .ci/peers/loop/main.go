// Loop is the best that a person could script over an SDK: one listing, page
// after page as its markers force it, and List Parts of what has been listed so
// far with 32 requests in flight. It is one of the peers that uploadfs is
// compared with.
//
//	loop list|bytes BUCKET
//	loop old BUCKET BEFORE
//	loop etag BUCKET ETAG
//	loop parts BUCKET KEY UPLOAD-ID
//
// The endpoint and the key pair come from AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID
// and AWS_SECRET_ACCESS_KEY.
package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const inFlight = 32

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "loop:", err)
		os.Exit(1)
	}
}

// printer prints whole lines for several goroutines, and sums for one line at the end.
type printer struct {
	mu  sync.Mutex
	w   *bufio.Writer
	sum int64
}

func (p *printer) line(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	fmt.Fprintf(p.w, format+"\n", args...) // a failure is kept by the writer until Flush
}

func (p *printer) add(n int64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sum += n
}

func run(ctx context.Context, args []string) error {
	if len(args) < 2 {
		return fmt.Errorf("want a task and a bucket, not %q", args)
	}
	task, bucket, rest := args[0], args[1], append(args[2:], "", "")
	c, p := connect(), &printer{w: bufio.NewWriter(os.Stdout)}
	var err error
	switch task {
	case "list":
		err = list(ctx, c, bucket, func(u types.MultipartUpload) {
			p.line("%s\t%s", aws.ToString(u.Key), aws.ToString(u.UploadId))
		})
	case "parts":
		err = parts(ctx, c, bucket, rest[0], rest[1], func(part types.Part) {
			p.line("%d\t%d", aws.ToInt32(part.PartNumber), aws.ToInt64(part.Size))
		})
	case "bytes", "old", "etag":
		err = each(ctx, c, bucket, task, rest[0], p)
		if task == "bytes" && err == nil {
			p.line("%d", p.sum)
		}
	default:
		err = fmt.Errorf("no task %q", task)
	}
	// What came before an error is shown.
	return errors.Join(p.w.Flush(), err)
}

func connect() *s3.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = inFlight
	return s3.New(s3.Options{
		BaseEndpoint: aws.String(os.Getenv("AWS_ENDPOINT_URL")),
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(os.Getenv("AWS_ACCESS_KEY_ID"), os.Getenv("AWS_SECRET_ACCESS_KEY"), ""),
		UsePathStyle: true,
		HTTPClient:   &http.Client{Transport: t},
	})
}

func list(ctx context.Context, c *s3.Client, bucket string, yield func(types.MultipartUpload)) error {
	pages := s3.NewListMultipartUploadsPaginator(c, &s3.ListMultipartUploadsInput{Bucket: &bucket})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, u := range page.Uploads {
			yield(u)
		}
	}
	return nil
}

func parts(ctx context.Context, c *s3.Client, bucket, key, id string, yield func(types.Part)) error {
	pages := s3.NewListPartsPaginator(c, &s3.ListPartsInput{Bucket: &bucket, Key: &key, UploadId: &id})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, p := range page.Parts {
			yield(p)
		}
	}
	return nil
}

// each lists the uploads, and asks for their parts behind the listing's back.
func each(ctx context.Context, c *s3.Client, bucket, task, want string, p *printer) error {
	var before time.Time
	if task == "old" {
		var err error
		if before, err = time.Parse(time.RFC3339, want); err != nil {
			return err
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	uploads := make(chan types.MultipartUpload, inFlight)
	var wg sync.WaitGroup
	for range inFlight {
		wg.Go(func() {
			for u := range uploads {
				if err := one(ctx, c, bucket, task, want, u, p); err != nil {
					cancel(err)
					return
				}
			}
		})
	}
	err := list(ctx, c, bucket, func(u types.MultipartUpload) {
		if task == "old" && !aws.ToTime(u.Initiated).Before(before) {
			return
		}
		select {
		case uploads <- u:
		case <-ctx.Done():
		}
	})
	close(uploads)
	wg.Wait()
	if err == nil {
		err = context.Cause(ctx)
	}
	return err
}

func one(ctx context.Context, c *s3.Client, bucket, task, want string, u types.MultipartUpload, p *printer) error {
	var size int64
	var found bool
	key, id := aws.ToString(u.Key), aws.ToString(u.UploadId)
	err := parts(ctx, c, bucket, key, id, func(part types.Part) {
		size += aws.ToInt64(part.Size)
		found = found || strings.Trim(aws.ToString(part.ETag), `"`) == want
	})
	if err != nil {
		return err
	}
	switch task {
	case "bytes":
		p.add(size)
	case "old":
		p.line("%s\t%s\t%d", key, id, size)
	case "etag":
		if found {
			p.line("%s\t%s", key, id)
		}
	}
	return nil
}
