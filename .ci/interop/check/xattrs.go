package check

import (
	"encoding/hex"
	"fmt"
	"maps"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"uploadfs/interop/mounted"
	"uploadfs/interop/truth"
)

// wantXattrs returns the attributes that the node must have, of those whose
// value the creator knows.
func wantXattrs(n *truth.Node, bucket string) map[string]string {
	w := map[string]string{}
	switch n.Kind {
	case "part":
		w["user.etag"] = n.Part.ETag
		w["user.part_number"] = strconv.Itoa(n.Part.Number)
	case "upload":
		u := n.Upload
		w["user.bucket"], w["user.key"], w["user.upload_id"] = u.Bucket, u.Key, u.ID
		w["user.part_count"] = strconv.Itoa(len(u.Parts))
		w["user.bytes"] = strconv.FormatInt(u.Bytes(), 10)
	case "keys":
		w["user.bucket"] = bucket
		if n.IsKey {
			w["user.key"] = n.Key
		}
		if n.IsPrefix {
			w["user.prefix"] = n.Prefix
		}
	}
	return w
}

// Xattrs asks for every attribute of every node of the bucket by system calls,
// and holds that a name that nothing has is ENODATA.
func Xattrs(t testing.TB, top string, want truth.Tree, bucket string) {
	t.Helper()
	l := &limited{TB: t}
	for p, n := range want {
		if !strings.HasPrefix(p, bucket+"/") {
			continue
		}
		path := filepath.Join(top, p)
		got, err := list(path)
		if err != nil {
			l.diff("listxattr of %q: %v", p, err)
			continue
		}
		compareXattrs(l, "getxattr", p, n, bucket, got)
		for _, no := range []string{"user.nothing", "security.capability", "system.posix_acl_access"} {
			if _, err := unix.Lgetxattr(path, no, make([]byte, 64)); err != unix.ENODATA {
				l.diff("%q: getxattr of %s: %v, want ENODATA", p, no, err)
			}
		}
	}
}

func compareXattrs(l *limited, how, p string, n *truth.Node, bucket string, got map[string]string) {
	l.Helper()
	w := wantXattrs(n, bucket)
	for k, v := range w {
		if g, ok := got[k]; !ok || g != v {
			l.diff("%s: %q: %s is %q (there: %v), want %q", how, p, k, g, ok, v)
		}
	}
	if n.Kind == "keys" && len(got) != len(w) {
		l.diff("%s: %q (key %v, prefix %v) has the attributes %q, want %q", how, p, n.IsKey, n.IsPrefix, got, w)
	}
}

func list(path string) (map[string]string, error) {
	size, err := unix.Llistxattr(path, nil)
	if err != nil {
		return nil, err
	}
	names := make([]byte, size+1024)
	if size, err = unix.Llistxattr(path, names); err != nil {
		return nil, err
	}
	got := map[string]string{}
	for name := range strings.SplitSeq(strings.TrimSuffix(string(names[:size]), "\x00"), "\x00") {
		if name == "" {
			continue
		}
		value := make([]byte, 8192)
		n, err := unix.Lgetxattr(path, name, value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		got[name] = string(value[:n])
	}
	return got, nil
}

// Getfattr compares what getfattr -R -d prints with what must be there.
func Getfattr(t testing.TB, top string, want truth.Tree, bucket string) {
	t.Helper()
	mounted.Tool(t, "getfattr", "attr")
	l := &limited{TB: t}
	out := mounted.Run(t, top, "getfattr", "-R", "-d", "-e", "hex", bucket)
	files := map[string]map[string]string{}
	for block := range strings.SplitSeq(out, "\n\n") {
		lines := strings.Split(block, "\n")
		name, ok := strings.CutPrefix(lines[0], "# file: ")
		if !ok {
			continue
		}
		attrs := map[string]string{}
		for _, line := range lines[1:] {
			k, v, _ := strings.Cut(line, "=")
			b, err := hex.DecodeString(strings.TrimPrefix(v, "0x"))
			if err != nil {
				l.diff("getfattr printed %q", line)
			}
			attrs[k] = string(b)
		}
		files[octal(name)] = attrs
	}
	for p, n := range want {
		if !strings.HasPrefix(p, bucket+"/") || len(wantXattrs(n, bucket)) == 0 {
			continue
		}
		got, ok := files[p]
		if !ok {
			l.diff("getfattr -R does not name %q", p)
			continue
		}
		compareXattrs(l, "getfattr", p, n, bucket, got)
	}
	for p := range maps.Keys(files) {
		if want[p] == nil {
			l.diff("getfattr -R names %q, which no upload has", p)
		}
	}
}

// octal undoes getfattr's \ooo in file names.
func octal(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+3 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+4], 8, 8); err == nil {
				b.WriteByte(byte(n))
				i += 3
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}
