package cli

import (
	"strings"

	"uploadfs/cmd/internal/units"
)

// ignored are the options of mount(8), fstab(5), systemd.mount(5) and the FUSE
// mounters that reach a helper and mean nothing here, or nothing that is not so
// anyway: the mount is nosuid, nodev and noexec whatever is asked for.
func ignored(name string) bool {
	switch name {
	case "rw", "defaults", "auto", "noauto", "user", "nouser", "users", "owner", "group",
		"nofail", "fail", "_netdev", "comment", "pri", "uhelper", "helper",
		"dev", "nodev", "suid", "nosuid", "exec", "noexec",
		"atime", "noatime", "diratime", "nodiratime", "relatime", "norelatime", "strictatime", "nostrictatime", "lazytime", "nolazytime",
		"sync", "async", "dirsync", "mand", "nomand", "iversion", "noiversion", "silent", "loud", "symfollow", "nosymfollow",
		"nonempty", "default_permissions", "fsname", "subtype", "max_read", "blksize", "big_writes", "auto_unmount":
		return true
	}
	for _, prefix := range []string{"x-", "X-", "systemd."} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// mountOptions reads the value of one -o.
func (f *flags) mountOptions(list string) error {
	for _, opt := range splitOptions(list) {
		if opt == "" {
			continue
		}
		if err := f.mountOption(opt); err != nil {
			return err
		}
	}
	return nil
}

func (f *flags) mountOption(opt string) error {
	name, val, hasValue := strings.Cut(opt, "=")
	switch name {
	case "ro":
		f.readOnly = true
		return nil
	case "rw":
		f.readOnly = false
		return nil
	case "debug":
		f.opts.DebugFuse = true
		return nil
	case "remount":
		return usage("-o remount: settings cannot be changed on a live mount; unmount it and mount it again")
	}
	flag := f.set.Lookup(strings.ReplaceAll(name, "_", "-"))
	if flag == nil || flag.Name == "options" {
		if ignored(name) {
			return nil
		}
		return usage("-o %s: unknown option; every long flag of uploadfs --help is one, with - or _", units.Quote(name))
	}
	if !hasValue {
		if flag.NoOptDefVal == "" {
			return usage("-o %s: needs a value: %s=...", name, name)
		}
		val = flag.NoOptDefVal
	}
	if err := f.set.Set(flag.Name, val); err != nil {
		return usage("-o %s", strings.TrimPrefix(flagError(err), "--"))
	}
	return nil
}

// splitOptions splits at commas; a backslash keeps the byte after it, as in the
// FUSE mounters.
func splitOptions(list string) []string {
	var out []string
	var b strings.Builder
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case c == '\\' && i+1 < len(list):
			i++
			b.WriteByte(list[i])
		case c == ',':
			out = append(out, b.String())
			b.Reset()
		default:
			b.WriteByte(c)
		}
	}
	return append(out, b.String())
}
