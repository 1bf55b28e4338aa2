package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"uploadfs/cache"
	"uploadfs/cmd/internal/buckets"
	"uploadfs/cmd/internal/cli"
	"uploadfs/cmd/internal/connect"
	"uploadfs/cmd/internal/daemon"
	"uploadfs/cmd/internal/insight"
	"uploadfs/cmd/internal/logging"
	"uploadfs/cmd/internal/mountpoint"
	"uploadfs/cmd/internal/source"
	"uploadfs/fs"
	"uploadfs/remote"
)

// startTime bounds what is asked of stores and of whoever gives credentials
// before the mount.
const startTime = 20 * time.Second

// mount is everything that lives as long as the mount.
type mount struct {
	options     *cli.Options
	log         *logging.Log
	insight     *insight.Insight
	connections []connect.Connection
	cache       *cache.Cache
	set         *buckets.Set
	server      *fs.Server
	metrics     *insight.Server
	started     time.Time
	daemon      bool
}

// start does every step up to the live mount. It returns nil for a dry run.
func start(ctx context.Context, o *cli.Options, isDaemon bool, stderr io.Writer) (*mount, error) {
	m := &mount{options: o, daemon: isDaemon, started: time.Now()}
	if err := m.place(); err != nil {
		return nil, err
	}
	if o.Fake {
		return nil, nil
	}
	if err := m.openLog(stderr); err != nil {
		return nil, err
	}
	if err := daemon.LeaveDirectory(); err != nil {
		return nil, m.close(err)
	}
	if err := m.connect(ctx); err != nil {
		return nil, m.close(err)
	}
	if err := m.listen(); err != nil {
		return nil, m.close(err)
	}
	if err := m.mount(); err != nil {
		return nil, m.close(err)
	}
	return m, nil
}

// place checks where the tree is to appear, before anything is sent.
func (m *mount) place() error {
	o := m.options
	dir, err := mountpoint.Check(o.Mountpoint)
	if err != nil {
		return err
	}
	o.Mountpoint = dir
	if o.LogFile != "" {
		if o.LogFile, err = filepath.Abs(o.LogFile); err != nil {
			return err
		}
		if strings.HasPrefix(o.LogFile, dir+"/") {
			return &cli.UsageError{Err: fmt.Errorf("--log-file %s lies under the mount point; choose another place", o.LogFile)}
		}
	}
	if _, inherited := mountpoint.Inherited(dir); inherited {
		return nil
	}
	if err := mountpoint.Device(); err != nil {
		return err
	}
	if err := mountpoint.Owned(dir); err != nil {
		return err
	}
	if o.AllowOther {
		return mountpoint.AllowOther()
	}
	return nil
}

func (m *mount) openLog(stderr io.Writer) error {
	o := m.options
	if m.daemon {
		stderr = nil
	}
	level := o.LogLevel
	if o.DebugFuse {
		// The kernel's requests are logged at debug.
		level = min(level, -4)
	}
	log, err := logging.New(logging.Options{Level: level, Format: o.LogFormat, File: o.LogFile, Stderr: stderr})
	if err != nil {
		return fmt.Errorf("--log-file: %w; choose a file that can be written", err)
	}
	log.Hold()
	m.log = log
	m.insight = insight.New(cli.VersionString(), m.started)
	return nil
}

// connect makes the clients and asks each source one question.
func (m *mount) connect(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTime)
	defer cancel()
	all, failed := connect.All(ctx, m.options.Sources, connect.Options{
		Logger: m.log.Logger, Observe: m.insight.Observe, UserAgent: userAgent(),
	})
	if len(failed) > 0 {
		return failures(failed)
	}
	m.connections = all
	concurrency := 0
	var sources []buckets.Source
	for _, c := range all {
		sources = append(sources, c.Source)
		_, most, _ := c.Limit()
		concurrency = max(concurrency, most)
	}
	o := m.options
	limitMemory(o.CacheSize)
	m.cache = cache.New(cache.Options{
		TTL: o.TTL, Bytes: o.CacheSize, Readahead: o.Readahead, Concurrency: concurrency,
		AbortMinAge: o.AbortMinAge, Logger: m.log.Logger,
	})
	m.set = buckets.New(m.cache, o.TTL, sources)
	if failed := m.set.Probe(ctx); len(failed) > 0 {
		return failures(failed)
	}
	if collisions := m.set.Collisions(ctx); len(collisions) > 0 {
		return lines(collisions)
	}
	return nil
}

// listen serves the metrics.
func (m *mount) listen() error {
	m.insight.Watch(m.sources)
	m.insight.Describe(m.config)
	m.insight.Notes(m.notes)
	if m.options.MetricsAddr == "" {
		return nil
	}
	s, err := m.insight.Listen(m.options.MetricsAddr, m.log.Logger)
	if err != nil {
		return err
	}
	m.metrics = s
	m.log.Info("metrics are served", "address", s.Addr().String())
	return nil
}

func (m *mount) mount() error {
	o := m.options
	server, err := fs.Mount(o.Mountpoint, m.set, fs.Options{
		Insight: m.insight, Logger: m.log.Logger, FsName: strings.Join(source.Labels(o.Sources), ","),
		AllowOther: o.AllowOther, NoXattr: o.NoXattr, AllowAbort: o.AllowAbort, Debug: o.DebugFuse,
		RecordContent: o.PartContent == "record", UID: o.UID, GID: o.GID, FileMode: o.FileMode, DirMode: o.DirMode,
		Started: m.started, TTL: o.TTL,
	})
	if err != nil {
		return fmt.Errorf("%s; the kernel or the container refuses the mount: docker run --device /dev/fuse --cap-add SYS_ADMIN --security-opt apparmor=unconfined",
			strings.ReplaceAll(strings.TrimSpace(err.Error()), "\n", " "))
	}
	m.server = server
	return nil
}

// failures makes one line of each source that cannot be used. Where all are
// settings that cannot work it is a usage error.
func failures(failed []connect.Failure) error {
	var all lines
	usage := true
	for _, f := range failed {
		all = append(all, explain(f))
		usage = usage && remote.KindOf(f.Err) == remote.KindUsage
	}
	all = slices.Compact(all)
	if usage {
		return &cli.UsageError{Err: all}
	}
	return all
}

// explain is what happened and what to do, in one line.
func explain(f connect.Failure) string {
	e, ok := errors.AsType[*remote.Error](f.Err)
	switch {
	case errors.Is(f.Err, context.DeadlineExceeded):
		return fmt.Sprintf("%s: no answer within %v; check the network, the endpoint and the region", f.Source, startTime)
	case !ok:
		return fmt.Sprintf("%s: %v", f.Source, f.Err)
	}
	text := e.Error()
	switch advice := e.Advice(); {
	case e.Op == "" && e.Message != "", e.Kind == remote.KindUsage && e.Message != "":
		// Found before any request: the message is what to do.
		text = e.Message
	case e.Kind == remote.KindUsage && e.Err != nil:
		text = e.Err.Error()
	case advice != "":
		text += "; " + advice
	}
	return f.Source + ": " + strings.ReplaceAll(text, "\n", " ")
}

func userAgent() string {
	name, version, _ := strings.Cut(cli.VersionString(), " ")
	version, _, _ = strings.Cut(version, " ")
	return name + "/" + strings.Trim(version, "()")
}
