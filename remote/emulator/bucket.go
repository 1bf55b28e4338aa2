package emulator

import (
	"fmt"
	"iter"
	"net/http"
	"sync"
	"time"

	"uploadfs/remote"
)

// BucketOptions describes a bucket.
type BucketOptions struct {
	// Name is the bucket's, with -appid on COS.
	Name string
	// Dialect is s3, cos or oss.
	Dialect string
	// Region is the provider's name for it, us-east-1, ap-guangzhou and
	// cn-hangzhou where empty.
	Region  string
	Created time.Time
	// Hosts are host names that are this bucket (a custom domain, a CNAME).
	Hosts []string
	// OnlyPrefix, where set, denies every request outside that prefix.
	OnlyPrefix string
	// Population is synthetic uploads beside those that are put or created.
	Population Population
	Quirks     Quirks
	// Faults are tried in order for each of the bucket's requests; the first
	// that applies is used.
	Faults []Rule
}

// bucket is one bucket of the store.
type bucket struct {
	name, region string
	created      time.Time
	dialect      dialect
	quirks       Quirks
	onlyPrefix   string
	faults       []*ruleState

	// mu guards what follows. It is held for the making of one page, and never
	// while anything is sent or waited for.
	mu         sync.RWMutex
	table      *table
	population *population
	// aborted are the indices of synthetic uploads that are gone.
	aborted map[int]bool
	// outlived counts the aborts that synthetic uploads have survived.
	outlived map[int]int
	// buried are aborted uploads whose id still places a marker.
	buried map[name]upload
	// forgotten hides all uploads from listings, not from List Parts.
	forgotten bool
	seq       uint64
}

// buriedMax bounds the memory of aborted uploads.
const buriedMax = 10000

func newBucket(o BucketOptions, now time.Time) (*bucket, error) {
	d, ok := dialectOf(o.Dialect)
	if !ok {
		return nil, fmt.Errorf("emulator: bucket %q: no dialect is called %q", o.Name, o.Dialect)
	}
	if o.Name == "" {
		return nil, fmt.Errorf("emulator: a bucket needs a name")
	}
	if o.Region == "" {
		o.Region = d.region()
	}
	if o.Created.IsZero() {
		o.Created = now.Truncate(time.Second)
	}
	p, err := newPopulation(o.Population, d, now)
	if err != nil {
		return nil, err
	}
	b := &bucket{
		name: o.Name, region: o.Region, created: o.Created, dialect: d, quirks: o.Quirks, onlyPrefix: o.OnlyPrefix,
		table: newTable(d.order()), population: p,
		aborted: make(map[int]bool), outlived: make(map[int]int), buried: make(map[name]upload),
	}
	for _, r := range o.Faults {
		b.faults = append(b.faults, &ruleState{Rule: r})
	}
	return b, nil
}

// find returns a copy of a pending upload, real or synthetic, or nil. The
// lock is held.
func (b *bucket) find(key, id string) *upload {
	if u := b.table.named[name{key, id}]; u != nil {
		v := *u
		return &v
	}
	if b.population == nil {
		return nil
	}
	i, ok := b.population.find(key, id)
	if !ok || b.aborted[i] {
		return nil
	}
	u := b.population.at(i)
	return &u
}

// partCount and part read an upload's parts, sorted by number.
func (b *bucket) partCount(u *upload) int {
	if u.synthetic > 0 {
		return b.population.partCount(u.synthetic - 1)
	}
	return len(u.parts)
}

func (b *bucket) part(u *upload, j int) remote.Part {
	if u.synthetic > 0 {
		return b.population.part(u.synthetic-1, j)
	}
	return u.parts[j]
}

// drop removes an upload and remembers where it stood.
func (b *bucket) drop(u *upload) {
	if u.synthetic > 0 {
		b.aborted[u.synthetic-1] = true
	} else {
		b.table.remove(u.key, u.id)
	}
	if len(b.buried) >= buriedMax {
		clear(b.buried)
	}
	grave := *u
	grave.parts = nil
	b.buried[name{u.key, u.id}] = grave
}

// newID makes an upload id that the bucket does not have. The lock is held.
func (b *bucket) newID(d dialect, seed uint64, u *upload) string {
	h := mix(seed ^ nameHash(b.name, u.key) ^ mix(u.seq))
	if b.quirks.Emulate == EmulateSeaweedFS {
		return seaweedID(u.key, h)
	}
	return string(d.appendID(nil, h, u.initiated))
}

// abort ends an upload unless it outlives this abort.
func (b *bucket) abort(key, id string) (gone bool, e *apiError) {
	b.mu.Lock()
	defer b.mu.Unlock()
	u := b.find(key, id)
	if u == nil {
		return false, fail(http.StatusNotFound, "NoSuchUpload", "")
	}
	if b.outlives(u) {
		return false, nil
	}
	b.drop(u)
	return true, nil
}

// outlives counts down the aborts that an upload survives.
func (b *bucket) outlives(u *upload) bool {
	if u.synthetic > 0 {
		i := u.synthetic - 1
		b.outlived[i]++
		return b.outlived[i] <= b.quirks.AbortsSurvived
	}
	kept := b.table.named[name{u.key, u.id}]
	kept.surviving++
	return kept.surviving <= b.quirks.AbortsSurvived
}

// all yields every pending upload in listing order. It takes the lock for a
// thousand at a time, so that uploads may come and go meanwhile.
func (b *bucket) all() iter.Seq[upload] {
	return func(yield func(upload) bool) {
		var last *upload
		for {
			batch := b.batch(last)
			for i := range batch {
				if !yield(batch[i]) {
					return
				}
			}
			if len(batch) < maxPage {
				return
			}
			last = &batch[len(batch)-1]
		}
	}
}

func (b *bucket) batch(last *upload) []upload {
	b.mu.RLock()
	defer b.mu.RUnlock()
	w := b.walk()
	if last != nil {
		w.after(last)
	}
	var batch []upload
	for len(batch) < maxPage {
		if _, ok := w.key(); !ok {
			break
		}
		batch = append(batch, w.take())
	}
	return batch
}
