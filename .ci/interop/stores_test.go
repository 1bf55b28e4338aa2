package interop

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"uploadfs/interop/check"
	"uploadfs/interop/fill"
	"uploadfs/interop/mounted"
	"uploadfs/interop/servers"
	"uploadfs/interop/truth"
)

const region = "us-east-1"

// store is a running store that the suite fills.
type store struct {
	quirks
	server *servers.Server
	sdk    *fill.Store
	// keys are the uploads of bucket keys, once oddKeys has run.
	keys []*truth.Upload
}

func begin(t *testing.T, q quirks) *store {
	t.Helper()
	s := servers.Start(t, q.kind)
	return &store{quirks: q, server: s, sdk: fill.Connect(s.Endpoint, region, servers.AccessKey, servers.SecretKey)}
}

func (s *store) bucket(t *testing.T, name string) {
	t.Helper()
	if err := s.sdk.MakeBucket(t.Context(), name); err != nil {
		t.Fatalf("creating bucket %s on %s: %v\n%s", name, s.kind.Name, err, s.server.Log())
	}
}

// mount mounts a bucket of the store with these flags.
func (s *store) mount(t testing.TB, bucket string, flags ...string) *mounted.Mount {
	t.Helper()
	return mounted.Start(t, env(servers.AccessKey, servers.SecretKey), append(flags, s.source(bucket))...)
}

func (s *store) source(bucket string) string { return sourceAt(s.server.Endpoint, bucket) }

func sourceAt(endpoint, bucket string) string {
	return fmt.Sprintf("s3://%s?endpoint=%s&path-style=true&region=%s", bucket, url.QueryEscape(endpoint), region)
}

func env(access, secret string) []string {
	return []string{"AWS_ACCESS_KEY_ID=" + access, "AWS_SECRET_ACCESS_KEY=" + secret}
}

// TestStores holds that on every store the mount's tree is what the SDK created.
func TestStores(t *testing.T) {
	for _, q := range quirksOf() {
		t.Run(q.kind.Name, func(t *testing.T) {
			s := begin(t, q)
			t.Run("odd keys", s.oddKeys)
			t.Run("pages of 1 and 7", s.smallPages)
			t.Run("refused keys", s.refusedKeys)
			t.Run("mangled keys", s.mangledKeys)
			t.Run("2500 parts with gaps", s.manyParts)
			t.Run("more than a page", s.manyUploads)
			t.Run("empty bucket", s.emptyBucket)
			t.Run("churn", s.churn)
			t.Run("refusals", s.refusals)
			if q.forgets {
				t.Run("restart", s.restart)
			}
		})
	}
}

// plan is every upload that the store takes and lists by its own key.
func (s *store) plan() []fill.Want {
	var wants []fill.Want
	for i, key := range fill.Plain(170) {
		wants = append(wants, fill.Want{Key: key, Parts: numbers(i % 4)})
	}
	for i, key := range fill.Odd() {
		if slices.Contains(s.refused, key) || slices.Contains(s.unanswered, key) || s.mangled[key] != "" || s.refusedAsLong(key) {
			continue
		}
		w := fill.Want{Key: key, Parts: numbers(1 + i%3)}
		if s.noLongParts && longComponent(key) {
			w.Parts = nil
		}
		wants = append(wants, w)
	}
	for range 5 {
		wants = append(wants, fill.Want{Key: "multi/same", Parts: numbers(2)})
	}
	for range 30 {
		wants = append(wants, fill.Want{Key: "multi/many"})
	}
	return wants
}

// refusedAsLong: rclone makes the folders of a key when an upload begins, and a
// file system's names end at 255 bytes.
func (s *store) refusedAsLong(key string) bool {
	i := strings.LastIndexByte(key, '/')
	return s.kind.Name == "rclone" && i > 0 && longComponent(key[:i])
}

func longComponent(key string) bool {
	return slices.ContainsFunc(strings.Split(key, "/"), func(c string) bool { return len(c) > 255 })
}

func numbers(n int) []int {
	ns := make([]int, n)
	for i := range ns {
		ns[i] = i*2 + 1
	}
	return ns
}

// create makes the uploads and fails on what the store does not take.
func (s *store) create(t *testing.T, bucket string, wants []fill.Want) []*truth.Upload {
	t.Helper()
	uploads, refused, err := s.sdk.Create(t.Context(), bucket, wants)
	if err != nil {
		t.Fatalf("filling %s: %v", bucket, err)
	}
	for _, r := range refused {
		t.Errorf("%s refused %q, which the table does not name: %s", s.kind.Name, r.Key, r.Answer)
	}
	for _, u := range uploads {
		if to := s.renamed[u.Key]; to != "" {
			u.Key = to
		}
		if s.kind.Name == "versitygw" {
			// Initiated is there the mtime of the upload's folder, which each part
			// moves, and which the kernel takes from a clock that is up to a tick behind.
			u.From, u.To = u.From.Add(-100*time.Millisecond), time.Now()
		}
	}
	return uploads
}

func (s *store) oddKeys(t *testing.T) {
	s.bucket(t, "keys")
	uploads := s.create(t, "keys", s.plan())
	// Keys spelled like an upload id that stands in the same directory.
	var spelled []fill.Want
	for _, u := range uploads {
		if u.Key == "multi/same" {
			spelled = append(spelled, fill.Want{Key: u.Key + "/" + u.ID, Parts: numbers(1)}, fill.Want{Key: u.Key + "/" + u.ID + "/x"})
		}
	}
	uploads = append(uploads, s.create(t, "keys", spelled)...)
	t.Logf("%s: %d uploads created", s.kind.Name, len(uploads))
	fresh := func(t testing.TB) *mounted.Mount { return s.mount(t, "keys") }
	s.keys = uploads
	check.Everything(t, fresh, truth.Of([]string{"keys"}, uploads), "keys", uploads)
	t.Run("direct without a cache", func(t *testing.T) {
		check.Direct(t, s.mount(t, "keys", "--ttl=1ms").Dir, truth.Of([]string{"keys"}, uploads), "keys")
	})
}

// smallPages reads the same bucket in pages of one and of seven. Where the store
// cannot page, the mount says so.
func (s *store) smallPages(t *testing.T) {
	want := truth.Of([]string{"keys"}, s.keys)
	for _, size := range []int{1, 7} {
		t.Run(fmt.Sprint(size), func(t *testing.T) {
			m := mounted.Start(t, env(servers.AccessKey, servers.SecretKey), sourceAt(s.server.SmallPages(t, size), "keys"))
			if s.pagesOff || s.inclusive && size == 1 {
				wholeOrError(t, m.Dir, want, "keys/uploads")
				m.Explain(t)
				return
			}
			check.Tree(t, "ReadDir", want, "keys", check.Walk(t, m.Dir, "keys"))
			check.Lines(t, m.Dir, "keys", s.keys)
			m.Explain(t)
		})
	}
}

// refusedKeys proves that the store itself refuses what was left out.
func (s *store) refusedKeys(t *testing.T) {
	s.bucket(t, "refused")
	for _, key := range s.refused {
		_, refused, err := s.sdk.Create(t.Context(), "refused", []fill.Want{{Key: key}})
		if err != nil || len(refused) != 1 {
			t.Errorf("%s takes %q now (%v): the table is wrong", s.kind.Name, key, err)
			continue
		}
		t.Logf("%s refuses %q: %.120s", s.kind.Name, key, refused[0].Answer)
	}
	if s.noLongParts {
		_, _, err := s.sdk.Create(t.Context(), "refused", []fill.Want{{Key: strings.Repeat("x", 256), Parts: numbers(1)}})
		if err == nil {
			t.Errorf("%s takes parts of a key with a component of 256 bytes now: the table is wrong", s.kind.Name)
		}
		t.Logf("%s refuses parts of a key with a component of 256 bytes: %.300v", s.kind.Name, err)
	}
}

// mangledKeys: what a store lists under another key is shown as listed, its
// parts are an error and not an empty directory, and no neighbour suffers.
func (s *store) mangledKeys(t *testing.T) {
	if len(s.mangled)+len(s.unanswered) == 0 {
		t.Logf("%s lists every key's own bytes", s.kind.Name)
		return
	}
	s.bucket(t, "mangled")
	good := s.create(t, "mangled", []fill.Want{{Key: "good/before", Parts: numbers(3)}, {Key: "zgood/after", Parts: numbers(3)}})
	wants := []fill.Want{}
	for _, key := range slices.Sorted(maps.Keys(s.mangled)) {
		wants = append(wants, fill.Want{Key: key, Parts: numbers(1)})
	}
	uploads, refused, err := s.sdk.Create(t.Context(), "mangled", wants)
	if err != nil || len(refused) != 0 {
		t.Fatalf("%v, refused %v", err, refused)
	}
	for _, u := range uploads {
		t.Logf("%s lists %q as %q", s.kind.Name, u.Key, s.mangled[u.Key])
		u.Key = s.mangled[u.Key]
	}
	uploads = append(uploads, s.unparsed(t, "mangled")...)
	all := append(slices.Clone(good), uploads...)
	want := truth.Of([]string{"mangled"}, all)

	// By listing: the store itself does not find these keys by their listed names.
	top := s.mount(t, "mangled").Dir
	for _, p := range want.Paths() {
		n := want[p]
		if !n.Dir || n.Kind == "parts" || n.Kind == "upload" {
			continue
		}
		entries, err := os.ReadDir(filepath.Join(top, p))
		if err != nil {
			t.Errorf("listing %q, as %s lists it: %v", p, s.kind.Name, err)
		}
		var names []string
		for _, e := range entries {
			names = append(names, e.Name())
		}
		if below := want.Below(p); !slices.Equal(names, below) {
			t.Errorf("%q holds %q, want %q as %s lists it", p, names, below, s.kind.Name)
		}
	}
	for _, u := range uploads {
		if slices.Contains(s.unanswered, u.Key) {
			continue // its bytes are right: compared below
		}
		dir := pathOf(want, u) + "/parts"
		entries, err := os.ReadDir(filepath.Join(top, dir))
		if err == nil {
			t.Errorf("%q: %d parts and no error, but the store cannot list the parts of that key", dir, len(entries))
		}
	}
	for _, u := range good {
		entries, err := os.ReadDir(filepath.Join(top, pathOf(want, u), "parts"))
		if err != nil || len(entries) != len(u.Parts) {
			t.Errorf("%q beside a mangled key: %d parts, %v; want %d", u.Key, len(entries), err, len(u.Parts))
		}
	}
	check.Lines(t, s.mount(t, "mangled").Dir, "mangled", all)
}

var uploadID = regexp.MustCompile(`<UploadId>([^<]+)</UploadId>`)

// unparsed creates the uploads whose answer the SDK cannot read.
func (s *store) unparsed(t *testing.T, bucket string) []*truth.Upload {
	t.Helper()
	var uploads []*truth.Upload
	for _, key := range s.unanswered {
		_, refused, err := s.sdk.Create(t.Context(), bucket, []fill.Want{{Key: key}})
		if err != nil || len(refused) != 1 {
			t.Errorf("%s answers for %q in XML 1.0 now (%v): the table is wrong", s.kind.Name, key, err)
			continue
		}
		t.Logf("%s answers for %q: %.300s", s.kind.Name, key, refused[0].Answer)
		id := uploadID.FindStringSubmatch(refused[0].Answer)
		if id == nil {
			t.Errorf("no upload id in %q", refused[0].Answer)
			continue
		}
		uploads = append(uploads, &truth.Upload{Bucket: bucket, Key: key, ID: id[1]})
	}
	return uploads
}

func pathOf(tree truth.Tree, u *truth.Upload) string {
	for p, n := range tree {
		if n.Kind == "upload" && n.Upload == u {
			return p
		}
	}
	return ""
}

func (s *store) manyParts(t *testing.T) {
	s.bucket(t, "parts")
	gaps := make([]int, 2500)
	for i := range gaps {
		gaps[i] = i*4 + 1 + i%3
	}
	uploads := s.create(t, "parts", []fill.Want{
		{Key: "big/object", Parts: gaps, Size: func(n int) int { return 1 + n%700 }},
		{Key: "big/last", Parts: []int{2, 10000}},
		{Key: "big/none"},
	})
	want := truth.Of([]string{"parts"}, uploads)
	if s.partsEndless {
		s.endless(t, want, uploads)
		return
	}
	fresh := func(t testing.TB) *mounted.Mount { return s.mount(t, "parts") }
	check.Everything(t, fresh, want, "parts", uploads)
}

// endless: a List Parts that does not advance is an error in that directory,
// after what was read, and its neighbours are whole.
func (s *store) endless(t *testing.T, want truth.Tree, uploads []*truth.Upload) {
	top := s.mount(t, "parts").Dir
	for _, u := range uploads {
		dir := pathOf(want, u) + "/parts"
		entries, err := os.ReadDir(filepath.Join(top, dir))
		if len(u.Parts) < 1000 {
			if err != nil || len(entries) != len(u.Parts) {
				t.Errorf("%q: %d parts, %v; want %d", dir, len(entries), err, len(u.Parts))
			}
			continue
		}
		if !errors.Is(err, syscall.EIO) {
			t.Errorf("%q: %d parts and error %v; want EIO, since %s cannot list past the first page", dir, len(entries), err, s.kind.Name)
		}
		t.Logf("%s, 2,500 parts: %d shown, then %v", s.kind.Name, len(entries), err)
	}
}

// manyUploads: listings of several pages, with a key whose own uploads fill more
// than a page. Exact, or an error; never short and never twice.
func (s *store) manyUploads(t *testing.T) {
	s.bucket(t, "pages")
	var wants []fill.Want
	for i := range 1100 {
		wants = append(wants, fill.Want{Key: fmt.Sprintf("flat/%c/key-%04d", 'a'+i%4, i)})
	}
	for range 1200 {
		wants = append(wants, fill.Want{Key: "flat/one"})
	}
	uploads := s.create(t, "pages", wants)
	want := truth.Of([]string{"pages"}, uploads)
	if !s.pagesOff {
		top := s.mount(t, "pages").Dir
		check.Tree(t, "ReadDir", want, "pages", check.Walk(t, top, "pages"))
		check.Lines(t, s.mount(t, "pages").Dir, "pages", uploads)
		return
	}
	wholeOrError(t, s.mount(t, "pages").Dir, want, "pages/uploads/flat")
	wholeOrError(t, s.mount(t, "pages").Dir, want, "pages/uploads/flat/one")
}

// wholeOrError reads a directory that its store may not be able to list.
func wholeOrError(t *testing.T, top string, want truth.Tree, dir string) {
	t.Helper()
	entries, err := os.ReadDir(filepath.Join(top, dir))
	there := map[string]int{}
	for _, name := range want.Below(dir) {
		there[name] = 1
	}
	n := len(there)
	for _, e := range entries {
		if there[e.Name()]--; there[e.Name()] < 0 {
			t.Errorf("%q: %q comes twice, or is no upload", dir, e.Name())
		}
	}
	if err == nil && len(entries) != n {
		t.Errorf("%q: %d names and no error, want all %d or an error", dir, len(entries), n)
	}
	t.Logf("%q: %d of %d names, error %v", dir, len(entries), n, err)
}

func (s *store) emptyBucket(t *testing.T) {
	s.bucket(t, "empty")
	ctx, answer := fill.Listening(t.Context())
	_, _ = s.sdk.Uploads(ctx, "empty") // the answer is what counts
	t.Logf("%s lists an empty bucket: %.200s", s.kind.Name, answer)
	top := s.mount(t, "empty").Dir
	if got := check.Walk(t, top, "empty"); len(got) != 2 {
		t.Errorf("an empty bucket shows %v, want uploads and uploads.jsonl", slices.Collect(maps.Keys(got)))
	}
	b, err := os.ReadFile(filepath.Join(top, "empty/uploads.jsonl"))
	if err != nil || len(b) != 0 {
		t.Errorf("uploads.jsonl of an empty bucket: %q, %v", b, err)
	}
}

// churn: what existed throughout a walk is seen exactly once, whatever is made
// and aborted beside it.
func (s *store) churn(t *testing.T) {
	s.bucket(t, "churn")
	var wants []fill.Want
	for i := range 900 {
		wants = append(wants, fill.Want{Key: fmt.Sprintf("d/key-%04d", i*2)})
	}
	uploads := s.create(t, "churn", wants)
	for _, flags := range [][]string{nil, {"--ttl=1ms"}} {
		top := s.mount(t, "churn", flags...).Dir
		seen := map[string]int{}
		s.whileChurning(t, func(turn func()) {
			f, err := os.Open(filepath.Join(top, "churn/uploads/d"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			for {
				entries, err := f.Readdirnames(40)
				for _, e := range entries {
					seen[e]++
				}
				if len(entries) == 0 {
					if err.Error() != "EOF" {
						t.Errorf("%v: reading while uploads come and go: %v", flags, err)
					}
					return
				}
				turn()
			}
		})
		for _, u := range uploads {
			if n := seen[strings.TrimPrefix(u.Key, "d/")]; n != 1 {
				t.Errorf("%v: %q was there throughout and was seen %d times", flags, u.Key, n)
			}
		}
		for name, n := range seen {
			if n != 1 {
				t.Errorf("%v: %q was seen %d times", flags, name, n)
			}
		}
	}
}

// whileChurning runs read, which calls turn between its steps: each turn makes
// uploads before, between and behind the others, and aborts those of the last.
func (s *store) whileChurning(t *testing.T, read func(turn func())) {
	var last []*truth.Upload
	n := 0
	abort := func() {
		for _, u := range last {
			if err := s.sdk.Abort(t.Context(), u); err != nil {
				t.Errorf("aborting %q: %v", u.Key, err)
			}
		}
	}
	read(func() {
		abort()
		n++
		last = s.create(t, "churn", []fill.Want{
			{Key: fmt.Sprintf("d/a-%04d", n)}, {Key: fmt.Sprintf("d/key-%04d", n*37%1800|1)}, {Key: fmt.Sprintf("d/z-%04d", n)}, {Key: fmt.Sprintf("e/z-%04d", n)},
		})
	})
	abort()
}

// refusals: what cannot be mounted says so in one line.
func (s *store) refusals(t *testing.T) {
	for _, c := range []struct {
		name, bucket, access, secret string
		off                          bool
	}{
		{"missing bucket", "no-such-bucket", servers.AccessKey, servers.SecretKey, false},
		{"wrong secret", "keys", servers.AccessKey, "wrong" + servers.SecretKey, s.open},
		{"wrong key id", "keys", "wrong" + servers.AccessKey, servers.SecretKey, s.open},
	} {
		if c.off {
			t.Logf("%s: %s takes any credentials", c.name, s.kind.Name)
			continue
		}
		status, said := mounted.Refused(t, env(c.access, c.secret), s.source(c.bucket))
		oneLine(t, c.name, status, said)
		if strings.Contains(said, c.secret) {
			t.Errorf("%s: the secret is in what it said", c.name)
		}
	}
}

func oneLine(t *testing.T, what string, status int, said string) {
	t.Helper()
	if status != 1 || strings.Count(said, "\n") != 1 || len(said) < 20 {
		t.Errorf("%s: status %d, %q; want status 1 and one line", what, status, said)
	}
	t.Logf("%s: %s", what, strings.TrimSpace(said))
}

// restart: MinIO lists from its memory. What it cannot show is said.
func (s *store) restart(t *testing.T) {
	s.server.Restart(t)
	top := s.mount(t, "keys").Dir
	entries, err := os.ReadDir(filepath.Join(top, "keys/uploads"))
	if err != nil {
		t.Errorf("listing after a restart of %s: %v", s.kind.Name, err)
	}
	t.Logf("%s shows %d names after a restart", s.kind.Name, len(entries))
	b, err := os.ReadFile(filepath.Join(top, ".uploadfs/errors"))
	if err != nil || !strings.Contains(strings.ToLower(string(b)), "restart") {
		t.Errorf(".uploadfs/errors says nothing of uploads that %s forgets on a restart: %q, %v", s.kind.Name, b, err)
	}
}

// TestUnsupported: a store without List Multipart Uploads is refused in one line.
func TestUnsupported(t *testing.T) {
	mounted.Tool(t, "node", "nodejs")
	s := servers.Start(t, servers.S3rver())
	sdk := fill.Connect(s.Endpoint, region, "S3RVER", "S3RVER")
	if err := sdk.MakeBucket(t.Context(), "some"); err != nil {
		t.Fatalf("bucket: %v\n%s", err, s.Log())
	}
	ctx, answer := fill.Listening(context.WithoutCancel(t.Context()))
	_, _ = sdk.Uploads(ctx, "some") // the answer is what counts
	t.Logf("s3rver answers: %s", answer)
	source := fmt.Sprintf("s3://some?endpoint=%s&path-style=true&region=%s", url.QueryEscape(s.Endpoint), region)
	status, said := mounted.Refused(t, env("S3RVER", "S3RVER"), source)
	oneLine(t, "s3rver", status, said)
}
