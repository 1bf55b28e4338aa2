package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"
)

// settings are the command line.
type settings struct {
	top, out              string
	stores, tasks, delays string
	runs                  int
	timeout, patience     time.Duration
	quick                 bool
	n                     sizes
	samples               [2]int
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, flags()); err != nil {
		fmt.Fprintln(os.Stderr, "peers:", err)
		stop()
		os.Exit(1)
	}
}

func flags() settings {
	var c settings
	flag.StringVar(&c.top, "top", ".", "the project's folder")
	flag.StringVar(&c.out, "o", ".interop/peers.md", "where the tables go beside standard output, below -top")
	flag.StringVar(&c.stores, "stores", "versitygw,minio,embedded", "stores, by comma")
	flag.StringVar(&c.tasks, "tasks", "list,bytes,old,etag,parts,find,ls", "questions, by comma")
	flag.StringVar(&c.delays, "delays", "0,10ms,30ms", "waits with each request, by comma")
	flag.IntVar(&c.runs, "runs", 5, "turns of each peer")
	flag.DurationVar(&c.timeout, "timeout", time.Minute, "a turn that takes longer is ended")
	flag.DurationVar(&c.patience, "patience", 30*time.Second, "a peer that has taken so long for one cell gets no further turn")
	flag.BoolVar(&c.quick, "quick", false, "small numbers, two turns, 0 and 10 ms")
	flag.Parse()
	c.n = sizes{list: 5000, embedded: 100000, parts: 2000, big: 10000, objects: 5000}
	c.samples = [2]int{4, 12}
	if c.quick {
		c.n = sizes{list: 1200, embedded: 3000, parts: 12, big: 1500, objects: 1200}
		set := map[string]bool{}
		flag.Visit(func(f *flag.Flag) { set[f.Name] = true })
		if !set["runs"] {
			c.runs = 2
		}
		if !set["delays"] {
			c.delays = "0,10ms"
		}
		if !set["timeout"] {
			c.timeout = 20 * time.Second
		}
		if !set["patience"] {
			c.patience = 5 * time.Second
		}
	}
	return c
}

func run(ctx context.Context, c settings) error {
	top, err := filepath.Abs(c.top)
	if err != nil {
		return err
	}
	var delays []time.Duration
	for _, d := range strings.Split(c.delays, ",") {
		v, err := time.ParseDuration(d)
		if err != nil {
			return err
		}
		delays = append(delays, v)
	}
	scratch, err := os.MkdirTemp("", "peers-")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(scratch) }() // what is still mounted stays
	defer func() { _ = os.RemoveAll(filepath.Join(scratch, "data")) }()
	r := &runner{top: top, scratch: scratch, timeout: c.timeout, samples: c.samples, endless: map[string]bool{}}
	b := &bench{settings: c, delays: delays, runner: r}
	for _, name := range strings.Split(c.stores, ",") {
		if err := b.store(ctx, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	f, err := os.Create(filepath.Join(top, c.out))
	if err != nil {
		return err
	}
	if err := b.report(ctx, io.MultiWriter(os.Stdout, f)); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

// bench is everything measured so far.
type bench struct {
	settings
	delays []time.Duration
	runner *runner
	groups []*group
}

// group is one question to one store: a table.
type group struct {
	task  *task
	store string
	truth *truths
	rows  []*row
}

// row is one peer's, with its turns by delay.
type row struct {
	peer, cannot string
	script       string
	cells        map[time.Duration]*cell
	// slow says that it ran out of time at a shorter delay.
	slow bool
}

// cell is a peer's turns at one delay.
type cell struct {
	turns []outcome
	spent time.Duration
	// verdict is on its last answer, whole says that it was all of it.
	verdict string
	whole   bool
}

func (b *bench) store(ctx context.Context, name string) error {
	data := filepath.Join(b.runner.scratch, "data", name)
	if err := os.MkdirAll(data, 0o755); err != nil {
		return err
	}
	s, err := openStore(ctx, name, filepath.Join(b.runner.top, ".interop/bin"), data)
	if err != nil {
		return err
	}
	defer s.close()
	start := time.Now()
	if err := s.fillStore(ctx, b.n); err != nil {
		return err
	}
	say("%s: filled in %.1f s", name, time.Since(start).Seconds())
	wanted := strings.Split(b.tasks, ",")
	for _, t := range tasks() {
		if !slices.Contains(wanted, t.name) || t.objects && s.embedded != nil {
			continue
		}
		if err := b.group(ctx, s, &t); err != nil {
			return err
		}
	}
	return nil
}

func say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
}

// group asks every peer the question, in turns.
func (b *bench) group(ctx context.Context, s *store, t *task) error {
	g := &group{task: t, store: s.name, truth: &s.truth}
	b.groups = append(b.groups, g)
	rows, agains := make([]*row, len(t.jobs)), make([]*row, len(t.jobs))
	for i, j := range t.jobs {
		rows[i] = &row{peer: j.peer, cannot: j.cannot, script: j.script, cells: map[time.Duration]*cell{}}
		g.rows = append(g.rows, rows[i])
		if j.again {
			agains[i] = &row{peer: j.peer + ", again", cells: map[time.Duration]*cell{}}
			g.rows = append(g.rows, agains[i])
		}
	}
	for _, d := range b.delays {
		s.proxy.delay.Store(int64(d))
		for range b.runs {
			for i := range t.jobs {
				if err := b.one(ctx, s, t, &t.jobs[i], d, rows[i], agains[i]); err != nil {
					return err
				}
			}
		}
		for _, r := range rows {
			if c := r.cells[d]; c != nil {
				say("%s, %s, %v: %s: %s, %s", s.name, t.name, d, r.peer, c.seconds(), c.verdict)
			}
		}
	}
	return nil
}

// one is one turn of one peer, where it still gets one.
func (b *bench) one(ctx context.Context, s *store, t *task, j *job, d time.Duration, r, again *row) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	c := r.cells[d]
	if j.cannot != "" || r.slow || c != nil && (c.spent > b.patience || c.turns[0].failed != "" || c.turns[0].estimated) {
		return nil
	}
	start := time.Now()
	first, second, err := b.runner.turn(ctx, s, t, j)
	if err != nil {
		return err
	}
	if first.late {
		r.slow = true // a longer delay makes nothing faster
		if t.name == "list" {
			b.runner.endless[s.name+" "+j.peer] = true
		}
	}
	r.add(d, first, time.Since(start), t, j, &s.truth)
	if second != nil {
		again.add(d, *second, 0, t, j, &s.truth)
	}
	return nil
}

// add keeps a turn and judges its answer. A wrong answer after a right one is
// the one that counts.
func (r *row) add(d time.Duration, o outcome, took time.Duration, t *task, j *job, truth *truths) {
	c := r.cells[d]
	if c == nil {
		c = &cell{whole: true}
		r.cells[d] = c
	}
	out := o.out
	if j.read != nil {
		out = j.read(out)
	}
	verdict, whole := t.check(truth, out)
	switch {
	case o.skipped:
		verdict, whole = o.failed, false
	case o.late:
		verdict, whole = "endless, or too slow: "+o.failed, false
	case o.failed != "":
		verdict, whole = verdict+"; "+o.failed, false
	case o.estimated:
		verdict, whole = "a sample, not compared", false
	}
	if c.whole {
		c.verdict, c.whole = verdict, whole
	}
	o.out = ""
	c.turns = append(c.turns, o)
	c.spent += took
}
