package transport

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"sync/atomic"

	"uploadfs/remote"
)

// The bounds on a body, in bytes, as inflated. A page of 1,000 uploads with
// keys of 1,024 bytes, all escaped, is about 10 MB; an error document is a few
// hundred bytes.
const (
	maxSuccess = 64 << 20
	maxFailure = 256 << 10
	// maxScratch is the most that is set aside before a byte has come.
	maxScratch = 4 << 20
	minScratch = 64 << 10
)

// buffer reads the whole body while the attempt's context still runs, so that
// a body that is cut, stalls or never ends is the attempt's failure and not a
// surprise in the decoder.
type buffer struct {
	next             http.RoundTripper
	success, failure int64
	// Most stores send chunked or compressed pages, whose length is known only
	// at their end: scratch holds *[minScratch]byte for the short ones, and large
	// is how long the last long one was. long holds the *[]byte of long ones that
	// were given back: pages would be a third of all that a walk allocates.
	scratch, long sync.Pool
	large         atomic.Int64
}

// content is a body in memory.
type content struct {
	bytes.Reader
	data []byte
	// room is what data stands in and goes back to pool, nil where it does not.
	room *[]byte
	pool *sync.Pool
}

func (c *content) Close() error { return nil }

// Body returns the whole body of an answer of [Transport.RoundTrip] without
// copying it, whatever has been read from resp.Body. It must not be changed.
// It is nil for an answer from elsewhere.
func Body(resp *http.Response) []byte {
	if c, ok := resp.Body.(*content); ok {
		return c.data
	}
	return nil
}

// Free gives the memory of the body of an answer back, for another. What [Body]
// returned must not be used any more.
func Free(resp *http.Response) {
	c, ok := resp.Body.(*content)
	if !ok {
		return
	}
	c.Reset(nil)
	c.data = nil
	if c.room != nil {
		c.pool.Put(c.room)
		c.room = nil
	}
}

func (b *buffer) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := b.next.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	bound := b.failure
	if resp.StatusCode/100 == 2 {
		bound = b.success
	}
	data, room, over, err := b.read(resp.Body, bound, resp.ContentLength)
	resp.Body.Close()
	if err == nil && !over {
		err = checkLength(req, resp, int64(len(data)))
	}
	c := &content{data: data, room: room, pool: &b.long}
	c.Reset(data)
	resp.Body = c
	switch {
	case resp.StatusCode/100 != 2 && err == nil:
		// The beginning of an error document that is too long is enough.
		return resp, nil
	case err != nil:
		return nil, &fault{err: unread(err), resp: resp, bytes: int64(len(data))}
	case over:
		return nil, &fault{err: &remote.Error{
			Kind: remote.KindMalformed, Status: resp.StatusCode,
			Err: fmt.Errorf("the answer is longer than %d bytes", bound),
		}, resp: resp, final: true, bytes: int64(len(data))}
	}
	return resp, nil
}

// read returns at most bound bytes, the long buffer that they stand in if there
// is one, and whether there are more.
func (b *buffer) read(r io.Reader, bound, length int64) (data []byte, room *[]byte, over bool, err error) {
	// A length that a store announces is believed only so far; beyond, memory
	// follows what really comes.
	if length == 0 {
		length = 1 // one byte, to meet the end of the body
	}
	if length > 0 && length <= min(bound, maxScratch) {
		buf, room := b.room(length + 1)
		buf = buf[:length+1]
		n, err := readAll(r, buf)
		if n <= int(length) || err != nil {
			return buf[:n:n], room, false, err
		}
		return buf[:n:n], room, int64(n) > bound, nil
	}
	small, _ := b.scratch.Get().(*[minScratch]byte)
	if small == nil {
		small = new([minScratch]byte)
	}
	defer b.scratch.Put(small)
	buf := small[:min(minScratch, bound+1)]
	n, err := readAll(r, buf)
	if n < len(buf) || int64(n) > bound || err != nil {
		return bytes.Clone(buf[:min(int64(n), bound)]), nil, int64(n) > bound, err
	}
	// Longer than that: as long as the last such page was, and a bit.
	size := max(b.large.Load()+b.large.Load()/8, 2*minScratch)
	for n == len(buf) && int64(n) <= bound && err == nil {
		var bigger []byte
		bigger, room = b.room(min(size, bound+1))
		bigger = bigger[:min(int64(len(bigger)), bound+1)]
		copy(bigger, buf)
		buf = bigger
		var m int
		m, err = readAll(r, buf[n:])
		n += m
		size = 2 * int64(len(buf))
	}
	b.large.Store(min(int64(n), maxScratch))
	data = buf[:min(int64(n), bound)]
	return data[:len(data):len(data)], room, int64(n) > bound, err
}

// room returns a buffer of size bytes or more, and what to give back of it, nil
// where that is not worth it.
func (b *buffer) room(size int64) ([]byte, *[]byte) {
	if size <= minScratch || size > maxScratch {
		return make([]byte, size), nil
	}
	if keep, _ := b.long.Get().(*[]byte); keep != nil && int64(len(*keep)) >= size {
		return *keep, keep
	}
	buf := make([]byte, size)
	return buf, &buf
}

// readAll fills buf or meets the end of r, which is no error.
func readAll(r io.Reader, buf []byte) (n int, err error) {
	for idle := 0; n < len(buf) && err == nil; {
		var m int
		m, err = r.Read(buf[n:])
		n += m
		if m > 0 {
			idle = 0
		} else if idle++; idle > 100 && err == nil {
			err = io.ErrNoProgress
		}
	}
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return n, err
}

// errLength is a body that is not as long as it was announced.
var errLength = errors.New("the answer is not as long as its Content-Length")

func checkLength(req *http.Request, resp *http.Response, n int64) error {
	if resp.ContentLength < 0 || resp.Uncompressed || req.Method == http.MethodHead || n == resp.ContentLength {
		return nil
	}
	return errLength
}
