// Package daemon leaves a process behind: it starts the program again in a
// session of its own, and holds the caller until the new process says that it
// is ready or why it failed.
//
// # The two processes
//
// [Start] runs in the caller. The child finds itself with [Child], does all
// the work, and reports once with [Report.Ready] or [Report.Failed] through an
// inherited pipe. The caller prints what was reported and ends with the status
// reported, or says that the child died. Its environment is inherited, so
// credentials given there stay good; its stdin, stdout and stderr are nobody's.
// It works without HOME, PATH and /dev/null.
//
// [Notify] tells systemd, or whoever set NOTIFY_SOCKET, as sd_notify(3) does.
package daemon
