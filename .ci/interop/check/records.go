package check

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"uploadfs/interop/truth"
)

// record is what upload.json, a part and a line of uploads.jsonl hold.
type record struct {
	Bucket, Key, UploadId, Initiated, LastModified, ETag string
	PartNumber                                           *int
	Size                                                 *int64
}

// key is the key as JSON holds it: each byte that is not UTF-8 is U+FFFD.
func key(s string) string { return string([]rune(s)) }

// read reads a file to its end. os.ReadFile would make room for as many bytes as
// its size says, which for a part is the size of what the store holds.
func read(name string) ([]byte, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

func readRecord(b []byte) (record, error) {
	var r record
	if !strings.HasSuffix(string(b), "\n") || strings.Count(string(b), "\n") != 1 {
		return r, errors.New("it is not one line")
	}
	return r, json.Unmarshal(b, &r)
}

// Records reads every file of the bucket and compares it with what was created.
func Records(t testing.TB, top string, want truth.Tree, bucket string) {
	t.Helper()
	l := &limited{TB: t}
	for p, n := range want {
		if !strings.HasPrefix(p, bucket+"/") || n.Kind != "info" && n.Kind != "part" {
			continue
		}
		b, err := read(filepath.Join(top, p))
		if err != nil {
			l.diff("reading %q: %v", p, err)
			continue
		}
		r, err := readRecord(b)
		if err != nil {
			l.diff("%q holds %q: %v", p, b, err)
			continue
		}
		upload(l, p, r, n.Upload)
		if n.Kind == "info" {
			if st, err := os.Lstat(filepath.Join(top, p)); err != nil || st.Size() != int64(len(b)) {
				l.diff("%q: its length is %d and its size another (%v)", p, len(b), err)
			}
			if r.PartNumber != nil || r.ETag != "" || r.Size != nil {
				l.diff("%q has a part's members: %s", p, b)
			}
			continue
		}
		part(l, p, r, n.Part)
	}
}

func upload(l *limited, p string, r record, u *truth.Upload) {
	l.Helper()
	if r.Bucket != u.Bucket || r.Key != key(u.Key) || r.UploadId != u.ID {
		l.diff("%q is of bucket %q, key %q, upload %q; want %q, %q, %q", p, r.Bucket, r.Key, r.UploadId, u.Bucket, key(u.Key), u.ID)
	}
	if u.From.IsZero() {
		return
	}
	at, err := time.Parse(time.RFC3339Nano, r.Initiated)
	if err != nil || at.Before(u.From.Add(-time.Second)) || at.After(u.To.Add(time.Second)) {
		l.diff("%q: initiated %q, want %v to %v (%v)", p, r.Initiated, u.From, u.To, err)
	}
}

func part(l *limited, p string, r record, want *truth.Part) {
	l.Helper()
	if r.PartNumber == nil || *r.PartNumber != want.Number || r.Size == nil || *r.Size != want.Size || r.ETag != want.ETag {
		l.diff("%q: %+v, want %+v", p, r, *want)
	}
	at, err := time.Parse(time.RFC3339Nano, r.LastModified)
	if err != nil || !want.Modified.IsZero() && !at.Equal(want.Modified) {
		l.diff("%q: last modified %q, want %v", p, r.LastModified, want.Modified)
	}
}

// Lines compares uploads.jsonl with what was created: every upload once.
func Lines(t testing.TB, top, bucket string, uploads []*truth.Upload) {
	t.Helper()
	l := &limited{TB: t}
	left := map[string]*truth.Upload{}
	for _, u := range uploads {
		if u.Bucket == bucket {
			left[u.Key+"\x00"+u.ID] = u
		}
	}
	byJSON := map[string]string{}
	for k, u := range left {
		byJSON[key(u.Key)+"\x00"+u.ID] = k
	}
	f, err := os.Open(filepath.Join(top, bucket, "uploads.jsonl"))
	if err != nil {
		t.Errorf("uploads.jsonl: %v", err)
		return
	}
	defer f.Close()
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	n := 0
	for sc.Scan() {
		n++
		var r record
		if err := json.Unmarshal(sc.Bytes(), &r); err != nil {
			l.diff("uploads.jsonl line %d: %v: %s", n, err, sc.Bytes())
			continue
		}
		if n > 2*len(byJSON)+100 {
			l.diff("uploads.jsonl: %d lines of %d uploads, and no end of it", n, len(byJSON))
			return
		}
		k := byJSON[r.Key+"\x00"+r.UploadId]
		u := left[k]
		if u == nil {
			l.diff("uploads.jsonl line %d: key %q upload %q is not there, or comes again", n, r.Key, r.UploadId)
			continue
		}
		delete(left, k)
		upload(l, "uploads.jsonl", r, u)
	}
	if err := sc.Err(); err != nil {
		l.diff("uploads.jsonl: %v after %d lines", err, n)
	}
	for _, u := range left {
		l.diff("uploads.jsonl: key %q upload %q is missing", u.Key, u.ID)
	}
}

// Direct opens every path of the bucket by its own name, in an order that no
// listing has, and holds that neighbouring spellings are not there. The mount
// must not have been read before.
func Direct(t testing.TB, top string, want truth.Tree, bucket string) {
	t.Helper()
	l := &limited{TB: t}
	// A map's order is another one every time.
	for p, n := range want {
		if p != bucket && !strings.HasPrefix(p, bucket+"/") {
			continue
		}
		st, err := os.Lstat(filepath.Join(top, p))
		if err != nil {
			l.diff("by its own path, %q: %v", p, err)
			continue
		}
		if st.IsDir() != n.Dir || n.Size() >= 0 && st.Size() != n.Size() {
			l.diff("by its own path, %q: %v of %d bytes, want directory %v of %d", p, st.Mode(), st.Size(), n.Dir, n.Size())
		}
		if n.Kind == "info" || n.Kind == "part" {
			b, err := read(filepath.Join(top, p))
			if err != nil {
				l.diff("reading %q by its own path: %v", p, err)
				continue
			}
			r, err := readRecord(b)
			if err != nil {
				l.diff("%q holds %q: %v", p, b, err)
				continue
			}
			upload(l, p, r, n.Upload)
		}
		if n.Kind == "keys" {
			absent(l, top, want, p)
		}
	}
}

// absent holds that other spellings of a name do not reach it.
func absent(l *limited, top string, want truth.Tree, p string) {
	l.Helper()
	i := strings.LastIndexByte(p, '/') + 1
	dir, name := p[:i], p[i:]
	var others []string
	if len(name) > 0 && name[0] != '%' {
		const hex = "0123456789ABCDEF"
		others = append(others, "%"+string(hex[name[0]>>4])+string(hex[name[0]&15])+name[1:])
	}
	if strings.Contains(name, "%0") || strings.Contains(name, "%1") || strings.Contains(name, "%2E") || strings.Contains(name, "%7F") {
		others = append(others, strings.ToLower(name))
	}
	for _, o := range others {
		if o == name || len(o) > 255 || want[dir+o] != nil {
			continue
		}
		if _, err := os.Lstat(filepath.Join(top, dir) + "/" + o); !errors.Is(err, fs.ErrNotExist) {
			l.diff("%q is another spelling of %q: %v, want ENOENT", dir+o, name, err)
		}
	}
}
