package cache

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"uploadfs/remote"
)

// A component whose name is cut is found by the bytes that its name begins with,
// among others that begin so too, on whichever page it is; one that is not there
// is said to be not there.
func TestAComponentIsFoundByItsBeginning(t *testing.T) {
	long := strings.Repeat("x", 221)
	var keys []string
	for i := range 2500 {
		keys = append(keys, fmt.Sprintf("dir/%s%04d/part", long, i))
	}
	keys = append(keys, "dir/before/part", "dir/zzz/part")
	for _, c := range []struct {
		name, begins, wants string
		there               bool
	}{
		{"the first", long, long + "0000", true},
		{"on the third page", long, long + "2400", true},
		{"none of that name", long, long + "9999", false},
		{"none that begins so", "y", "y", false},
		{"outside of the directory", "", "dir", false},
	} {
		s := newStore(1000, keys...)
		b := New(Options{TTL: time.Hour, Bytes: 1 << 27}).Bucket(s, "b", "")
		got, err := b.FindComponent(context.Background(), "dir/", c.begins, func(s string) bool { return s == c.wants })
		switch {
		case c.there && (err != nil || got.Component != c.wants):
			t.Errorf("%s: found %q, %v; want %q", c.name, got.Component, err, c.wants)
		case !c.there && remote.KindOf(err) != remote.KindNoKey:
			t.Errorf("%s: found %q, %v; want that there is none", c.name, got.Component, err)
		}
		if most := 3 + 2 + 1; s.lists > most {
			t.Errorf("%s: %d requests for 2,500 children, want at most %d", c.name, s.lists, most)
		}
	}
}

// An upload is found by the bytes that its id begins with, among the pages of one
// key's uploads.
func TestAnUploadIsFoundByItsBeginning(t *testing.T) {
	s := newStore(1000, "before", "zzz")
	for i := range 2500 {
		s.add("key", fmt.Sprintf("id-%04d", i))
	}
	b := New(Options{TTL: time.Hour, Bytes: 1 << 27}).Bucket(s, "b", "")
	for _, id := range []string{"id-0000", "id-2400"} {
		u, _, err := b.FindUpload(context.Background(), "key", "id-", func(s string) bool { return s == id })
		if err != nil || u.Key != "key" || u.UploadID != id {
			t.Errorf("upload %q of key: found %+v, %v", id, u, err)
		}
	}
	if _, _, err := b.Upload(context.Background(), "key", "id-9999"); remote.KindOf(err) != remote.KindNoUpload {
		t.Errorf("an upload that is not there: %v, want %v", err, remote.KindNoUpload)
	}
}
