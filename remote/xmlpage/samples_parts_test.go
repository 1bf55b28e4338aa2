package xmlpage

import "uploadfs/remote"

type partsSample struct {
	file string
	want remote.PartPage
}

// partsSamples are the List Parts pages of testdata.
func partsSamples() []partsSample {
	return []partsSample{
		{"cos-listparts-sdkfixture-2017.xml", remote.PartPage{
			Bucket: "test-1253846586", Key: "test/hello.txt", UploadID: "149795194893578fd83aceef3a88f708f81f00e879fda5ea8a80bf15aba52746d42d512387",
			Info: info("Standard", "qcs::cam::uin/100000760461:uin/100000760461", "100000760461", "1253846586", "1253846586"),
			Parts: []remote.Part{
				part(1, 6291456, "2017-06-20T09:45:49Z", "fae3dba15f4d9b2d76cbaed5de3a08e3"),
			},
		}},
		{"minio-listparts-marker-absent.xml", remote.PartPage{
			Bucket: "rec", Key: "c d", UploadID: "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjMyOTkwMDA2LTYzZjUtNGNkNS1iNGZiLWNkZTE2Y2Q5NTQ2NXgxNzk1MjIxMjIwMzcxNDU1MTE5",
			Info: info("STANDARD", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4"),
		}},
		{"minio-listparts-max1-url.xml", remote.PartPage{
			Truncated: true, Bucket: "rec", Key: "c+d", UploadID: "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjMyOTkwMDA2LTYzZjUtNGNkNS1iNGZiLWNkZTE2Y2Q5NTQ2NXgxNzk1MjIxMjIwMzcxNDU1MTE5", Next: 1,
			Info: info("STANDARD", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4"),
			Parts: []remote.Part{
				part(1, 100, "2026-11-21T00:33:40.394Z", "6ae46a90f7abe9dfd5f132c2fb17979d"),
			},
		}},
		{"minio-listparts.xml", remote.PartPage{
			Bucket: "rec", Key: "c d", UploadID: "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjMyOTkwMDA2LTYzZjUtNGNkNS1iNGZiLWNkZTE2Y2Q5NTQ2NXgxNzk1MjIxMjIwMzcxNDU1MTE5",
			Info: info("STANDARD", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4", "02d6176db174dc93cb1b899f7c6078f08654445fe8cf1b6ce98d8855f66bdbf4"),
			Parts: []remote.Part{
				part(1, 100, "2026-11-21T00:33:40.394Z", "6ae46a90f7abe9dfd5f132c2fb17979d"),
				part(3, 100, "2026-11-21T00:33:40.412Z", "6ae46a90f7abe9dfd5f132c2fb17979d"),
				part(7, 100, "2026-11-21T00:33:40.431Z", "6ae46a90f7abe9dfd5f132c2fb17979d"),
			},
		}},
		{"oss-listparts-2023-urlencoded.xml", remote.PartPage{
			Bucket: "bucket", Key: "demo/gp-\f\n\v", UploadID: "D4E111D4EA834F3ABCE4877B2779****", Next: 1,
			Info: info("Standard", "", "", "", ""),
			Parts: []remote.Part{
				part(1, 96316, "2023-11-22T05:42:34Z", "CF3F46D505093571E916FCDD4967****", remote.Checksum{Name: "HashCrc64ecma", Value: "12066172435287683848"}),
			},
		}},
		{"seed-cos-listparts-live-2020.xml", remote.PartPage{
			Bucket: "examplebucket-1250000000", Key: "exampleobject", UploadID: "1585130821cbb7df1d11846c073ad648e8f33b087cec2381df437acdc833cf654b9ecc6361",
			Info: info("Standard", "qcs::cam::uin/100000000001:uin/100000000011", "100000000011", "1250000000", "1250000000"),
			Parts: []remote.Part{
				part(1, 1048576, "2020-03-25T10:07:14Z", "39270a968a357d24207e9911162507eb"),
				part(2, 1048576, "2020-03-25T10:07:13Z", "d899fbd1e06109ea2e4550f5751c88d6"),
				part(3, 1048576, "2020-03-25T10:07:13Z", "762890d6c9a871b7bd136037cb2260cd"),
			},
		}},
		{"seed-cos-listparts-skeleton-2017.xml", remote.PartPage{
			Truncated: true, Bucket: "examplebucket-1250000000", Key: "exampleobject", UploadID: "14846420620b1f381e5d7b057692e131dd8d72dfa28f2633cfbbe4d0a9e8bd0719933545b0", Next: 1,
			Info: info("STANDARD", "1250000000", "1250000000", "qcs::cam::uin/100000000001:uin/100000000001", "100000000001"),
			Parts: []remote.Part{
				part(1, 5242880, "2017-01-17T08:43:37Z", "a1f8e5e4d63ac6970a0062a6277e191fe09a1382"),
			},
		}},
		{"seed-oss-listparts-2012.xml", remote.PartPage{
			Bucket: "multipart_upload", Key: "multipart.data", UploadID: "0004B999EF5A239BB9138C6227D6****", Next: 5,
			Info: info("", "", "", "", ""),
			Parts: []remote.Part{
				part(1, 6291456, "2012-02-23T07:01:34Z", "3349DC700140D7F86A0784842780****"),
				part(2, 6291456, "2012-02-23T07:01:12Z", "3349DC700140D7F86A0784842780****"),
				part(5, 1024, "2012-02-23T07:02:03Z", "7265F4D211B56873A381D321F586****"),
			},
		}},
		{"versitygw-listparts-max1.xml", remote.PartPage{
			Truncated: true, Bucket: "bkt", Key: "rp", UploadID: "c569b7d1-8b12-4990-ba43-25de0d7d9057", Next: 1,
			Info: info("STANDARD", "", "", "", ""),
			Parts: []remote.Part{
				part(1, 100, "2026-11-21T00:33:40Z", "6ae46a90f7abe9dfd5f132c2fb17979d"),
			},
		}},
		{"versitygw-listparts.xml", remote.PartPage{
			Bucket: "bkt", Key: "rp", UploadID: "c569b7d1-8b12-4990-ba43-25de0d7d9057", Next: 3,
			Info: info("STANDARD", "", "", "", ""),
			Parts: []remote.Part{
				part(1, 100, "2026-11-21T00:33:40Z", "6ae46a90f7abe9dfd5f132c2fb17979d"),
				part(3, 100, "2026-11-21T00:33:40Z", "6ae46a90f7abe9dfd5f132c2fb17979d"),
			},
		}},
	}
}
