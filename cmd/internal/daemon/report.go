package daemon

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// Report is a child's connection to the process that waits for it.
type Report struct{ pipe *os.File }

// Child returns the report that this process owes, and nil where it was not
// started by Start. The environment is cleaned of it.
func Child() *Report {
	v, ok := os.LookupEnv(marker)
	if !ok {
		return nil
	}
	_ = os.Unsetenv(marker)
	fd, err := strconv.Atoi(v)
	if err != nil || fd < 3 {
		return nil
	}
	var st syscall.Stat_t
	if err := syscall.Fstat(fd, &st); err != nil || st.Mode&syscall.S_IFMT != syscall.S_IFIFO {
		return nil
	}
	syscall.CloseOnExec(fd)
	return &Report{os.NewFile(uintptr(fd), "report")}
}

// Ready lets the caller go with status 0.
func (r *Report) Ready() { r.send(0, "") }

// Failed lets the caller go with that status and those words.
func (r *Report) Failed(status int, said string) { r.send(status, said) }

// send is silent about a caller that is gone: the daemon goes on without it.
func (r *Report) send(status int, said string) {
	if r == nil || r.pipe == nil {
		return
	}
	if len(said) > maxReport-16 {
		said = said[:maxReport-16]
	}
	_, _ = fmt.Fprintf(r.pipe, "%d\n%s", status, said)
	_ = r.pipe.Close()
	r.pipe = nil
}

func decode(report []byte) (said string, status int) {
	first, rest, _ := strings.Cut(string(report), "\n")
	status, err := strconv.Atoi(first)
	if err != nil {
		return string(report), 1
	}
	return rest, status
}
