package interop

import (
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"uploadfs/interop/mounted"
	"uploadfs/interop/truth"
	"uploadfs/remote"
	"uploadfs/remote/emulator"
)

// local is an embedded store on loopback whose uploads have ages from minutes to
// months and parts from one byte to gigabytes, as no SDK could make them in a test.
type local struct {
	addr    string
	uploads []*truth.Upload
	tree    truth.Tree
}

const localBucket = "local"

func newLocal(t *testing.T) *local {
	t.Helper()
	store := emulator.New(emulator.Options{Credentials: []emulator.Credential{{ID: emuID, Secret: emuSecret}}})
	if err := store.AddBucket(emulator.BucketOptions{Name: localBucket, Dialect: "s3", Region: region}); err != nil {
		t.Fatal(err)
	}
	l := &local{}
	now := time.Now().Truncate(time.Second)
	for i, key := range localKeys() {
		initiated := now.Add(-time.Duration(i*i) * 17 * time.Minute)
		u := &truth.Upload{Bucket: localBucket, Key: key, From: initiated, To: initiated}
		var parts []remote.Part
		for n := 1; n <= i%6; n++ {
			sum := md5.Sum(fmt.Appendf(nil, "%d %d", i, n))
			p := truth.Part{
				Number: n*n + i%3, Size: sizes[(i+n)%len(sizes)], ETag: hex.EncodeToString(sum[:]),
				Modified: initiated.Add(time.Duration(n) * 10 * time.Second),
			}
			u.Parts = append(u.Parts, p)
			parts = append(parts, remote.Part{Number: p.Number, Size: p.Size, ETag: p.ETag, LastModified: p.Modified})
		}
		id, err := store.PutUpload(localBucket, key, "", initiated, parts...)
		if err != nil {
			t.Fatal(err)
		}
		u.ID = id
		l.uploads = append(l.uploads, u)
	}
	l.tree = truth.Of([]string{localBucket}, l.uploads)
	srv := httptest.NewServer(store)
	t.Cleanup(func() {
		srv.Close()
		if err := store.Close(); err != nil {
			t.Errorf("closing the store: %v", err)
		}
	})
	l.addr = srv.Listener.Addr().String()
	return l
}

// sizes are around the edges of blocks, and far past 32 bits.
var sizes = []int64{1, 511, 512, 513, 4096, 100 << 10, 5 << 20, 5<<20 + 1, 64 << 20, 5 << 30}

// localKeys have blanks, quotes and other scripts, which every tool takes, and
// no byte that some of them escape in their own way.
func localKeys() []string {
	keys := []string{
		"a", "a/b", "a-b", "photos/summer 2026/beach (1).jpg", "photos/it's.jpg", "100%", "%41", "x/../y", "/lead", "dbl//x", "trail/",
		"日本語/ファイル.txt", "🎬/take-1.mov", "multi", "multi", "multi", ".hidden", "-rf", "--help",
	}
	for i := range 160 {
		keys = append(keys, fmt.Sprintf("team-%d/data/%02d/set-%03d.parquet", i%4, i%9, i))
	}
	return keys
}

func (l *local) source() string {
	return fmt.Sprintf("s3://%s?endpoint=%s&path-style=true&region=%s", localBucket, url.QueryEscape("http://"+l.addr), region)
}

func (l *local) mount(t testing.TB, flags ...string) *mounted.Mount {
	t.Helper()
	return mounted.Start(t, env(emuID, emuSecret), append(flags, l.source())...)
}
