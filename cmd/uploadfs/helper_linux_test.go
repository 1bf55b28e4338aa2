package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// helpers is a directory for PATH with the binary under its names.
func helpers(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"uploadfs", "mount.uploadfs", "mount.fuse.uploadfs"} {
		if err := os.Symlink(os.Getenv(binaryVariable), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// mountScript runs in a mount namespace of its own, where the binary lies in
// /usr/local/sbin: mount(8) and mount.fuse look nowhere else.
const mountScript = `set -e
mount -t tmpfs none /usr/local/sbin
cp "$0" /usr/local/sbin/uploadfs
mount -t fuse.uploadfs 'demo:?uploads=10&dialect=oss' "$1" -o "$2"
ls "$1"; grep -E '^(ttl|file-mode)=' "$1/.uploadfs/config"; umount "$1"
mount -T "$3" "$1"
ls "$1"; grep -E '^(ttl|file-mode)=' "$1/.uploadfs/config"; umount "$1"
if mount -t fuse.uploadfs demo: "$1" -o nosuchoption; then echo taken; fi
`

// TestMountCallsTheHelper runs util-linux's mount, which runs mount.fuse of
// fuse3, which runs uploadfs: what /etc/fstab and systemd do.
func TestMountCallsTheHelper(t *testing.T) {
	needMount(t)
	needRoot(t)
	if _, err := os.Stat("/sbin/mount.fuse"); err != nil {
		missing(t, "mount.fuse of the package fuse3: "+err.Error())
	}
	const options = "rw,_netdev,nofail,noauto,nosuid,x-systemd.automount,x-systemd.mount-timeout=30s,comment=x,default_permissions,allow_other,ttl=5m,file_mode=0400,log-level=warn"
	dir := place(t)
	fstab := filepath.Join(t.TempDir(), "fstab")
	if err := os.WriteFile(fstab, fmt.Appendf(nil, "demo:?dialect=oss %s fuse.uploadfs %s 0 0\n", dir, options), 0o600); err != nil {
		t.Fatal(err)
	}
	r := finish(t, command(t, nil, need(t, "unshare"), "-m", "--propagation", "private", "sh", "-c", mountScript, os.Getenv(binaryVariable), dir, options, fstab))
	once := "demo-oss\nfile-mode=0400\nttl=5m\n"
	if r.status != 0 || r.stdout != once+once {
		t.Errorf("status %d, stdout %q, stderr %q; want the bucket and the options in force, by hand and by fstab", r.status, r.stdout, r.stderr)
	}
	if !strings.Contains(r.stderr, `-o "nosuchoption": unknown option`) {
		t.Errorf("stderr %q; want the unknown option named", r.stderr)
	}
}

// TestHelperNamesTakeWhatMountGives calls the symbolic links as mount(8) would.
func TestHelperNamesTakeWhatMountGives(t *testing.T) {
	needMount(t)
	path := helpers(t)
	for _, name := range []string{"mount.uploadfs", "mount.fuse.uploadfs"} {
		dir := place(t)
		dry := finish(t, command(t, nil, filepath.Join(path, name), "demo:", dir, "-f", "-o", "rw"))
		if dry.status != 0 || dry.stderr != "" || mounted(t, dir) {
			t.Errorf("%s -f: status %d, stderr %q, mounted %v; want a dry run", name, dry.status, dry.stderr, mounted(t, dir))
		}
		r := finish(t, command(t, nil, filepath.Join(path, name), "demo:?dialect=s3", dir, "-sn", "-v", "-o", "rw,_netdev", "-t", "fuse.uploadfs"))
		if r.status != 0 || strings.Join(list(t, dir), " ") != "demo-s3" {
			t.Errorf("%s: status %d, stderr %q; want it mounted", name, r.status, r.stderr)
		}
	}
}

// TestInheritedDescriptor mounts on /dev/fd/N: whoever starts uploadfs has
// opened and mounted /dev/fuse, and the process needs no privilege of its own.
func TestInheritedDescriptor(t *testing.T) {
	needMount(t)
	needRoot(t)
	for _, front := range [][]string{{"-f"}, nil} {
		dir := place(t)
		fd, err := unix.Open("/dev/fuse", unix.O_RDWR|unix.O_CLOEXEC, 0)
		if err != nil {
			t.Fatal(err)
		}
		device := os.NewFile(uintptr(fd), "/dev/fuse")
		if err := unix.Mount("demo:", dir, "fuse.uploadfs", unix.MS_NOSUID|unix.MS_NODEV|unix.MS_RDONLY, fmt.Sprintf("fd=%d,rootmode=40000,user_id=0,group_id=0", fd)); err != nil {
			t.Fatal(err)
		}
		cmd := command(t, nil, os.Getenv(binaryVariable), append(front, "demo:", "/dev/fd/5")...)
		cmd.ExtraFiles = []*os.File{nil, nil, device}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		device.Close()
		if len(front) == 0 {
			if err := cmd.Wait(); err != nil {
				t.Fatal(err)
			}
		}
		if got := len(list(t, dir)); got != 3 {
			t.Errorf("%q: %d buckets; want 3", front, got)
		}
		pid := daemonPID(t, dir)
		output(t, "umount", dir)
		if len(front) > 0 {
			if err := cmd.Wait(); err != nil {
				t.Errorf("after umount: %v; want status 0", err)
			}
		}
		gone(t, pid)
	}
}

// TestBareRootFileSystem enters a root with the binary, BusyBox and nothing
// else: no PATH that helps, no /proc, no /dev/null, no fusermount.
func TestBareRootFileSystem(t *testing.T) {
	needMount(t)
	needRoot(t)
	need(t, "chroot")
	busybox := need(t, "busybox")
	root := t.TempDir()
	for _, dir := range []string{"bin", "dev", "mnt"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for from, to := range map[string]string{os.Getenv(binaryVariable): "uploadfs", busybox: "busybox"} {
		data, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, "bin", to), data, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := unix.Mknod(filepath.Join(root, "dev", "fuse"), unix.S_IFCHR|0o666, int(unix.Mkdev(10, 229))); err != nil {
		t.Fatal(err)
	}
	script := `cd / && /bin/uploadfs demo:?dialect=s3 /mnt && /bin/busybox ls /mnt && /bin/uploadfs demo: /mnt; echo "status $?"; /bin/busybox umount /mnt`
	r := finish(t, command(t, nil, need(t, "unshare"), "-m", "--propagation", "private", "chroot", root, "/bin/busybox", "sh", "-c", script))
	if !strings.HasPrefix(r.stdout, "demo-s3\nstatus 1\n") || !strings.Contains(r.stderr, "already mounted") || strings.Count(r.stderr, "\n") != 1 {
		t.Errorf("in the bare root: stdout %q, stderr %q; want the bucket, and the second mount refused", r.stdout, r.stderr)
	}
}

// strangerScript gives an unprivileged user a FUSE device in a mount namespace.
const strangerScript = `set -e
mount -t tmpfs none "$2"; mknod "$2/fuse" c 10 229; chmod 666 "$2/fuse"
mount --bind "$2/fuse" /dev/fuse
mount -t tmpfs none "$3"; umask 0; mkdir -m 777 "$3/mine"; mkdir -m 755 "$3/roots"
cp "$0" "$3/uploadfs"; chmod 755 "$3" "$3/uploadfs"
as="setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all"
$as "$3/uploadfs" demo:?dialect=s3 "$3/mine"
$as ls "$3/mine"
$as fusermount3 -u "$3/mine"
$as "$3/uploadfs" -f demo: "$3/roots" || echo "status $?"
$as "$3/uploadfs" -f --allow-other demo: "$3/mine" || echo "status $?"
`

// TestUnprivilegedUserMountsWithTheHelper: fusermount3 mounts for who may not,
// and what it would refuse is one line of ours before it is asked.
func TestUnprivilegedUserMountsWithTheHelper(t *testing.T) {
	needMount(t)
	needRoot(t)
	need(t, "setpriv")
	need(t, "fusermount3")
	dir := place(t)
	r := finish(t, command(t, nil, need(t, "unshare"), "-m", "--propagation", "private", "sh", "-c", strangerScript, os.Getenv(binaryVariable), dir, t.TempDir(), "/mnt"))
	if r.status != 0 || r.stdout != "demo-s3\nstatus 1\nstatus 1\n" {
		t.Errorf("status %d, stdout %q, stderr %q; want a mount, and two refusals with status 1", r.status, r.stdout, r.stderr)
	}
	if strings.Count(r.stderr, "\n") != 2 || !strings.Contains(r.stderr, "can write to") || !strings.Contains(r.stderr, "user_allow_other") {
		t.Errorf("stderr %q; want one line about the directory and one about /etc/fuse.conf", r.stderr)
	}
}

// TestWithoutRoot mounts in a user namespace, with no privilege outside it.
func TestWithoutRoot(t *testing.T) {
	needMount(t)
	unshare := need(t, "unshare")
	if err := exec.Command(unshare, "-Urm", "true").Run(); err != nil {
		missing(t, "user namespaces: "+err.Error())
	}
	dir := place(t)
	cmd := command(t, nil, unshare, "-Urm", "sh", "-c", `"$0" demo: "$1" && ls "$1" && umount "$1"`, os.Getenv(binaryVariable), dir)
	if r := finish(t, cmd); r.status != 0 || r.stderr != "" || r.stdout != "demo-cos-1250000000\ndemo-oss\ndemo-s3\n" {
		t.Errorf("as root of a user namespace: status %d, stdout %q, stderr %q; want the three buckets", r.status, r.stdout, r.stderr)
	}
}
