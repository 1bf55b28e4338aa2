package vendors

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

type awsClient struct{ s3 *s3.Client }

func awsPath(addr, access, secret string) (Client, error) {
	return newAWS("http://"+addr, true, addr, access, secret), nil
}

func awsVirtual(addr, access, secret string) (Client, error) {
	return newAWS("http://s3.us-east-1.amazonaws.com", false, addr, access, secret), nil
}

func newAWS(endpoint string, path bool, addr, access, secret string) Client {
	return awsClient{s3.New(s3.Options{
		BaseEndpoint: &endpoint,
		Region:       "us-east-1",
		Credentials:  credentials.NewStaticCredentialsProvider(access, secret, ""),
		UsePathStyle: path,
		HTTPClient:   &http.Client{Transport: dialing(addr)},
		Retryer:      aws.NopRetryer{},
	})}
}

func (c awsClient) Buckets(ctx context.Context) ([]string, error) {
	var names []string
	p := s3.NewListBucketsPaginator(c.s3, &s3.ListBucketsInput{MaxBuckets: aws.Int32(2)})
	for p.HasMorePages() {
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range out.Buckets {
			names = append(names, aws.ToString(b.Name))
		}
	}
	return names, nil
}

func (c awsClient) Create(ctx context.Context, bucket, key string) (string, error) {
	out, err := c.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	return aws.ToString(out.UploadId), nil
}

func (c awsClient) Put(ctx context.Context, bucket, key, id string, number int, body string) (string, error) {
	out, err := c.s3.UploadPart(ctx, &s3.UploadPartInput{
		Bucket: &bucket, Key: &key, UploadId: &id, PartNumber: aws.Int32(int32(number)), Body: strings.NewReader(body),
	})
	if err != nil {
		return "", err
	}
	return strings.Trim(aws.ToString(out.ETag), `"`), nil
}

func (c awsClient) Uploads(ctx context.Context, bucket string, q Query) (*Page, error) {
	in := &s3.ListMultipartUploadsInput{
		Bucket: &bucket, Prefix: some(q.Prefix), Delimiter: some(q.Delimiter),
		KeyMarker: some(q.KeyMarker), UploadIdMarker: some(q.IDMarker),
	}
	if q.Max > 0 {
		in.MaxUploads = aws.Int32(int32(q.Max))
	}
	decode := func(s *string) (string, error) { return aws.ToString(s), nil }
	if q.URL {
		in.EncodingType = types.EncodingTypeUrl
		decode = func(s *string) (string, error) { return url.QueryUnescape(aws.ToString(s)) }
	}
	out, err := c.s3.ListMultipartUploads(ctx, in)
	if err != nil {
		return nil, err
	}
	p := &Page{Truncated: aws.ToBool(out.IsTruncated), NextID: aws.ToString(out.NextUploadIdMarker)}
	if p.NextKey, err = decode(out.NextKeyMarker); err != nil {
		return nil, err
	}
	for _, u := range out.Uploads {
		key, err := decode(u.Key)
		if err != nil {
			return nil, err
		}
		p.Uploads = append(p.Uploads, Named{key, aws.ToString(u.UploadId)})
	}
	for _, cp := range out.CommonPrefixes {
		prefix, err := decode(cp.Prefix)
		if err != nil {
			return nil, err
		}
		p.Prefixes = append(p.Prefixes, prefix)
	}
	return p, nil
}

func (c awsClient) Parts(ctx context.Context, bucket, key, id string, marker, most int) ([]Part, bool, error) {
	in := &s3.ListPartsInput{Bucket: &bucket, Key: &key, UploadId: &id, MaxParts: aws.Int32(int32(most))}
	if marker > 0 {
		in.PartNumberMarker = aws.String(strconv.Itoa(marker))
	}
	out, err := c.s3.ListParts(ctx, in)
	if err != nil {
		return nil, false, err
	}
	var parts []Part
	for _, p := range out.Parts {
		parts = append(parts, Part{int(aws.ToInt32(p.PartNumber)), aws.ToInt64(p.Size), strings.Trim(aws.ToString(p.ETag), `"`)})
	}
	return parts, aws.ToBool(out.IsTruncated), nil
}

func (c awsClient) Abort(ctx context.Context, bucket, key, id string) error {
	_, err := c.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: &id})
	return err
}

func (c awsClient) Complete(ctx context.Context, bucket, key, id string, parts []Part) error {
	var done types.CompletedMultipartUpload
	for _, p := range parts {
		done.Parts = append(done.Parts, types.CompletedPart{ETag: &p.ETag, PartNumber: aws.Int32(int32(p.Number))})
	}
	_, err := c.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &bucket, Key: &key, UploadId: &id, MultipartUpload: &done})
	return err
}

func (awsClient) Code(err error) string {
	if e, ok := errors.AsType[smithy.APIError](err); ok {
		return e.ErrorCode()
	}
	return ""
}

// some is a parameter that is sent where it is not empty.
func some(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
