package xmlpage

type errorSample struct {
	file string
	want ErrorDoc
}

// errorSamples are the error documents of testdata.
func errorSamples() []errorSample {
	return []errorSample{
		{"aws-err-get-part-405.xml", ErrorDoc{
			Code:         "MethodNotAllowed",
			Message:      "The specified method is not allowed against this resource.",
			Method:       "GET",
			ResourceType: "PART",
			RequestID:    "EXAMPLE",
			HostID:       "EXAMPLE",
		}},
		{"aws-err-invalid-uploadid-marker.xml", ErrorDoc{
			Code:          "InvalidArgument",
			Message:       "Invalid uploadId marker",
			ArgumentName:  "upload-id-marker",
			ArgumentValue: "xyz",
			RequestID:     "EXAMPLE",
			HostID:        "EXAMPLE",
		}},
		{"aws-err-nosuchupload.xml", ErrorDoc{
			Code:      "NoSuchUpload",
			Message:   "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
			UploadID:  "GdQjuAREC3dXjIKmvH3LghRS7ZKADCJyLzQlHswnjN.EKdAP4Q6HYw1Uy9RaDoKXrJ6cTmqRTUAyMTwjhEQkXBUxakmiTuoQTDD._plTQxc-",
			RequestID: "JMJRSF9SRH477DQN",
			HostID:    "nY1Bc/xJeAYxu03bsOIh4CP6/qN61w1VLroskF/M62XiRQpp",
		}},
		{"aws-err-permanentredirect-301.xml", ErrorDoc{
			Code:      "PermanentRedirect",
			Message:   "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
			Endpoint:  "ant-lab.s3-ap-northeast-1.amazonaws.com",
			Bucket:    "ant-lab",
			RequestID: "24035885437204DC",
			HostID:    "rfhhIFBaGS2tstKHG3tLVCyQn+JrrFpuNTvA2s+ltQji92zsCwZ0ZbOHnhuDlgeIUP8elpC1rxM=",
		}},
		{"cos-err-nosuchkey.xml", ErrorDoc{
			Code:      "NoSuchKey",
			Message:   "The specified key does not exist.",
			Resource:  "examplebucket-1250000000.cos.ap-guangzhou.myqcloud.com/test_404",
			RequestID: "NjA3OGY4NGFfNjJkMmMwYl8***",
			TraceID:   "OGVmYzZiMmQzYjA2OWNh***",
		}},
		{"gofakes3-err-nosuchbucket.xml", ErrorDoc{
			Code:     "NoSuchBucket",
			Message:  "The specified bucket does not exist",
			Resource: "nobkt",
		}},
		{"minio-err-accessdenied.xml", ErrorDoc{
			Code:      "AccessDenied",
			Message:   "Access Denied.",
			Bucket:    "rec",
			Resource:  "/rec",
			RequestID: "18E9E8304E7F068B",
			HostID:    "5d4a13472aef74fbe3457a9c14f89f85bf6cce4dd7b4da5d29f7fea382130f96",
		}},
		{"minio-err-keymarker-notimplemented.xml", ErrorDoc{
			Code:      "NotImplemented",
			Message:   "A header you provided implies functionality that is not implemented",
			Bucket:    "rec",
			Resource:  "/rec",
			RequestID: "18E9E8304ABBCD85",
			HostID:    "5d4a13472aef74fbe3457a9c14f89f85bf6cce4dd7b4da5d29f7fea382130f96",
		}},
		{"minio-err-nosuchbucket.xml", ErrorDoc{
			Code:      "NoSuchBucket",
			Message:   "The specified bucket does not exist",
			Bucket:    "nobkt",
			Resource:  "/nobkt",
			RequestID: "18E9E83049451AB9",
			HostID:    "5d4a13472aef74fbe3457a9c14f89f85bf6cce4dd7b4da5d29f7fea382130f96",
		}},
		{"minio-err-nosuchkey-get.xml", ErrorDoc{
			Code:      "NoSuchKey",
			Message:   "The specified key does not exist.",
			Key:       "c d",
			Bucket:    "rec",
			Resource:  "/rec/c d",
			RequestID: "18E9E83047CCA835",
			HostID:    "5d4a13472aef74fbe3457a9c14f89f85bf6cce4dd7b4da5d29f7fea382130f96",
		}},
		{"minio-err-nosuchupload.xml", ErrorDoc{
			Code:      "NoSuchUpload",
			Message:   "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
			Key:       "c d",
			Bucket:    "rec",
			Resource:  "/rec/c d",
			RequestID: "18E9E830467F1FBF",
			HostID:    "5d4a13472aef74fbe3457a9c14f89f85bf6cce4dd7b4da5d29f7fea382130f96",
		}},
		{"minio-err-signature.xml", ErrorDoc{
			Code:      "SignatureDoesNotMatch",
			Message:   "The request signature we calculated does not match the signature you provided. Check your key and signing method.",
			Bucket:    "rec",
			Resource:  "/rec",
			RequestID: "18E9E8304C6F4B64",
			HostID:    "5d4a13472aef74fbe3457a9c14f89f85bf6cce4dd7b4da5d29f7fea382130f96",
		}},
		{"minio-err-skew.xml", ErrorDoc{
			Code:      "RequestTimeTooSkewed",
			Message:   "The difference between the request time and the server's time is too large.",
			Resource:  "/rec",
			RequestID: "18E9E8304D92D418",
			HostID:    "5d4a13472aef74fbe3457a9c14f89f85bf6cce4dd7b4da5d29f7fea382130f96",
		}},
		{"oss-err-nosuchbucket-ec.xml", ErrorDoc{
			Code:      "NoSuchBucket",
			Message:   "The specified bucket does not exist.",
			RequestID: "5C3D9175B6FC201293AD****",
			HostID:    "test.oss-cn-hangzhou.aliyuncs.com",
			Bucket:    "test",
			EC:        "0015-00000101",
		}},
		{"oss-err-nosuchupload.xml", ErrorDoc{
			Code:      "NoSuchUpload",
			Message:   "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
			RequestID: "5CD1351208F4BE8B532CE418",
			HostID:    "testlwk.oss-cn-hangzhou.aliyuncs.com",
			UploadID:  "48B5A0736DF6457F8DCDE933CA759DCB",
		}},
		{"oss-err-padded-text.xml", ErrorDoc{
			Code:      "AccessDenied",
			Message:   "Query-string authentication requires the Signature, Expires and OSSAccessKeyId parameters",
			RequestID: "1D842BC54255****",
			HostID:    "oss-cn-hangzhou.aliyuncs.com",
		}},
		{"oss-err-wrong-endpoint-403.xml", ErrorDoc{
			Code:      "AccessDenied",
			Message:   "The bucket you are attempting to access must be addressed using the specified endpoint. Please send all future requests to this endpoint.",
			RequestID: "56EA98DE815804**21B23EE6",
			HostID:    "my-oss-bucket.oss-cn-qingdao.aliyuncs.com",
			Bucket:    "my-oss-bucket",
			Endpoint:  "oss-cn-hangzhou.aliyuncs.com",
		}},
		{"versitygw-err-continuation.xml", ErrorDoc{
			Code:          "InvalidArgument",
			Message:       "Invalid uploadId marker",
			ArgumentName:  "upload-id-marker",
			ArgumentValue: "c2c8a555-d330-4577-bc34-88e89cf0f192",
			RequestID:     "LN5XRFJ51MDTZQVR",
			HostID:        "gORhLq1Zdtt08laQghCe358vzNmnH9fwPiTRfR9XMratXWWsC7jI/CrT3zzPYoiYnTyhfmkEpxvUnRFTLj7QqUo=",
		}},
		{"versitygw-err-nosuchupload.xml", ErrorDoc{
			Code:      "NoSuchUpload",
			Message:   "The specified multipart upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.",
			UploadID:  "abcd",
			RequestID: "Y25EP6XQM9K71VR9",
			HostID:    "zysEOyEhNjn9qbhnzy0AtUN9zzUaiFzfxj4+Er7C3pw/r8ZNY7rNUVl8uzA/laA2AqbTNfUeH7dH6wIHnzPg4e8=",
		}},
		{"versitygw-err-region.xml", ErrorDoc{
			Code:      "AuthorizationHeaderMalformed",
			Message:   `The authorization header is malformed; the region "eu-west-1" is wrong; expecting "us-east-1"`,
			Region:    "us-east-1",
			RequestID: "TNE3D873D58022Z2",
			HostID:    "3xQshmXf+lULuebNJJyC2rSp7ZQUUBa9ahyi+vbYO2tPqbnPRCfcZfHLE8qOybZS3AzOJfa79dJe9i+SmISklTk=",
		}},
	}
}
