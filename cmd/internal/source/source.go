package source

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"uploadfs/cmd/internal/units"
)

// The schemes of a source.
const (
	S3   = "s3"
	COS  = "cos"
	OSS  = "oss"
	Demo = "demo"
)

// Settings are what a source has in common with the flags.
type Settings struct {
	Endpoint, Region, Profile, Store string
	// PathStyle is nil for the provider's own addressing.
	PathStyle                      *bool
	CNAME, Anonymous, InsecureHTTP bool
	// Timeout bounds one request, Retries counts its attempts, and Concurrency
	// bounds the requests in flight.
	Timeout              time.Duration
	Retries, Concurrency int
}

// DemoSettings shape the embedded store. Zero is the embedded store's own choice.
type DemoSettings struct {
	// Uploads is the number of pending uploads of a bucket, Parts the greatest
	// number of parts of one.
	Uploads, Parts int
	// Latency is what each request waits.
	Latency time.Duration
	// Dialect is s3, cos or oss for one bucket, empty for one in each.
	Dialect string
	Seed    int64
}

// Source is one source of the command line.
type Source struct {
	// Scheme is s3, cos, oss or demo.
	Scheme string
	// Bucket is empty for a whole account, and for demo.
	Bucket string
	// Prefix limits what is listed, byte for byte.
	Prefix string
	// As is the bucket's directory name where it is not the bucket's own.
	As string
	Settings
	Demo DemoSettings
}

// Parse reads one SOURCE. The error is one line that says what is allowed and
// repeats nothing that could be a credential.
func Parse(arg string, defaults Settings) (Source, error) {
	s := Source{Settings: defaults}
	body, query, _ := strings.Cut(arg, "?")
	scheme, rest, ok := strings.Cut(body, ":")
	scheme = strings.ToLower(scheme)
	if !ok || strings.ContainsAny(scheme, "/@") {
		return s, fmt.Errorf("%s is no source: write demo: or s3://BUCKET, cos://BUCKET-APPID, oss://BUCKET", safe(body))
	}
	switch scheme {
	case S3, COS, OSS:
		after, ok := strings.CutPrefix(rest, "//")
		if !ok {
			return s, fmt.Errorf("%s: write %s://BUCKET[/PREFIX]", safe(body), scheme)
		}
		rest = after
	case Demo:
		if strings.Trim(rest, "/") != "" {
			return s, errors.New("demo: takes no bucket; its settings are written demo:?uploads=N&parts=N&latency=30ms&dialect=cos&seed=N")
		}
		rest = ""
	default:
		return s, fmt.Errorf("unknown scheme %s: a source is demo: or begins with s3://, cos://, oss://", units.Quote(scheme+":"))
	}
	s.Scheme = scheme
	if err := s.address(rest); err != nil {
		return s, err
	}
	if err := s.query(query); err != nil {
		return s, fmt.Errorf("%s: %w", s.Name(), err)
	}
	if err := s.check(); err != nil {
		return s, fmt.Errorf("%s: %w", s.Name(), err)
	}
	return s, nil
}

// address reads BUCKET[/PREFIX].
func (s *Source) address(rest string) error {
	bucket, prefix, _ := strings.Cut(rest, "/")
	if strings.Contains(bucket, "@") {
		return fmt.Errorf("%s://: credentials do not belong into a source; set them in the environment or the provider's file", s.Scheme)
	}
	s.Bucket, s.Prefix = bucket, prefix
	if bucket == "" {
		if prefix != "" {
			return fmt.Errorf("%s:///...: the bucket is missing; write %s://BUCKET/PREFIX", s.Scheme, s.Scheme)
		}
		return nil
	}
	if err := checkBucket(s.Scheme, bucket); err != nil {
		return fmt.Errorf("%s://%s: %w", s.Scheme, clip(bucket), err)
	}
	return nil
}

// check holds the rules between settings.
func (s *Source) check() error {
	switch {
	case s.As != "" && s.Bucket == "" && s.Scheme != Demo:
		return errors.New("as= names one bucket, and this source is every bucket of the account")
	case s.As != "" && s.Scheme == Demo && s.Demo.Dialect == "":
		return errors.New("as= names one bucket, and demo: has three; add dialect=s3, cos or oss")
	case s.Prefix != "" && s.Bucket == "":
		return errors.New("prefix= needs a bucket")
	case len(s.Prefix) > maxKey:
		return fmt.Errorf("the prefix has %d bytes and a key at most %d", len(s.Prefix), maxKey)
	case s.CNAME && s.Bucket == "" && s.Scheme != Demo:
		return errors.New("cname says that the endpoint's host is one bucket; name the bucket")
	case s.CNAME && s.Endpoint == "" && s.Scheme != Demo:
		return errors.New("cname says that the endpoint's host is the bucket; give the endpoint")
	case s.CNAME && s.PathStyle != nil && *s.PathStyle:
		return errors.New("cname and path-style contradict each other")
	}
	if s.Scheme == Demo {
		return nil
	}
	return checkEndpoint(s.Endpoint, s.InsecureHTTP)
}

// maxKey is the longest key of any provider, in bytes (dialects.md 0.20).
const maxKey = 1024

// Account reports whether the source is every bucket of an account.
func (s Source) Account() bool { return s.Scheme != Demo && s.Bucket == "" }

// Dir is the directory name of the source's bucket, empty for accounts and demo.
func (s Source) Dir() string {
	if s.As != "" {
		return s.As
	}
	return s.Bucket
}

// Name is the source as it stands in logs, errors and metrics: without its query.
func (s Source) Name() string {
	if s.Scheme == Demo {
		return "demo:"
	}
	name := s.Scheme + "://" + s.Bucket
	if s.Prefix != "" {
		name += "/" + s.Prefix
	}
	return clip(name)
}

// Labels names sources so that no two have one name, in logs, errors and
// metrics: by what tells those apart whose Name is the same.
func Labels(sources []Source) []string {
	count := make(map[string]int)
	for _, s := range sources {
		count[s.Name()]++
	}
	labels := make([]string, len(sources))
	taken := make(map[string]bool)
	for i, s := range sources {
		label := s.Name()
		if count[label] > 1 {
			label = clip(label + s.distinction())
		}
		for n := 2; taken[label]; n++ {
			label = fmt.Sprintf("%s #%d", s.Name(), n)
		}
		taken[label] = true
		labels[i] = label
	}
	return labels
}

// distinction is what a source has that another one of its name has not.
func (s Source) distinction() string {
	switch {
	case s.As != "":
		return " as " + s.As
	case s.Endpoint != "":
		return " at " + s.Endpoint
	case s.Profile != "":
		return " of " + s.Profile
	case s.Region != "":
		return " in " + s.Region
	}
	return ""
}

// clip makes a name printable and bounds its length.
func clip(s string) string {
	q := units.Quote(s)
	return q[1 : len(q)-1]
}

// safe repeats an argument that is no source, unless it may hold credentials.
func safe(body string) string {
	if strings.Contains(body, "@") || looksSecret(body) {
		return "the argument"
	}
	return units.Quote(body)
}
