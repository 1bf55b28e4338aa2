package vendors

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss"
	"github.com/aliyun/alibabacloud-oss-go-sdk-v2/oss/credentials"
)

type ossClient struct{ oss *oss.Client }

// ossV4 addresses the bucket as a virtual host and signs with V4.
func ossV4(addr, access, secret string) (Client, error) {
	return newOSS("http://oss-cn-hangzhou.aliyuncs.com", oss.SignatureVersionV4, addr, access, secret), nil
}

// ossV1 has an address as its endpoint, which the SDK takes for path style, and
// signs with V1.
func ossV1(addr, access, secret string) (Client, error) {
	return newOSS("http://"+addr, oss.SignatureVersionV1, addr, access, secret), nil
}

func newOSS(endpoint string, v oss.SignatureVersionType, addr, access, secret string) Client {
	cfg := oss.LoadDefaultConfig().
		WithRegion("cn-hangzhou").
		WithEndpoint(endpoint).
		WithSignatureVersion(v).
		WithCredentialsProvider(credentials.NewStaticCredentialsProvider(access, secret)).
		WithHttpClient(&http.Client{Transport: dialing(addr)}).
		WithRetryMaxAttempts(1)
	return ossClient{oss.NewClient(cfg)}
}

func (c ossClient) Buckets(ctx context.Context) ([]string, error) {
	var names []string
	p := c.oss.NewListBucketsPaginator(&oss.ListBucketsRequest{MaxKeys: 2})
	for p.HasNext() {
		out, err := p.NextPage(ctx)
		if err != nil {
			return nil, err
		}
		for _, b := range out.Buckets {
			names = append(names, oss.ToString(b.Name))
		}
	}
	return names, nil
}

func (c ossClient) Create(ctx context.Context, bucket, key string) (string, error) {
	out, err := c.oss.InitiateMultipartUpload(ctx, &oss.InitiateMultipartUploadRequest{Bucket: &bucket, Key: &key})
	if err != nil {
		return "", err
	}
	return oss.ToString(out.UploadId), nil
}

func (c ossClient) Put(ctx context.Context, bucket, key, id string, number int, body string) (string, error) {
	out, err := c.oss.UploadPart(ctx, &oss.UploadPartRequest{
		Bucket: &bucket, Key: &key, UploadId: &id, PartNumber: int32(number), Body: strings.NewReader(body),
	})
	if err != nil {
		return "", err
	}
	return strings.Trim(oss.ToString(out.ETag), `"`), nil
}

// Uploads: the SDK always asks for url encoding where it is not told
// otherwise, and decodes.
func (c ossClient) Uploads(ctx context.Context, bucket string, q Query) (*Page, error) {
	in := &oss.ListMultipartUploadsRequest{
		Bucket: &bucket, Prefix: some(q.Prefix), Delimiter: some(q.Delimiter),
		KeyMarker: some(q.KeyMarker), UploadIdMarker: some(q.IDMarker), MaxUploads: int32(q.Max),
	}
	if q.URL {
		in.EncodingType = oss.Ptr("url")
	}
	out, err := c.oss.ListMultipartUploads(ctx, in)
	if err != nil {
		return nil, err
	}
	p := &Page{Truncated: out.IsTruncated, NextKey: oss.ToString(out.NextKeyMarker), NextID: oss.ToString(out.NextUploadIdMarker)}
	for _, u := range out.Uploads {
		p.Uploads = append(p.Uploads, Named{oss.ToString(u.Key), oss.ToString(u.UploadId)})
	}
	return p, nil
}

func (c ossClient) Parts(ctx context.Context, bucket, key, id string, marker, most int) ([]Part, bool, error) {
	out, err := c.oss.ListParts(ctx, &oss.ListPartsRequest{
		Bucket: &bucket, Key: &key, UploadId: &id, MaxParts: int32(most), PartNumberMarker: int32(marker),
	})
	if err != nil {
		return nil, false, err
	}
	var parts []Part
	for _, p := range out.Parts {
		parts = append(parts, Part{int(p.PartNumber), p.Size, strings.Trim(oss.ToString(p.ETag), `"`)})
	}
	return parts, out.IsTruncated, nil
}

func (c ossClient) Abort(ctx context.Context, bucket, key, id string) error {
	_, err := c.oss.AbortMultipartUpload(ctx, &oss.AbortMultipartUploadRequest{Bucket: &bucket, Key: &key, UploadId: &id})
	return err
}

func (c ossClient) Complete(ctx context.Context, bucket, key, id string, parts []Part) error {
	var done oss.CompleteMultipartUpload
	for _, p := range parts {
		done.Parts = append(done.Parts, oss.UploadPart{PartNumber: int32(p.Number), ETag: &p.ETag})
	}
	_, err := c.oss.CompleteMultipartUpload(ctx, &oss.CompleteMultipartUploadRequest{Bucket: &bucket, Key: &key, UploadId: &id, CompleteMultipartUpload: &done})
	return err
}

func (ossClient) Code(err error) string {
	if e, ok := errors.AsType[*oss.ServiceError](err); ok {
		return e.Code
	}
	return ""
}
