package insight

import "github.com/prometheus/client_golang/prometheus"

// collector reads the state of cache, tree and limiters when somebody looks, so
// that nothing is counted twice.
type collector struct {
	gather func() (Sources, bool)
}

// metric is one row: how it is called and where its value comes from.
type metric struct {
	name, help string
	kind       prometheus.ValueType
	value      func(Sources) float64
}

var metrics = [...]metric{
	{"cache_hits_total", "Questions answered without a request.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.Hits) }},
	{"cache_misses_total", "Questions that needed a request.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.Misses) }},
	{"cache_evictions_total", "Cached listings dropped for want of room.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.Evictions) }},
	{"cache_entries", "Cached listings.", prometheus.GaugeValue, func(s Sources) float64 { return float64(s.Cache.Entries) }},
	{"cache_bytes", "Memory that cached listings take.", prometheus.GaugeValue, func(s Sources) float64 { return float64(s.Cache.Bytes) }},
	{"cache_max_bytes", "Bound on cache_bytes (--cache-size).", prometheus.GaugeValue, func(s Sources) float64 { return float64(s.Cache.BytesMax) }},
	{"readahead_fetched_total", "Part listings fetched before anybody asked.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.Ahead) }},
	{"readahead_used_total", "Of those, the ones somebody asked for since.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.AheadUsed) }},
	{"readahead_wasted", "Of those, the ones nobody asked for so far.", prometheus.GaugeValue, func(s Sources) float64 { return float64(s.Cache.Ahead - s.Cache.AheadUsed) }},
	{"uploads_seen_total", "Uploads that listings have shown.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.UploadsSeen) }},
	{"parts_seen_total", "Parts that listings have shown.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.PartsSeen) }},
	{"pages_ahead_total", "Pages read ahead of a scan.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.RangePages) }},
	{"buckets_demoted_total", "Buckets whose store was found not to sort.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.Demoted) }},
	{"whole_scans_total", "Readings of a whole bucket whose store does not sort.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.WholeScans) }},
	{"aborted_total", "Uploads aborted by rmdir.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.Cache.Aborted) }},
	{"open_directories", "Directories that a process has open.", prometheus.GaugeValue, func(s Sources) float64 { return float64(s.OpenDirs) }},
	{"inodes", "Files and directories that the kernel knows.", prometheus.GaugeValue, func(s Sources) float64 { return float64(s.Inodes) }},
	{"log_dropped_total", "Log lines that could not be written.", prometheus.CounterValue, func(s Sources) float64 { return float64(s.LogDropped) }},
}

// limits are the metrics with one value a source.
var limits = [...]struct {
	name, help string
	value      func(Limit) float64
}{
	{"requests_in_flight", "Requests under way.", func(l Limit) float64 { return float64(l.InFlight) }},
	{"concurrency_limit", "Requests allowed in flight now; falls when the store throttles.", func(l Limit) float64 { return float64(l.Current) }},
	{"concurrency_max", "The most it can be (--concurrency).", func(l Limit) float64 { return float64(l.Most) }},
}

func desc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc("uploadfs_"+name, help, labels, nil)
}

// Describe implements prometheus.Collector.
func (c *collector) Describe(ch chan<- *prometheus.Desc) {
	for _, m := range metrics {
		ch <- desc(m.name, m.help)
	}
	for _, l := range limits {
		ch <- desc(l.name, l.help, "source")
	}
}

// Collect implements prometheus.Collector.
func (c *collector) Collect(ch chan<- prometheus.Metric) {
	s, ok := c.gather()
	if !ok {
		return
	}
	for _, m := range metrics {
		ch <- prometheus.MustNewConstMetric(desc(m.name, m.help), m.kind, m.value(s))
	}
	for _, l := range limits {
		d := desc(l.name, l.help, "source")
		for _, limit := range s.Limits {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, l.value(limit), limit.Source)
		}
	}
}
