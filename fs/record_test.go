package fs

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

func TestRecordIsTheContractsLine(t *testing.T) {
	day := time.Date(2026, 11, 20, 9, 2, 3, 4_500_000, time.FixedZone("CST", 8*3600))
	u := &remote.Upload{Key: "k", UploadID: "u", Initiated: day, Info: &remote.UploadInfo{
		StorageClass: "STANDARD", Initiator: remote.Person{ID: "i", DisplayName: "<&>"}, Owner: remote.Person{DisplayName: "o"},
		ChecksumAlgorithm: "CRC32C", ChecksumType: "COMPOSITE",
	}}
	p := &remote.Part{Number: 1, Size: 5242880, ETag: "e", LastModified: day, Checksums: []remote.Checksum{{Name: "ChecksumCRC32C", Value: "v"}}}
	head := `{"Bucket":"b","Key":"k","UploadId":"u","Initiated":"2026-11-20T01:02:03.004Z","StorageClass":"STANDARD",` +
		`"Initiator":{"ID":"i","DisplayName":"<&>"},"Owner":{"DisplayName":"o"},"ChecksumAlgorithm":"CRC32C","ChecksumType":"COMPOSITE"`
	for _, c := range []struct {
		what, got, want string
	}{
		{"an upload", string(appendUpload(nil, "b", u)), head + "}\n"},
		{"a part", string(appendPart(nil, "b", u, p)), head + `,"PartNumber":1,"LastModified":"2026-11-20T01:02:03.004Z","ETag":"e","Size":5242880,"ChecksumCRC32C":"v"}` + "\n"},
		{"an upload of which little was sent", string(appendUpload(nil, "b", &remote.Upload{Key: "k", UploadID: "u"})), `{"Bucket":"b","Key":"k","UploadId":"u"}` + "\n"},
		{"an empty part without date", string(appendPart(nil, "b", &remote.Upload{Key: "k", UploadID: "u"}, &remote.Part{Number: 2})), `{"Bucket":"b","Key":"k","UploadId":"u","PartNumber":2,"Size":0}` + "\n"},
	} {
		if c.got != c.want {
			t.Errorf("record of %s:\n%swant\n%s", c.what, c.got, c.want)
		}
	}
}

func FuzzRecord(f *testing.F) {
	f.Add("b", "k", "u", "c", "e", int64(1), 1)
	f.Add("b", "\xff\x00\"\\\n</script>\u2028", "u/%", "\x7f", "é", int64(0), -1)
	f.Fuzz(func(t *testing.T, bucket, key, id, class, etag string, size int64, number int) {
		u := &remote.Upload{Key: key, UploadID: id, Info: &remote.UploadInfo{StorageClass: class, Owner: remote.Person{ID: id, DisplayName: key}}}
		p := &remote.Part{Number: number, Size: size, ETag: etag, Checksums: []remote.Checksum{{Name: "ChecksumX", Value: class}}}
		line := appendPart(nil, bucket, u, p)
		if !bytes.HasSuffix(line, []byte("\n")) || bytes.Count(line, []byte("\n")) != 1 {
			t.Fatalf("record %q is not one line", line)
		}
		var got struct {
			Bucket, Key, UploadId, StorageClass, ETag, ChecksumX string
			Owner                                                struct{ ID, DisplayName string }
			PartNumber                                           int
			Size                                                 int64
		}
		d := json.NewDecoder(bytes.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&got); err != nil {
			t.Fatalf("record %q: %v", line, err)
		}
		for _, c := range []struct{ name, got, sent string }{
			{"Bucket", got.Bucket, bucket}, {"Key", got.Key, key}, {"UploadId", got.UploadId, id}, {"StorageClass", got.StorageClass, class},
			{"ETag", got.ETag, etag}, {"ChecksumX", got.ChecksumX, class}, {"Owner.ID", got.Owner.ID, id}, {"Owner.DisplayName", got.Owner.DisplayName, key},
		} {
			// A byte that is no UTF-8 is one U+FFFD.
			if want := string([]rune(c.sent)); c.got != want {
				t.Errorf("%s of %q: %q, want %q", c.name, line, c.got, want)
			}
		}
		if got.PartNumber != number || got.Size != size {
			t.Errorf("part number and size of %q: %d, %d, want %d, %d", line, got.PartNumber, got.Size, number, size)
		}
	})
}

func BenchmarkRecord(b *testing.B) {
	u := &remote.Upload{
		Key: "backups/2026/11/20/" + strings.Repeat("k", 40), UploadID: strings.Repeat("u", 64), Initiated: time.Now(),
		Info: &remote.UploadInfo{StorageClass: "STANDARD", Initiator: remote.Person{ID: strings.Repeat("i", 64), DisplayName: "someone"}, Owner: remote.Person{ID: strings.Repeat("o", 64)}},
	}
	room := make([]byte, 0, recordRoom)
	b.ReportAllocs()
	for b.Loop() {
		line := appendUpload(room, "bucket", u)
		b.SetBytes(int64(len(line)))
	}
}
