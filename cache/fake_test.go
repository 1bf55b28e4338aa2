package cache

import (
	"context"
	"flag"
	"fmt"
	"hash/fnv"
	"io"
	"slices"
	"strings"
	"sync"
	"time"

	"uploadfs/remote"
)

// store is a client over uploads in memory that pages as the profile says.
type store struct {
	mu      sync.Mutex
	uploads []remote.Upload // by key, then in the store's order
	parts   map[string][]remote.Part
	profile remote.Profile
	page    int
	// lists and partLists count the requests.
	lists, partLists int
	// waited counts the lists that a reader waits for.
	waited    int
	delimited int
	delay     time.Duration
	// even says that every answer takes the delay exactly.
	even     bool
	fail     func(op, key string) error
	requests []remote.UploadsRequest
}

func newStore(page int, keys ...string) *store {
	s := &store{page: page, profile: remote.Profiles()["aws"], parts: map[string][]remote.Part{}}
	for i, k := range keys {
		s.uploads = append(s.uploads, newUpload(k, uploadID(i), i))
	}
	slices.SortStableFunc(s.uploads, func(a, b remote.Upload) int { return strings.Compare(a.Key, b.Key) })
	return s
}

func uploadID(i int) string {
	const digits = "0123456789abcdef"
	b := []byte("id-0000")
	for p := len(b) - 1; p >= 3 && i > 0; p-- {
		b[p] = digits[i%16]
		i /= 16
	}
	return string(b)
}

func (s *store) add(key, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut(key, id)
	s.uploads = slices.Insert(s.uploads, s.search(key+"\x00"), newUpload(key, id, len(s.uploads)))
}

// addAt puts an upload before upload i of its key, or last.
func (s *store) addAt(key, id string, i int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := min(s.search(key)+i, s.search(key+"\x00"))
	s.uploads = slices.Insert(s.uploads, at, newUpload(key, id, len(s.uploads)))
}

func newUpload(key, id string, i int) remote.Upload {
	return remote.Upload{Key: key, UploadID: id, Initiated: time.Unix(1700000000+int64(i), 0), Info: &remote.UploadInfo{}}
}

// search returns the index of the first upload whose key is key or greater.
func (s *store) search(key string) int {
	i, _ := slices.BinarySearchFunc(s.uploads, key, func(u remote.Upload, k string) int { return strings.Compare(u.Key, k) })
	return i
}

// find returns the index of an upload, or -1.
func (s *store) find(key, id string) int {
	for i := s.search(key); i < len(s.uploads) && s.uploads[i].Key == key; i++ {
		if s.uploads[i].UploadID == id {
			return i
		}
	}
	return -1
}

func (s *store) has(key, id string) bool { return s.find(key, id) >= 0 }

func (s *store) remove(key, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cut(key, id)
}

// cut takes an upload out. The lock is held.
func (s *store) cut(key, id string) {
	if i := s.find(key, id); i >= 0 {
		s.uploads = slices.Delete(s.uploads, i, i+1)
	}
}

func (s *store) Profile(string) remote.Profile { return s.profile }
func (s *store) Describe() map[string]string   { return nil }
func (s *store) Abort(_ context.Context, _, key, id string) error {
	s.remove(key, id)
	return nil
}

func (s *store) Buckets(context.Context, remote.BucketsRequest) (*remote.BucketPage, error) {
	return &remote.BucketPage{Buckets: []remote.Bucket{{Name: "b"}}}, nil
}

// order gives the answers of a store another order: any word does.
var order = flag.String("order", "", "a word that the order depends on in which a store's pages come")

// wait takes as long as an answer does. What is asked for spreads pages by a thirtieth
// of the delay: no two answers of a store come at one instant. If they did, chance would
// decide who is first, and what follows would be another in every run.
func (s *store) wait(ctx context.Context, asked string) error {
	if s.delay == 0 {
		return ctx.Err()
	}
	if asked == "" || s.even {
		return pause(ctx, s.delay)
	}
	h := fnv.New32a()
	io.WriteString(h, *order+asked)
	spread := max(1, s.delay/30)
	return pause(ctx, s.delay-spread/2+time.Duration(h.Sum32())%spread)
}

func (s *store) Uploads(ctx context.Context, _ string, req remote.UploadsRequest) (*remote.UploadPage, error) {
	s.mu.Lock()
	s.lists++
	if !remote.IsBackground(ctx) {
		s.waited++
	}
	if req.Delimiter != "" {
		s.delimited++
	}
	s.requests = append(s.requests, req)
	s.mu.Unlock()
	if err := s.wait(ctx, fmt.Sprint(req)); err != nil {
		return nil, err
	}
	if s.fail != nil {
		if err := s.fail("uploads", req.Prefix); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	most := s.page
	if req.Max > 0 && req.Max < most {
		most = req.Max
	}
	page := &remote.UploadPage{}
	n := 0
	past := req.Marker.UploadID == ""
	if !past && !s.has(req.Marker.Key, req.Marker.UploadID) {
		return nil, &remote.Error{Kind: remote.KindInvalid, Status: 400, Code: "InvalidArgument", Argument: "upload-id-marker"}
	}
	for i := s.search(max(req.Prefix, req.Marker.Key)); i < len(s.uploads); i++ {
		u := s.uploads[i]
		if !strings.HasPrefix(u.Key, req.Prefix) {
			break
		}
		if u.Key == req.Marker.Key && req.Marker.Key != "" {
			if req.Marker.UploadID == "" {
				continue
			}
			if !past {
				past = u.UploadID == req.Marker.UploadID
				continue
			}
		}
		if req.Delimiter != "" {
			if end := strings.Index(u.Key[len(req.Prefix):], "/"); end >= 0 {
				c := u.Key[:len(req.Prefix)+end+1]
				i = s.search(afterPrefix(c).key) - 1
				if c <= req.Marker.Key {
					continue
				}
				if n == most {
					page.Truncated = true
					break
				}
				page.CommonPrefixes = append(page.CommonPrefixes, c)
				n++
				continue
			}
		}
		if n == most {
			page.Truncated = true
			break
		}
		page.Uploads = append(page.Uploads, u)
		n++
	}
	return page, nil
}

func (s *store) Parts(ctx context.Context, _, key, id string, req remote.PartsRequest) (*remote.PartPage, error) {
	s.mu.Lock()
	s.partLists++
	s.mu.Unlock()
	if err := s.wait(ctx, ""); err != nil {
		return nil, err
	}
	if s.fail != nil {
		if err := s.fail("parts", key); err != nil {
			return nil, err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.has(key, id) {
		return nil, &remote.Error{Kind: remote.KindNoUpload}
	}
	page := &remote.PartPage{}
	for _, p := range s.parts[id] {
		if p.Number <= req.Marker {
			continue
		}
		if len(page.Parts) == 1000 {
			page.Truncated, page.Next = true, page.Parts[999].Number
			break
		}
		page.Parts = append(page.Parts, p)
	}
	return page, nil
}

// counted returns the requests so far: all lists, and those that a reader
// waited for.
func (s *store) counted() (lists, waited int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.lists, s.waited
}
