//go:build !linux

package daemon

import "golang.org/x/sys/unix"

// Harden keeps what is in memory out of core dumps.
func Harden() { _ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{}) }
