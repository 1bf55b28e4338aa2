package vendors

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/tencentyun/cos-go-sdk-v5"
)

type cosClient struct{ addr, access, secret string }

// cosVirtual addresses buckets as virtual hosts, the only way that the SDK has.
func cosVirtual(addr, access, secret string) (Client, error) {
	return cosClient{addr, access, secret}, nil
}

func (c cosClient) to(bucket string) *cos.Client {
	b := &cos.BaseURL{ServiceURL: &url.URL{Scheme: "http", Host: "service.cos.myqcloud.com"}}
	if bucket != "" {
		b.BucketURL = &url.URL{Scheme: "http", Host: bucket + ".cos.ap-guangzhou.myqcloud.com"}
	}
	client := cos.NewClient(b, &http.Client{Transport: &cos.AuthorizationTransport{
		SecretID: c.access, SecretKey: c.secret, Transport: dialing(c.addr),
	}})
	client.Conf.RetryOpt.Count = 1
	client.Conf.RetryOpt.AutoSwitchHost = false
	return client
}

func (c cosClient) Buckets(ctx context.Context) ([]string, error) {
	var names []string
	opt := &cos.ServiceGetOptions{MaxKeys: 2}
	for {
		out, _, err := c.to("").Service.Get(ctx, opt)
		if err != nil {
			return nil, err
		}
		for _, b := range out.Buckets {
			names = append(names, b.Name)
		}
		if !out.IsTruncated {
			return names, nil
		}
		if out.NextMarker == "" || out.NextMarker == opt.Marker {
			return nil, errors.New("the bucket list is truncated and its marker does not advance")
		}
		opt.Marker = out.NextMarker
	}
}

func (c cosClient) Create(ctx context.Context, bucket, key string) (string, error) {
	out, _, err := c.to(bucket).Object.InitiateMultipartUpload(ctx, key, nil)
	if err != nil {
		return "", err
	}
	return out.UploadID, nil
}

func (c cosClient) Put(ctx context.Context, bucket, key, id string, number int, body string) (string, error) {
	resp, err := c.to(bucket).Object.UploadPart(ctx, key, id, number, strings.NewReader(body), nil)
	if err != nil {
		return "", err
	}
	return strings.Trim(resp.Header.Get("ETag"), `"`), nil
}

// Uploads uses the object API for prefixes: the bucket API has another
// spelling, CommonPrefixs.
func (c cosClient) Uploads(ctx context.Context, bucket string, q Query) (*Page, error) {
	opt := &cos.ObjectListUploadsOptions{
		Prefix: q.Prefix, Delimiter: q.Delimiter, KeyMarker: q.KeyMarker, UploadIdMarker: q.IDMarker, MaxUploads: q.Max,
	}
	decode := func(s string) (string, error) { return s, nil }
	if q.URL {
		opt.EncodingType = "url"
		decode = url.QueryUnescape
	}
	out, _, err := c.to(bucket).Object.ListUploads(ctx, opt)
	if err != nil {
		return nil, err
	}
	p := &Page{Truncated: out.IsTruncated, NextID: out.NextUploadIdMarker}
	if p.NextKey, err = decode(out.NextKeyMarker); err != nil {
		return nil, err
	}
	for _, u := range out.Upload {
		key, err := decode(u.Key)
		if err != nil {
			return nil, err
		}
		p.Uploads = append(p.Uploads, Named{key, u.UploadID})
	}
	for _, s := range out.CommonPrefixes {
		prefix, err := decode(s)
		if err != nil {
			return nil, err
		}
		p.Prefixes = append(p.Prefixes, prefix)
	}
	return p, nil
}

func (c cosClient) Parts(ctx context.Context, bucket, key, id string, marker, most int) ([]Part, bool, error) {
	opt := &cos.ObjectListPartsOptions{MaxParts: strconv.Itoa(most)}
	if marker > 0 {
		opt.PartNumberMarker = strconv.Itoa(marker)
	}
	out, _, err := c.to(bucket).Object.ListParts(ctx, key, id, opt)
	if err != nil {
		return nil, false, err
	}
	var parts []Part
	for _, p := range out.Parts {
		parts = append(parts, Part{p.PartNumber, p.Size, strings.Trim(p.ETag, `"`)})
	}
	return parts, out.IsTruncated, nil
}

func (c cosClient) Abort(ctx context.Context, bucket, key, id string) error {
	_, err := c.to(bucket).Object.AbortMultipartUpload(ctx, key, id)
	return err
}

func (c cosClient) Complete(ctx context.Context, bucket, key, id string, parts []Part) error {
	opt := new(cos.CompleteMultipartUploadOptions)
	for _, p := range parts {
		opt.Parts = append(opt.Parts, cos.Object{PartNumber: p.Number, ETag: p.ETag})
	}
	_, _, err := c.to(bucket).Object.CompleteMultipartUpload(ctx, key, id, opt)
	return err
}

func (cosClient) Code(err error) string {
	if e, ok := errors.AsType[*cos.ErrorResponse](err); ok {
		return e.Code
	}
	return ""
}
