package mountpoint

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"uploadfs/fs"
)

// device is the FUSE device, and its number the kernel's (Documentation/admin-guide/devices.txt).
const (
	device      = "/dev/fuse"
	deviceMajor = 10
	deviceMinor = 229
)

const inContainer = "in a container: docker run --device /dev/fuse --cap-add SYS_ADMIN"

// Device returns nil where this process can mount with FUSE, and otherwise one
// line that names what is missing and how to add it.
func Device() error {
	if err := checkDevice(); err != nil {
		return err
	}
	return checkPrivilege()
}

func checkDevice() error {
	fd, err := unix.Open(device, unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
		var st unix.Stat_t
		if err := unix.Fstat(fd, &st); err == nil && st.Mode&unix.S_IFMT == unix.S_IFCHR &&
			unix.Major(st.Rdev) == deviceMajor && unix.Minor(st.Rdev) == deviceMinor {
			return nil
		}
		return errors.New("/dev/fuse is not the FUSE device (character device 10:229); on the host: modprobe fuse; " + inContainer)
	}
	switch {
	case errors.Is(err, unix.ENOENT):
		return errors.New("there is no /dev/fuse; on the host: modprobe fuse; " + inContainer)
	case errors.Is(err, unix.EPERM):
		return errors.New("the container's device rules do not allow /dev/fuse; start it with --device /dev/fuse --cap-add SYS_ADMIN")
	case errors.Is(err, unix.EACCES):
		return errors.New("no permission to open /dev/fuse; as root: chmod 0666 /dev/fuse; or run as root")
	case errors.Is(err, unix.ENODEV), errors.Is(err, unix.ENXIO):
		return errors.New("the kernel behind /dev/fuse has no FUSE; on the host: modprobe fuse; " + inContainer)
	}
	return errors.New("/dev/fuse cannot be opened: " + err.Error())
}

// checkPrivilege: mount(2) needs CAP_SYS_ADMIN in the process's user namespace,
// or the setuid helper does it.
func checkPrivilege() error {
	if mayMount() {
		return nil
	}
	if _, err := fs.Fusermount(); err == nil {
		return nil
	}
	return errors.New("mounting needs the capability CAP_SYS_ADMIN or the program fusermount3 (package fuse3), and there is neither; " +
		inContainer + "; or without root: unshare -Urm")
}

// mayMount reads the effective capabilities, and takes root's for granted where
// they cannot be read.
func mayMount() bool {
	const sysAdmin = 21
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return os.Geteuid() == 0
	}
	_, rest, ok := strings.Cut(string(status), "\nCapEff:")
	line, _, _ := strings.Cut(rest, "\n")
	caps, err := strconv.ParseUint(strings.TrimSpace(line), 16, 64)
	if !ok || err != nil {
		return os.Geteuid() == 0
	}
	return caps&(1<<sysAdmin) != 0
}

// Owned returns nil where the setuid helper would let this process mount on dir:
// it wants a directory that the caller may write to.
func Owned(dir string) error {
	if mayMount() || unix.Access(dir, unix.W_OK) == nil {
		return nil
	}
	return fmt.Errorf("%s: without root the mount point must be a directory that you can write to; choose one of yours", dir)
}

// AllowOther returns nil where this process may let other users in: the setuid
// helper asks the system's owner first.
func AllowOther() error {
	if mayMount() {
		return nil
	}
	conf, err := os.ReadFile("/etc/fuse.conf")
	if err == nil {
		for line := range strings.Lines(string(conf)) {
			if strings.TrimSpace(line) == "user_allow_other" {
				return nil
			}
		}
	}
	return errors.New("--allow-other without root needs the line user_allow_other in /etc/fuse.conf; add it, or leave --allow-other out")
}
