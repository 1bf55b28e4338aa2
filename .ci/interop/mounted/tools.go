package mounted

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// Tool returns the path of a tool. Where it is missing the test is skipped by
// name, and fails under CI.
func Tool(t testing.TB, name, from string) string {
	t.Helper()
	p, err := exec.LookPath(name)
	if err == nil {
		return p
	}
	if os.Getenv("CI") != "" {
		t.Fatalf("%s is not on this machine (Debian: apt-get install %s)", name, from)
	}
	t.Skipf("%s is not on this machine (Debian: apt-get install %s)", name, from)
	return ""
}

// Run runs a tool in dir and returns what it printed. It must end with status 0
// within two minutes and say nothing on its standard error.
func Run(t testing.TB, dir string, command ...string) string {
	t.Helper()
	out, stderr, err := Try(t, dir, command...)
	if err != nil || stderr != "" {
		t.Errorf("%s: %v, standard error %q; want status 0 and silence", clip(strings.Join(command, " ")), err, clip(stderr))
	}
	return out
}

// Shell runs a command line in dir under the rules of Run. A failure anywhere
// in a pipe counts.
func Shell(t testing.TB, dir, line string) string {
	t.Helper()
	return Run(t, dir, "bash", "-o", "pipefail", "-c", line)
}

// Try runs a tool and returns whatever comes of it.
func Try(t testing.TB, dir string, command ...string) (stdout, stderr string, err error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8", "TZ=UTC")
	var o, e bytes.Buffer
	cmd.Stdout, cmd.Stderr = &o, &e
	err = cmd.Run()
	return o.String(), e.String(), err
}

func clip(s string) string {
	if len(s) > 400 {
		return s[:400] + "..."
	}
	return s
}
