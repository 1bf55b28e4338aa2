package fs

import (
	"sync"

	"github.com/hanwen/go-fuse/v2/fuse"
)

// A part is opened with FOPEN_DIRECT_IO, so read(2) is answered here and ends
// where the record does. sendfile(2), splice(2) and private mappings go by the
// page cache nevertheless (filemap_splice_read, tried on Linux 6.18), and there
// a reply shorter than was asked for makes the kernel take the file for that
// short. That makes those readers stop at the record's end, and would leave a
// part with the wrong st_size until its attributes lapse. So the kernel is told
// to ask for them again when such a reader has closed the file.
//
// A part smaller than its record cannot be read so at all: the kernel would cut
// the record at st_size. There those reads fail, and the programs that use
// sendfile (BusyBox cat, Python's shutil) go back to read(2).
//
// READ carries the owner of locks where it comes from read(2), and only there.
type pageReaders struct {
	mu sync.Mutex
	// open is the handles opened past the page cache.
	open map[uint64]pageReader
}

// pageReader is what is known of one such handle: that its part is smaller than
// its record, and that it was read by the page cache.
type pageReader struct{ short, read bool }

// openShort is how a part tells Open that it is smaller than its record. No
// flag of the kernel has that bit, and it does not go there.
const openShort = 1 << 30

func (p *pageReaders) opened(fh uint64, short bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.open == nil {
		p.open = map[uint64]pageReader{}
	}
	p.open[fh] = pageReader{short: short}
}

// read notes a page cache read and returns the handle, if it should have none.
func (p *pageReaders) read(fh uint64) (h pageReader, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if h, ok = p.open[fh]; ok {
		h.read = true
		p.open[fh] = h
	}
	return h, ok
}

// closed reports whether the handle was read by the page cache.
func (p *pageReaders) closed(fh uint64) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	was := p.open[fh].read
	delete(p.open, fh)
	return was
}

// judge says what becomes of the answer to a read. It fails for readahead past
// the record's end: answered with nothing, before the reply that holds the record,
// it would set the size that the kernel takes the file to have, and the record
// would end in zeros.
func (p *pageReaders) judge(in *fuse.ReadIn, res fuse.ReadResult, st fuse.Status) (fuse.ReadResult, fuse.Status) {
	if in.ReadFlags&fuse.READ_LOCKOWNER != 0 || st != fuse.OK {
		return res, st
	}
	h, ok := p.read(in.Fh)
	if ok && (h.short || in.Offset > 0 && res.Size() == 0) {
		return nil, fuse.EIO
	}
	return res, st
}
