package creds

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"uploadfs/remote"
)

const secret = "s3cr3t-Value/that+must=not.show"

func TestKeysPrintAsAPlaceholder(t *testing.T) {
	k := Keys{ID: "id", Secret: secret, Token: secret}
	var log bytes.Buffer
	slog.New(slog.NewJSONHandler(&log, nil)).Info("x", "keys", k)
	for _, s := range []string{fmt.Sprint(k), fmt.Sprintf("%+v %#v %s %q", k, k, k, k), log.String()} {
		if strings.Contains(s, secret) {
			t.Errorf("Keys printed their secret: %s", s)
		}
	}
}

func TestEnvironmentPairs(t *testing.T) {
	names := []Names{
		{ID: "A_ID", Secret: "A_SECRET", Tokens: []string{"A_TOKEN", "A_TOK"}},
		{ID: "B_ID", Secret: "B_SECRET"},
		{ID: "C_ID", Secret: "C_SECRET", Loose: true},
	}
	for _, tt := range []struct {
		name, env string
		origin    string
		keys      Keys
		missing   string
	}{
		{name: "nothing"},
		{name: "first pair wins", env: "A_ID=a A_SECRET=x B_ID=b B_SECRET=y", origin: "environment A_ID", keys: Keys{ID: "a", Secret: "x"}},
		{name: "second pair", env: "B_ID=b B_SECRET=y A_TOKEN=t", origin: "environment B_ID", keys: Keys{ID: "b", Secret: "y"}},
		{name: "first token", env: "A_ID=a A_SECRET=x A_TOKEN=t A_TOK=u", origin: "environment A_ID", keys: Keys{ID: "a", Secret: "x", Token: "t"}},
		{name: "second spelling of the token", env: "A_ID=a A_SECRET=x A_TOK=u", origin: "environment A_ID", keys: Keys{ID: "a", Secret: "x", Token: "u"}},
		{name: "id alone", env: "A_ID=a B_ID=b B_SECRET=y", missing: "A_SECRET is not"},
		{name: "secret alone", env: "B_SECRET=y", missing: "B_ID is not"},
		{name: "loose half is nothing", env: "C_SECRET=y"},
		{name: "loose pair", env: "C_ID=c C_SECRET=z", origin: "environment C_ID", keys: Keys{ID: "c", Secret: "z"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src, err := Env{Getenv: variables(tt.env)}.Keys(names...)
			if tt.missing != "" {
				if err == nil || !strings.Contains(err.Error(), tt.missing) {
					t.Fatalf("half a pair gave %v, want an error that says %q", err, tt.missing)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if tt.origin == "" {
				if src != nil {
					t.Fatalf("found %s, want nothing", src.Origin)
				}
				return
			}
			if src == nil || src.Origin != tt.origin {
				t.Fatalf("found %+v, want the origin %s", src, tt.origin)
			}
			if k, _, err := src.Fetch(t.Context()); err != nil || k != tt.keys {
				t.Errorf("the wrong keys were found (id %q, token %q, %v)", k.ID, k.Token, err)
			}
		})
	}
}

// variables is a Getenv over "A=1 B=2".
func variables(s string) func(string) string {
	m := map[string]string{}
	for pair := range strings.FieldsSeq(s) {
		k, v, _ := strings.Cut(pair, "=")
		m[k] = v
	}
	return func(name string) string { return m[name] }
}

func TestPathsWithAndWithoutAHome(t *testing.T) {
	for _, tt := range []struct{ env, home, want string }{
		{"", "", ""},
		{"HOME=/h", "", "/h/.x"},
		{"HOME=/h", "/other", "/other/.x"},
		{"FILE=/f HOME=/h", "", "/f"},
		{"FILE=~/f HOME=/h", "", "/h/f"},
		{"FILE=/f", "", "/f"},
	} {
		if got := (Env{Getenv: variables(tt.env), Home: tt.home}).Path("FILE", ".x"); got != tt.want {
			t.Errorf("Path with %q and home %q = %q, want %q", tt.env, tt.home, got, tt.want)
		}
	}
	e := Env{Getenv: variables("HOME=/h")}
	for path, want := range map[string]string{"/h/.x": "~/.x", "/etc/x": "/etc/x"} {
		if got := e.Show(path); got != want {
			t.Errorf("Show(%q) = %q, want %q", path, got, want)
		}
	}
}

func TestReadFileIsBoundedAndWarns(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	write := func(data string, mode os.FileMode) {
		t.Helper()
		if err := os.WriteFile(file, []byte(data), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, mode); err != nil {
			t.Fatal(err)
		}
	}
	for mode, warned := range map[os.FileMode]bool{0o600: false, 0o400: false, 0o640: true, 0o604: true} {
		write(secret, mode)
		var log bytes.Buffer
		if data, err := ReadFile(file, slog.New(slog.NewTextHandler(&log, nil))); err != nil || string(data) != secret {
			t.Errorf("ReadFile of mode %#o: %v", mode, err)
		}
		if got := strings.Contains(log.String(), "level=WARN"); got != warned {
			t.Errorf("a file of mode %#o: warned is %t, want %t", mode, got, warned)
		}
		if strings.Contains(log.String(), secret) {
			t.Errorf("the warning shows the file's content: %s", log.String())
		}
	}
	write(strings.Repeat("x", MaxFile+1), 0o600)
	if _, err := ReadFile(file, nil); err == nil {
		t.Errorf("a file of %d bytes was read, want an error past %d", MaxFile+1, MaxFile)
	}
	if _, err := ReadFile(dir, nil); err == nil {
		t.Error("a directory was read as a file, want an error")
	}
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadFile(pipe, nil); err == nil {
		t.Error("a named pipe was read as a file, want an error at once")
	}
	for _, absent := range []string{"", filepath.Join(dir, "absent"), filepath.Join(pipe, "below")} {
		if _, err := ReadFile(absent, nil); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("ReadFile(%q) = %v, want fs.ErrNotExist", absent, err)
		}
	}
}

func TestINI(t *testing.T) {
	const text = "\ufeff; comment\r\n# comment\ntop = 1\n[Default]\naccessKeyID = \"quoted\"\naccess-key-secret='a#b;c=d'\n" +
		"no pair here\n[profile  Ops] # why\nstsToken=one\nsts_token=two\nempty=\n[Bucket-Endpoint]\na-b = x\nab=y\n[default]\nregion=r\n"
	f, err := ParseINI([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ section, key, want string }{
		{"", "top", "1"},
		{"default", "access_key_id", "quoted"},
		{"DEFAULT", "AccessKeySecret", "a#b;c=d"},
		{"default", "region", "r"},
		{"Profile ops", "sts-token", "two"},
		{"profile ops", "empty", ""},
		{"profile nobody", "x", ""},
	} {
		if got := f.Section(tt.section).Get(tt.key); got != tt.want {
			t.Errorf("[%s] %s = %q, want %q", tt.section, tt.key, got, tt.want)
		}
	}
	for bucket, want := range map[string]string{"a-b": "x", "ab": "y", "a_b": ""} {
		if got := f.Section("Bucket-Endpoint").Exact(bucket); got != want {
			t.Errorf("bucket %s = %q, want %q: hyphens count in bucket names", bucket, got, want)
		}
	}
	for _, bad := range []string{"[default\nid=" + secret, "[default] id=" + secret, "x=1\n[" + secret} {
		if _, err := ParseINI([]byte(bad)); err == nil || strings.Contains(err.Error(), secret) {
			t.Errorf("a broken section header gave %v, want an error that quotes nothing", err)
		}
	}
}

func TestAskIsBounded(t *testing.T) {
	var elsewhere bool
	mux := http.NewServeMux()
	mux.HandleFunc("/long", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), MaxAnswer+1))
	})
	mux.HandleFunc("/most", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write(bytes.Repeat([]byte("x"), MaxAnswer))
	})
	mux.Handle("/away", http.RedirectHandler("/elsewhere", http.StatusTemporaryRedirect))
	mux.HandleFunc("/elsewhere", func(http.ResponseWriter, *http.Request) { elsewhere = true })
	mux.HandleFunc("/never", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	srv := httptest.NewServer(mux)
	defer srv.Close()
	client := HTTPClient(time.Minute)

	if _, err := Ask(t.Context(), client, "GET", srv.URL+"/long", nil); !errors.Is(err, ErrTooLong) {
		t.Errorf("an answer of %d bytes gave %v, want ErrTooLong", MaxAnswer+1, err)
	}
	if body, err := Ask(t.Context(), client, "GET", srv.URL+"/most", nil); err != nil || len(body) != MaxAnswer {
		t.Errorf("an answer of %d bytes gave %d bytes, %v", MaxAnswer, len(body), err)
	}
	if _, err := Ask(t.Context(), client, "GET", srv.URL+"/away", nil); err != StatusError(http.StatusTemporaryRedirect) || elsewhere {
		t.Errorf("a redirect gave %v (followed: %t), want its status and not to be followed", err, elsewhere)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := Ask(ctx, client, "GET", srv.URL+"/never", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled question gave %v, want its context's error", err)
	}
	if _, err := Ask(t.Context(), HTTPClient(time.Millisecond), "GET", srv.URL+"/never", nil); err == nil {
		t.Error("a service that never answers gave no error")
	}
}

func TestFailuresToAskQuoteNoURL(t *testing.T) {
	client := HTTPClient(time.Second)
	// Port 1 of loopback: nobody listens.
	for _, url := range []string{"http://u:" + secret + "@127.0.0.1:1/?k=" + secret, "http://[" + secret + "/", "gopher://127.0.0.1/" + secret} {
		_, err := Ask(t.Context(), client, "GET", url, nil)
		if err == nil {
			t.Fatalf("a URL that cannot be asked gave no error")
		}
		err = AskFailed("oss", "the credentials URI", err)
		if strings.Contains(err.Error(), secret) {
			t.Errorf("the error quotes the URL: %v", err)
		}
		if remote.KindOf(err) != remote.KindUnavailable {
			t.Errorf("the kind is %v, want unavailable", remote.KindOf(err))
		}
	}
	if err := AskFailed("cos", "x", StatusError(404)); remote.KindOf(err) != remote.KindDenied {
		t.Errorf("a 404 is %v, want denied: the machine has no role", remote.KindOf(err))
	}
}

func TestRoleNames(t *testing.T) {
	for in, want := range map[string]string{"role": "role", "a.b-c_d@e\nsecond\n": "a.b-c_d@e", " r \r\n": "r",
		"": "", "..": "", "a/b": "", "a?b": "", "<html>": "", strings.Repeat("x", 129): ""} {
		got, err := RoleName([]byte(in))
		if got != want || (err == nil) != (want != "") {
			t.Errorf("RoleName(%q) = %q, %v; want %q", in, got, err, want)
		}
	}
}

func FuzzParseINI(f *testing.F) {
	f.Add([]byte("[default]\nid = x\n[buckets a-b]\nregion=\"r\"\n"))
	f.Add([]byte("[Credentials\n"))
	f.Add([]byte("\ufeff=\n]["))
	f.Fuzz(func(t *testing.T, data []byte) {
		file, err := ParseINI(data)
		if err != nil {
			return
		}
		for name, s := range file {
			if file.Section(name) != s {
				t.Fatalf("section %q is not found by its own name", name)
			}
			for _, p := range s.pairs {
				if s.Exact(p.key) == "" && p.value != "" && s.Get(p.key) == "" {
					t.Fatalf("a value of section %q cannot be read back", name)
				}
			}
		}
	})
}
