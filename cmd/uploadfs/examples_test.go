//go:build linux

package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestTheExampleUnitsAreTakenBySystemd: the units under examples are what
// systemd understands, with the binary in place of the installed one.
func TestTheExampleUnitsAreTakenBySystemd(t *testing.T) {
	analyze := need(t, "systemd-analyze")
	dir := t.TempDir()
	var units []string
	for _, name := range []string{"mnt-uploads.mount", "mnt-uploads.automount", "uploadfs.service"} {
		text, err := os.ReadFile(filepath.Join(os.Getenv(sourceVariable), "examples", name))
		if err != nil {
			t.Fatal(err)
		}
		unit := strings.ReplaceAll(string(text), "/usr/local/bin/uploadfs", os.Getenv(binaryVariable))
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(unit), 0o644); err != nil {
			t.Fatal(err)
		}
		units = append(units, path)
	}
	r := finish(t, command(t, nil, analyze, append([]string{"verify"}, units...)...))
	if out := r.stdout + r.stderr; r.status != 0 || strings.Contains(out, dir) {
		t.Errorf("systemd-analyze verify: status %d: %s; want 0 and no complaint about the units", r.status, out)
	}
}

// TestTheExampleFstabIsTaken: findmnt reads the line as mount(8) does.
func TestTheExampleFstabIsTaken(t *testing.T) {
	r := finish(t, command(t, nil, need(t, "findmnt"), "--verify", "--tab-file", filepath.Join(os.Getenv(sourceVariable), "examples/fstab")))
	if r.status != 0 || !strings.Contains(r.stdout+r.stderr, "0 parse errors, 0 errors") {
		t.Errorf("findmnt --verify: status %d: %s%s", r.status, r.stdout, r.stderr)
	}
}

// TestTheReadmeNamesFlagsThatExist: every long flag in the README is in --help.
func TestTheReadmeNamesFlagsThatExist(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(os.Getenv(sourceVariable), "../../README.md"))
	if err != nil {
		t.Fatal(err)
	}
	help := program(t, nil, "--help").stdout + " --man --completion "
	// Flags of other programs that the README shows.
	others := regexp.MustCompile(`(?m)^.*(\b(du|tree|docker|kubectl|findmnt|rsync|getfattr|mc|setpriv)\b|/dev/fuse).*$`)
	for _, flag := range regexp.MustCompile("--[a-z][a-z-]+").FindAllString(others.ReplaceAllString(string(text), ""), -1) {
		if !strings.Contains(help, flag) {
			t.Errorf("the README names %s, which --help does not", flag)
		}
	}
}
