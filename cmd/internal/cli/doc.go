// Package cli is the command line of uploadfs: flags, -o options, help, the man
// page and shell completions, all from one table ([newFlags]).
//
// # Flags and -o options
//
// Flags stand anywhere among the arguments. -o takes every long flag, with
// hyphens or underscores, and the options that mount(8), fstab(5) and
// systemd.mount(5) hand to every mount helper: those that mean something to the
// kernel's mount are already so (nosuid, nodev, noexec, ro) and the rest is for
// others (nofail, _netdev, x-systemd.*), so both are taken and do nothing. Any
// other option is refused, since a misspelt one would otherwise be lost. Where a
// setting is given twice the last one counts.
//
// # Helper names
//
// Under the name mount.uploadfs or mount.fuse.uploadfs the arguments are those
// that mount(8) gives a helper: SOURCE MOUNTPOINT [-sfnv] [-N namespace]
// [-o options] [-t type], where -f is a dry run.
package cli
