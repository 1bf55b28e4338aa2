package fs

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"uploadfs/cache"
	"uploadfs/remote"
)

// store is a Bucket in memory: the contract of tree.go and nothing behind it.
type store struct {
	name string
	ttl  time.Duration
	// lapse is when every listing lapses, nil for ttl from now.
	lapse atomic.Pointer[time.Time]
	// hook is called before each operation, outside of any lock, and may wait
	// or fail. It is nil for nothing.
	hook func(ctx context.Context, op, arg string) error

	mu      sync.Mutex
	uploads map[string][]remote.Upload // by key, in listing order
	parts   map[[2]string][]remote.Part
	calls   map[string]int
	// expected are the prefixes that Expect was told of, visits the last order.
	expected []string
	visits   []cache.Visit
	// read are the prefixes that Walked was told of and by whom.
	read []string
	// dirs and at are derived from uploads, nil to derive again: the children
	// of each prefix, and where the component of a prefix is among them.
	dirs map[string][]cache.Child
	at   map[[2]string]int
	// byID is for benchmarks over many uploads of one key: see index.
	byID map[[2]string]*remote.Upload
}

func newStore(name string) *store {
	return &store{
		name: name, ttl: time.Minute,
		uploads: map[string][]remote.Upload{}, parts: map[[2]string][]remote.Part{}, calls: map[string]int{},
	}
}

func (s *store) add(u remote.Upload, parts ...remote.Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads[u.Key] = append(s.uploads[u.Key], u)
	s.parts[[2]string{u.Key, u.UploadID}] = parts
	s.dirs = nil
}

// setParts replaces the parts of an upload.
func (s *store) setParts(key, id string, parts ...remote.Part) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.parts[[2]string{key, id}] = parts
}

// setHook sets hook while requests run.
func (s *store) setHook(hook func(ctx context.Context, op, arg string) error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.hook = hook
}

// index makes lookups of uploads fast once all are added.
func (s *store) index() {
	s.byID = map[[2]string]*remote.Upload{}
	for key, all := range s.uploads {
		for i := range all {
			s.byID[[2]string{key, all[i].UploadID}] = &all[i]
		}
	}
}

func (s *store) remove(key, id string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads[key] = slices.DeleteFunc(s.uploads[key], func(u remote.Upload) bool { return u.UploadID == id })
	if len(s.uploads[key]) == 0 {
		delete(s.uploads, key)
	}
	delete(s.parts, [2]string{key, id})
	s.dirs = nil
}

func (s *store) count(op string) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.calls[op]
}

// total is the number of operations of any kind so far.
func (s *store) total() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	n := 0
	for _, c := range s.calls {
		n += c
	}
	return n
}

func (s *store) before(ctx context.Context, op, arg string) error {
	s.mu.Lock()
	s.calls[op]++
	hook := s.hook
	s.mu.Unlock()
	if hook != nil {
		return hook(ctx, op, arg)
	}
	return ctx.Err()
}

func (s *store) expires() time.Time {
	if at := s.lapse.Load(); at != nil {
		return *at
	}
	return time.Now().Add(s.ttl)
}

// children returns a directory by the rules of cache.Reader.
func (s *store) children(prefix string) []cache.Child {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.dirs == nil {
		s.derive()
	}
	return s.dirs[prefix]
}

func (s *store) derive() {
	s.dirs = map[string][]cache.Child{}
	at := map[[2]string]int{}
	s.at = at
	keys := slices.Sorted(maps.Keys(s.uploads))
	for _, key := range keys {
		for i := range s.uploads[key] {
			u := &s.uploads[key][i]
			s.dirs[key+"/"] = append(s.dirs[key+"/"], cache.Child{Upload: u})
		}
	}
	for _, key := range keys {
		prefix := ""
		for {
			c, rest, deeper := strings.Cut(key[len(prefix):], "/")
			i, ok := at[[2]string{prefix, c}]
			if !ok {
				i = len(s.dirs[prefix])
				at[[2]string{prefix, c}] = i
				s.dirs[prefix] = append(s.dirs[prefix], cache.Child{Component: c})
			}
			child := &s.dirs[prefix][i]
			if !deeper {
				child.Key = true
				for _, u := range s.uploads[key] {
					if u.Initiated.After(child.Newest) {
						child.Newest = u.Initiated
					}
				}
				break
			}
			child.Prefix = true
			prefix = key[:len(key)-len(rest)]
		}
	}
}

func (s *store) Name() string { return s.name }

func (s *store) Children(prefix string, _ uint32) cache.Reader {
	return &storeReader{s: s, prefix: prefix}
}
func (s *store) Walk(prefix string, by uint32) cache.Reader { return s.Children(prefix, by) }

type storeReader struct {
	s      *store
	prefix string
	all    []cache.Child
	read   bool
	i      int
}

func (r *storeReader) Next(ctx context.Context) (cache.Child, error) {
	if err := r.s.before(ctx, "next", r.prefix+"#"+strconv.Itoa(r.i)); err != nil {
		return cache.Child{}, err
	}
	if !r.read {
		r.all, r.read = r.s.children(r.prefix), true
	}
	if r.i >= len(r.all) {
		return cache.Child{}, io.EOF
	}
	c := r.all[r.i]
	c.Expires = r.s.expires()
	r.i++
	return c, nil
}

func (r *storeReader) Mark() any { return r.i }

func (r *storeReader) Reset(mark any) {
	r.i, _ = mark.(int)
	if mark == nil {
		r.read = false
	}
}

func gone(k remote.Kind) error { return &remote.Error{Kind: k} }

func (s *store) Describe(ctx context.Context, prefix, component string) (cache.Child, error) {
	return s.Lookup(ctx, prefix, component)
}

func (s *store) Lookup(ctx context.Context, prefix, component string) (cache.Child, error) {
	if err := s.before(ctx, "lookup", prefix+component); err != nil {
		return cache.Child{}, err
	}
	all := s.children(prefix)
	s.mu.Lock()
	i, ok := s.at[[2]string{prefix, component}]
	s.mu.Unlock()
	if !ok {
		return cache.Child{}, gone(remote.KindNoKey)
	}
	c := all[i]
	c.Expires = s.expires()
	return c, nil
}

func (s *store) findComponent(prefix string, match func(string) bool) (cache.Child, error) {
	for _, c := range s.children(prefix) {
		if c.Upload == nil && match(c.Component) {
			c.Expires = s.expires()
			return c, nil
		}
	}
	return cache.Child{}, gone(remote.KindNoKey)
}

func (s *store) FindComponent(ctx context.Context, prefix, begins string, match func(string) bool) (cache.Child, error) {
	if err := s.before(ctx, "find", prefix+begins); err != nil {
		return cache.Child{}, err
	}
	return s.findComponent(prefix, func(c string) bool { return strings.HasPrefix(c, begins) && match(c) })
}

func (s *store) Upload(ctx context.Context, key, id string) (*remote.Upload, time.Time, error) {
	if err := s.before(ctx, "upload", key); err != nil {
		return nil, time.Time{}, err
	}
	s.mu.Lock()
	one := s.byID[[2]string{key, id}]
	s.mu.Unlock()
	if one != nil {
		return one, s.expires(), nil
	}
	return s.findUpload(key, func(v string) bool { return v == id })
}

func (s *store) findUpload(key string, match func(string) bool) (*remote.Upload, time.Time, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i := range s.uploads[key] {
		if u := &s.uploads[key][i]; match(u.UploadID) {
			return u, s.expires(), nil
		}
	}
	return nil, time.Time{}, gone(remote.KindNoUpload)
}

func (s *store) FindUpload(ctx context.Context, key, begins string, match func(string) bool) (*remote.Upload, time.Time, error) {
	if err := s.before(ctx, "findupload", key); err != nil {
		return nil, time.Time{}, err
	}
	return s.findUpload(key, func(v string) bool { return strings.HasPrefix(v, begins) && match(v) })
}

func (s *store) Parts(ctx context.Context, key, id string) (*cache.PartList, error) {
	if err := s.before(ctx, "parts", key); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.parts[[2]string{key, id}]
	if !ok {
		return nil, gone(remote.KindNoUpload)
	}
	return &cache.PartList{Parts: p, Expires: s.expires()}, nil
}

func (s *store) All() cache.UploadReader { return &storeStream{s: s} }

func (s *store) Walked(walker uint32, prefix string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.read = append(s.read, fmt.Sprintf("%d %s", walker, prefix))
}

func (s *store) Expect(prefix string, visits []cache.Visit) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.expected, s.visits = append(s.expected, prefix), visits
}

type storeStream struct {
	s   *store
	all []*remote.Upload
	i   int
}

func (r *storeStream) Next(ctx context.Context) (*remote.Upload, error) {
	if err := r.s.before(ctx, "all", fmt.Sprint(r.i)); err != nil {
		return nil, err
	}
	if r.i == 0 {
		r.s.mu.Lock()
		for _, key := range slices.Sorted(maps.Keys(r.s.uploads)) {
			for i := range r.s.uploads[key] {
				r.all = append(r.all, &r.s.uploads[key][i])
			}
		}
		r.s.mu.Unlock()
	}
	if r.i >= len(r.all) {
		return nil, io.EOF
	}
	r.i++
	return r.all[r.i-1], nil
}

func (s *store) Abort(ctx context.Context, key, id string) error {
	if err := s.before(ctx, "abort", key+" "+id); err != nil {
		return err
	}
	if _, _, err := s.findUpload(key, func(v string) bool { return v == id }); err != nil {
		return err
	}
	s.remove(key, id)
	return nil
}

// account is Buckets in memory.
type account struct {
	stores map[string]*store
	ttl    time.Duration
	// err is what every Names and Open fails with; partial is what Names ends
	// in after the names that there are.
	err, partial error
}

func newAccount(stores ...*store) *account {
	a := &account{stores: map[string]*store{}, ttl: time.Minute}
	for _, s := range stores {
		a.stores[s.name] = s
	}
	return a
}

func (a *account) Names(ctx context.Context) ([]string, time.Time, error) {
	if a.err != nil {
		return nil, time.Time{}, a.err
	}
	return slices.Sorted(maps.Keys(a.stores)), time.Now().Add(a.ttl), cmp.Or(ctx.Err(), a.partial)
}

func (a *account) Open(ctx context.Context, name string) (Bucket, time.Time, error) {
	if a.err != nil {
		return nil, time.Time{}, a.err
	}
	s, ok := a.stores[name]
	if !ok {
		return nil, time.Time{}, gone(remote.KindNoBucket)
	}
	return s, time.Now().Add(a.ttl), ctx.Err()
}

// insight is an Insight with fixed words, that counts failures.
type insight struct {
	mu     sync.Mutex
	failed []error
	lines  chan []byte
}

func (i *insight) Stats(w io.Writer) error {
	_, err := io.WriteString(w, "uploadfs_up 1\n")
	return err
}

func (i *insight) Errors(w io.Writer) error {
	i.mu.Lock()
	defer i.mu.Unlock()
	for _, e := range i.failed {
		fmt.Fprintln(w, e)
	}
	return nil
}

func (i *insight) Config(w io.Writer) error {
	_, err := io.WriteString(w, "ttl 1m0s\n")
	return err
}

func (i *insight) Failed(err error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.failed = append(i.failed, err)
}

func (i *insight) failures() int {
	i.mu.Lock()
	defer i.mu.Unlock()
	return len(i.failed)
}

func (i *insight) Requests() RequestStream { return &lineStream{i.lines} }

type lineStream struct{ lines chan []byte }

func (s *lineStream) Next(ctx context.Context) ([]byte, error) {
	select {
	case l, ok := <-s.lines:
		if !ok {
			return nil, io.EOF
		}
		return l, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (s *lineStream) Close() error { return nil }
