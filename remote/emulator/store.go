package emulator

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Options describes a store.
type Options struct {
	// Credentials are the key pairs that it knows, DemoID and DemoSecret where
	// there are none.
	Credentials []Credential
	// Anonymous accepts requests without a signature.
	Anonymous bool
	// Now is the store's clock, time.Now where nil.
	Now func() time.Time
	// Latency is added to every request. It ends early when the client leaves.
	Latency time.Duration
	// Rate refuses requests above so many a second, MaxInFlight those above so
	// many under way, both with the dialect's throttling error. 0 is no limit.
	Rate        float64
	MaxInFlight int
	// DenyService answers the listing of buckets with 403.
	DenyService bool
	// Fault decides for each request, counted from 1, how it is spoilt; nil for
	// not at all. It is asked before the buckets' own rules.
	Fault func(r *http.Request, n int) *Fault
	// Seed makes upload ids reproducible.
	Seed int64
}

// Store is an object store that knows nothing but buckets and multipart
// uploads. It is an http.Handler, safe for concurrent use.
type Store struct {
	anonymous, denyService bool
	clock                  func() time.Time
	seed                   uint64
	limiter                *limiter
	counters               *counters
	requests               atomic.Int64
	latency                atomic.Int64
	buffers                sync.Pool
	keys                   sync.Map

	mu      sync.RWMutex
	creds   []Credential
	buckets map[string]*bucket
	hosts   map[string]*bucket
	fault   func(*http.Request, int) *Fault
	observe func(Request)

	serving   sync.Mutex
	server    *http.Server
	listener  *listener
	transport []*http.Transport
	closed    bool
	done      chan struct{}
	running   sync.WaitGroup
	// active is held for reading by every request under way.
	active sync.RWMutex
}

// New returns a store without buckets.
func New(o Options) *Store {
	s := &Store{
		anonymous: o.Anonymous, denyService: o.DenyService, clock: o.Now, seed: mix(uint64(o.Seed) + 1),
		limiter: newLimiter(o.Rate, o.MaxInFlight), counters: newCounters(),
		buckets: make(map[string]*bucket), hosts: make(map[string]*bucket),
		creds: slices.Clone(o.Credentials), fault: o.Fault, done: make(chan struct{}),
	}
	if s.clock == nil {
		s.clock = time.Now
	}
	if len(s.creds) == 0 {
		s.creds = []Credential{{ID: DemoID, Secret: DemoSecret}}
	}
	s.latency.Store(int64(o.Latency))
	s.buffers.New = func() any { return new([]byte) }
	return s
}

// AddBucket adds a bucket. It fails where the options cannot work or the
// dialect has a bucket of that name.
func (s *Store) AddBucket(o BucketOptions) error {
	b, err := newBucket(o, s.clock())
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	id := b.dialect.name() + "/" + b.name
	if s.buckets[id] != nil {
		return fmt.Errorf("emulator: there already is a bucket %s", id)
	}
	s.buckets[id] = b
	for _, h := range o.Hosts {
		s.hosts[strings.ToLower(h)] = b
	}
	return nil
}

// RemoveBucket removes the bucket, as when somebody deletes it under a reader.
func (s *Store) RemoveBucket(bucket string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, b := range s.buckets {
		if b.name == bucket {
			delete(s.buckets, id)
		}
	}
	for h, b := range s.hosts {
		if b.name == bucket {
			delete(s.hosts, h)
		}
	}
}

// SetCredentials replaces the key pairs that the store knows.
func (s *Store) SetCredentials(c ...Credential) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.creds = slices.Clone(c)
}

// SetFault replaces Options.Fault.
func (s *Store) SetFault(f func(r *http.Request, n int) *Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// SetLatency replaces Options.Latency.
func (s *Store) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }

// OnRequest has f told of every request once it is answered. f must not block.
func (s *Store) OnRequest(f func(Request)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.observe = f
}

// find is the bucket of a dialect, or of any where dialect is empty.
func (s *Store) find(dialect, name string) *bucket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if dialect != "" {
		return s.buckets[dialect+"/"+name]
	}
	for _, d := range dialectNames() {
		if b := s.buckets[d+"/"+name]; b != nil {
			return b
		}
	}
	return nil
}

// named is find for the methods by which tests put and read uploads.
func (s *Store) named(bucket string) (*bucket, error) {
	if d, name, ok := strings.Cut(bucket, "/"); ok {
		if b := s.find(d, name); b != nil {
			return b, nil
		}
	}
	if b := s.find("", bucket); b != nil {
		return b, nil
	}
	return nil, fmt.Errorf("emulator: there is no bucket %q", bucket)
}

func (s *Store) hostBucket(host string) *bucket {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.hosts[host]
}

func (s *Store) credential(id string) (Credential, bool) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	for _, c := range s.creds {
		if c.ID == id {
			return c, true
		}
	}
	return Credential{}, false
}

// signingKeyName names a derived key of a version 4 signature.
type signingKeyName struct{ prefix, secret, date, region string }

// signingKey derives the key of a version 4 signature. A day's key is kept,
// as servers do, since deriving it costs more than using it.
func (s *Store) signingKey(prefix, secret string, sc scope, service, terminator string) []byte {
	id := signingKeyName{prefix, secret, sc.date, sc.region}
	if k, ok := s.keys.Load(id); ok {
		return k.([]byte)
	}
	k := hmac256([]byte(prefix+secret), sc.date)
	k = hmac256(k, sc.region)
	k = hmac256(k, service)
	k = hmac256(k, terminator)
	s.keys.Store(id, k)
	return k
}

func (s *Store) buffer() []byte { return (*s.buffers.Get().(*[]byte))[:0] }

func (s *Store) recycle(b []byte) {
	if cap(b) > 0 && cap(b) <= 4<<20 {
		s.buffers.Put(&b)
	}
}

var errClosed = errors.New("emulator: the store is closed")

// serve starts the in-process server once.
func (s *Store) serve() (*listener, error) {
	s.serving.Lock()
	defer s.serving.Unlock()
	if s.closed {
		return nil, errClosed
	}
	if s.server == nil {
		l := newListener()
		srv := &http.Server{Handler: s, ErrorLog: quiet()}
		s.server, s.listener = srv, l
		s.running.Go(func() { _ = srv.Serve(l) }) // ends with ErrServerClosed at Close
	}
	return s.listener, nil
}

// Close ends the server, its connections and every request under way, and
// returns when nothing runs any more.
func (s *Store) Close() error {
	s.serving.Lock()
	if s.closed {
		s.serving.Unlock()
		return nil
	}
	s.closed = true
	close(s.done)
	srv, transports := s.server, s.transport
	s.serving.Unlock()
	for _, t := range transports {
		t.CloseIdleConnections()
	}
	var err error
	if srv != nil {
		err = srv.Close()
	}
	s.running.Wait()
	// Every handler has been told to end; the lock is had when the last one has.
	s.active.Lock()
	defer s.active.Unlock()
	return err
}
