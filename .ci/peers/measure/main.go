// Measure runs a command in a process group of its own and writes what it and
// its children took to a file: CPU in nanoseconds and the most memory of one
// process in bytes. The kernel begins a process's memory peak with that of the
// process it is started by, so this one is as small as it can be. On SIGTERM it
// kills the group.
//
//	measure FILE COMMAND ARG...
package main

import (
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

func main() {
	path, args := os.Args[1], os.Args[2:]
	term := make(chan os.Signal, 1)
	signal.Notify(term, syscall.SIGTERM)
	pid, err := syscall.ForkExec(args[0], args, &syscall.ProcAttr{
		Env: os.Environ(), Files: []uintptr{0, 1, 2}, Sys: &syscall.SysProcAttr{Setpgid: true},
	})
	if err != nil {
		_, _ = os.Stderr.WriteString(args[0] + ": " + err.Error() + "\n")
		os.Exit(127)
	}
	go func() {
		<-term
		_ = syscall.Kill(-pid, syscall.SIGKILL) // it may have ended
	}()
	var status syscall.WaitStatus
	var used syscall.Rusage
	for {
		if _, err = syscall.Wait4(pid, &status, 0, &used); err != syscall.EINTR {
			break
		}
	}
	text := strconv.FormatInt(used.Utime.Nano()+used.Stime.Nano(), 10) + " " + strconv.FormatInt(used.Maxrss<<10, 10) + "\n"
	if os.WriteFile(path, []byte(text), 0o600) != nil || err != nil {
		os.Exit(126)
	}
	if status.Signaled() {
		os.Exit(128 + int(status.Signal()))
	}
	os.Exit(status.ExitStatus())
}
