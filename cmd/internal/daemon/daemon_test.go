package daemon

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestMain is also the child: the tests start their own binary again, and the
// last argument says what it does.
func TestMain(m *testing.M) {
	if r := Child(); r != nil {
		switch os.Args[len(os.Args)-1] {
		case "ready":
			r.Ready()
		case "fail":
			r.Failed(2, "one line\n")
		case "die":
			os.Exit(3)
		case "look":
			_, leaked := os.LookupEnv(marker)
			fd, _ := strconv.Atoi(os.Args[1])
			f := os.NewFile(uintptr(fd), "kept")
			b := make([]byte, 16)
			n, _ := f.Read(b)
			r.Failed(9, fmt.Sprintf("leaked=%v kept=%s", leaked, b[:n]))
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func TestCallerLearnsWhatTheChildReports(t *testing.T) {
	for _, tt := range []struct {
		what, said string
		status     int
		failed     bool
	}{{"ready", "", 0, false}, {"fail", "one line\n", 2, false}, {"die", "", 1, true}} {
		said, status, err := Start([]string{os.Args[0], tt.what}, -1)
		if said != tt.said || status != tt.status || (err != nil) != tt.failed {
			t.Errorf("child %q: said %q, status %d, error %v; want %q, %d, failed %v", tt.what, said, status, err, tt.said, tt.status, tt.failed)
		}
	}
}

func TestInheritedDescriptorKeepsItsNumber(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	fmt.Fprint(w, "hello")
	w.Close()
	keep, err := unix.Dup(int(r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	said, status, err := Start([]string{os.Args[0], strconv.Itoa(keep), "look"}, keep)
	if err != nil || status != 9 || said != "leaked=false kept=hello" {
		t.Errorf("the child says %q, status %d, %v; want descriptor %d readable and no marker in its environment", said, status, err, keep)
	}
}

func TestWithoutAMarkerThereIsNoChild(t *testing.T) {
	t.Setenv(marker, "1")
	if Child() != nil {
		t.Error("stdout was taken for the report's pipe")
	}
	// Nobody waits for a process in front: its reports go nowhere.
	var nobody *Report
	nobody.Ready()
	nobody.Failed(1, "x")
}

func TestNotifyReachesTheSocketThatWasNamed(t *testing.T) {
	dir, err := os.MkdirTemp("", "sd")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(dir)
	name := filepath.Join(dir, "notify")
	c, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	t.Setenv("NOTIFY_SOCKET", name)
	if err := Notify("READY=1"); err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 64)
	if err := c.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if n, err := c.Read(b); err != nil || string(b[:n]) != "READY=1" {
		t.Errorf("the socket got %q, %v; want READY=1", b[:n], err)
	}
	t.Setenv("NOTIFY_SOCKET", "")
	if err := Notify("READY=1"); err != nil {
		t.Errorf("without a socket: %v; want nothing done", err)
	}
}

func TestLeavingTheDirectoryKeepsRelativeFiles(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("AWS_CONFIG_FILE", "conf")
	t.Setenv("SSL_CERT_FILE", "/abs")
	if err := LeaveDirectory(); err != nil {
		t.Fatal(err)
	}
	if got := os.Getenv("AWS_CONFIG_FILE"); !strings.HasSuffix(got, "/conf") || !filepath.IsAbs(got) || os.Getenv("SSL_CERT_FILE") != "/abs" {
		t.Errorf("AWS_CONFIG_FILE is %q; want it absolute", got)
	}
	if wd, _ := os.Getwd(); wd != "/" {
		t.Errorf("working directory %q; want /", wd)
	}
}
