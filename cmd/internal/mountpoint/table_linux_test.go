package mountpoint

import (
	"os"
	"os/exec"
	"strings"
	"testing"
)

func TestFindTypeTakesTheLastMountOfExactlyThatDirectory(t *testing.T) {
	table := `22 27 0:20 / /sys rw,nosuid - sysfs sysfs rw
30 27 0:40 / /mnt/a rw shared:1 - ext4 /dev/sda rw
31 30 0:41 / /mnt/a rw,nosuid shared:2 master:1 - fuse.uploadfs s3://b rw,user_id=0
32 27 0:42 / /mnt/a/b rw - tmpfs none rw
33 27 0:43 / /mnt/with\040blank rw - fuse.uploadfs demo: rw
short line
`
	for dir, want := range map[string]string{"/mnt/a": FSType, "/mnt/a/b": "tmpfs", "/mnt/with blank": FSType, "/mnt": "", "/sys": "sysfs"} {
		if got := findType(strings.NewReader(table), dir); got != want {
			t.Errorf("type on %s is %q; want %q", dir, got, want)
		}
	}
}

func TestHoldersNamesWhoWorksThere(t *testing.T) {
	dir := t.TempDir()
	cmd := exec.Command("sleep", "60")
	cmd.Dir = dir
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // Killed, so always an error.
	}()
	got := Holders(dir)
	if len(got) != 1 || !strings.HasPrefix(got[0], "sleep[") {
		t.Errorf("holders of %s: %q; want the sleep that works there", dir, got)
	}
	if got := Holders(dir + "-other"); len(got) != 0 {
		t.Errorf("holders of a directory nobody uses: %q", got)
	}
}

func TestDeviceErrorsNameTheDeviceAndTheCapability(t *testing.T) {
	err := Device()
	if err == nil {
		return
	}
	if os.Getenv("CI") == "true" {
		t.Fatalf("this machine cannot mount: %v", err)
	}
	if !strings.Contains(err.Error(), "/dev/fuse") && !strings.Contains(err.Error(), "CAP_SYS_ADMIN") {
		t.Errorf("%v; want a line that names the device or the capability", err)
	}
}
