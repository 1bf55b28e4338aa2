package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"uploadfs/cmd/internal/cli"
	"uploadfs/cmd/internal/daemon"
	"uploadfs/cmd/internal/mountpoint"
)

// The exit statuses of interface.md.
const (
	statusDone   = 0
	statusFailed = 1
	statusUsage  = 2
)

// run is the program: it returns the exit status.
func run(args []string, stdout, stderr io.Writer) int {
	report := daemon.Child()
	o, err := cli.Parse(args, cli.Identity{UID: uint32(os.Getuid()), GID: uint32(os.Getgid())})
	if err != nil {
		return fail(report, stderr, err)
	}
	if o.Action != cli.Mount {
		return printed(o.Action, stdout, stderr)
	}
	if !o.Foreground && !o.Fake && report == nil {
		return leaveDaemon(args, o, stderr)
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	// From here until the mount is served, SIGHUP has nothing to drop.
	signal.Ignore(syscall.SIGHUP)
	m, err := start(ctx, o, report != nil, stderr)
	if err != nil {
		if ctx.Err() != nil {
			err = errors.New("interrupted before the mount was ready")
		}
		return fail(report, stderr, err)
	}
	if m == nil {
		return statusDone
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	stop()
	m.ready()
	report.Ready()
	return m.serve(signals)
}

// leaveDaemon starts the daemon and says what it says.
func leaveDaemon(args []string, o *cli.Options, stderr io.Writer) int {
	keep := -1
	if fd, ok := mountpoint.Inherited(o.Mountpoint); ok {
		keep = fd
	}
	said, status, err := daemon.Start(args, keep)
	if err != nil {
		return fail(nil, stderr, err)
	}
	// Nobody is left to tell where stderr is gone.
	_, _ = io.WriteString(stderr, said)
	return status
}

// lines are several failures, each one line.
type lines []string

// Error joins the lines.
func (l lines) Error() string { return strings.Join(l, "\n") }

// fail says what went wrong, each line with the program's name, to whoever
// waits for the word, and returns the exit status.
func fail(report *daemon.Report, stderr io.Writer, err error) int {
	status := statusFailed
	if _, ok := errors.AsType[*cli.UsageError](err); ok {
		status = statusUsage
	}
	var b strings.Builder
	for line := range strings.SplitSeq(err.Error(), "\n") {
		fmt.Fprintf(&b, "uploadfs: %s\n", line)
	}
	if report != nil {
		report.Failed(status, b.String())
		return status
	}
	_, _ = io.WriteString(stderr, b.String())
	return status
}

// printed is what the actions other than mounting do.
func printed(a cli.Action, stdout, stderr io.Writer) int {
	var err error
	switch a {
	case cli.Help:
		err = cli.PrintHelp(stdout)
	case cli.Version:
		_, err = fmt.Fprintln(stdout, cli.VersionString())
	case cli.Man:
		err = cli.PrintMan(stdout)
	default:
		err = cli.PrintCompletion(stdout, a)
	}
	if err != nil {
		return fail(nil, stderr, err)
	}
	return statusDone
}
