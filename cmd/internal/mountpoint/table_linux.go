package mountpoint

import (
	"bufio"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"uploadfs/fs"
)

// topmost is the file system type of what is mounted last on exactly that
// directory, and empty where nothing is or where the table cannot be read.
func topmost(dir string) string {
	f, err := os.Open("/proc/self/mountinfo")
	if err != nil {
		return ""
	}
	defer f.Close()
	return findType(f, dir)
}

// findType reads proc_pid_mountinfo(5): the fifth field is the mount point, and
// the type follows a lone hyphen.
func findType(r io.Reader, dir string) string {
	kind := ""
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 64<<10), 1<<20)
	for sc.Scan() {
		fields := strings.Fields(sc.Text())
		if len(fields) < 7 || unescape(fields[4]) != dir {
			continue
		}
		for i := 6; i+1 < len(fields); i++ {
			if fields[i] == "-" {
				kind = fields[i+1]
				break
			}
		}
	}
	return kind
}

// unescape undoes the table's octal escapes of blanks and backslashes.
func unescape(s string) string {
	return strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`).Replace(s)
}

// Detach takes a mount out of the tree at once, busy or not.
func Detach(dir string) error { return fs.Unmount(dir, unix.MNT_DETACH|unix.UMOUNT_NOFOLLOW) }
