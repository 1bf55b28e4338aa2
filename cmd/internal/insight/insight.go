package insight

import (
	"io"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"uploadfs/cache"
	"uploadfs/fs"
	"uploadfs/remote"
)

// Insight gathers what .uploadfs shows. It is safe for concurrent use.
type Insight struct {
	registry *prometheus.Registry
	requests *requestMetrics
	streams  streams
	errors   errorLog

	mu      sync.Mutex
	config  func() []Setting
	sources func() Sources
	notes   func() []string
}

var _ fs.Insight = (*Insight)(nil)

// Setting is one line of .uploadfs/config.
type Setting struct{ Name, Value string }

// Sources is what is read at each look at the metrics.
type Sources struct {
	Cache cache.Stats
	// Tree has the open directories and live inodes.
	OpenDirs, Inodes int64
	// Limits is the state of each source's limiter.
	Limits []Limit
	// LogDropped counts lines that the log did not take.
	LogDropped int64
}

// Limit is the state of one source's limiter.
type Limit struct {
	Source                  string
	Current, Most, InFlight int
}

// New returns an Insight of a process of that version, started then.
func New(version string, started time.Time) *Insight {
	i := &Insight{registry: prometheus.NewRegistry()}
	i.streams.open = make(map[*stream]struct{})
	i.requests = newRequestMetrics(i.registry)
	registerProcess(i.registry, version, started)
	i.registry.MustRegister(&collector{gather: i.gather})
	return i
}

// Watch tells where the gauges come from; until then they are absent.
func (i *Insight) Watch(f func() Sources) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.sources = f
}

// Describe tells what .uploadfs/config shows.
func (i *Insight) Describe(f func() []Setting) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.config = f
}

// Notes tells what stands in .uploadfs/errors as long as the mount does: what a
// store cannot show, so that its absence is no failure.
func (i *Insight) Notes(f func() []string) {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.notes = f
}

func (i *Insight) gather() (Sources, bool) {
	i.mu.Lock()
	f := i.sources
	i.mu.Unlock()
	if f == nil {
		return Sources{}, false
	}
	return f(), true
}

// Observe is told of every attempt. It is what remote.Config.Observe calls, and
// does not block.
func (i *Insight) Observe(a remote.Attempt) {
	i.requests.observe(a)
	i.streams.publish(a)
}

// Failed notes a failure that a reader was given. See fs.Insight.
func (i *Insight) Failed(err error) {
	for _, e := range flatten(err) {
		if i.errors.add(time.Now(), e) {
			i.requests.failures.WithLabelValues(remote.KindOf(e).String()).Inc()
		}
	}
}

// Errors writes the standing notes, then the last failures, oldest first.
func (i *Insight) Errors(w io.Writer) error {
	i.mu.Lock()
	f := i.notes
	i.mu.Unlock()
	if f != nil {
		for _, note := range f() {
			if _, err := w.Write(append(appendPair([]byte("standing=true"), "note", note), '\n')); err != nil {
				return err
			}
		}
	}
	return i.errors.write(w)
}

// Config writes what is in force, a setting a line.
func (i *Insight) Config(w io.Writer) error {
	i.mu.Lock()
	f := i.config
	i.mu.Unlock()
	if f == nil {
		return nil
	}
	var line []byte
	for _, s := range f() {
		line = append(line[:0], s.Name...)
		line = append(line, '=')
		line = appendValue(line, s.Value)
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

// Requests returns a stream of one line for each request from now on.
func (i *Insight) Requests() fs.RequestStream { return i.streams.add() }

// Close ends every stream of requests.
func (i *Insight) Close() { i.streams.close() }
