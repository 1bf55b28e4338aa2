package cli

import (
	"bytes"
	"errors"
	"log/slog"
	"os/exec"
	"strings"
	"testing"
	"time"
)

func parse(args ...string) (*Options, error) {
	return Parse(append([]string{"uploadfs"}, args...), Identity{UID: 1000, GID: 100})
}

func TestDefaultsAreThoseOfTheTable(t *testing.T) {
	o, err := parse("s3://b", "/mnt")
	if err != nil {
		t.Fatal(err)
	}
	s := o.Sources[0]
	got := []any{o.TTL, o.CacheSize, s.Concurrency, o.Readahead, s.Timeout, s.Retries, o.AllowAbort, o.AbortMinAge, o.PartContent,
		o.AllowOther, o.UID, o.GID, o.FileMode, o.DirMode, o.LogFile, o.LogLevel, o.LogFormat, o.MetricsAddr, o.DebugFuse, o.Foreground,
		o.NoXattr, s.Store, s.PathStyle == nil, s.CNAME, s.Anonymous, s.InsecureHTTP, s.Endpoint, s.Region, s.Profile}
	want := []any{time.Minute, int64(128 << 20), 64, 64, 30 * time.Second, 5, false, 24 * time.Hour, "record",
		false, uint32(1000), uint32(100), uint32(0o444), uint32(0o555), "", slog.LevelInfo, "text", "", false, false,
		false, "auto", true, false, false, false, "", "", ""}
	for i := range want {
		if got[i] != want[i] {
			t.Errorf("default %d: got %v, want %v", i, got[i], want[i])
		}
	}
}

func TestFlagsStandAnywhereAndInDashO(t *testing.T) {
	for _, args := range [][]string{
		{"--ttl", "5m", "--allow-other", "s3://b", "/mnt", "--file-mode=0400", "--path-style"},
		{"s3://b", "--ttl=5m", "/mnt", "-o", "allow_other,file_mode=0400,path-style"},
		{"s3://b", "/mnt", "-ottl=5m,allow-other,path_style=yes", "-o", "file-mode=400"},
		{"-o", "rw,nosuid,nodev,noatime,_netdev,nofail,noauto,dev,suid,x-systemd.automount,X-mount.mkdir,comment=a b,user=me,default_permissions,ttl=5m,allow_other,file_mode=0400,path_style", "s3://b", "/mnt"},
	} {
		o, err := parse(args...)
		if err != nil {
			t.Errorf("%q: %v", args, err)
			continue
		}
		s := o.Sources[0]
		if o.TTL != 5*time.Minute || !o.AllowOther || o.FileMode != 0o400 || s.PathStyle == nil || !*s.PathStyle || o.Mountpoint != "/mnt" {
			t.Errorf("%q gives %+v, path style %v; want ttl 5m, allow-other, mode 0400, path style, /mnt", args, *o, s.PathStyle)
		}
	}
}

func TestEveryLongFlagIsAnOption(t *testing.T) {
	values := map[string]string{"endpoint": "https://x.example", "region": "r1", "profile": "p", "store": "minio", "ttl": "2m", "cache-size": "1MiB",
		"concurrency": "3", "readahead": "0", "timeout": "1s", "retries": "2", "abort-min-age": "1h", "part-content": "none", "uid": "1", "gid": "2",
		"file-mode": "0400", "dir-mode": "0500", "log-file": "/x", "log-level": "warn", "log-format": "json", "metrics-addr": ":1"}
	f := newFlags(Identity{}, false)
	for _, d := range f.table {
		if d.action || d.name == "cname" {
			continue
		}
		for _, spelling := range []string{d.name, strings.ReplaceAll(d.name, "-", "_")} {
			opt, want := spelling, "true"
			if d.arg != "" {
				want = values[d.name]
				opt += "=" + want
			}
			o, err := parse("-o", opt, "s3://b", "/mnt")
			if err != nil {
				t.Errorf("-o %s: %v", opt, err)
				continue
			}
			got := ""
			for _, kv := range o.Set {
				if kv[0] == d.name {
					got = kv[1]
				}
			}
			if got != want {
				t.Errorf("-o %s: %s is %q in force; want %q", opt, d.name, got, want)
			}
		}
	}
}

func TestSourceParametersWinOverFlags(t *testing.T) {
	o, err := parse("--region=us-east-1", "--retries=2", "s3://a", "s3://b?region=eu-west-1&retries=9", "/mnt")
	if err != nil {
		t.Fatal(err)
	}
	if a, b := o.Sources[0], o.Sources[1]; a.Region != "us-east-1" || a.Retries != 2 || b.Region != "eu-west-1" || b.Retries != 9 {
		t.Errorf("regions %q %q, retries %d %d; want us-east-1 eu-west-1, 2 9", a.Region, b.Region, a.Retries, b.Retries)
	}
}

func TestEscapedCommaStaysInTheValue(t *testing.T) {
	o, err := parse("-o", `log_file=/tmp/a\,b,ttl=2m`, "s3://b", "/mnt")
	if err != nil || o.LogFile != "/tmp/a,b" || o.TTL != 2*time.Minute {
		t.Errorf("log file %q ttl %v, %v; want /tmp/a,b and 2m", o.LogFile, o.TTL, err)
	}
}

func TestBadCommandLinesAreOneLineThatSaysWhatIsAllowed(t *testing.T) {
	tests := []struct {
		args []string
		says string
	}{
		{nil, "uploadfs demo: /mnt"},
		{[]string{"s3://b"}, "mount point is missing"},
		{[]string{"/mnt"}, "source is missing"},
		{[]string{"s3://a", "s3://b"}, "mount point is missing"},
		{[]string{"--nope", "s3://b", "/mnt"}, "--help"},
		{[]string{"--no\npe", "s3://b", "/mnt"}, "--help"},
		{[]string{"-Z", "s3://b", "/mnt"}, "--help"},
		{[]string{"--ttl=soon", "s3://b", "/mnt"}, "--ttl: \"soon\" is no duration"},
		{[]string{"--ttl"}, "needs an argument"},
		{[]string{"--concurrency=0", "s3://b", "/mnt"}, "1 to 4096"},
		{[]string{"--cache-size=1KiB", "s3://b", "/mnt"}, "at least 64KiB"},
		{[]string{"--file-mode=9", "s3://b", "/mnt"}, "octal"},
		{[]string{"--part-content=x", "s3://b", "/mnt"}, "record, none"},
		{[]string{"--log-level=loud", "s3://b", "/mnt"}, "debug, info, warn, error"},
		{[]string{"--metrics-addr=9100", "s3://b", "/mnt"}, ":9100"},
		{[]string{"--store=x", "s3://b", "/mnt"}, "allowed: auto"},
		{[]string{"-o", "nope", "s3://b", "/mnt"}, `-o "nope": unknown option`},
		{[]string{"-o", "remount", "s3://b", "/mnt"}, "unmount it"},
		{[]string{"-o", "ttl", "s3://b", "/mnt"}, "needs a value"},
		{[]string{"-o", "ttl=x", "s3://b", "/mnt"}, "-o ttl: \"x\" is no duration"},
		{[]string{"-o", "ro", "--allow-abort", "s3://b", "/mnt"}, "contradict"},
		{[]string{"--endpoint=http://192.0.2.1", "s3://b", "/mnt"}, "insecure-http"},
		{[]string{"s3://b", "oss://bbb", "cos://b-1", "s3://bbb", "/mnt"}, "as=NAME"},
		{[]string{"s3://b", "s3://b", "/mnt"}, "as=NAME"},
		{[]string{"s3://", "s3://", "/mnt"}, "given twice"},
		{[]string{"demo:", "demo:", "/mnt"}, "given twice"},
		{[]string{"s3://b", ""}, "mount point is empty"},
	}
	for _, tt := range tests {
		_, err := parse(tt.args...)
		if _, ok := errors.AsType[*UsageError](err); !ok {
			t.Errorf("%q: %v; want a usage error that says %q", tt.args, err, tt.says)
			continue
		}
		if !strings.Contains(err.Error(), tt.says) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("%q: %q; want one line that says %q", tt.args, err, tt.says)
		}
	}
}

func TestUnknownOptionsNeverShowTheirValue(t *testing.T) {
	for _, args := range [][]string{{"-o", "secret_key=hunter2"}, {"--secret-key=hunter2"}, {"--password", "hunter2"}} {
		if _, err := parse(append(args, "s3://b", "/mnt")...); err == nil || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%q: %v; want an error without the value", args, err)
		}
	}
}

func TestHelperNamesTakeMountsArguments(t *testing.T) {
	for _, name := range []string{"/sbin/mount.uploadfs", "mount.fuse.uploadfs"} {
		o, err := Parse([]string{name, "s3://b", "/mnt", "-sfnv", "-N", "ns", "-o", "rw,_netdev", "-t", "fuse.uploadfs"}, Identity{})
		if err != nil || !o.Fake || o.Foreground {
			t.Errorf("%s: %+v, %v; want a dry run", name, o, err)
		}
	}
}

func TestHelpManAndCompletionsNameEveryFlag(t *testing.T) {
	for name, print := range map[string]func(*bytes.Buffer) error{
		"help": func(b *bytes.Buffer) error { return PrintHelp(b) },
		"man":  func(b *bytes.Buffer) error { return PrintMan(b) },
		"bash": func(b *bytes.Buffer) error { return PrintCompletion(b, CompletionBash) },
		"zsh":  func(b *bytes.Buffer) error { return PrintCompletion(b, CompletionZsh) },
		"fish": func(b *bytes.Buffer) error { return PrintCompletion(b, CompletionFish) },
	} {
		var b bytes.Buffer
		if err := print(&b); err != nil {
			t.Fatal(err)
		}
		plain := strings.ReplaceAll(b.String(), `\-`, "-")
		for _, d := range newFlags(Identity{}, false).table {
			if !d.hidden && !strings.Contains(plain, "-"+d.name) && !strings.Contains(plain, "-l "+d.name) {
				t.Errorf("%s does not name --%s", name, d.name)
			}
			if d.hidden && strings.Contains(plain, "--"+d.name+" ") {
				t.Errorf("%s names the hidden flag --%s", name, d.name)
			}
		}
		if name == "help" {
			for line := range strings.Lines(b.String()) {
				if len(line) > 103 {
					t.Errorf("help has a line of %d columns: %q", len(line), line)
				}
			}
		}
		if shell, err := exec.LookPath("bash"); name == "bash" && err == nil {
			cmd := exec.CommandContext(t.Context(), shell, "-n")
			cmd.Stdin = strings.NewReader(b.String())
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("bash does not take the completion script: %v %s", err, out)
			}
		}
	}
}

func TestActionsNeedNoOperands(t *testing.T) {
	for arg, want := range map[string]Action{"--help": Help, "-h": Help, "--version": Version, "--man": Man, "--completion=fish": CompletionFish} {
		if o, err := parse(arg); err != nil || o.Action != want {
			t.Errorf("%s: %v, %v; want action %d", arg, o, err, want)
		}
	}
}
