package xmlpage

import "encoding/xml"

// The same documents as encoding/xml reads them, for comparing.

type xmlPerson struct {
	ID, DisplayName string
}

type xmlUploads struct {
	XMLName            xml.Name `xml:"ListMultipartUploadsResult"`
	Bucket             string
	Prefix             string
	KeyMarker          string
	NextKeyMarker      string
	NextUploadIdMarker string
	EncodingType       string
	IsTruncated        string
	Upload             []xmlUpload
	CommonPrefixes     []struct{ Prefix []string }
}

type xmlUpload struct {
	Key, UploadId           string
	Initiator, Owner        xmlPerson
	StorageClass, Initiated string
	ChecksumAlgorithm       string
	ChecksumType            string
}

type xmlParts struct {
	XMLName              xml.Name `xml:"ListPartsResult"`
	Bucket               string
	Key                  string
	UploadId             string
	NextPartNumberMarker string
	IsTruncated          string
	StorageClass         string
	Initiator, Owner     xmlPerson
	Part                 []xmlPart
}

type xmlPart struct {
	PartNumber, Size, ETag, LastModified string
	ChecksumCRC32C, HashCrc64ecma        string
}

type xmlBuckets struct {
	XMLName     xml.Name `xml:"ListAllMyBucketsResult"`
	IsTruncated string
	NextMarker  string
	Buckets     struct {
		Bucket []struct{ Name, Location, CreationDate string }
	}
}

type xmlError struct {
	XMLName                  xml.Name `xml:"Error"`
	Code, Message, RequestId string
}
