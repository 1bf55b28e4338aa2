package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// outcome is what one turn of a peer came to.
type outcome struct {
	wall, mounting time.Duration
	cpu            time.Duration
	rss            int64 // bytes
	requests       int64
	out            string
	// failed is why there is no answer, or empty; late that it ran out of time.
	failed string
	late   bool
	// skipped says that it was not run, since an earlier one tells.
	skipped bool
	// estimated says that the turn went over a sample.
	estimated bool
}

// runner runs peers.
type runner struct {
	top     string // the project's folder
	scratch string
	timeout time.Duration
	samples [2]int
	turns   int
	// endless are the peers whose listing of a store did not end, by both names.
	endless map[string]bool
}

// home makes a new home folder with each peer's configuration, and the
// environment for a store.
func (r *runner) home(s *store) ([]string, error) {
	r.turns++
	home := filepath.Join(r.scratch, "home"+strconv.Itoa(r.turns))
	host := strings.TrimPrefix(s.proxy.endpoint, "http://")
	files := map[string]string{
		".passwd-s3fs": accessKey + ":" + secretKey + "\n",
		".s3cfg": fmt.Sprintf("[default]\naccess_key = %s\nsecret_key = %s\nhost_base = %s\nhost_bucket = %s\nuse_https = False\nbucket_location = us-east-1\n",
			accessKey, secretKey, host, host),
	}
	if err := os.MkdirAll(filepath.Join(home, "mnt"), 0o755); err != nil {
		return nil, err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(home, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	interop := filepath.Join(r.top, ".interop")
	debian := filepath.Join(interop, "debian/usr")
	var libs []string
	for _, dir := range []string{"debian/lib", "debian/usr/lib"} {
		found, err := filepath.Glob(filepath.Join(interop, dir, "*-linux-gnu*"))
		if err != nil {
			return nil, err
		}
		libs = append(libs, found...)
	}
	return []string{
		"PATH=" + strings.Join([]string{filepath.Join(r.top, ".bin"), filepath.Join(interop, "bin"), filepath.Join(debian, "bin"), os.Getenv("PATH")}, ":"),
		"LD_LIBRARY_PATH=" + strings.Join(libs, ":"),
		"PYTHONPATH=" + filepath.Join(debian, "lib/python3/dist-packages"),
		"HOME=" + home, "MNT=" + filepath.Join(home, "mnt"), "LC_ALL=C.UTF-8", "TZ=UTC", "EP=" + s.proxy.endpoint,
		"AWS_ACCESS_KEY_ID=" + accessKey, "AWS_SECRET_ACCESS_KEY=" + secretKey, "AWS_DEFAULT_REGION=us-east-1",
		"AWS_ENDPOINT_URL=" + s.proxy.endpoint, "AWS_PAGER=", "AWS_EC2_METADATA_DISABLED=true",
		"MC_HOST_peer=http://" + accessKey + ":" + secretKey + "@" + host,
		"RCLONE_CONFIG=" + filepath.Join(home, "rclone.conf"), "RCLONE_CONFIG_PEER_TYPE=s3", "RCLONE_CONFIG_PEER_PROVIDER=Other",
		"RCLONE_CONFIG_PEER_ACCESS_KEY_ID=" + accessKey, "RCLONE_CONFIG_PEER_SECRET_ACCESS_KEY=" + secretKey,
		"RCLONE_CONFIG_PEER_ENDPOINT=" + s.proxy.endpoint, "RCLONE_CONFIG_PEER_REGION=us-east-1",
	}, nil
}

// turn runs a job once. The second outcome is that of asking again, or nil.
func (r *runner) turn(ctx context.Context, s *store, t *task, j *job) (outcome, *outcome, error) {
	n := 0
	if t.loops != nil {
		n = t.loops(&s.truth)
	}
	if j.loops && len(s.truth.parts) > 1000 && r.endless[s.name+" "+j.peer] {
		return outcome{failed: "its listing does not end", late: true, skipped: true}, nil, nil
	}
	if !j.loops || n <= r.samples[1] {
		return r.once(ctx, s, t, j, n)
	}
	few, _, err := r.once(ctx, s, t, j, r.samples[0])
	if err != nil || few.failed != "" {
		return few, nil, err
	}
	more, _, err := r.once(ctx, s, t, j, r.samples[1])
	if err != nil || more.failed != "" {
		return more, nil, err
	}
	return along(few, more, r.samples, n), nil, nil
}

// along continues two samples to n uploads.
func along(few, more outcome, at [2]int, n int) outcome {
	line := func(a, b int64) int64 {
		return max(b, a+int64(float64(b-a)*float64(n-at[0])/float64(at[1]-at[0])))
	}
	return outcome{
		wall:     time.Duration(line(int64(few.wall), int64(more.wall))),
		cpu:      time.Duration(line(int64(few.cpu), int64(more.cpu))),
		requests: line(few.requests, more.requests),
		rss:      max(few.rss, more.rss), estimated: true,
	}
}

func (r *runner) once(ctx context.Context, s *store, t *task, j *job, n int) (first outcome, again *outcome, err error) {
	env, err := r.home(s)
	if err != nil {
		return first, nil, err
	}
	bucket := t.bucket
	if j.bucket != "" {
		bucket = j.bucket
	}
	env = append(env, s.truth.environment(bucket, n)...)
	defer r.leave(env)
	ctx, cancel := context.WithTimeout(ctx, r.timeout)
	defer cancel()
	s.proxy.requests.Store(0)
	if len(j.mount) == 0 {
		return r.script(ctx, s, env, j.script, nil), nil, nil
	}
	start := time.Now()
	m, err := mountAt(ctx, env, expand(j.mount, env))
	if err != nil {
		return outcome{failed: err.Error()}, nil, nil
	}
	defer m.end()
	mounting, used := time.Since(start), m.used()
	first = r.script(ctx, s, env, j.script, m)
	first.mounting = mounting
	first.wall += mounting
	first.cpu += used.cpu
	if j.again && first.failed == "" {
		s.proxy.requests.Store(0)
		second := r.script(ctx, s, env, j.script, m)
		again = &second
	}
	return first, again, nil
}

// leave removes a home folder, unless something is still mounted in it.
func (r *runner) leave(env []string) {
	dirs := expand([]string{"$HOME", "$MNT"}, env)
	if !mounted(dirs[1]) {
		_ = os.RemoveAll(dirs[0]) // it is below the scratch folder, which goes at the end
	}
}

// script runs a shell script and takes its measure.
func (r *runner) script(ctx context.Context, s *store, env []string, script string, m *mount) outcome {
	took := filepath.Join(expand([]string{"$HOME"}, env)[0], "usage")
	cmd := exec.CommandContext(ctx, filepath.Join(r.top, ".interop/bin/measure"), took, "/bin/bash", "-o", "pipefail", "-c", script)
	cmd.Env, cmd.Dir = env, r.scratch
	before := m.used()
	var after *usage
	cmd.Cancel = func() error {
		err := cmd.Process.Signal(syscall.SIGTERM)
		if m != nil {
			u := m.used()
			after = &u
			m.end() // frees who waits in the kernel
		}
		return err
	}
	cmd.WaitDelay = 10 * time.Second
	var stdout, stderr bounded
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	start := time.Now()
	err := cmd.Run()
	o := outcome{wall: time.Since(start), requests: s.proxy.requests.Load(), out: stdout.String()}
	o.late = errors.Is(ctx.Err(), context.DeadlineExceeded)
	switch {
	case o.late:
		o.failed = fmt.Sprintf("ended after %.0f s", r.timeout.Seconds())
	case err != nil:
		o.failed = strings.TrimSpace(err.Error() + ": " + lastLine(stderr.String()))
	}
	if b, err := os.ReadFile(took); err == nil {
		var cpu int64
		if _, err := fmt.Sscan(string(b), &cpu, &o.rss); err == nil {
			o.cpu = time.Duration(cpu)
		}
	}
	if after == nil {
		u := m.used()
		after = &u
	}
	if m != nil {
		o.cpu += after.cpu - before.cpu
		o.rss += after.rss
	}
	return o
}

// lastLine is the last line of what a program complained of, shortened.
func lastLine(s string) string {
	s = strings.TrimSpace(s)
	if i := strings.LastIndexByte(s, '\n'); i >= 0 {
		s = s[i+1:]
	}
	if len(s) > 200 {
		s = s[:60] + " ... " + s[len(s)-130:]
	}
	return s
}

// bounded keeps the first of what a program prints.
type bounded struct{ bytes.Buffer }

func (b *bounded) Write(p []byte) (int, error) {
	if room := 128<<20 - b.Len(); len(p) > room {
		b.Buffer.Write(p[:room])
		return len(p), nil
	}
	return b.Buffer.Write(p)
}
