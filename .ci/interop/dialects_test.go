package interop

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"uploadfs/interop/check"
	"uploadfs/interop/fill"
	"uploadfs/interop/mounted"
	"uploadfs/interop/truth"
	"uploadfs/interop/vendors"
)

// TestDialects holds that the mount over the embedded store on loopback, in each
// dialect, is what the vendor's own SDK created there.
func TestDialects(t *testing.T) {
	for _, k := range vendors.Kinds() {
		t.Run(k.Name, func(t *testing.T) {
			c := converse(t, k, emuSecret)
			uploads := c.fill(t)
			t.Logf("%d uploads created", len(uploads))
			fresh := func(t testing.TB) *mounted.Mount { return mounted.Start(t, c.env(emuSecret), c.source()) }
			check.Everything(t, fresh, truth.Of([]string{k.Bucket}, uploads), k.Bucket, uploads)
			t.Run("whole account", func(t *testing.T) { c.account(t, uploads) })
			t.Run("wrong secret", func(t *testing.T) {
				status, said := mounted.Refused(t, c.env("wrong"+emuSecret), c.source())
				oneLine(t, "wrong secret", status, said)
			})
			t.Run("missing bucket", func(t *testing.T) {
				status, said := mounted.Refused(t, c.env(emuSecret), strings.Replace(c.source(), "bucket", "nobucket", 1))
				oneLine(t, "missing bucket", status, said)
			})
		})
	}
}

// source is the bucket on the loopback store, addressed by path since the
// loopback has no virtual hosts.
func (c conversation) source() string { return c.sourceOf(c.Bucket) }

func (c conversation) sourceOf(bucket string) string {
	return fmt.Sprintf("%s://%s?endpoint=%s&path-style=true&region=%s", c.Dialect, bucket, url.QueryEscape("http://"+c.addr), c.Region)
}

// env is the identity in the provider's own variables.
func (c conversation) env(secret string) []string {
	switch c.Dialect {
	case "cos":
		return []string{"COS_SECRETID=" + emuID, "COS_SECRETKEY=" + secret}
	case "oss":
		return []string{"OSS_ACCESS_KEY_ID=" + emuID, "OSS_ACCESS_KEY_SECRET=" + secret}
	}
	return env(emuID, secret)
}

// unsendable reports keys that the provider or its SDK does not take: both
// providers ban a leading slash or backslash (dialects.md 5), and Tencent's SDK
// resolves dot segments and empty components before it sends.
func (c conversation) unsendable(key string) bool {
	if c.Dialect == "s3" {
		return false
	}
	if strings.HasPrefix(key, "/") || strings.HasPrefix(key, `\`) {
		return true
	}
	if c.Dialect != "cos" {
		return false
	}
	return slices.ContainsFunc(strings.Split(key, "/"), func(s string) bool { return s == "." || s == ".." }) ||
		strings.ContainsAny(key, "\x18\x19\x1a\x1b") || strings.Contains(key, "\r\n") || len(key) > 850
}

// fill creates odd keys, several uploads on one, and an upload whose parts are
// more than a page, all with the vendor's SDK.
func (c conversation) fill(t *testing.T) []*truth.Upload {
	t.Helper()
	var uploads []*truth.Upload
	add := func(key string, parts ...int) {
		from := time.Now()
		id, err := c.c.Create(t.Context(), c.Bucket, key)
		if err != nil {
			id = c.unread(t, key, err)
		}
		u := &truth.Upload{Bucket: c.Bucket, Key: key, ID: id, From: from, To: time.Now()}
		for _, n := range parts {
			body := strings.Repeat("p", n%1500+1)
			etag, err := c.c.Put(t.Context(), c.Bucket, key, id, n, body)
			if err != nil {
				t.Fatalf("part %d of %q: %v", n, key, err)
			}
			u.Parts = append(u.Parts, truth.Part{Number: n, Size: int64(len(body)), ETag: etag})
		}
		uploads = append(uploads, u)
	}
	for i, key := range fill.Odd() {
		if !c.unsendable(key) {
			add(key, numbers(i%3)...)
		}
	}
	for i, key := range fill.Plain(60) {
		add(key, numbers(i%4)...)
	}
	for range 5 {
		add("multi/same", 1, 2)
	}
	for _, u := range slices.Clone(uploads) {
		if u.Key == "multi/same" {
			add(u.Key+"/"+u.ID, 7)
			add(u.Key + "/" + u.ID + "/x")
		}
	}
	gaps := make([]int, 1300)
	for i := range gaps {
		gaps[i] = i*7 + 1
	}
	add("many/parts", gaps...)
	c.arrived(t, uploads)
	return uploads
}

// unread returns the id of an upload whose key XML 1.0 cannot hold: the answer
// names the key, and the SDK cannot read it. The upload is there.
func (c conversation) unread(t *testing.T, key string, err error) string {
	t.Helper()
	list, _ := c.all(t, vendors.Query{Prefix: key, URL: true})
	i := slices.IndexFunc(list, func(u vendors.Named) bool { return u.Key == key })
	if i < 0 {
		t.Fatalf("creating %q: %v", key, err)
	}
	t.Logf("creating %q: %.160v", key, err)
	return list[i].ID
}

// arrived holds that the SDK's requests named the keys that it was given: a
// client that cleans paths would make the truth a lie.
func (c conversation) arrived(t *testing.T, uploads []*truth.Upload) {
	t.Helper()
	list, _ := c.all(t, vendors.Query{URL: true})
	there := map[vendors.Named]bool{}
	for _, u := range list {
		there[u] = true
	}
	for _, u := range uploads {
		if !there[vendors.Named{Key: u.Key, ID: u.ID}] {
			t.Errorf("created %q, and the store lists no such key with its id", u.Key)
		}
	}
}

// account mounts every bucket of the identity at once.
func (c conversation) account(t *testing.T, uploads []*truth.Upload) {
	m := mounted.Start(t, c.env(emuSecret), c.sourceOf(""))
	out := mounted.Run(t, m.Dir, "ls", "-1")
	if want := strings.Join(bucketsOf(c.Kind), "\n") + "\n"; out != want {
		t.Errorf("the account shows %q, want %q", out, want)
	}
	want := truth.Of(bucketsOf(c.Kind), uploads)
	check.Tree(t, "ReadDir", want, c.Bucket, check.Walk(t, m.Dir, c.Bucket))
}
