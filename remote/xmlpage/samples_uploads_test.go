package xmlpage

import "uploadfs/remote"

type uploadsSample struct {
	file string
	want remote.UploadPage
}

// uploadsSamples are the List Multipart Uploads pages of testdata, asked for
// with encoding-type=url of a store that echoes what it encodes.
func uploadsSamples() []uploadsSample {
	return []uploadsSample{
		{"aws-lmu-delimiter-2013.xml", remote.UploadPage{
			Bucket: "botocoretest1374528673-218", Prefix: "foo",
			CommonPrefixes: []string{"foo/", "foobar/"},
		}},
		{"aws-lmu-empty.xml", remote.UploadPage{
			Bucket: "examplebucket",
		}},
		{"aws-lmu-truncated-docshape.xml", remote.UploadPage{
			Truncated: true, Bucket: "bucket", Next: remote.Cursor{Key: "my-movie.m2ts", UploadID: "YW55IGlkZWEgd2h5IGVsdmluZydzIHVwbG9hZCBmYWlsZWQ"},
			Uploads: []remote.Upload{
				up("my-divisor", "XMgbGlrZSBlbHZpbmcncyBub3QgaGF2aW5nIG11Y2ggbHVjaw", "2010-11-10T20:48:33Z", "STANDARD", "arn:aws:iam::111122223333:user/user1-11111a31-17b5-4fb7-9df5-b111111f13de", "user1-11111a31-17b5-4fb7-9df5-b111111f13de", "75aa57f09aa0c8caeab4f8c24e99d10f8e7faeebf76c078efc7c6caea54ba06a", "OwnerDisplayName"),
				up("my-movie.m2ts", "VXBsb2FkIElEIGZvciBlbHZpbmcncyBteS1tb3ZpZS5tMnRzIHVwbG9hZA", "2010-11-10T20:48:33Z", "STANDARD", "", "", "", ""),
				up("my-movie.m2ts", "YW55IGlkZWEgd2h5IGVsdmluZydzIHVwbG9hZCBmYWlsZWQ", "2010-11-10T20:49:33Z", "STANDARD", "", "", "", ""),
			},
		}},
		{"aws-lmu-urlencoded.xml", remote.UploadPage{
			URLEncoded: true, Bucket: "versity-gwtest-bucket-luke-four-2", Next: remote.Cursor{Key: " -2F534CD4-8747-47AC-A46A-962A810E9716(test)+", UploadID: "DFfIGxhgIkUaIAfJ18VZ01Bd5FZaZTMlvx6Gf4LS.8UOMXyJPq6bljyk7pXEP7BxxjR5Iduiej0AjLYZyz5OsA3gxJDe38sRDdziv7g37nC5uaGv96ijfRuBKktAY9qX"},
			Uploads: []remote.Upload{
				up(" -2F534CD4-8747-47AC-A46A-962A810E9716(test)+", "DFfIGxhgIkUaIAfJ18VZ01Bd5FZaZTMlvx6Gf4LS.8UOMXyJPq6bljyk7pXEP7BxxjR5Iduiej0AjLYZyz5OsA3gxJDe38sRDdziv7g37nC5uaGv96ijfRuBKktAY9qX", "2026-05-25T19:16:46Z", "STANDARD", "arn:aws:iam::020783140448:user/s3user", "s3user", "6cf4ba6d24167d9655e8fcd86ca28fdab32c18c99169cbfeb3efe00ff8f4d2ae", ""),
			},
		}},
		{"ceph-lmu-new-shape-url.xml", remote.UploadPage{
			Truncated: true, Bucket: "b", Prefix: "d r/", Next: remote.Cursor{Key: "d r/k+1", UploadID: "2~AbCdEfGhIjKlMnOpQrStUvWxYz01234"},
			Uploads: []remote.Upload{
				up("d%20r%2Fk%2B1", "2~AbCdEfGhIjKlMnOpQrStUvWxYz01234", "2024-01-02T03:04:05.678Z", "STANDARD", "u", "User", "u", "User"),
			},
			CommonPrefixes: []string{"d%20r%2Fsub1%2F", "d%20r%2Fsub2%2F"},
		}},
		{"cos-lmu-sdkfixture-2017.xml", remote.UploadPage{
			Bucket: "test-1253846586", Prefix: "t",
			Uploads: []remote.Upload{
				up("test_multipart.txt", "14972623850a5de3f4f10605ab9f339c8bdf1b77e06f03fb981e7e76c86554b7bdb6072b36", "2017-06-12T10:13:05Z", "STANDARD", "100000760461/100000760461", "", "100000760461/100000760461", ""),
				up("test_multipar2t.txt", "1497515958744e899fc341bfbb995ebd57b395f63930411d855aaac1b5cd7d834a15442831", "2017-06-15T08:39:18Z", "STANDARD", "qcs::cam::uin/100000760461:uin/100000760461", "100000760461", "qcs::cam::uin/100000760461:uin/100000760461", "100000760461"),
			},
			CommonPrefixes: []string{"test/"},
		}},
		{"gofakes3-lmu-max2.xml", remote.UploadPage{
			Truncated: true, Bucket: "bkt", Next: remote.Cursor{Key: "b", UploadID: "3"},
			Uploads: []remote.Upload{
				up("a/x", "1", "2026-11-21T00:17:27.762Z", "STANDARD", "", "", "", ""),
				up("a/y", "2", "2026-11-21T00:17:27.765Z", "STANDARD", "", "", "", ""),
			},
		}},
		{"minio-lmu-emptyprefix-url.xml", remote.UploadPage{
			URLEncoded: true, Bucket: "rec",
			Uploads: []remote.Upload{
				up("a/x", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjY3YzQyZjg3LWZhZDktNDlmNC1hNWQ2LWJkMDc1NDA5YTY4NXgxNzk1MjIxMjE5OTYxMzA5ODUx", "2026-11-21T00:33:39.964Z", "", "", "", "", ""),
				up("b", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LmIwOTJkMGU3LTU5NGMtNDU3MC04OGIwLWMyZDZiNjcxODM2MngxNzk1MjIxMjIwMDM0ODc3NDQw", "2026-11-21T00:33:40.037Z", "", "", "", "", ""),
				up("sp ace+plus%pct&amp~t*t.txt", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjI3ZDE2Y2M1LTVjNmYtNDM4NC1hM2EyLTVhMGI2YWFkOTc0OXgxNzk1MjIxMjIwMTA3NTY0Nzc1", "2026-11-21T00:33:40.112Z", "", "", "", "", ""),
				up("中文", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjM2MzY4NzJlLWQ1YTktNDRmZC04NTJkLWFhMDA5OTc1M2FmMngxNzk1MjIxMjIwMTc4NTY1Njcw", "2026-11-21T00:33:40.182Z", "", "", "", "", ""),
				up("a/x", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LmY4NTQxYjJkLTdhNTUtNDNjZS05MWNhLTQwNjVjMTAwMDQwZXgxNzk1MjIxMjIwMjUwMTAyNzc0", "2026-11-21T00:33:40.274Z", "", "", "", "", ""),
			},
		}},
		{"minio-lmu-emptyprefix.xml", remote.UploadPage{
			Bucket: "rec",
			Uploads: []remote.Upload{
				up("a/x", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjY3YzQyZjg3LWZhZDktNDlmNC1hNWQ2LWJkMDc1NDA5YTY4NXgxNzk1MjIxMjE5OTYxMzA5ODUx", "2026-11-21T00:33:39.964Z", "", "", "", "", ""),
				up("b", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LmIwOTJkMGU3LTU5NGMtNDU3MC04OGIwLWMyZDZiNjcxODM2MngxNzk1MjIxMjIwMDM0ODc3NDQw", "2026-11-21T00:33:40.037Z", "", "", "", "", ""),
				up("sp ace+plus%pct&amp~t*t.txt", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjI3ZDE2Y2M1LTVjNmYtNDM4NC1hM2EyLTVhMGI2YWFkOTc0OXgxNzk1MjIxMjIwMTA3NTY0Nzc1", "2026-11-21T00:33:40.112Z", "", "", "", "", ""),
				up("中文", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjM2MzY4NzJlLWQ1YTktNDRmZC04NTJkLWFhMDA5OTc1M2FmMngxNzk1MjIxMjIwMTc4NTY1Njcw", "2026-11-21T00:33:40.182Z", "", "", "", "", ""),
				up("a/x", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LmY4NTQxYjJkLTdhNTUtNDNjZS05MWNhLTQwNjVjMTAwMDQwZXgxNzk1MjIxMjIwMjUwMTAyNzc0", "2026-11-21T00:33:40.274Z", "", "", "", "", ""),
			},
		}},
		{"minio-lmu-exactkey-max1.xml", remote.UploadPage{
			Truncated: true, Bucket: "rec", Prefix: "a/x", Next: remote.Cursor{Key: "", UploadID: "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjY3YzQyZjg3LWZhZDktNDlmNC1hNWQ2LWJkMDc1NDA5YTY4NXgxNzk1MjIxMjE5OTYxMzA5ODUx"},
			Uploads: []remote.Upload{
				up("a/x", "NGQ2ZjIyODYtNmU1Yi00ZjMyLWE5YzctNDZlNGYyNjA2ODQ2LjY3YzQyZjg3LWZhZDktNDlmNC1hNWQ2LWJkMDc1NDA5YTY4NXgxNzk1MjIxMjE5OTYxMzA5ODUx", "2026-11-21T00:33:39.961Z", "", "", "", "", ""),
			},
		}},
		{"minio-lmu-prefix-not-key.xml", remote.UploadPage{
			Bucket: "rec", Prefix: "a/",
		}},
		{"oss-lmu-2012.xml", remote.UploadPage{
			Bucket: "oss-example", Next: remote.Cursor{Key: "oss.avi", UploadID: "0004B99B8E707874FC2D692FA5D77D3F"},
			Uploads: []remote.Upload{
				up("multipart.data", "0004B999EF518A1FE585B0C9360DC4C8", "2012-02-23T04:18:23Z", "", "", "", "", ""),
				up("multipart.data", "0004B999EF5A239BB9138C6227D6****", "2012-02-23T04:18:23Z", "", "", "", "", ""),
				up("oss.avi", "0004B99B8E707874FC2D692FA5D7****", "2012-02-23T06:14:27Z", "", "", "", "", ""),
			},
		}},
		{"oss-lmu-2023-urlencoded.xml", remote.UploadPage{
			URLEncoded: true, Bucket: "oss-example", Prefix: "pre", Next: remote.Cursor{Key: "oss.avi", UploadID: "89F0105AA66942638E35300618DF****"},
			Uploads: []remote.Upload{
				up("demo/gp-\f\n\v", "0214A87687F040F1BA4D83AB17C9****", "2023-11-22T05:45:57Z", "Standard", "", "", "", ""),
				up("demo/gp-\f\n\v", "3AE2ED7A60E04AFE9A5287055D37****", "2023-11-22T05:03:33Z", "Standard", "", "", "", ""),
				up("demo/gp-\f\n\v", "A89E0E28E2E948A1BFF6FD5CDAFF****", "2023-11-22T06:57:03Z", "Standard", "", "", "", ""),
				up("demo/gp-\f\n\v", "B18E1DCDB6964F5CB197F5F6B26A****", "2023-11-22T05:42:02Z", "Standard", "", "", "", ""),
			},
		}},
		{"seaweedfs-lmu-shape-url.xml", remote.UploadPage{
			Truncated: true, Bucket: "b", Next: remote.Cursor{Key: "", UploadID: "da39a3ee5e6b4b0d3255bfef95601890afd80709_0123456789abcdef0123456789abcdef"},
			Uploads: []remote.Upload{
				up("sp ace+plus.txt", "da39a3ee5e6b4b0d3255bfef95601890afd80709_0123456789abcdef0123456789abcdef", "", "", "", "", "", ""),
			},
		}},
		{"seed-cos-lmu-malformed-2017.xml", remote.UploadPage{
			Bucket: "arlenhuangtestsgnoversion",
			Uploads: []remote.Upload{
				up("Object", "1484726657932bcb5b17f7a98a8cad9fc36a340ff204c79bd2f51e7dddf0b6d1da6220520c", "2017-01-18T08:04:17Z", "Standard", "14847266009/14847266009", "", "1251668577", ""),
				up("Object", "1484727158f2b8034e5407d18cbf28e84f754b791ecab607d25a2e52de9fee641e5f60707c", "2017-01-18T08:12:38Z", "Standard", "14847266009/14847266009", "", "1251668577", ""),
				up("ObjectName", "1484727270323ddb949d528c629235314a9ead80f0ba5d993a3d76b460e6a9cceb9633b08e", "2017-01-18T08:14:30Z", "Standard", "14847266009/14847266009", "", "1251668577", ""),
			},
		}},
		{"versitygw-lmu-continued-from-predecessor.xml", remote.UploadPage{
			Bucket: "bkt", KeyMarker: "a/y",
			Uploads: []remote.Upload{
				up("b", "eed249f9-85d8-4c98-810e-50ed80bc9c59", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
				up("sp ace+plus%pct&amp.txt", "fa8c782e-d139-43dc-b11f-dfc5c89f95c5", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
				up("中文", "f2e355e6-0f5c-4a3c-b363-d6e67a98e25a", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
			},
		}},
		{"versitygw-lmu-max2-delim.xml", remote.UploadPage{
			Truncated: true, Bucket: "bkt", Next: remote.Cursor{Key: "b", UploadID: "c2c8a555-d330-4577-bc34-88e89cf0f192"},
			Uploads: []remote.Upload{
				up("b", "c2c8a555-d330-4577-bc34-88e89cf0f192", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
			},
			CommonPrefixes: []string{"a/"},
		}},
		{"versitygw-lmu.xml", remote.UploadPage{
			Bucket: "bkt",
			Uploads: []remote.Upload{
				up("a/x", "8dd5d7aa-edb9-4db4-a239-c7a88fd1f441", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
				up("a/y", "f949c8ed-a5c0-4706-947a-b941ba48573d", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
				up("b", "c2c8a555-d330-4577-bc34-88e89cf0f192", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
				up("b", "eed249f9-85d8-4c98-810e-50ed80bc9c59", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
				up("sp ace+plus%pct&amp.txt", "fa8c782e-d139-43dc-b11f-dfc5c89f95c5", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
				up("中文", "f2e355e6-0f5c-4a3c-b363-d6e67a98e25a", "2026-11-21T00:06:58Z", "STANDARD", "", "", "", ""),
			},
		}},
	}
}
