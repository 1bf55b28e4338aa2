package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// mount is a daemon that serves a folder.
type mount struct {
	cmd  *exec.Cmd
	dir  string
	done chan struct{}
	once sync.Once
	said bounded
}

// usage is what a daemon has taken so far.
type usage struct {
	cpu time.Duration
	rss int64
}

// mountAt starts a daemon in the foreground and waits until its folder, $MNT,
// is another file system than the one around it.
func mountAt(ctx context.Context, env, args []string) (*mount, error) {
	path, err := lookup(env, args[0])
	if err != nil {
		return nil, err
	}
	m := &mount{done: make(chan struct{}), dir: expand([]string{"$MNT"}, env)[0]}
	m.cmd = exec.Command(path, args[1:]...)
	m.cmd.Env = env
	m.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGTERM}
	m.cmd.Stdout, m.cmd.Stderr = &m.said, &m.said
	if err := m.cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		_ = m.cmd.Wait() // ended by us, or seen below
		close(m.done)
	}()
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	for {
		if mounted(m.dir) {
			return m, nil
		}
		select {
		case <-tick.C:
		case <-m.done:
			return nil, fmt.Errorf("not mounted: %s", lastLine(m.said.String()))
		case <-ctx.Done():
			m.end()
			return nil, errors.New("not mounted in time")
		}
	}
}

func mounted(dir string) bool {
	var here, above syscall.Stat_t
	if syscall.Lstat(filepath.Dir(dir), &above) != nil {
		return false
	}
	err := syscall.Lstat(dir, &here)
	// A mount whose daemon is dead is one.
	return errors.Is(err, syscall.ENOTCONN) || err == nil && here.Dev != above.Dev
}

// lookup finds a program in the PATH of env.
func lookup(env []string, name string) (string, error) {
	for _, dir := range strings.Split(expand([]string{"$PATH"}, env)[0], ":") {
		p := filepath.Join(dir, name)
		if st, err := os.Stat(p); err == nil && !st.IsDir() && st.Mode()&0o111 != 0 {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s is not there", name)
}

// end unmounts by SIGTERM, and by force where that takes ten seconds.
func (m *mount) end() {
	m.once.Do(func() {
		_ = m.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		limit := time.NewTimer(10 * time.Second)
		defer limit.Stop()
		select {
		case <-m.done:
		case <-limit.C:
			_ = m.cmd.Process.Kill()
			<-m.done
		}
		if mounted(m.dir) { // what a killed one leaves
			if syscall.Unmount(m.dir, syscall.MNT_DETACH) != nil {
				_ = exec.Command("fusermount3", "-u", "-z", m.dir).Run()
			}
		}
	})
}

// used is what the daemon, where there is one, has taken since its start: CPU
// in ticks of 10 ms, and the most memory.
func (m *mount) used() (u usage) {
	if m == nil {
		return u
	}
	proc := filepath.Join("/proc", strconv.Itoa(m.cmd.Process.Pid))
	if b, err := os.ReadFile(filepath.Join(proc, "stat")); err == nil {
		_, rest, _ := strings.Cut(string(b), ") ")
		if f := strings.Fields(rest); len(f) > 12 {
			user, _ := strconv.Atoi(f[11])
			system, _ := strconv.Atoi(f[12])
			u.cpu = time.Duration(user+system) * 10 * time.Millisecond
		}
	}
	if b, err := os.ReadFile(filepath.Join(proc, "status")); err == nil {
		_, rest, _ := strings.Cut(string(b), "VmHWM:")
		if f := strings.Fields(rest); len(f) > 0 {
			kb, _ := strconv.ParseInt(f[0], 10, 64)
			u.rss = kb << 10
		}
	}
	return u
}
