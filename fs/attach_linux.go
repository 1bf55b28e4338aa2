package fs

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/hanwen/go-fuse/v2/fuse"
	"golang.org/x/sys/unix"
)

// attach mounts raw on point, or takes over the descriptor that point names, and
// serves it.
func attach(raw *rawFS, point string, o fuse.MountOptions, strict bool) (*attached, error) {
	fd, err := connect(point, o, strict)
	if err != nil {
		return nil, err
	}
	inherited := strings.HasPrefix(point, inheritedFd)
	s, err := serve(fd, raw, o)
	if err != nil {
		if inherited {
			return nil, err
		}
		if left := detach(point); left != nil {
			err = fmt.Errorf("%w; %w", err, left)
		}
		return nil, err
	}
	if !inherited {
		refusePolls(point)
	}
	return &attached{server: s, point: point}, nil
}

// serve answers what comes from a descriptor of /dev/fuse. The library does what is
// done once: it agrees with the kernel on the protocol, sends the notices and cleans
// up. A device reads the requests.
func serve(fd int, raw *rawFS, o fuse.MountOptions) (*fuse.Server, error) {
	// The library waits for the kernel's first request. Who mounted may not want that.
	if err := unix.SetNonblock(fd, false); err != nil {
		return nil, fmt.Errorf("/dev/fuse: %w", err)
	}
	// This name makes the library take the descriptor and mount nothing.
	s, err := fuse.NewServer(raw, inheritedFd+strconv.Itoa(fd), &o)
	if err != nil {
		return nil, err
	}
	if err := unix.SetNonblock(fd, true); err != nil {
		return nil, fmt.Errorf("/dev/fuse: %w", err)
	}
	p := fuse.NewProtocolServer(raw, &o)
	if err := agree(p, s.KernelSettings()); err != nil {
		return nil, err
	}
	d := newDevice(fd, p, raw.t.o.Logger)
	go func() {
		d.run()
		// It reads that the mount has ended and cleans up.
		s.Serve()
	}()
	return s, nil
}

// attached is a mount that is served.
type attached struct {
	server *fuse.Server
	point  string
}

// connect returns a descriptor of /dev/fuse that is mounted on point: the one that
// point names, or a new one, mounted by mount(2) where this process may and by
// fusermount3 where not.
func connect(point string, o fuse.MountOptions, strict bool) (int, error) {
	if name, ok := strings.CutPrefix(point, inheritedFd); ok {
		fd, err := strconv.Atoi(name)
		if err != nil || fd < 0 {
			return -1, fmt.Errorf("%q is no descriptor", name)
		}
		return fd, nil
	}
	fd, err := mountDirect(point, o)
	if err == nil || strict {
		return fd, err
	}
	fd, helperErr := mountByHelper(point, o)
	if helperErr != nil {
		return -1, fmt.Errorf("%w; %w", err, helperErr)
	}
	return fd, nil
}

// mountDirect mounts with mount(2). The kernel knows these words of its options and
// no others (fs/fuse/inode.c).
func mountDirect(point string, o fuse.MountOptions) (int, error) {
	fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("/dev/fuse: %w", err)
	}
	var flags uintptr
	data := []string{
		"fd=" + strconv.Itoa(fd), fmt.Sprintf("rootmode=%o", unix.S_IFDIR),
		"user_id=" + strconv.Itoa(os.Geteuid()), "group_id=" + strconv.Itoa(os.Getegid()),
		"max_read=" + strconv.Itoa(o.MaxWrite),
	}
	for _, word := range o.Options {
		switch word {
		case "nosuid":
			flags |= unix.MS_NOSUID
		case "nodev":
			flags |= unix.MS_NODEV
		case "noexec":
			flags |= unix.MS_NOEXEC
		case "ro":
			flags |= unix.MS_RDONLY
		default:
			data = append(data, word)
		}
	}
	if o.AllowOther {
		data = append(data, "allow_other")
	}
	if err := unix.Mount(o.FsName, point, "fuse."+o.Name, flags, strings.Join(data, ",")); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("mount(2): %w", err)
	}
	return fd, nil
}

// mountByHelper has the setuid helper mount, which sends the descriptor back on a
// socket. fuse(4) and fusermount3(1) describe neither: libfuse's mount.c does.
func mountByHelper(point string, o fuse.MountOptions) (int, error) {
	helper, err := Fusermount()
	if err != nil {
		return -1, err
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return -1, fmt.Errorf("socketpair: %w", err)
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "fusermount"), os.NewFile(uintptr(pair[1]), "fusermount")
	defer ours.Close()
	defer theirs.Close()
	words := append([]string{}, o.Options...)
	if o.AllowOther {
		words = append(words, "allow_other")
	}
	escape := strings.NewReplacer(`\`, `\\`, `,`, `\,`)
	words = append(words, "fsname="+escape.Replace(o.FsName), "subtype="+o.Name, "max_read="+strconv.Itoa(o.MaxWrite))
	cmd := exec.Command(helper, "-o", strings.Join(words, ","), "--", point)
	// It is not to see credentials.
	cmd.Env = []string{"_FUSE_COMMFD=3"}
	cmd.ExtraFiles = []*os.File{theirs}
	if out, err := cmd.CombinedOutput(); err != nil {
		return -1, helperError(out, err)
	}
	return receive(int(ours.Fd()))
}

// receive takes one descriptor from a socket.
func receive(socket int) (int, error) {
	var data [8]byte
	rights := make([]byte, unix.CmsgSpace(4))
	_, n, _, _, err := unix.Recvmsg(socket, data[:], rights, unix.MSG_CMSG_CLOEXEC)
	if err != nil {
		return -1, fmt.Errorf("fusermount3 sends no descriptor: %w", err)
	}
	messages, err := unix.ParseSocketControlMessage(rights[:n])
	if err != nil || len(messages) != 1 {
		return -1, fmt.Errorf("fusermount3 sends %d descriptors (%v), want one", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		return -1, fmt.Errorf("fusermount3 sends %d descriptors (%v), want one", len(fds), err)
	}
	return fds[0], nil
}

// agree tells the protocol server what the library has agreed on with the kernel,
// by sending it the kernel's own first request again.
func agree(p *fuse.ProtocolServer, settings *fuse.InitIn) error {
	in, err := binary.Append(nil, binary.NativeEndian, settings)
	if err != nil {
		return fmt.Errorf("the kernel's INIT: %w", err)
	}
	out := make([]byte, fixedAnswer)
	if n, status := p.HandleRequest([][]byte{in}, [][]byte{out}); n == 0 || status != fuse.OK {
		return fmt.Errorf("the FUSE library takes no INIT: %w", syscall.Errno(status))
	}
	return nil
}

// refusePolls has the kernel ask whether files here can be polled, once, and the
// library say no. Asked when a Go program opens a file, that program's runtime
// may be left without a thread that could go on.
func refusePolls(point string) {
	fd, err := unix.Open(filepath.Join(point, ".go-fuse-epoll-hack"), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return
	}
	defer unix.Close(fd)
	_, _ = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}}, 0) // The answer is always no.
}

// wait returns when the mount has ended.
func (a *attached) wait() { a.server.Wait() }

const (
	// A file that was just closed may be in use for a moment longer.
	unmountTries = 5
	firstPause   = 5 * time.Millisecond
)

// unmount ends the mount, if nobody uses it.
func (a *attached) unmount() error {
	if strings.HasPrefix(a.point, inheritedFd) {
		return errors.New("a mount that was inherited as a descriptor is unmounted by its real mount point")
	}
	err := Unmount(a.point, 0)
	for pause, tries := firstPause, 1; err != nil && tries < unmountTries; tries++ {
		time.Sleep(pause)
		pause = 2*pause + firstPause
		err = Unmount(a.point, 0)
	}
	if err != nil {
		return err
	}
	a.wait()
	return nil
}
