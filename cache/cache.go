package cache

import (
	"context"
	"log/slog"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/golang-lru/v2/simplelru"
	"golang.org/x/sync/singleflight"

	"uploadfs/remote"
)

// Options are the settings of --ttl, --cache-size, --readahead and
// --abort-min-age.
type Options struct {
	// TTL is how long a listing is served. Bytes bounds what is kept.
	TTL   time.Duration
	Bytes int64
	// Readahead is the number of sibling uploads whose parts are fetched ahead
	// of a walk, 0 for none.
	Readahead int
	// Concurrency is the number of requests in flight that one source may
	// have; speculation keeps below it.
	Concurrency int
	// AbortMinAge is the age below which an upload is not aborted.
	AbortMinAge time.Duration
	Logger      *slog.Logger
}

// Cache holds what is known of every bucket of a mount under one byte budget,
// least recently used first out.
type Cache struct {
	opts    Options
	log     *slog.Logger
	flights singleflight.Group
	stats   counters
	// splitAfter and splitWaited are the constants, or less in tests.
	splitAfter  int
	splitWaited time.Duration
	// done is closed with the cache.
	done chan struct{}

	// mu guards everything below and the indexes of every bucket. It is never
	// held over a request.
	mu      sync.Mutex
	lru     *simplelru.LRU[item, struct{}]
	bytes   int64
	buckets []*Bucket
	// accounts are the lists of buckets, which Drop forgets.
	accounts []*Account
	// cancels ends the flights under way when the cache is closed.
	cancels map[*context.CancelFunc]struct{}
	closed  bool
}

// item is what the LRU holds: a block or the parts of an upload.
type item interface {
	// size is in bytes.
	size() int64
	// drop takes the item out of its index. The cache's lock is held.
	drop()
}

// New returns an empty cache.
func New(o Options) *Cache {
	c := &Cache{
		opts: o, log: o.Logger, splitAfter: splitAfter, splitWaited: splitWaited,
		done: make(chan struct{}), cancels: map[*context.CancelFunc]struct{}{},
	}
	if c.log == nil {
		c.log = slog.New(slog.DiscardHandler)
	}
	lru, err := simplelru.NewLRU(math.MaxInt, func(i item, _ struct{}) {
		c.bytes -= i.size()
		i.drop()
	})
	if err != nil {
		panic(err) // Only a size below 1 fails.
	}
	c.lru = lru
	return c
}

// Bucket returns the keyspace of one bucket, limited to keys under prefix.
func (c *Cache) Bucket(client remote.Client, name, prefix string) *Bucket {
	b := &Bucket{
		c: c, client: client, pager: remote.NewPager(client, name), name: name, domain: prefix,
		levels: map[string]*index{}, parts: map[partsKey]*partsEntry{}, walks: map[uint32]*paged{},
		underWay: map[*page]struct{}{},
	}
	b.unsorted = !client.Profile(name).Sorted
	c.mu.Lock()
	c.buckets = append(c.buckets, b)
	c.mu.Unlock()
	return b
}

// Drop forgets every listing (SIGHUP).
func (c *Cache) Drop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.lru.Purge()
	for _, b := range c.buckets {
		b.whole = nil
	}
	for _, a := range c.accounts {
		a.expires = time.Time{}
	}
}

// Close ends what is under way. Later requests fail.
func (c *Cache) Close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.closed = true
		close(c.done)
	}
	for cancel := range c.cancels {
		(*cancel)()
	}
}

// keep puts an item in the LRU and evicts what the budget does not hold. The
// lock is held.
func (c *Cache) keep(i item) {
	c.lru.Add(i, struct{}{})
	c.bytes += i.size()
	for c.bytes > c.opts.Bytes && c.lru.Len() > 0 {
		c.lru.RemoveOldest()
		c.stats.evictions.Add(1)
	}
}

// letGo takes out a block that its index has cut already. The lock is held.
func (c *Cache) letGo(k *block) {
	c.bytes -= k.cost
	// The callback of Remove would take k from the index and the budget.
	k.owner, k.cost = nil, 0
	c.lru.Remove(k)
}

// flight runs do once for all who ask for the same key at the same time. It
// outlives a caller that is interrupted, so that the retried call finds the
// answer, and ends with the cache.
func (c *Cache) flight(ctx context.Context, key string, do func(context.Context) (any, error)) (any, error) {
	ch := c.flights.DoChan(key, func() (any, error) {
		ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
		defer cancel()
		if !c.adopt(&cancel) {
			return nil, &remote.Error{Kind: remote.KindUnavailable, Message: "unmounting"}
		}
		defer c.release(&cancel)
		return do(ctx)
	})
	select {
	case r := <-ch:
		return r.Val, r.Err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (c *Cache) adopt(cancel *context.CancelFunc) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.closed {
		c.cancels[cancel] = struct{}{}
	}
	return !c.closed
}

func (c *Cache) release(cancel *context.CancelFunc) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.cancels, cancel)
}

// counters are what Stats reads.
type counters struct {
	hits, misses, evictions         atomic.Int64
	ahead, aheadUsed                atomic.Int64
	uploadsSeen, partsSeen, demoted atomic.Int64
	wholeScans, rangePages, aborted atomic.Int64
}

// Stats is a snapshot of what the cache has done and holds.
type Stats struct {
	// Hits and Misses count questions answered with and without a request.
	Hits, Misses, Evictions int64
	// Entries are blocks and part lists, Bytes their size, BytesMax the budget.
	Entries         int
	Bytes, BytesMax int64
	// Ahead counts part lists fetched before anybody asked, AheadUsed those
	// that somebody asked for since.
	Ahead, AheadUsed int64
	// UploadsSeen and PartsSeen count what pages have brought.
	UploadsSeen, PartsSeen int64
	// Demoted counts buckets found not to be sorted, WholeScans the readings
	// of such a bucket, RangePages the pages read ahead of a scan.
	Demoted, WholeScans, RangePages, Aborted int64
}

// Stats returns a snapshot.
func (c *Cache) Stats() Stats {
	s := &c.stats
	c.mu.Lock()
	entries, bytes := c.lru.Len(), c.bytes
	c.mu.Unlock()
	return Stats{
		Hits: s.hits.Load(), Misses: s.misses.Load(), Evictions: s.evictions.Load(),
		Entries: entries, Bytes: bytes, BytesMax: c.opts.Bytes,
		Ahead: s.ahead.Load(), AheadUsed: s.aheadUsed.Load(),
		UploadsSeen: s.uploadsSeen.Load(), PartsSeen: s.partsSeen.Load(),
		Demoted: s.demoted.Load(), WholeScans: s.wholeScans.Load(), RangePages: s.rangePages.Load(), Aborted: s.aborted.Load(),
	}
}
