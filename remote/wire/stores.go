package wire

import (
	"bytes"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"

	"uploadfs/remote"
)

// Stores knows whose ways to assume: the store that the user named, the one
// that the endpoint's host tells, or, at an endpoint of the user's own, the one
// that the first answers tell. It is safe for concurrent use.
type Stores struct {
	mu      sync.Mutex
	profile remote.Profile
	// settled says that no answer changes the profile any more.
	settled bool
	// asked says that encoding-type=url was tried with a store that is not
	// known, whatever came of it.
	asked bool
}

// NewStores returns the selection for a setting of --store. assumed is the
// profile that auto begins with; certain says that it is not open to question.
func NewStores(setting, assumed string, certain bool) (*Stores, error) {
	profiles := remote.Profiles()
	if setting != "" && setting != "auto" {
		p, ok := profiles[setting]
		if !ok {
			names := make([]string, 0, len(profiles))
			for name := range profiles {
				names = append(names, name)
			}
			slices.Sort(names)
			return nil, Usage("there is no store %q: --store is auto, %s", Printable(setting), strings.Join(names, ", "))
		}
		return &Stores{profile: p, settled: true, asked: p.Name != "generic"}, nil
	}
	p, ok := profiles[assumed]
	if !ok {
		return nil, Usage("there is no store %q", assumed)
	}
	return &Stores{profile: p, settled: certain, asked: p.Name != "generic"}, nil
}

// Profile returns the profile in force for a bucket. S3 directory buckets are
// told by their name (dialects.md 3.5).
func (s *Stores) Profile(bucket string) remote.Profile {
	s.mu.Lock()
	p := s.profile
	s.mu.Unlock()
	if p.Name == "aws" && DirectoryBucket(bucket) {
		return remote.Profiles()["s3express"]
	}
	return p
}

// DirectoryBucket reports whether the name is that of an S3 directory bucket.
func DirectoryBucket(bucket string) bool { return strings.HasSuffix(bucket, "--x-s3") }

// See takes hints from an answer until the store is known. The first answer
// that is the store's own settles it: what a proxy says in its place with a 5xx
// does not count.
func (s *Stores) See(resp *http.Response, body []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.settled || resp.StatusCode >= 500 {
		return
	}
	s.settled = true
	if name := detect(resp.Header, body); name != "" {
		s.profile = remote.Profiles()[name]
		s.asked = true
	}
}

// tryURL reports whether encoding-type=url should be tried with a store that is
// not known, after a plain page could not be read or shows that keys were
// mangled. It does so once.
func (s *Stores) tryURL() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.asked
	s.asked = true
	return first
}

// keepURL notes that encoding-type=url was of use.
func (s *Stores) keepURL() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.profile.Name == "generic" {
		s.profile.AskURL = true
	}
}

// cephTrans is the request id of Ceph RGW: like Swift's, and then the
// instance and the zone.
var cephTrans = regexp.MustCompile(`^tx[0-9a-f]{17,}-[0-9a-f]{8,}-[0-9a-f]+-.`)

// detect names the store that an answer gives away, or "" (dialects.md 9).
// "Server: AmazonS3" is no hint at an endpoint of the user's own: gofakes3 and
// rclone say so too, and page otherwise.
func detect(h http.Header, body []byte) string {
	server := strings.ToLower(h.Get("Server"))
	for _, hint := range []struct{ prefix, name string }{
		{"minio", "minio"}, {"versitygw", "versitygw"}, {"seaweedfs", "seaweedfs"}, {"ceph", "ceph"},
		{"obs", "obs"}, {"uploadserver", "gcs"}, {"garage", "garage"},
	} {
		if strings.HasPrefix(server, hint.prefix) {
			return hint.name
		}
	}
	switch {
	case h.Get("x-minio-deployment-id") != "":
		return "minio"
	case cephTrans.MatchString(h.Get("x-amz-request-id")):
		return "ceph"
	case h.Get("x-obs-request-id") != "":
		return "obs"
	case h.Get("x-goog-generation") != "", h.Get("x-guploader-uploadid") != "":
		return "gcs"
	}
	head := body[:min(len(body), 1024)]
	switch {
	case bytes.Contains(head, []byte(`xmlns="http://obs.`)):
		return "obs"
	case bytes.Contains(head, []byte("<Region>garage</Region>")):
		return "garage"
	}
	return ""
}
