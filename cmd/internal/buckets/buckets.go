package buckets

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"uploadfs/cache"
	"uploadfs/fs"
	"uploadfs/remote"
)

// Source is one source of the command line, with its client made.
type Source struct {
	// Name is the source as errors and logs give it.
	Name string
	// Dir is the directory of a named bucket, empty for an account.
	Dir            string
	Bucket, Prefix string
	// Place tells whether a named bucket and an account's are one: provider
	// and endpoint.
	Place  string
	Client remote.Client
}

// Set is every bucket of a mount.
type Set struct {
	cache   *cache.Cache
	ttl     time.Duration
	sources []*entry

	mu   sync.Mutex
	open map[key]*cache.Bucket
}

var _ fs.Buckets = (*Set)(nil)

// key names a bucket: the source that it comes from, and its own name.
type key struct {
	source *entry
	bucket string
}

type entry struct {
	Source
	// account is nil for a named bucket.
	account *cache.Account
}

// New makes the set. ttl is how long the kernel may keep a name that is fixed.
func New(c *cache.Cache, ttl time.Duration, sources []Source) *Set {
	s := &Set{cache: c, ttl: ttl, open: make(map[key]*cache.Bucket)}
	for _, src := range sources {
		e := &entry{Source: src}
		if src.Dir == "" {
			e.account = c.Account(src.Client)
		}
		s.sources = append(s.sources, e)
	}
	return s
}

// Names returns every directory, sorted. Where a source cannot be listed, or a
// bucket has no name left, there is an error too, and the names are those that
// there are. See fs.Buckets.
func (s *Set) Names(ctx context.Context) ([]string, time.Time, error) {
	owners, expires, err := s.owners(ctx)
	names := make([]string, 0, len(owners))
	for name := range owners {
		names = append(names, name)
	}
	slices.Sort(names)
	return names, expires, err
}

// owners says which source each directory belongs to.
func (s *Set) owners(ctx context.Context) (map[string]key, time.Time, error) {
	owners := make(map[string]key)
	for _, e := range s.sources {
		if e.account == nil {
			owners[e.Dir] = key{e, e.Bucket}
		}
	}
	expires := time.Now().Add(s.ttl)
	lists, until, errs := s.lists(ctx)
	if !until.IsZero() && until.Before(expires) {
		expires = until
	}
	for i, e := range s.sources {
		for _, b := range lists[i] {
			if s.named(e.Place, b.Name) {
				continue
			}
			if owner, taken := owners[b.Name]; taken {
				errs = append(errs, collision(owner.source, e, b.Name))
				continue
			}
			owners[b.Name] = key{e, b.Name}
		}
	}
	return owners, expires, errors.Join(errs...)
}

// lists asks every account side by side.
func (s *Set) lists(ctx context.Context) (lists [][]remote.Bucket, until time.Time, errs []error) {
	lists = make([][]remote.Bucket, len(s.sources))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, e := range s.sources {
		if e.account == nil {
			continue
		}
		wg.Go(func() {
			list, expires, err := e.account.List(ctx)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				errs = append(errs, err)
				return
			}
			lists[i] = list
			if until.IsZero() || expires.Before(until) {
				until = expires
			}
		})
	}
	wg.Wait()
	return lists, until, errs
}

// named reports whether a bucket of an account has a source of its own.
func (s *Set) named(place, bucket string) bool {
	return slices.ContainsFunc(s.sources, func(e *entry) bool {
		return e.account == nil && e.Bucket == bucket && e.Place == place
	})
}

// collision is a bucket that cannot be shown.
func collision(first, second *entry, name string) error {
	return &remote.Error{
		Kind: remote.KindUsage, Source: second.Name, Bucket: name, Op: "ListBuckets",
		Message: fmt.Sprintf("%s and %s both have a bucket of this name; name it as a source with as=NAME to see both", first.Name, second.Name),
	}
}

// Open returns the bucket behind a directory. See fs.Buckets.
func (s *Set) Open(ctx context.Context, name string) (fs.Bucket, time.Time, error) {
	for _, e := range s.sources {
		if e.account == nil && e.Dir == name {
			return s.bucket(key{e, e.Bucket}), time.Now().Add(s.ttl), nil
		}
	}
	if !slices.ContainsFunc(s.sources, func(e *entry) bool { return e.account != nil }) {
		return nil, time.Now().Add(s.ttl), &remote.Error{Kind: remote.KindNoBucket, Bucket: name}
	}
	owners, expires, err := s.owners(ctx)
	if owner, ok := owners[name]; ok {
		return s.bucket(owner), expires, nil
	}
	if err != nil && !onlyCollisions(err) {
		return nil, time.Time{}, err
	}
	return nil, expires, &remote.Error{Kind: remote.KindNoBucket, Bucket: name}
}

// onlyCollisions reports whether every account could be listed.
func onlyCollisions(err error) bool {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return remote.KindOf(err) == remote.KindUsage
	}
	return !slices.ContainsFunc(joined.Unwrap(), func(e error) bool { return remote.KindOf(e) != remote.KindUsage })
}

func (s *Set) bucket(k key) *cache.Bucket {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.open[k]
	if b == nil {
		b = s.cache.Bucket(k.source.Client, k.bucket, k.source.Prefix)
		s.open[k] = b
	}
	return b
}

// Collisions lists the buckets that have no directory, one line each, for the
// check before the mount. Accounts that cannot be listed are not its business.
func (s *Set) Collisions(ctx context.Context) []string {
	_, _, err := s.owners(ctx)
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	var lines []string
	for _, err := range joined.Unwrap() {
		if e, ok := errors.AsType[*remote.Error](err); ok && e.Kind == remote.KindUsage {
			lines = append(lines, fmt.Sprintf("bucket %q: %s", e.Bucket, e.Message))
		}
	}
	slices.SortFunc(lines, strings.Compare)
	return lines
}
