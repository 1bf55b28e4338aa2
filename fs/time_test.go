package fs

import (
	"context"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"

	"uploadfs/remote"
)

func TestRepliesLiveAsLongAsTheDataBehindThem(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sample()
		s.ttl = 40 * time.Second
		d := drive(t, newAccount(s))
		for _, path := range []string{"b/uploads/a", "b/uploads/a/b/id1", "b/uploads/a/b/id1/parts", "b/uploads/a/b/id1/parts/1", "b/uploads/a/b/id1/upload.json"} {
			e := d.must(path)
			if e.EntryTimeout() != s.ttl || e.AttrTimeout() != s.ttl {
				t.Errorf("lookup of %q may be kept for %v and %v, want %v, what is left of its listing", path, e.EntryTimeout(), e.AttrTimeout(), s.ttl)
			}
			if a, no := d.getattr(e.NodeId); no != 0 || time.Duration(a.AttrValid)*time.Second != s.ttl {
				t.Errorf("getattr of %q may be kept for %ds, %v, want %v", path, a.AttrValid, no, s.ttl)
			}
		}
		// What has lapsed is given for a moment and not for 0, which would make
		// a walk look each name up again and again.
		s.ttl = -time.Hour
		e := d.must("b/uploads/a/b/id1/parts/1")
		if e.EntryTimeout() <= 0 || e.EntryTimeout() > time.Minute/20 {
			t.Errorf("a lapsed reply may be kept for %v, want more than 0 and a twentieth of the TTL at most", e.EntryTimeout())
		}
	})
}

func TestTheLifeOfAnOddTTL(t *testing.T) {
	for _, ttl := range []time.Duration{0, time.Nanosecond, time.Second, time.Minute, 24 * time.Hour} {
		tr := newTree(newAccount(), Options{TTL: ttl})
		for what, got := range map[string]time.Duration{
			"undated": tr.life(time.Time{}), "lapsed": tr.life(time.Now().Add(-time.Hour)), "negative": tr.negative(),
		} {
			if got < time.Millisecond || got > max(ttl, time.Millisecond) {
				t.Errorf("life of what is %s with a TTL of %v: %v, want between 1ms and the TTL", what, ttl, got)
			}
		}
	}
}

func TestANameThatIsNotThereIsANegativeReplyWithALife(t *testing.T) {
	d := drive(t, newAccount(sample()))
	for _, path := range []string{"", "b", "b/uploads", "b/uploads/a/b", "b/uploads/a/b/id1", "b/uploads/a/b/id1/parts"} {
		parent := d.must(path).NodeId
		var out fuse.EntryOut
		h := d.header(parent)
		if st := d.raw.Lookup(nil, &h, "no%41", &out); st != fuse.OK || out.NodeId != 0 || out.EntryTimeout() != longestNegative {
			t.Errorf("missing name in %q: %v node %d for %v, want a reply without node for %v", path, st, out.NodeId, out.EntryTimeout(), longestNegative)
		}
	}
}

func TestAnInterruptedReaderGetsEINTRAtOnceAndTheRetryFindsTheFetchUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sample()
		flights := map[string]chan struct{}{}
		starts := 0
		// The store answers after a minute, whoever still waits.
		s.hook = func(ctx context.Context, op, arg string) error {
			s.mu.Lock()
			done, ok := flights[op+arg]
			if !ok {
				done = make(chan struct{})
				flights[op+arg] = done
				starts++
				go func() {
					time.Sleep(time.Minute)
					close(done)
				}()
			}
			s.mu.Unlock()
			select {
			case <-done:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		in := &insight{}
		d := drive(t, newAccount(s), func(o *Options) { o.Insight = in })
		node := d.must("b/uploads").NodeId
		for _, c := range []struct {
			what string
			call func(d *driver) syscall.Errno
		}{
			{"lookup", func(d *driver) syscall.Errno { _, no := d.step(node, "a"); return no }},
			{"opendir", func(d *driver) syscall.Errno { _, no := d.opendir(node); return no }},
		} {
			before := starts
			cancel := make(chan struct{})
			began := time.Now()
			go func() {
				time.Sleep(time.Second)
				close(cancel)
			}()
			if no := c.call(&driver{t: t, raw: d.raw, cancel: cancel, room: 4096}); no != syscall.EINTR {
				t.Errorf("%s interrupted after a second: %v, want EINTR", c.what, no)
			}
			if took := time.Since(began); took != time.Second {
				t.Errorf("%s interrupted after a second answered after %v, want at once", c.what, took)
			}
			if no := c.call(d); no != 0 {
				t.Errorf("%s again: %v, want success", c.what, no)
			}
			if took := time.Since(began); took != time.Minute {
				t.Errorf("%s again answered %v after the first, want with the first fetch, after a minute", c.what, took)
			}
			if starts != before+1 {
				t.Errorf("%s and its retry started %d fetches, want one", c.what, starts-before)
			}
		}
		if n := in.failures(); n != 0 {
			t.Errorf("%d failures noted for interrupted readers, want none", n)
		}
	})
}

func TestAnInterruptMidListingLosesNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := wide(300)
		d := drive(t, newAccount(s))
		whole := d.list("b/uploads")
		node := d.must("b/uploads").NodeId
		slow := true
		s.hook = func(ctx context.Context, op, arg string) error {
			if op != "next" || arg != "#150" || !slow {
				return nil
			}
			<-ctx.Done()
			slow = false
			return ctx.Err()
		}
		r, no := d.opendir(node)
		if no != 0 {
			t.Fatal(no)
		}
		cancel := make(chan struct{})
		time.AfterFunc(time.Second, func() { close(cancel) })
		r.d = &driver{t: t, raw: d.raw, cancel: cancel, room: 4096}
		var names []string
		for range 20 {
			entries, no := r.read()
			if no == syscall.EINTR {
				break
			}
			for _, e := range entries {
				names = append(names, e.Name)
			}
			if len(names) >= 150+dots {
				break
			}
		}
		// What the interrupt broke off was given first. The next request is
		// not interrupted.
		r.d = d
		rest, no := r.all()
		if no != 0 {
			t.Fatalf("the request after the interrupted one: %v, want the rest", no)
		}
		if got := append(names[dots:], rest...); sameSet(got, whole) != nil || len(got) != len(whole) {
			t.Errorf("an interrupted listing has %d names, want %d: %v", len(got), len(whole), sameSet(got, whole))
		}
	})
}

func TestTheStreamOfUploadsGivesWhatItReadThenTheErrno(t *testing.T) {
	s := wide(100)
	s.hook = func(ctx context.Context, op, arg string) error {
		if op == "all" && arg == "120" {
			return &remote.Error{Kind: remote.KindTimeout}
		}
		return ctx.Err()
	}
	d := drive(t, newAccount(s))
	data, no := d.read("b/uploads.jsonl")
	lines := 0
	for _, c := range data {
		if c == '\n' {
			lines++
		}
	}
	if no != syscall.ETIMEDOUT || lines != 120 {
		t.Errorf("uploads.jsonl whose page 2 fails: %d lines then %v, want 120 then ETIMEDOUT", lines, no)
	}
}

func TestRequestsWaitForALineAndAreInterruptible(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := &insight{lines: make(chan []byte)}
		d := drive(t, newAccount(sample()), func(o *Options) { o.Insight = in })
		node := d.must(".uploadfs/requests").NodeId
		var out fuse.OpenOut
		if st := d.raw.Open(nil, &fuse.OpenIn{InHeader: d.header(node)}, &out); st != 0 {
			t.Fatal(st)
		}
		if out.OpenFlags&streamFlags != streamFlags {
			t.Errorf("requests is opened with %b, want a stream past the page cache (%b)", out.OpenFlags, streamFlags)
		}
		read := func(cancel chan struct{}) (string, fuse.Status) {
			buf := make([]byte, 100)
			res, st := d.raw.Read(cancel, &fuse.ReadIn{InHeader: d.header(node), Fh: out.Fh, Size: 100, ReadFlags: fuse.READ_LOCKOWNER}, buf)
			if st != 0 {
				return "", st
			}
			b, _ := res.Bytes(buf)
			return string(b), 0
		}
		go func() {
			time.Sleep(time.Hour)
			in.lines <- []byte("one\n")
		}()
		began := time.Now()
		if got, st := read(nil); st != 0 || got != "one\n" || time.Since(began) != time.Hour {
			t.Errorf("read of requests: %q, %v after %v, want the line when it came, after an hour", got, st, time.Since(began))
		}
		// Two readers of one handle: the second waits for its turn, and both
		// can be interrupted.
		cancel := make(chan struct{})
		done := make(chan fuse.Status)
		for range 2 {
			go func() {
				_, st := read(cancel)
				done <- st
			}()
		}
		synctest.Wait()
		close(cancel)
		for range 2 {
			if st := <-done; st != fuse.EINTR {
				t.Errorf("interrupted read of requests: %v, want EINTR", st)
			}
		}
		close(in.lines)
		if got, st := read(nil); st != 0 || got != "" {
			t.Errorf("read of requests that ended: %q, %v, want the end", got, st)
		}
	})
}
