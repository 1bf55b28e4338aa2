package mountpoint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestCheckRefusesWhatCannotBeMountedOn(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for path, says := range map[string]string{
		filepath.Join(dir, "none"):   "mkdir -p",
		file:                         "not a directory",
		filepath.Join(file, "below"): "not a directory",
		"/dev/fd/0":                  "",
	} {
		_, err := Check(path)
		if says == "" {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), says) || strings.Contains(err.Error(), "\n") {
			t.Errorf("Check(%s): %v; want one line that says %q", path, err, says)
		}
	}
}

func TestCheckResolvesLinksAndTakesFullDirectories(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	real := filepath.Join(dir, "real")
	if err := os.MkdirAll(filepath.Join(real, "full"), 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(real, link); err != nil {
		t.Fatal(err)
	}
	if got, err := Check(link); err != nil || got != real {
		t.Errorf("Check of a link: %q, %v; want %q", got, err, real)
	}
	t.Chdir(dir)
	if got, err := Check("real"); err != nil || got != real {
		t.Errorf("Check of a relative path: %q, %v; want %q", got, err, real)
	}
}

func TestInheritedDescriptors(t *testing.T) {
	for in, want := range map[string]int{"/dev/fd/3": 3, "/dev/fd/12": 12} {
		if fd, ok := Inherited(in); !ok || fd != want {
			t.Errorf("Inherited(%q) = %d, %v; want %d", in, fd, ok, want)
		}
	}
	for _, in := range []string{"/dev/fd/", "/dev/fd/x", "/dev/fd/-1", "/dev/fd/03", "/mnt", "/dev/fd/3/x"} {
		if fd, ok := Inherited(in); ok {
			t.Errorf("Inherited(%q) = %d; want none", in, fd)
		}
	}
	if _, err := Check("/dev/fd/250"); err == nil {
		t.Error("a descriptor that is not open was taken for a FUSE connection")
	}
}

func TestWhatDoesNotAnswerIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		never := make(chan struct{})
		defer close(never)
		start := time.Now()
		_, err := within(func() (int, error) { <-never; return 0, nil })
		if err != errNoAnswer || time.Since(start) != patience {
			t.Errorf("a question without an answer: %v after %v; want %v after %v", err, time.Since(start), errNoAnswer, patience)
		}
	})
}
