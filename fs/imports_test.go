package fs

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// layer gives each package of the module its place. A package may import those
// of lower layers, and the siblings that allowed names.
func layer(pkg string) int {
	switch rest := strings.TrimPrefix(pkg, "uploadfs/"); {
	case rest == "remote":
		return 0
	case strings.HasPrefix(rest, "remote/"):
		return 1
	case rest == "cache":
		return 2
	case rest == "fs":
		return 3
	case strings.HasPrefix(rest, "cmd/"):
		return 4
	}
	return 5
}

const fuseLibrary = "github.com/hanwen/go-fuse/"

// TestImportsRunOneWay holds the drawing of the layers: cmd, fs, cache, remote
// and what lies below it, remote itself. Only fs knows the FUSE library.
func TestImportsRunOneWay(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "go", "list", "-e", "-json=ImportPath,Imports", "uploadfs/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	seen := 0
	for d := json.NewDecoder(strings.NewReader(string(out))); ; seen++ {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := d.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		for _, i := range p.Imports {
			if strings.HasPrefix(i, fuseLibrary) && p.ImportPath != "uploadfs/fs" {
				t.Errorf("%s imports %s, which only fs may know", p.ImportPath, i)
			}
			if !strings.HasPrefix(i, "uploadfs/") {
				continue
			}
			from, to := layer(p.ImportPath), layer(i)
			siblings := from == to && from != 0
			if to > from || from == to && !siblings {
				t.Errorf("%s imports %s: imports run from cmd to fs, cache, remote/... and remote, never back", p.ImportPath, i)
			}
			if p.ImportPath == "uploadfs/fs" && strings.HasPrefix(i, "uploadfs/remote/") || p.ImportPath == "uploadfs/cache" && strings.HasPrefix(i, "uploadfs/remote/") {
				t.Errorf("%s imports %s: above remote, only cmd knows what lies below it", p.ImportPath, i)
			}
		}
	}
	if seen < 3 {
		t.Fatalf("go list shows %d packages of the module, want remote, cache and fs at least", seen)
	}
}
