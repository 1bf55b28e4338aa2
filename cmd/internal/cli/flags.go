package cli

import (
	"fmt"
	"math"
	"net"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"uploadfs/cmd/internal/source"
	"uploadfs/cmd/internal/units"
)

// A def is one row of the table of flags: what is parsed, and what help, the
// man page and the completions say.
type def struct {
	name, short string
	// arg names the value, empty for a switch.
	arg         string
	group, help string
	value       *value
	// hidden flags work and are not shown; action flags replace mounting.
	hidden, action bool
}

// value is a pflag.Value made of two functions.
type value struct {
	kind string
	put  func(string) error
	get  func() string
}

// Set, String and Type implement pflag.Value.
func (v *value) Set(s string) error { return v.put(s) }

// String returns the value in force, as a user would write it.
func (v *value) String() string {
	if v == nil || v.get == nil {
		return ""
	}
	return v.get()
}

// Type names the kind of value.
func (v *value) Type() string { return v.kind }

// flags is the table with what it fills in.
type flags struct {
	set   *pflag.FlagSet
	table []def
	opts  *Options
	// src are the flags that a source's query can overrule.
	src      source.Settings
	readOnly bool
}

// The groups of --help, in order.
const (
	groupSource  = "Sources: address and identity"
	groupCache   = "Listings and requests"
	groupTree    = "The tree"
	groupProcess = "Process, logs and metrics"
)

func newFlags(id Identity, helper bool) *flags {
	f := &flags{
		set: pflag.NewFlagSet("uploadfs", pflag.ContinueOnError),
		opts: &Options{
			TTL: time.Minute, CacheSize: 128 << 20, Readahead: 64, AbortMinAge: 24 * time.Hour,
			PartContent: "record", UID: id.UID, GID: id.GID, FileMode: 0o444, DirMode: 0o555, LogFormat: "text",
		},
		src: source.Settings{Store: "auto", Timeout: 30 * time.Second, Retries: 5, Concurrency: 64},
	}
	f.table = append(f.table, f.sourceFlags()...)
	f.table = append(f.table, f.cacheFlags()...)
	f.table = append(f.table, f.treeFlags()...)
	f.table = append(f.table, f.processFlags(helper)...)
	f.set.SortFlags = false
	f.set.Usage = func() {}
	for _, d := range f.table {
		flag := f.set.VarPF(d.value, d.name, d.short, d.help)
		if d.arg == "" {
			flag.NoOptDefVal = "true"
		}
	}
	return f
}

// defaults are what each source starts from.
func (f *flags) defaults() source.Settings { return f.src }

func (f *flags) sourceFlags() []def {
	s := &f.src
	pathStyle := &value{kind: "bool",
		put: func(v string) error {
			b, err := units.Bool(v)
			s.PathStyle = &b
			return err
		},
		get: func() string {
			if s.PathStyle == nil {
				return ""
			}
			return strconv.FormatBool(*s.PathStyle)
		}}
	return []def{
		{name: "endpoint", arg: "URL", group: groupSource, value: text(&s.Endpoint, nil), help: "address of the store (default: the provider's own)"},
		{name: "region", arg: "REGION", group: groupSource, value: text(&s.Region, source.CheckRegion), help: "region of the bucket (default: environment, profile, or what the store says)"},
		{name: "path-style", group: groupSource, value: pathStyle, help: "address buckets as ENDPOINT/BUCKET; =false: as BUCKET.ENDPOINT (default: what suits the endpoint)"},
		{name: "cname", group: groupSource, value: boolean(&s.CNAME), help: "the endpoint's host already is the bucket (a custom domain)"},
		{name: "profile", arg: "NAME", group: groupSource, value: text(&s.Profile, nil), help: "profile of the provider's configuration file"},
		{name: "anonymous", group: groupSource, value: boolean(&s.Anonymous), help: "send unsigned requests"},
		{name: "store", arg: "NAME", group: groupSource, value: text(&s.Store, source.CheckStore), help: "whose ways to assume where S3-alikes differ: aws, minio, ceph, versitygw, r2, generic, ... (default auto)"},
		{name: "insecure-http", group: groupSource, value: boolean(&s.InsecureHTTP), help: "allow plain http to another machine"},
	}
}

func (f *flags) cacheFlags() []def {
	o, s := f.opts, &f.src
	return []def{
		{name: "ttl", arg: "DURATION", group: groupCache, value: duration(&o.TTL, 0), help: "how long a listing is served from the cache (default 1m)"},
		{name: "cache-size", arg: "SIZE", group: groupCache, value: size(&o.CacheSize, 64<<10), help: "bound on cached listings, least recently used first out (default 128MiB)"},
		{name: "concurrency", arg: "N", group: groupCache, value: number(&s.Concurrency, 1, 4096), help: "requests in flight per source, at most; falls when the store throttles (default 64)"},
		{name: "readahead", arg: "N", group: groupCache, value: number(&o.Readahead, 0, 4096), help: "sibling uploads whose parts are fetched ahead of a walk; 0: none (default 64)"},
		{name: "timeout", arg: "DURATION", group: groupCache, value: duration(&s.Timeout, time.Millisecond), help: "for one request (default 30s)"},
		{name: "retries", arg: "N", group: groupCache, value: number(&s.Retries, 1, 100), help: "attempts of one request, with backoff (default 5)"},
	}
}

func (f *flags) treeFlags() []def {
	o := f.opts
	return []def{
		{name: "allow-abort", group: groupTree, value: boolean(&o.AllowAbort), help: "rmdir of an upload's directory aborts that upload"},
		{name: "abort-min-age", arg: "DURATION", group: groupTree, value: duration(&o.AbortMinAge, 0), help: "never abort an upload initiated less than this ago (default 24h)"},
		{name: "part-content", arg: "record|none", group: groupTree, value: oneOf(&o.PartContent, "record", "none"), help: "what reading a part gives: its record as JSON, or ENODATA (default record)"},
		{name: "no-xattr", group: groupTree, value: boolean(&o.NoXattr), help: "answer no xattr request at all: faster ls -l"},
		{name: "allow-other", group: groupTree, value: boolean(&o.AllowOther), help: "other users may look too, as the modes allow"},
		{name: "uid", arg: "UID", group: groupTree, value: unsigned(&o.UID), help: "owner of what is shown (default: who mounts)"},
		{name: "gid", arg: "GID", group: groupTree, value: unsigned(&o.GID), help: "group of what is shown (default: that of who mounts)"},
		{name: "file-mode", arg: "OCTAL", group: groupTree, value: mode(&o.FileMode), help: "permissions of files (default 0444)"},
		{name: "dir-mode", arg: "OCTAL", group: groupTree, value: mode(&o.DirMode), help: "permissions of directories (default 0555)"},
	}
}

func (f *flags) processFlags(helper bool) []def {
	o := f.opts
	level := &value{kind: "level", get: func() string { return strings.ToLower(o.LogLevel.String()) }, put: func(v string) error {
		switch strings.ToLower(v) {
		case "debug", "info", "warn", "error":
			return o.LogLevel.UnmarshalText([]byte(v))
		}
		return fmt.Errorf("%s is none of debug, info, warn, error", units.Quote(v))
	}}
	dashO := &value{kind: "options", get: func() string { return "" }, put: f.mountOptions}
	defs := []def{
		{name: "foreground", short: "f", group: groupProcess, value: boolean(&o.Foreground), help: "stay in front instead of leaving a daemon behind"},
		{name: "options", short: "o", arg: "OPT[,OPT=VALUE...]", group: groupProcess, value: dashO, help: "any long flag, and the options of mount(8) and fstab(5)", action: true},
		{name: "log-file", arg: "FILE", group: groupProcess, value: text(&o.LogFile, nil), help: "append logs to FILE; SIGHUP opens it again (default: stderr in front, else syslog)"},
		{name: "log-level", arg: "LEVEL", group: groupProcess, value: level, help: "debug, info, warn or error (default info)"},
		{name: "log-format", arg: "text|json", group: groupProcess, value: oneOf(&o.LogFormat, "text", "json"), help: "of the log (default text)"},
		{name: "metrics-addr", arg: "HOST:PORT", group: groupProcess, value: text(&o.MetricsAddr, checkAddr), help: "serve Prometheus metrics at /metrics, and /healthz (default: off)"},
		{name: "debug-fuse", group: groupProcess, value: boolean(&o.DebugFuse), help: "log every request of the kernel"},
		{name: "version", short: "V", group: groupProcess, value: act(&o.Action, Version), help: "print the version", action: true},
		{name: "help", short: "h", group: groupProcess, value: act(&o.Action, Help), help: "print this help", action: true},
		{name: "man", value: act(&o.Action, Man), help: "print the manual page", hidden: true, action: true},
		{name: "completion", arg: "bash|zsh|fish", value: completion(&o.Action), help: "print a completion script", hidden: true, action: true},
	}
	if helper {
		defs[0].short = ""
		defs = append(defs, helperFlags(o)...)
		for i := range defs {
			if defs[i].name == "version" {
				defs[i].short = ""
			}
		}
	}
	return defs
}

// helperFlags are what mount(8) calls a helper with.
func helperFlags(o *Options) []def {
	ignore := func(kind string) *value {
		return &value{kind: kind, put: func(string) error { return nil }, get: func() string { return "" }}
	}
	return []def{
		{name: "fake", short: "f", value: boolean(&o.Fake), hidden: true},
		{name: "sloppy", short: "s", value: ignore("bool"), hidden: true},
		{name: "no-mtab", short: "n", value: ignore("bool"), hidden: true},
		{name: "verbose", short: "v", value: ignore("bool"), hidden: true},
		{name: "namespace", short: "N", arg: "NS", value: ignore("string"), hidden: true},
		{name: "types", short: "t", arg: "TYPE", value: ignore("string"), hidden: true},
	}
}

// checkAddr: the listener says the rest.
func checkAddr(v string) error {
	if v == "" {
		return nil
	}
	if _, port, err := net.SplitHostPort(v); err != nil || port == "" {
		return fmt.Errorf("%s is no address, such as 127.0.0.1:9100 or :9100", units.Quote(v))
	}
	return nil
}

func unsigned(p *uint32) *value {
	return &value{kind: "int", get: func() string { return strconv.FormatUint(uint64(*p), 10) }, put: func(s string) error {
		n, err := units.Int(s, 0, math.MaxUint32-1)
		if err == nil {
			*p = uint32(n)
		}
		return err
	}}
}
