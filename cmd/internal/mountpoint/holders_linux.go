package mountpoint

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const (
	// maxHolders bounds the answer, maxLinks the search.
	maxHolders = 5
	maxLinks   = 100_000
)

// Holders names processes that have a working directory, a root or an open file
// under dir, as far as this process may see. It asks the file system nothing:
// the links of /proc are the kernel's own.
func Holders(dir string) []string {
	procs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil
	}
	var out []string
	links := 0
	for _, p := range procs {
		if p == fmt.Sprintf("/proc/%d", os.Getpid()) {
			continue
		}
		names := []string{p + "/cwd", p + "/root"}
		if fds, err := os.ReadDir(p + "/fd"); err == nil {
			for _, fd := range fds {
				names = append(names, p+"/fd/"+fd.Name())
			}
		}
		links += len(names)
		if holds(names, dir) {
			comm, _ := os.ReadFile(p + "/comm")
			out = append(out, fmt.Sprintf("%s[%s]", strings.TrimSpace(string(comm)), filepath.Base(p)))
		}
		if len(out) == maxHolders || links > maxLinks {
			break
		}
	}
	return out
}

func holds(links []string, dir string) bool {
	for _, l := range links {
		target, err := os.Readlink(l)
		if err == nil && (target == dir || strings.HasPrefix(target, dir+"/")) {
			return true
		}
	}
	return false
}
