//go:build linux

package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"uploadfs/remote/emulator"
)

// wiretap passes requests on and keeps every secret that they carry: signatures,
// tokens, and whole Authorization headers.
type wiretap struct {
	next http.Handler

	mu   sync.Mutex
	seen map[string]bool
}

// signature finds the proof in each dialect's Authorization header.
var signature = regexp.MustCompile(`(?:Signature=|q-signature=)([0-9a-fA-F]{20,})`)

func (w *wiretap) ServeHTTP(rw http.ResponseWriter, q *http.Request) {
	w.mu.Lock()
	auth := q.Header.Get("Authorization")
	if m := signature.FindStringSubmatch(auth); m != nil {
		w.seen[m[1]] = true
	}
	for _, name := range []string{"X-Amz-Security-Token", "X-Cos-Security-Token", "X-Oss-Security-Token"} {
		if v := q.Header.Get(name); v != "" {
			w.seen[v] = true
		}
	}
	w.mu.Unlock()
	w.next.ServeHTTP(rw, q)
}

func (w *wiretap) secrets() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []string
	for s := range w.seen {
		all = append(all, s)
	}
	return all
}

// TestNoCredentialLeavesTheProcess signs in three dialects with marked secrets
// and tokens, makes everything fail that can, logs all there is, and looks for
// the marks and for every signature that went over the wire.
func TestNoCredentialLeavesTheProcess(t *testing.T) {
	needMount(t)
	t.Parallel()
	const id, secret, token = "AKMARKEDKEYID", "MARKEDsecretMARKEDsecretMARKED", "MARKEDtokenMARKEDtokenMARKED"
	for _, format := range []string{"text", "json"} {
		t.Run(format, func(t *testing.T) {
			s := emulator.New(emulator.Options{Credentials: []emulator.Credential{{ID: id, Secret: secret, Token: token}}})
			defer s.Close()
			tap := &wiretap{next: s, seen: map[string]bool{}}
			g := openGate(t, tap)
			r := &rig{t: t, store: s, dir: place(t), log: filepath.Join(t.TempDir(), "log"), gate: g}
			metrics := freeAddress(t)
			args := []string{"--log-level=debug", "--debug-fuse", "--log-format=" + format, "--log-file=" + r.log, "--ttl=0", "--timeout=1s", "--retries=2", "--metrics-addr=" + metrics}
			for _, d := range dialects {
				b := emulator.BucketOptions{Name: bucketOf(d, "bkt"), Dialect: d}
				if err := s.AddBucket(b); err != nil {
					t.Fatal(err)
				}
				put(t, s, d+"/"+b.Name, "k")
				args = append(args, sourceAt(b, g.url)+"&as="+d)
			}
			env := []string{
				"AWS_ACCESS_KEY_ID=" + id, "AWS_SECRET_ACCESS_KEY=" + secret, "AWS_SESSION_TOKEN=" + token,
				"COS_SECRETID=" + id, "COS_SECRETKEY=" + secret, "COS_SESSIONTOKEN=" + token,
				"OSS_ACCESS_KEY_ID=" + id, "OSS_ACCESS_KEY_SECRET=" + secret, "OSS_SESSION_TOKEN=" + token,
			}
			mountAt(t, env, r.dir, args...)
			r.pid = daemonPID(t, r.dir)
			requests := filepath.Join(t.TempDir(), "requests")
			stream, streamed := r.started("sh", "-c", `exec cat "$1" >"$2"`, "sh", r.path(".uploadfs", "requests"), requests)
			output(t, "find", r.dir)
			said := exercise(r, s)
			kill(t, stream.Process.Pid, interrupt)
			_ = r.within("cat of .uploadfs/requests", answerBound, stream, streamed) // Interrupted, so always an error.
			places := map[string]string{
				"the log": readFile(t, r.log), "argv": readFile(t, fmt.Sprintf("/proc/%d/cmdline", r.pid)), "the table of mounts": readFile(t, "/proc/self/mountinfo"),
				"the metrics": get(t, "http://"+metrics+"/metrics"), ".uploadfs/requests": readFile(t, requests), "the tools' stderr": said,
				"a failed start": program(t, env, "--retries=1", "s3://nothere?region=us-east-1&path-style=true&endpoint="+g.url, place(t)).stderr,
			}
			for _, name := range []string{"stats", "errors", "config"} {
				places[".uploadfs/"+name] = read(t, r.dir, name)
			}
			marks := append(tap.secrets(), secret, token, "MARKEDsecret", "MARKEDtoken", "Signature=", "q-signature", "Authorization:", "Security-Token")
			if len(marks) < 20 {
				t.Fatalf("the wire carried %d signatures and tokens; want those of many requests", len(marks))
			}
			for where, text := range places {
				for _, mark := range marks {
					if strings.Contains(text, mark) {
						t.Errorf("%s shows %q", where, mark)
					}
				}
				if text == "" {
					t.Errorf("%s is empty: the test would find nothing", where)
				}
			}
		})
	}
}

// exercise lets every request fail in several ways, and returns what the tools
// said of it.
func exercise(r *rig, s *emulator.Store) string {
	var said strings.Builder
	for _, f := range []emulator.Fault{
		emulator.ErrorFault(403, "SignatureDoesNotMatch"), emulator.ErrorFault(400, "ExpiredToken"), {Reset: true}, {CutHalf: true}, emulator.HTMLFault(200),
		emulator.RedirectFault("http://elsewhere.invalid/?X-Amz-Signature=0"), emulator.ErrorFault(400, "AuthorizationHeaderMalformed"),
	} {
		s.SetFault(func(*http.Request, int) *emulator.Fault { return &f })
		res, _, _ := r.tool("find", r.dir)
		said.WriteString(res.stderr)
	}
	s.SetFault(nil)
	return said.String()
}

// freeAddress is a loopback address that was free a moment ago.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}

// TestRedirectsAreNeverFollowed: no status with a Location makes a request, and
// with it a signature, go to another host.
func TestRedirectsAreNeverFollowed(t *testing.T) {
	t.Parallel()
	var visits atomic.Int64
	trap := openGate(t, http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		visits.Add(1)
		w.WriteHeader(http.StatusOK)
	}))
	for _, d := range dialects {
		t.Run(d, func(t *testing.T) {
			r := newRig(t, rigOptions{dialect: d})
			for _, status := range []int{300, 301, 302, 303, 305, 307, 308} {
				for _, extra := range [][][2]string{nil, {{"Endpoint", trap.address}}, {{"Region", "eu-west-1"}}} {
					f := emulator.Fault{Status: status, Code: "PermanentRedirect", Extra: extra, Header: http.Header{"Location": {trap.url + "/sick?uploads"}, "X-Amz-Bucket-Region": {"eu-west-1"}}}
					r.fall(f, nil)
					r.told("", [][]string{{"ls", r.path(r.sick, "uploads")}})
				}
			}
			r.fall(emulator.Fault{Status: 403, Code: "AccessDenied", Extra: [][2]string{{"Endpoint", trap.address}}}, nil)
			r.told("", [][]string{{"ls", r.path(r.sick, "uploads")}})
			r.heal()
			r.whole(r.well, "after the redirects")
		})
	}
	if n := visits.Load(); n != 0 {
		t.Errorf("%d requests followed a redirect to another host; want none", n)
	}
}

// publicPlace is a mount point that every user can reach.
func publicPlace(t *testing.T) string {
	t.Helper()
	top, err := os.MkdirTemp("", "uploadfs-public")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(top) })
	if err := os.Chmod(top, 0o755); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(top, "mnt")
	if err := os.Mkdir(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { endLeftover(t, dir) })
	return dir
}

func endLeftover(t *testing.T, dir string) {
	t.Helper()
	if mounted(t, dir) {
		output(t, "umount", "-l", dir)
	}
}

// TestOtherUsersSeeWhatTheModesAllow: nobody looks in without --allow-other, and
// with it the kernel checks the modes.
func TestOtherUsersSeeWhatTheModesAllow(t *testing.T) {
	needMount(t)
	needRoot(t)
	t.Parallel()
	nobody := func(dir string) result {
		return finish(t, command(t, []string{"LC_ALL=C"}, need(t, "setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", "find", dir, "-type", "f", "-exec", "cat", "{}", "+"))
	}
	for _, row := range []struct {
		name string
		args []string
		may  bool
	}{
		{"without --allow-other", nil, false},
		{"with the default modes", []string{"--allow-other"}, true},
		{"with files of 0400", []string{"--allow-other", "--file-mode=0400"}, false},
		{"with directories of 0500", []string{"--allow-other", "--dir-mode=0500"}, false},
		{"of their own", []string{"--allow-other", "--file-mode=0400", "--dir-mode=0500", "--uid=65534", "--gid=65534"}, true},
		{"with --allow-abort", []string{"--allow-other", "--allow-abort"}, true},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			dir := publicPlace(t)
			mountAt(t, nil, dir, append(row.args, "demo:?dialect=s3")...)
			got := nobody(dir)
			if row.may != (got.status == 0 && got.stdout != "") {
				t.Errorf("another user: status %d, %d bytes, stderr %.300q; want it to be able to read: %v", got.status, len(got.stdout), got.stderr, row.may)
			}
			if !row.may && (got.stdout != "" || !strings.Contains(got.stderr, sayEACCES)) {
				t.Errorf("another user read %d bytes, stderr %.300q; want nothing and %q", len(got.stdout), got.stderr, sayEACCES)
			}
			if !slices.Contains(row.args, "--allow-abort") {
				return
			}
			id := strings.TrimSpace(output(t, "find", dir, "-name", "upload.json", "-printf", "%h\n", "-quit"))
			rm := finish(t, command(t, []string{"LC_ALL=C"}, need(t, "setpriv"), "--reuid=65534", "--regid=65534", "--clear-groups", "rmdir", id))
			if rm.status == 0 || !strings.Contains(rm.stderr, sayEACCES) {
				t.Errorf("rmdir by another user: %+v; want %q", rm, sayEACCES)
			}
		})
	}
}

// TestFilesOfSecretsThatOthersCanReadAreWarnedAbout: once in the log, by name.
func TestFilesOfSecretsThatOthersCanReadAreWarnedAbout(t *testing.T) {
	needMount(t)
	t.Parallel()
	_, url := store(t)
	for mode, want := range map[os.FileMode]bool{0o600: false, 0o644: true} {
		file := filepath.Join(t.TempDir(), "credentials")
		text := fmt.Sprintf("[default]\naws_access_key_id = %s\naws_secret_access_key = %s\n", emulator.DemoID, emulator.DemoSecret)
		if err := os.WriteFile(file, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		dir, log := place(t), filepath.Join(t.TempDir(), "log")
		mountAt(t, []string{"AWS_SHARED_CREDENTIALS_FILE=" + file}, dir, "--log-file="+log, "s3://bkt?region=us-east-1&path-style=true&endpoint="+url)
		output(t, "find", dir)
		n := 0
		for line := range strings.Lines(readFile(t, log)) {
			if strings.Contains(line, "WARN") && strings.Contains(line, file) {
				n++
			}
		}
		if (n > 0) != want || n > 1 {
			t.Errorf("a credentials file of mode %v: %d warnings; want one: %v", mode, n, want)
		}
	}
}

// TestCertificatesAreVerified: a server whose certificate nobody vouches for gets
// no request, and so no signature.
func TestCertificatesAreVerified(t *testing.T) {
	needMount(t)
	t.Parallel()
	s := emulator.New(emulator.Options{})
	defer s.Close()
	if err := s.AddBucket(emulator.BucketOptions{Name: "bkt", Dialect: "s3"}); err != nil {
		t.Fatal(err)
	}
	put(t, s, "bkt", "k")
	server, authority := tlsServer(t, s)
	source := "s3://bkt?region=us-east-1&path-style=true&endpoint=" + server.URL
	dir := place(t)
	r := program(t, demoKeys(), "--retries=1", source, dir)
	if r.status != 1 || strings.Count(r.stderr, "\n") != 1 || !strings.Contains(r.stderr, "certificate") || s.Counters().Total != 0 {
		t.Errorf("an unknown authority: %+v after %d requests; want one line about the certificate and no request", r, s.Counters().Total)
	}
	log := filepath.Join(t.TempDir(), "log")
	mountAt(t, append(demoKeys(), "SSL_CERT_FILE="+authority), dir, "--ttl=0", "--retries=2", "--timeout=2s", "--log-format=json", "--log-file="+log, source)
	if got := list(t, filepath.Join(dir, "bkt", "uploads")); !slices.Equal(got, []string{"k"}) {
		t.Errorf("with the authority named: %q", got)
	}
	// The same address now shows another certificate: TLS fails under a live mount.
	before := s.Counters().Total
	swap(t, server, func() {
		x := &rig{t: t, dir: dir, log: log, sick: "bkt"}
		x.told(sayEIO, [][]string{{"ls", x.path("bkt", "uploads")}})
		x.noted("certificate's authority", true)
	})
	if n := s.Counters().Total; n != before {
		t.Errorf("%d requests went to a server that could not be verified; want none", n-before)
	}
	eventually(t, "the listing is there again", func() bool {
		res := finish(t, command(t, nil, need(t, "ls"), filepath.Join(dir, "bkt", "uploads")))
		return res.status == 0 && strings.TrimSpace(res.stdout) == "k"
	})
}
