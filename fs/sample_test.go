package fs

import (
	"fmt"
	"time"

	"uploadfs/remote"
)

// sample is a bucket with a bit of everything.
func sample() *store {
	s := newStore("b")
	day := time.Date(2026, 10, 1, 2, 3, 4, 0, time.UTC)
	info := &remote.UploadInfo{
		StorageClass: "STANDARD",
		Initiator:    remote.Person{ID: "me", DisplayName: "Me & <You>"}, Owner: remote.Person{ID: "owner"},
	}
	part := func(n int, size int64) remote.Part {
		return remote.Part{
			Number: n, Size: size, ETag: fmt.Sprintf("etag%d", n), LastModified: day.Add(time.Duration(n) * time.Hour),
			Checksums: []remote.Checksum{{Name: "ChecksumCRC32C", Value: "AAAA=="}},
		}
	}
	s.add(remote.Upload{Key: "a/b", UploadID: "id1", Initiated: day, Info: info}, part(1, 5<<20), part(2, 1000), part(10, 1))
	s.add(remote.Upload{Key: "a/b", UploadID: "id2", Initiated: day.Add(time.Hour), Info: info}, part(1, 512))
	s.add(remote.Upload{Key: "a/b/c", UploadID: "id3", Initiated: day, Info: info})
	s.add(remote.Upload{Key: "top", UploadID: "id4"})
	return s
}
