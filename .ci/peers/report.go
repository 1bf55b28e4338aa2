package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"
)

// report writes the tables.
func (b *bench) report(ctx context.Context, w io.Writer) error {
	var out bytes.Buffer
	b.machine(ctx, &out)
	for _, g := range b.groups {
		b.table(&out, g)
	}
	b.mounting(&out)
	b.losses(&out)
	b.commands(&out)
	_, err := w.Write(out.Bytes())
	return err
}

// machine says where and with what.
func (b *bench) machine(ctx context.Context, w io.Writer) {
	cpu, mem := field("/proc/cpuinfo", "model name"), field("/proc/meminfo", "MemTotal")
	kernel, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	fmt.Fprintf(w, "# uploadfs and its peers\n\n")
	fmt.Fprintf(w, "%d cores (%s), %s of memory, Linux %s, %s, %s. Command: `%s`.\n\n",
		runtime.NumCPU(), cpu, mem, strings.TrimSpace(string(kernel)), runtime.Version(), time.Now().UTC().Format(time.DateOnly), commandLine())
	fmt.Fprintf(w, "Peers: %s.\n\n", strings.Join(b.versions(ctx), "; "))
	fmt.Fprintf(w, "Seconds are medians of %d turns in turn, with the least and the most; `~` is a line through samples of %d and %d uploads. Requests, CPU seconds and peak MiB are those at %v, the daemon's included. "+
		"uploadfs starts and mounts within its time; \"again\" is the same command once more on the same mount, from its cache.\n",
		b.runs, b.samples[0], b.samples[1], b.delays[len(b.delays)-1])
}

// commandLine is what was typed to get this.
func commandLine() string {
	var flags []string
	for i := 1; i < len(os.Args); i++ {
		if os.Args[i] == "-top" { // make's own
			i++
			continue
		}
		flags = append(flags, os.Args[i])
	}
	if len(flags) == 0 {
		return "make bench-peers"
	}
	return "make bench-peers PEERSFLAGS='" + strings.Join(flags, " ") + "'"
}

// field is the first value of a name in a file of /proc.
func field(path, name string) string {
	b, err := os.ReadFile(path)
	if err != nil {
		return "unknown"
	}
	for l := range strings.Lines(string(b)) {
		if k, v, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(k) == name {
			return strings.TrimSpace(v)
		}
	}
	return "unknown"
}

// versions asks each peer for its own.
func (b *bench) versions(ctx context.Context) []string {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	s := &store{proxy: &proxy{endpoint: "http://127.0.0.1:1"}}
	env, err := b.runner.home(s)
	if err != nil {
		return []string{err.Error()}
	}
	defer b.runner.leave(env)
	env = append(env, "TOP="+b.runner.top)
	var out []string
	for _, p := range []struct{ name, script string }{
		{"uploadfs", `uploadfs --version | tr '\n' ' '; git -C "$TOP" rev-parse --short HEAD`}, {"mc", `go version -m "$(command -v mc)" | awk '$1 == "mod" {print $3}'`},
		{"rclone", "rclone version"}, {"s3cmd", "s3cmd --version"}, {"awscli", "aws --version"}, {"s3fs", "s3fs --version"},
		{"SDK loop", `go version -m "$(command -v loop)" | awk '$2 ~ /aws-sdk-go-v2$/ {print $2, $3}'`},
	} {
		cmd := exec.CommandContext(ctx, "bash", "-c", p.script)
		cmd.Env = env
		said, err := cmd.Output()
		line, _, _ := strings.Cut(strings.TrimSpace(string(said)), "\n")
		if err != nil || line == "" {
			line = "not there (make bench-peers says why)"
		}
		out = append(out, p.name+": "+line)
	}
	return out
}

func (b *bench) table(w io.Writer, g *group) {
	t := g.truth
	amount := map[string]string{
		"list": thousands(len(t.list)) + " uploads", "bytes": thousands(len(t.parts)) + " uploads",
		"old":   thousands(len(oldOf(t.parts))) + " of " + thousands(len(t.parts)) + " uploads",
		"etag":  thousands(len(t.parts)) + " uploads of two parts",
		"parts": thousands(len(t.big[0].parts)) + " parts",
		"find":  thousands(t.objects), "ls": thousands(t.objects),
	}[g.task.name]
	if g.task.name == "old" && t.cutIs != "a week" {
		amount += "; older than " + t.cutIs
	}
	fmt.Fprintf(w, "\n## %s, %s: %s\n\n| |", g.task.title, g.store, amount)
	for _, d := range b.delays {
		fmt.Fprintf(w, " %v, s |", d)
	}
	fmt.Fprintf(w, " requests | CPU s | MiB | answer |\n|%s\n", strings.Repeat(" --- |", len(b.delays)+5))
	for _, r := range g.rows {
		if r.cannot != "" {
			fmt.Fprintf(w, "| %s |%s | | | cannot: %s |\n", r.peer, strings.Repeat(" - |", len(b.delays)), r.cannot)
			continue
		}
		fmt.Fprintf(w, "| %s |", r.peer)
		for _, d := range b.delays {
			fmt.Fprintf(w, " %s |", r.cells[d].seconds())
		}
		c := r.last(b.delays)
		if c == nil {
			fmt.Fprintf(w, " | | | not run |\n")
			continue
		}
		tilde := ""
		if c.turns[0].estimated {
			tilde = "~"
		}
		fmt.Fprintf(w, " %s%s | %s%.2f | %.0f | %s |\n", tilde, thousands(int(c.median(func(o outcome) float64 { return float64(o.requests) }))),
			tilde, c.median(func(o outcome) float64 { return o.cpu.Seconds() }),
			c.median(func(o outcome) float64 { return float64(o.rss) / (1 << 20) }), r.verdicts(b.delays))
	}
}

// last is the cell of the longest delay that was tried.
func (r *row) last(delays []time.Duration) (c *cell) {
	for _, d := range delays {
		if r.cells[d] != nil {
			c = r.cells[d]
		}
	}
	return c
}

// verdicts are those of all delays, each once.
func (r *row) verdicts(delays []time.Duration) string {
	var all []string
	for _, d := range delays {
		if c := r.cells[d]; c != nil && !slices.Contains(all, c.verdict) {
			all = append(all, c.verdict)
		}
	}
	return strings.ReplaceAll(strings.Join(all, "; "), "|", "/")
}

// seconds is a cell of a table: the median, the least and the most.
func (c *cell) seconds() string {
	if c == nil {
		return "-"
	}
	o := c.turns[0]
	switch {
	case o.skipped:
		return "-"
	case o.late:
		return "> " + fmt.Sprintf("%.0f", o.wall.Seconds())
	case o.failed != "":
		return "fails"
	case o.estimated:
		return fmt.Sprintf("~%.0f", o.wall.Seconds())
	}
	walls := func(o outcome) float64 { return o.wall.Seconds() }
	if len(c.turns) == 1 {
		return fmt.Sprintf("%.2f (one turn)", walls(o))
	}
	least, most := walls(o), walls(o)
	for _, o := range c.turns {
		least, most = min(least, walls(o)), max(most, walls(o))
	}
	return fmt.Sprintf("%.2f (%.2f-%.2f)", c.median(walls), least, most)
}

func (c *cell) median(f func(outcome) float64) float64 {
	v := make([]float64, len(c.turns))
	for i, o := range c.turns {
		v[i] = f(o)
	}
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// mounting says how much of uploadfs's times is the start of the process and
// the mount.
func (b *bench) mounting(w io.Writer) {
	fmt.Fprintf(w, "\n## Mounting alone\n\n| |")
	for _, d := range b.delays {
		fmt.Fprintf(w, " %v, s |", d)
	}
	fmt.Fprintf(w, "\n|%s\n", strings.Repeat(" --- |", len(b.delays)+1))
	for _, daemon := range []string{"uploadfs", "rclone", "s3fs"} {
		fmt.Fprintf(w, "| %s |", daemon)
		for _, d := range b.delays {
			all := &cell{}
			for _, g := range b.groups {
				for _, r := range g.rows {
					c := r.cells[d]
					if c == nil || !strings.HasPrefix(r.peer, daemon) {
						continue
					}
					for _, o := range c.turns {
						if o.mounting > 0 {
							all.turns = append(all.turns, outcome{wall: o.mounting})
						}
					}
				}
			}
			if len(all.turns) == 0 {
				fmt.Fprintf(w, " - |")
				continue
			}
			fmt.Fprintf(w, " %s |", all.seconds())
		}
		fmt.Fprintln(w)
	}
}

// losses names each peer with a whole answer that took less time than the best
// row of uploadfs that asked the store. The walks over objects are no answers to
// the same question and are left out.
func (b *bench) losses(w io.Writer) {
	walls := func(o outcome) float64 { return o.wall.Seconds() }
	fmt.Fprintf(w, "\n## Where uploadfs is not the fastest, or not whole\n\n")
	none := true
	for _, g := range b.groups {
		for _, d := range b.delays {
			best := -1.0
			for _, r := range g.rows {
				c := r.cells[d]
				if c == nil || !strings.HasPrefix(r.peer, "uploadfs") || strings.HasSuffix(r.peer, "again") {
					continue
				}
				if !c.whole {
					fmt.Fprintf(w, "- %s, %s, %v: %s: %s\n", g.task.name, g.store, d, r.peer, c.verdict)
					none = false
				} else if m := c.median(walls); best < 0 || m < best {
					best = m
				}
			}
			for _, r := range g.rows {
				c := r.cells[d]
				if c == nil || strings.HasPrefix(r.peer, "uploadfs") || strings.HasSuffix(r.peer, "again") || !c.whole || best < 0 {
					continue
				}
				if m := c.median(walls); m < best && !g.task.objects {
					fmt.Fprintf(w, "- %s, %s, %v: %s takes %.2f of uploadfs's time (%.2f s, %.2f s)\n", g.task.name, g.store, d, r.peer, m/best, m, best)
					none = false
				}
			}
		}
	}
	if none {
		fmt.Fprintf(w, "Nowhere in this run.\n")
	}
}

// commands lists what was run.
func (b *bench) commands(w io.Writer) {
	fmt.Fprintf(w, "\n## Commands\n\nB is the bucket, N the number of uploads in a loop, MNT the mount point, CUT the moment, EP the endpoint.\n\n")
	seen := map[string]bool{}
	for _, g := range b.groups {
		for _, r := range g.rows {
			if r.script == "" || seen[g.task.name+r.peer] {
				continue
			}
			seen[g.task.name+r.peer] = true
			fmt.Fprintf(w, "- %s, %s:\n\n      %s\n\n", g.task.name, r.peer, r.script)
		}
	}
}
