package main

import (
	"context"
	"os"
	"strings"
	"syscall"
	"time"

	"uploadfs/cmd/internal/daemon"
	"uploadfs/cmd/internal/mountpoint"
	"uploadfs/cmd/internal/source"
)

const (
	// retryUnmount is the time between two attempts on a busy mount, remind that
	// between two log lines about it, and closeTime what the end may take.
	retryUnmount = time.Second
	remind       = 30 * time.Second
	closeTime    = 2 * time.Second
)

// ready is told that the mount can be read.
func (m *mount) ready() {
	m.log.Release()
	daemon.Harden()
	if err := daemon.Notify("READY=1"); err != nil {
		m.log.Warn("the service manager could not be told that the mount is ready", "reason", err)
	}
	m.log.Info("mounted", "mountpoint", m.options.Mountpoint, "sources", strings.Join(source.Labels(m.options.Sources), " "), "pid", os.Getpid())
}

// serve waits for the mount's end, and returns the exit status.
func (m *mount) serve(signals <-chan os.Signal) int {
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		m.server.Wait()
	}()
	e := ending{m: m}
	defer e.stop()
	for {
		select {
		case <-ended:
			m.log.Info("unmounted", "mountpoint", m.options.Mountpoint)
			_ = m.close(nil)
			return statusDone
		case s := <-signals:
			if s == syscall.SIGHUP {
				m.hangup()
				continue
			}
			if !e.signal(s) {
				_ = m.close(nil)
				return statusDone
			}
		case <-e.tick:
			e.try()
		case err := <-e.result:
			e.refused(err)
		}
	}
}

// hangup drops what is cached and opens the log again.
func (m *mount) hangup() {
	m.cache.Drop()
	// The kernel may answer late, and the loop must not wait for it.
	go m.server.Invalidate()
	if err := m.log.Reopen(); err != nil {
		m.log.Error("the log file cannot be opened again; logging goes on to the old one", "reason", err)
	}
	m.log.Info("every cached listing was dropped")
}

// close ends what start began, and passes err on.
func (m *mount) close(err error) error {
	_ = daemon.Notify("STOPPING=1")
	if m.cache != nil {
		m.cache.Close()
	}
	if m.insight != nil {
		m.insight.Close()
	}
	if m.metrics != nil {
		ctx, cancel := context.WithTimeout(context.Background(), closeTime)
		defer cancel()
		_ = m.metrics.Close(ctx)
	}
	_ = m.log.Close()
	return err
}

// ending is the way from the first signal to the unmount.
type ending struct {
	m       *mount
	signals int
	// tick is when to try next, result what an attempt in its own goroutine
	// came to: an unmount may wait for requests under way.
	ticker *time.Ticker
	tick   <-chan time.Time
	result chan error
	trying bool
	told   time.Time
}

// signal takes SIGINT or SIGTERM, and reports whether to go on waiting.
func (e *ending) signal(s os.Signal) bool {
	e.signals++
	m := e.m
	if _, inherited := mountpoint.Inherited(m.options.Mountpoint); inherited {
		m.log.Info("ending; the mount point belongs to whoever opened it", "signal", s.String())
		return false
	}
	if e.signals == 1 {
		m.log.Info("unmounting", "signal", s.String())
		m.insight.Close()
		e.result = make(chan error, 1)
		e.ticker = time.NewTicker(retryUnmount)
		e.tick = e.ticker.C
		e.try()
		return true
	}
	m.log.Warn("detaching the busy mount", "signal", s.String(), "holders", strings.Join(mountpoint.Holders(m.options.Mountpoint), " "))
	if err := m.server.Detach(); err != nil {
		m.log.Error("the mount could not be detached", "reason", err)
	}
	return false
}

func (e *ending) try() {
	if e.trying {
		return
	}
	e.trying = true
	go func() { e.result <- e.m.server.Unmount() }()
}

// refused is told what an attempt came to.
func (e *ending) refused(err error) {
	e.trying = false
	if err == nil {
		return
	}
	// Whoever waits for a store that does not answer keeps the mount busy.
	e.m.cache.Close()
	if now := time.Now(); now.Sub(e.told) >= remind {
		e.told = now
		e.m.log.Warn("the mount is busy; trying again, and another signal detaches it",
			"mountpoint", e.m.options.Mountpoint, "holders", strings.Join(mountpoint.Holders(e.m.options.Mountpoint), " "), "reason", strings.TrimSpace(err.Error()))
	}
}

func (e *ending) stop() {
	if e.ticker != nil {
		e.ticker.Stop()
	}
}
