package wiretest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"

	"uploadfs/remote"
)

// Listener is a server on loopback that keeps the request lines as they came,
// byte for byte, and answers empty pages.
type Listener struct {
	// URL is the endpoint.
	URL string

	mu    sync.Mutex
	lines []string
}

// Listen starts a Listener that ends with the test.
func Listen(t *testing.T) *Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatalf("listening: %v", err)
	}
	s := &Listener{URL: "http://" + l.Addr().String()}
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() { l.Close(); wg.Wait() })
	return s
}

func (s *Listener) serve(conn net.Conn) {
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		return
	}
	line = strings.TrimRight(line, "\r\n")
	s.mu.Lock()
	s.lines = append(s.lines, line)
	s.mu.Unlock()
	method, target, _ := strings.Cut(line, " ")
	body, status := NoParts, "200 OK"
	switch {
	case method == http.MethodDelete:
		body, status = "", "204 No Content"
	case strings.Contains(target, "?uploads"), strings.Contains(target, "&uploads"):
		body = NoUploads
	}
	_, _ = io.WriteString(conn, fmt.Sprintf("HTTP/1.1 %s\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s", status, len(body), body))
}

// Last is the request line that came last.
func (s *Listener) Last() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.lines) == 0 {
		return ""
	}
	return s.lines[len(s.lines)-1]
}

// Keys is how keys of all kinds stand in a request's path, in every dialect:
// byte by byte, with no slash or dot folded (dialects.md 0.20). Dots gives the
// spelling of steps that are dots, which differs.
func Keys(dots func(n int) string) map[string]string {
	return map[string]string{
		"plain.txt":                         "plain.txt",
		"/leading":                          "/leading",
		"//":                                "//",
		"a//b/":                             "a//b/",
		"a/../b":                            "a/" + dots(2) + "/b",
		"./a":                               dots(1) + "/a",
		"...":                               "...",
		"a b+c%d&e=f?g#h;i":                 "a%20b%2Bc%25d%26e%3Df%3Fg%23h%3Bi",
		"%2F":                               "%252F",
		"\xff\xfe/\x80":                     "%FF%FE/%80",
		"\x00\x01\n\r\t\x7f":                "%00%01%0A%0D%09%7F",
		"中/\U0001F600":                      "%E4%B8%AD/%F0%9F%98%80",
		"~!*'()-_.:@$,":                     "~%21%2A%27%28%29-_.%3A%40%24%2C",
		`\back"quote<tag>` + "`{}|^[]":      "%5Cback%22quote%3Ctag%3E%60%7B%7D%7C%5E%5B%5D",
		strings.Repeat("k", 1024):           strings.Repeat("k", 1024),
		strings.Repeat("\xe4\xb8\xad", 200): strings.Repeat("%E4%B8%AD", 200),
	}
}

// Lines checks, on a real connection, the request lines of List Parts and
// AbortMultipartUpload for every key of keys. client is made with the
// Listener's URL as its endpoint and uses path style; skip names the keys
// that the dialect refuses.
func Lines(t *testing.T, c remote.Client, l *Listener, bucket string, keys map[string]string, partsQuery string, skip ...string) {
	t.Helper()
	const id = "a/b+c=~ \xff"
	const escaped = "a%2Fb%2Bc%3D~%20%FF"
	skipped := map[string]bool{}
	for _, k := range skip {
		skipped[k] = true
	}
	for key, path := range keys {
		if skipped[key] {
			continue
		}
		if _, err := c.Parts(t.Context(), bucket, key, id, remote.PartsRequest{Marker: 7}); err != nil {
			t.Errorf("List Parts of key %q: %v", key, err)
			continue
		}
		want := "GET /" + bucket + "/" + path + "?" + strings.ReplaceAll(partsQuery, "ID", escaped) + " HTTP/1.1"
		if got := l.Last(); got != want {
			t.Errorf("List Parts of key %q: the request line is\n%s\nwant\n%s", key, got, want)
		}
		if err := c.Abort(t.Context(), bucket, key, id); err != nil {
			t.Errorf("abort of key %q: %v", key, err)
			continue
		}
		want = "DELETE /" + bucket + "/" + path + "?uploadId=" + escaped + " HTTP/1.1"
		if got := l.Last(); got != want {
			t.Errorf("abort of key %q: the request line is\n%s\nwant\n%s", key, got, want)
		}
	}
}

// Queries checks the queries of List Multipart Uploads: nothing that is empty
// is sent (dialects.md 0.9), and the parameters stand as given.
func Queries(t *testing.T, c remote.Client, l *Listener, bucket string, table map[string]remote.UploadsRequest) {
	t.Helper()
	for want, req := range table {
		send := func(ctx context.Context) error {
			_, err := c.Uploads(ctx, bucket, req)
			return err
		}
		if err := send(t.Context()); err != nil {
			t.Errorf("listing %+v: %v", req, err)
			continue
		}
		want = "GET /" + bucket + "/?" + want + " HTTP/1.1"
		if got := l.Last(); got != want {
			t.Errorf("listing %+v: the request line is\n%s\nwant\n%s", req, got, want)
		}
	}
}
