// Package logging makes the process's log/slog logger: text or JSON, to stderr
// in front, to a file, or to the system's log where a daemon has neither.
//
// Logging never stops the daemon: what cannot be written (a full disk, a log
// daemon that is gone or does not read) is dropped and counted, and the next
// line is tried afresh. Attributes whose names say that they hold a secret are
// replaced, whoever logs them.
package logging
