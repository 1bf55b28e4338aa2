package fs

import (
	"bytes"
	"context"
	"io"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// insightDir is .uploadfs, the mount's own files.
type insightDir struct{ base }

var (
	_ lookuper  = (*insightDir)(nil)
	_ dirOpener = (*insightDir)(nil)
)

func (n *insightDir) Getattr(_ context.Context, out *fuse.AttrOut) syscall.Errno {
	n.t.fillAttr(out, n.t.dirMeta(time.Time{}, n.t.fixed()))
	return 0
}

// requestsName is the one file there that does not end.
const requestsName = "requests"

func (n *insightDir) entries() []entry {
	var all []entry
	for _, name := range []string{"config", "errors", requestsName, "stats"} {
		id := identify(n.id, kindInsightOf, name)
		all = append(all, entry{name: name, id: id, meta: n.t.fileMeta(0, time.Time{}, n.t.fixed())})
	}
	return all
}

func (n *insightDir) inode(e *entry) node {
	return n.child(e.id, func() node {
		return &insightFile{called: e.name}
	})
}

func (n *insightDir) Lookup(ctx context.Context, name string, out *fuse.EntryOut) (*base, syscall.Errno) {
	return lookupFixed(n.t, n, n.entries(), name, out)
}

func (n *insightDir) Opendir(context.Context, uint32) (*handle, uint32, syscall.Errno) {
	return newHandle(&n.base, &fixedSource{n, n.entries()}), keptOn, 0
}

// insightFile is a file of .uploadfs. Its content is made when it is opened.
type insightFile struct {
	base
	called string
}

var _ opener = (*insightFile)(nil)

func (n *insightFile) name() string { return n.called }

func (n *insightFile) Getattr(_ context.Context, out *fuse.AttrOut) syscall.Errno {
	n.t.fillAttr(out, n.t.fileMeta(0, time.Time{}, n.t.fixed()))
	return 0
}

func (n *insightFile) Open(_ context.Context, flags uint32) (openFile, uint32, syscall.Errno) {
	if no := n.t.openOnlyToRead(flags); no != 0 {
		return nil, 0, no
	}
	in := n.t.o.Insight
	var write func(io.Writer) error
	switch n.called {
	case requestsName:
		return newStream(n.t, requestFeed{in.Requests()}, true), streamFlags, 0
	case "config":
		write = in.Config
	case "errors":
		write = in.Errors
	default:
		write = in.Stats
	}
	var b bytes.Buffer
	if err := write(&b); err != nil {
		return nil, 0, errno(err)
	}
	return newStream(n.t, &textFeed{b.Bytes()}, true), streamFlags, 0
}

// textFeed is a text that was made when its file was opened. It is a stream
// because st_size is 0: a program that copies by sendfile(2) from an offset then
// gets ESPIPE and reads, where it would take the file for empty.
type textFeed struct{ rest []byte }

func (f *textFeed) more(_ context.Context, b []byte) ([]byte, error) {
	if len(f.rest) == 0 {
		return b, io.EOF
	}
	b = append(b, f.rest...)
	f.rest = nil
	return b, nil
}

func (f *textFeed) close() {}

// requestFeed is the lines of a RequestStream.
type requestFeed struct{ r RequestStream }

func (f requestFeed) more(ctx context.Context, b []byte) ([]byte, error) {
	lines, err := f.r.Next(ctx)
	return append(b, lines...), err
}

func (f requestFeed) close() {
	// A stream that is being closed has no reader left to tell.
	_ = f.r.Close()
}
