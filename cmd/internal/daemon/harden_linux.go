package daemon

import "golang.org/x/sys/unix"

// Harden keeps what is in memory, credentials among it, out of core dumps and
// from other processes of the same user (prctl(2), PR_SET_DUMPABLE). A kernel
// that refuses is none the worse for it.
func Harden() {
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	_ = unix.Prctl(unix.PR_SET_DUMPABLE, 0, 0, 0, 0)
}
