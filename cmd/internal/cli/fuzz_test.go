package cli

import (
	"errors"
	"strings"
	"testing"
)

// FuzzCommandLine: whatever is typed is taken or is one printable line.
func FuzzCommandLine(f *testing.F) {
	for _, s := range []string{"-o\x00ro,ttl=1m\x00demo:\x00/mnt", "s3://b?as=x\x00--no-xattr\x00/mnt", "-fo\x00a\\,b", "--ttl", "-"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		for _, name := range []string{"uploadfs", "mount.uploadfs"} {
			o, err := Parse(append([]string{name}, strings.Split(line, "\x00")...), Identity{})
			if err == nil {
				if o.Action == Mount && (len(o.Sources) == 0 || o.Mountpoint == "") {
					t.Fatalf("%q is taken with sources %v and mount point %q", line, o.Sources, o.Mountpoint)
				}
				continue
			}
			if _, ok := errors.AsType[*UsageError](err); !ok {
				t.Fatalf("%q: %T is no usage error", line, err)
			}
			if strings.ContainsAny(err.Error(), "\n\r\x1b") {
				t.Fatalf("%q: %q is not one printable line", line, err)
			}
		}
	})
}
