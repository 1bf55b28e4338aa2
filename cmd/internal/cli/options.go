package cli

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"uploadfs/cmd/internal/source"
	"uploadfs/cmd/internal/units"
)

// Options are a whole command line, checked.
type Options struct {
	Action     Action
	Sources    []source.Source
	Mountpoint string
	// Foreground stays in front; Fake checks and mounts nothing (a helper's -f).
	Foreground, Fake bool

	TTL                    time.Duration
	CacheSize              int64
	Readahead              int
	NoXattr                bool
	AllowAbort             bool
	AbortMinAge            time.Duration
	PartContent            string
	AllowOther             bool
	UID, GID               uint32
	FileMode, DirMode      uint32
	LogFile                string
	LogLevel               slog.Level
	LogFormat, MetricsAddr string
	DebugFuse              bool

	// Set lists every flag with the value in force, for .uploadfs/config.
	Set [][2]string
}

// Action is what a command line asks for.
type Action int

// What a command line can ask for.
const (
	Mount Action = iota
	Help
	Version
	Man
	CompletionBash
	CompletionZsh
	CompletionFish
)

// UsageError is a command line that cannot be meant: exit status 2.
type UsageError struct{ Err error }

// Error is one line that says what is allowed.
func (e *UsageError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *UsageError) Unwrap() error { return e.Err }

func usage(format string, args ...any) error {
	return &UsageError{fmt.Errorf(format, args...)}
}

// Parse reads a whole command line, args[0] being the name it was called by.
// Every error is a *UsageError.
func Parse(args []string, id Identity) (*Options, error) {
	name := "uploadfs"
	if len(args) > 0 {
		name, args = filepath.Base(args[0]), args[1:]
	}
	helper := name == "mount.uploadfs" || name == "mount.fuse.uploadfs"
	f := newFlags(id, helper)
	if err := f.set.Parse(args); err != nil {
		return nil, usage("%s", flagError(err))
	}
	o := f.opts
	if o.Action != Mount {
		return o, nil
	}
	if err := f.operands(f.set.Args()); err != nil {
		return nil, err
	}
	if o.AllowAbort && f.readOnly {
		return nil, usage("-o ro and --allow-abort contradict each other; leave one of them out")
	}
	o.Set = f.inForce()
	return o, nil
}

// operands reads SOURCE... MOUNTPOINT.
func (f *flags) operands(args []string) error {
	switch {
	case len(args) == 0:
		return usage("a source and a mount point are missing; try: uploadfs demo: /mnt (uploadfs --help says more)")
	case len(args) == 1 && strings.Contains(args[0], ":"):
		return usage("the mount point is missing after the source: uploadfs [flags] SOURCE... MOUNTPOINT")
	case len(args) == 1:
		return usage("the source is missing before the mount point: uploadfs [flags] SOURCE... MOUNTPOINT")
	}
	o := f.opts
	last := len(args) - 1
	o.Mountpoint = args[last]
	if o.Mountpoint == "" {
		return usage("the mount point is empty")
	}
	for _, scheme := range []string{"s3:", "cos:", "oss:", "demo:"} {
		if strings.HasPrefix(strings.ToLower(o.Mountpoint), scheme) {
			return usage("the mount point is missing after the sources: the last argument is a directory")
		}
	}
	for _, arg := range args[:last] {
		s, err := source.Parse(arg, f.defaults())
		if err != nil {
			return &UsageError{err}
		}
		o.Sources = append(o.Sources, s)
	}
	return conflicts(o.Sources)
}

// conflicts refuses two sources with one directory name, and a second account
// that could only hold the same buckets.
func conflicts(sources []source.Source) error {
	seen := make(map[string]source.Source)
	for _, s := range sources {
		dir := s.Dir()
		if s.Account() {
			dir = "account\x00" + s.Scheme + "\x00" + s.Endpoint + "\x00" + s.Region + "\x00" + s.Profile
		}
		if dir == "" {
			dir = "demo\x00" + s.Demo.Dialect
		}
		other, taken := seen[dir]
		if !taken {
			seen[dir] = s
			continue
		}
		if s.Dir() == "" {
			return usage("%s is given twice", s.Name())
		}
		return usage("%s and %s would both be the directory %q; add as=NAME to one of them", other.Name(), s.Name(), dir)
	}
	return nil
}

// flagError makes the library's errors the one line of ours.
func flagError(err error) string {
	if u, ok := errors.AsType[*UsageError](err); ok {
		return u.Error()
	}
	if v, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
		return fmt.Sprintf("--%s: %v", v.GetFlag().Name, v.Unwrap())
	}
	// A flag's name can be anything, so what the library says is made printable.
	msg := strings.Trim(units.Quote(err.Error()), `"`)
	msg = strings.ReplaceAll(msg, `\"`, `"`)
	return msg + "; uploadfs --help lists the flags"
}

// Identity is who mounts: the owner of what is shown unless a flag says otherwise.
type Identity struct{ UID, GID uint32 }

// inForce lists every setting that a flag can make, as it is now.
func (f *flags) inForce() [][2]string {
	var out [][2]string
	for _, d := range f.table {
		if d.hidden || d.action {
			continue
		}
		out = append(out, [2]string{d.name, f.set.Lookup(d.name).Value.String()})
	}
	slices.SortFunc(out, func(a, b [2]string) int { return strings.Compare(a[0], b[0]) })
	return out
}
