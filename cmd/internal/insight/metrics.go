package insight

import (
	"io"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/common/expfmt"

	"uploadfs/remote"
)

// buckets of the duration histogram, in seconds: from a store next door to one
// that times out.
var durations = [...]float64{0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30}

// requestMetrics count HTTP attempts.
type requestMetrics struct {
	requests, retries, throttled, bytes *prometheus.CounterVec
	duration                            *prometheus.HistogramVec
	failures                            *prometheus.CounterVec
}

func newRequestMetrics(r *prometheus.Registry) *requestMetrics {
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		c := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "uploadfs_" + name, Help: help}, labels)
		r.MustRegister(c)
		return c
	}
	m := &requestMetrics{
		requests:  counter("requests_total", "HTTP requests sent; status 0: no answer came.", "source", "api", "status"),
		retries:   counter("retries_total", "Requests that were sent again.", "source", "api"),
		throttled: counter("throttled_total", "Requests that the store refused for their rate.", "source", "api"),
		bytes:     counter("received_bytes_total", "Bytes of answers read.", "source", "api"),
		failures:  counter("errors_total", "Failures that a reader of the tree was given.", "kind"),
		duration: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "uploadfs_request_duration_seconds", Help: "Time from sending a request to the end of its answer.", Buckets: durations[:],
		}, []string{"source", "api"}),
	}
	r.MustRegister(m.duration)
	return m
}

func (m *requestMetrics) observe(a remote.Attempt) {
	m.requests.WithLabelValues(a.Source, a.Op, strconv.Itoa(a.Status)).Inc()
	if a.Try > 1 {
		m.retries.WithLabelValues(a.Source, a.Op).Inc()
	}
	if a.Throttled {
		m.throttled.WithLabelValues(a.Source, a.Op).Inc()
	}
	m.bytes.WithLabelValues(a.Source, a.Op).Add(float64(max(a.Bytes, 0)))
	m.duration.WithLabelValues(a.Source, a.Op).Observe(a.Duration.Seconds())
}

func registerProcess(r *prometheus.Registry, version string, started time.Time) {
	info := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: "uploadfs_build_info", Help: "Always 1."}, []string{"version"})
	info.WithLabelValues(version).Set(1)
	start := prometheus.NewGauge(prometheus.GaugeOpts{Name: "uploadfs_start_time_seconds", Help: "When the mount began, in seconds since 1970."})
	start.Set(float64(started.UnixMilli()) / 1000)
	r.MustRegister(info, start)
}

// Stats writes the metrics as Prometheus text.
func (i *Insight) Stats(w io.Writer) error {
	families, err := i.registry.Gather()
	if err != nil {
		return err
	}
	for _, f := range families {
		if _, err := expfmt.MetricFamilyToText(w, f); err != nil {
			return err
		}
	}
	return nil
}
