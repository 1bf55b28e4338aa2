package xmlpage

import "uploadfs/remote"

type bucketsSample struct {
	file string
	want remote.BucketPage
}

// bucketsSamples are the List Buckets pages of testdata.
func bucketsSamples() []bucketsSample {
	return []bucketsSample{
		{"cos-getservice-cosrapid-shape.xml", remote.BucketPage{
			Buckets: []remote.Bucket{
				{Name: "examplebucket-1250000000", Region: "ap-guangzhou", Endpoint: "", Created: date("2026-10-21T10:00:00Z")},
			},
		}},
		{"cos-getservice-sdkfixture.xml", remote.BucketPage{
			Buckets: []remote.Bucket{
				{Name: "huadong-1253846586", Region: "ap-shanghai", Endpoint: "", Created: date("2017-06-16T13:08:28Z")},
				{Name: "huanan-1253846586", Region: "ap-guangzhou", Endpoint: "", Created: date("2017-06-10T09:00:07Z")},
			},
		}},
		{"minio-listbuckets.xml", remote.BucketPage{
			Buckets: []remote.Bucket{
				{Name: "bkt", Region: "", Endpoint: "", Created: date("2026-11-21T00:16:01.084Z")},
				{Name: "rec", Region: "", Endpoint: "", Created: date("2026-11-21T00:33:39.945Z")},
			},
		}},
		{"oss-listbuckets-complete.xml", remote.BucketPage{
			Buckets: []remote.Bucket{
				{Name: "app-base-oss", Region: "cn-shanghai", Endpoint: "oss-cn-shanghai.aliyuncs.com", Created: date("2015-12-17T18:12:43Z")},
			},
		}},
		{"oss-listbuckets-truncated.xml", remote.BucketPage{
			Truncated: true, Next: "xz02tphky6fjfiuc0",
			Buckets: []remote.Bucket{
				{Name: "xz02tphky6fjfiuc0", Region: "cn-hangzhou", Endpoint: "oss-cn-hangzhou.aliyuncs.com", Created: date("2014-05-15T11:18:32Z")},
			},
		}},
		{"versitygw-listbuckets.xml", remote.BucketPage{
			Buckets: []remote.Bucket{
				{Name: "bkt", Region: "us-east-1", Endpoint: "", Created: date("2026-11-21T00:06:58Z")},
			},
		}},
	}
}
