package emulator

import (
	"bufio"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"hash/crc64"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"uploadfs/remote"
)

// create answers CreateMultipartUpload.
func (x *exchange) create() *response {
	if e := x.dialect.badKey(x.at.key); e != nil {
		return x.refuse(e)
	}
	info := *x.dialect.info()
	if x.dialect.name() == "s3" {
		info.ChecksumAlgorithm = strings.ToUpper(x.r.Header.Get("X-Amz-Checksum-Algorithm"))
		info.ChecksumType = x.r.Header.Get("X-Amz-Checksum-Type")
		if info.ChecksumAlgorithm != "" && info.ChecksumType == "" {
			info.ChecksumType = "COMPOSITE"
		}
	}
	u := &upload{key: x.at.key, initiated: x.now.UTC().Truncate(x.quirks().precision()), info: &info}
	b := x.bucket
	b.mu.Lock()
	b.seq++
	u.seq = b.seq | realSeq
	u.id = b.newID(x.dialect, x.store.seed, u)
	b.table.add(u)
	b.mu.Unlock()
	d := x.newDoc()
	x.dialect.createdDocument(d, x, u.id)
	return x.ok(d)
}

// uploadPart answers UploadPart: the body is counted and summed, not kept.
func (x *exchange) uploadPart() *response {
	number, err := strconv.Atoi(x.q.get("partNumber"))
	if err != nil || number < 1 || number > maxParts {
		return x.refuse(fail(http.StatusBadRequest, "InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive",
			element{"ArgumentName", "partNumber"}, element{"ArgumentValue", x.q.get("partNumber")}))
	}
	part, e := x.readPart(number)
	if e != nil {
		return x.refuse(e)
	}
	b := x.bucket
	b.mu.Lock()
	u := b.table.named[name{x.at.key, x.q.get("uploadId")}]
	if u != nil {
		u.setPart(part)
	}
	b.mu.Unlock()
	if u == nil {
		return x.refuse(x.dialect.noUpload(x))
	}
	header := http.Header{"Etag": {`"` + part.ETag + `"`}}
	for _, c := range part.Checksums {
		if c.Name == crcName { // the SDKs of COS and OSS compare it
			header.Set("X-"+x.dialect.name()+"-Hash-Crc64ecma", c.Value)
		}
	}
	return &response{status: http.StatusOK, header: header}
}

// crcName is OSS's element for a part's CRC-64.
const crcName = "HashCrc64ecma"

// setPart replaces a part or puts it in order. The slice is copied, since
// readers hold the old one.
func (u *upload) setPart(p remote.Part) {
	i, found := slices.BinarySearchFunc(u.parts, p.Number, func(q remote.Part, n int) int { return q.Number - n })
	if !found && i == len(u.parts) {
		u.parts = append(u.parts, p)
		return
	}
	parts := slices.Clone(u.parts)
	if found {
		parts[i] = p
	} else {
		parts = slices.Insert(parts, i, p)
	}
	u.parts = parts
}

// readPart reads a part's body: plain, or in the chunks of the AWS SDKs with
// checksums after them.
func (x *exchange) readPart(number int) (remote.Part, *apiError) {
	sum, whole, crc := md5.New(), sha256.New(), crc64.New(crc64.MakeTable(crc64.ECMA))
	var n int64
	var err error
	trailer := http.Header{}
	payload := x.r.Header.Get("X-Amz-Content-Sha256")
	if strings.HasPrefix(payload, streamingBody) || strings.Contains(x.r.Header.Get("Content-Encoding"), "aws-chunked") {
		n, err = readChunks(bufio.NewReader(x.r.Body), sum, trailer)
	} else {
		to := []io.Writer{sum}
		if x.dialect.name() != "s3" {
			to = append(to, crc)
		} else if len(payload) == len(emptySHA256) {
			to = append(to, whole)
		}
		n, err = io.Copy(io.MultiWriter(to...), x.r.Body)
		if err == nil && len(payload) == len(emptySHA256) && payload != hex.EncodeToString(whole.Sum(nil)) {
			return remote.Part{}, fail(http.StatusBadRequest, "XAmzContentSHA256Mismatch", "The provided 'x-amz-content-sha256' header does not match what was computed.")
		}
	}
	if err != nil {
		return remote.Part{}, fail(http.StatusBadRequest, "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header")
	}
	if want := x.r.Header.Get("X-Amz-Decoded-Content-Length"); want != "" && want != strconv.FormatInt(n, 10) {
		return remote.Part{}, fail(http.StatusBadRequest, "IncompleteBody", "The decoded length does not match x-amz-decoded-content-length")
	}
	p := remote.Part{Number: number, Size: n, LastModified: x.now.UTC().Truncate(x.quirks().precision()), ETag: hex.EncodeToString(sum.Sum(nil))}
	if x.dialect.name() != "s3" {
		p.Checksums = []remote.Checksum{{Name: crcName, Value: strconv.FormatUint(crc.Sum64(), 10)}}
	}
	if x.dialect.name() == "oss" {
		p.ETag = strings.ToUpper(p.ETag)
	}
	for _, algorithm := range []string{"CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"} {
		header := "X-Amz-Checksum-" + algorithm
		if v := x.r.Header.Get(header); v != "" {
			p.Checksums = append(p.Checksums, remote.Checksum{Name: "Checksum" + algorithm, Value: v})
		} else if v := trailer.Get(header); v != "" {
			p.Checksums = append(p.Checksums, remote.Checksum{Name: "Checksum" + algorithm, Value: v})
		}
	}
	return p, nil
}

var errChunk = errors.New("emulator: malformed aws-chunked body")

// readChunks reads an aws-chunked body: size[;chunk-signature=...] CRLF data
// CRLF, a chunk of size 0, and trailing headers. Chunk signatures are not
// verified.
func readChunks(r *bufio.Reader, to io.Writer, trailer http.Header) (int64, error) {
	var total int64
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return total, err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		n, err := strconv.ParseInt(size, 16, 64)
		if err != nil || n < 0 {
			return total, errChunk
		}
		if n == 0 {
			break
		}
		if _, err := io.CopyN(to, r, n); err != nil {
			return total, err
		}
		total += n
		if crlf, err := r.ReadString('\n'); err != nil || strings.TrimSpace(crlf) != "" {
			return total, errChunk
		}
	}
	for {
		line, err := r.ReadString('\n')
		if k, v, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			trailer.Set(k, strings.TrimSpace(v))
		}
		if errors.Is(err, io.EOF) {
			return total, nil
		}
		if err != nil {
			return total, err
		}
	}
}

// completion is the body of CompleteMultipartUpload.
type completion struct {
	Part []struct {
		PartNumber int
		ETag       string
	}
}

// complete answers CompleteMultipartUpload: the upload is gone, and no object
// takes its place.
func (x *exchange) complete() *response {
	var c completion
	if err := xml.NewDecoder(io.LimitReader(x.r.Body, 4<<20)).Decode(&c); err != nil {
		return x.refuse(fail(http.StatusBadRequest, "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"))
	}
	b := x.bucket
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.find(x.at.key, x.q.get("uploadId"))
	if u == nil {
		return x.refuse(x.dialect.noUpload(x))
	}
	for _, p := range c.Part {
		i := b.firstPart(u, p.PartNumber-1)
		if i >= b.partCount(u) || b.part(u, i).Number != p.PartNumber || !strings.EqualFold(b.part(u, i).ETag, strings.Trim(p.ETag, `"`)) {
			return x.refuse(fail(http.StatusBadRequest, "InvalidPart", "One or more of the specified parts could not be found."))
		}
	}
	b.drop(u)
	d := x.newDoc()
	d.raw(prolog + "<CompleteMultipartUploadResult>")
	d.text("Location", "http://"+x.r.Host+"/"+percentPath(x.at.key))
	d.text("Bucket", b.name)
	if x.dialect.name() == "oss" && strings.EqualFold(x.q.get("encoding-type"), "url") {
		d.text("EncodingType", "url")
		d.text("Key", ossURL(x.at.key))
	} else {
		d.text("Key", x.at.key)
	}
	d.text("ETag", `"`+strings.Repeat("0", 32)+"-"+itoa(len(c.Part))+`"`)
	d.end("CompleteMultipartUploadResult")
	return x.ok(d)
}

// abort answers AbortMultipartUpload.
func (x *exchange) abort() *response {
	gone, e := x.bucket.abort(x.at.key, x.q.get("uploadId"))
	if e != nil && !x.bucket.quirks.AbortMissingOK {
		return x.refuse(x.dialect.noUpload(x))
	}
	_ = gone // 204 too where parts in flight keep the upload alive
	return &response{status: http.StatusNoContent, header: http.Header{}}
}

// createBucket answers PUT Bucket in the dialect of the request.
func (x *exchange) createBucket() *response {
	if x.bucket != nil {
		return x.refuse(fail(http.StatusConflict, "BucketAlreadyOwnedByYou", "Your previous request to create the named bucket succeeded and you already own it.", element{"BucketName", x.at.bucket}))
	}
	region := x.at.region
	if region == "" {
		region = x.signedRegion
	}
	if err := x.store.AddBucket(BucketOptions{Name: x.at.bucket, Dialect: x.dialect.name(), Region: region}); err != nil {
		return x.refuse(fail(http.StatusBadRequest, "InvalidBucketName", "The specified bucket is not valid.", element{"BucketName", x.at.bucket}))
	}
	return &response{status: http.StatusOK, header: http.Header{"Location": {"/" + x.at.bucket}}}
}
