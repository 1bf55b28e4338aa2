package source

import (
	"strings"
	"testing"
	"time"
)

func yes() *bool { b := true; return &b }

func TestParseReadsSources(t *testing.T) {
	def := Settings{Region: "us-west-2", Timeout: 30 * time.Second, Retries: 5, Concurrency: 64, Store: "auto"}
	with := func(f func(*Source)) Source {
		s := Source{Settings: def}
		f(&s)
		return s
	}
	tests := []struct {
		in   string
		want Source
	}{
		{"s3://b", with(func(s *Source) { s.Scheme, s.Bucket = S3, "b" })},
		{"S3://b/", with(func(s *Source) { s.Scheme, s.Bucket = S3, "b" })},
		{"s3://b/a%20b/c+d", with(func(s *Source) { s.Scheme, s.Bucket, s.Prefix = S3, "b", "a%20b/c+d" })},
		{"s3://b//lead", with(func(s *Source) { s.Scheme, s.Bucket, s.Prefix = S3, "b", "/lead" })},
		{"s3://b?prefix=a%3Fb+c", with(func(s *Source) { s.Scheme, s.Bucket, s.Prefix = S3, "b", "a?b+c" })},
		{"s3://", with(func(s *Source) { s.Scheme = S3 })},
		{"s3:///", with(func(s *Source) { s.Scheme = S3 })},
		{"oss://?region=cn-hangzhou", with(func(s *Source) { s.Scheme, s.Region = OSS, "cn-hangzhou" })},
		{"cos://example-1250000000/x/y", with(func(s *Source) { s.Scheme, s.Bucket, s.Prefix = COS, "example-1250000000", "x/y" })},
		{"s3://b?endpoint=http://127.0.0.1:9000&region=us-east-1&path-style=true&profile=ops", with(func(s *Source) {
			s.Scheme, s.Bucket, s.Endpoint, s.Region, s.PathStyle, s.Profile = S3, "b", "http://127.0.0.1:9000", "us-east-1", yes(), "ops"
		})},
		{"s3://b?path_style&timeout=2s&retries=1&concurrency=8&store=minio&as=x%20y", with(func(s *Source) {
			s.Scheme, s.Bucket, s.PathStyle, s.Timeout, s.Retries, s.Concurrency, s.Store, s.As = S3, "b", yes(), 2*time.Second, 1, 8, "minio", "x y"
		})},
		{"s3://b?endpoint=http://10.0.0.1&insecure-http=1", with(func(s *Source) {
			s.Scheme, s.Bucket, s.Endpoint, s.InsecureHTTP = S3, "b", "http://10.0.0.1", true
		})},
		{"oss://bkt?endpoint=https://data.example.com&cname", with(func(s *Source) {
			s.Scheme, s.Bucket, s.Endpoint, s.CNAME = OSS, "bkt", "https://data.example.com", true
		})},
		{"demo:", with(func(s *Source) { s.Scheme = Demo })},
		{"demo:?uploads=10&parts=3&latency=30ms&dialect=cos&seed=-7&as=x", with(func(s *Source) {
			s.Scheme, s.As = Demo, "x"
			s.Demo = DemoSettings{Uploads: 10, Parts: 3, Latency: 30 * time.Millisecond, Dialect: COS, Seed: -7}
		})},
	}
	for _, tt := range tests {
		got, err := Parse(tt.in, def)
		if err != nil {
			t.Errorf("Parse(%q): %v; want it taken", tt.in, err)
			continue
		}
		if (got.PathStyle == nil) != (tt.want.PathStyle == nil) || got.PathStyle != nil && *got.PathStyle != *tt.want.PathStyle {
			t.Errorf("Parse(%q): path style %v; want %v", tt.in, got.PathStyle, tt.want.PathStyle)
		}
		got.PathStyle, tt.want.PathStyle = nil, nil
		if got != tt.want {
			t.Errorf("Parse(%q)\n got %+v\nwant %+v", tt.in, got, tt.want)
		}
	}
}

func TestParseRefusesWithALineThatSaysWhatIsAllowed(t *testing.T) {
	tests := []struct{ in, says string }{
		{"", "s3://BUCKET"},
		{"bucket", "s3://BUCKET"},
		{"gs://b", "s3://, cos://, oss://"},
		{"/mnt", "s3://BUCKET"},
		{"./a:b", "s3://BUCKET"},
		{"s3:b", "s3://BUCKET"},
		{"s3:///prefix", "bucket is missing"},
		{"s3://?prefix=x", "needs a bucket"},
		{"s3://B@d", "environment"},
		{"s3://b..c", "dots in a row"},
		{"s3://b c", "byte 2"},
		{"s3://arn:aws:s3:us-east-1:1:accesspoint/x", "alias"},
		{"cos://example", "APPID"},
		{"cos://example-12x", "APPID"},
		{"cos://" + strings.Repeat("a", 60) + "-1", "at most 60"},
		{"oss://Upper", "lower case"},
		{"oss://ab", "3 to 63"},
		{"s3://b?regionn=x", "allowed: anonymous, as, cname"},
		{"s3://b?uploads=3", "unknown parameter"},
		{"demo:?endpoint=http://127.0.0.1", "unknown parameter"},
		{"demo:bucket", "demo:?uploads=N"},
		{"demo:?dialect=gcs", "s3, cos, oss"},
		{"demo:?parts=10001", "0 to 10000"},
		{"demo:?as=x", "dialect"},
		{"s3://b?retries=0", "1 to 100"},
		{"s3://b?timeout=5", "30s"},
		{"s3://b?region=a/b", "no region"},
		{"s3://b?region=a&region=b", "twice"},
		{"s3://b?store=foo", "allowed: auto, aws"},
		{"s3://b?path-style=maybe", "true nor false"},
		{"s3://b?as=", "1 to 255"},
		{"s3://b?as=a%2Fb", "no slash"},
		{"s3://b?as=.uploadfs", "taken"},
		{"s3://?as=x", "one bucket"},
		{"s3://b/x?prefix=y", "already"},
		{"s3://b?prefix=%zz", "%25"},
		{"s3://b?cname=1", "give the endpoint"},
		{"s3://?cname=1&endpoint=https://x", "name the bucket"},
		{"s3://b?cname=1&path-style=1&endpoint=https://x", "contradict"},
		{"s3://b?endpoint=http://192.0.2.1:9000", "insecure-http"},
		{"s3://b?endpoint=ftp://x", "neither http nor https"},
		{"s3://b?endpoint=https://", "no host"},
		{"s3://b?endpoint=https://x/%3Fa=b?c", "query"},
		{"s3://b/" + strings.Repeat("k", 1025), "at most 1024"},
	}
	for _, tt := range tests {
		_, err := Parse(tt.in, Settings{})
		if err == nil {
			t.Errorf("Parse(%q) is taken; want an error that says %q", tt.in, tt.says)
			continue
		}
		if !strings.Contains(err.Error(), tt.says) || strings.ContainsAny(err.Error(), "\n\x1b") {
			t.Errorf("Parse(%q): %q; want one line that says %q", tt.in, err, tt.says)
		}
	}
}

func TestParseNeverRepeatsACredential(t *testing.T) {
	const secret = "wJalrXUtnFEMI"
	for _, in := range []string{
		"s3://AKID:" + secret + "@bucket/x",
		"https://AKID:" + secret + "@host/b",
		"AKID:" + secret + "@host",
		"s3://b?secret=" + secret,
		"s3://b?access-key=" + secret,
		"s3://b?AWSAccessKeyId=a&Signature=" + secret,
		"s3://b?X-Amz-Security-Token=" + secret,
		"s3://b?X-Amz-Credential=" + secret,
		"s3://b?unknown=" + secret,
		"cos://b-1?sign=" + secret,
		"s3://b?endpoint=https://u:" + secret + "@host",
		"s3://b?endpoint=https://host/%25%25?token=" + secret,
		"demo:?key=" + secret,
	} {
		_, err := Parse(in, Settings{})
		if err == nil {
			t.Errorf("Parse(%q) is taken; want it refused", in)
		} else if strings.Contains(err.Error(), secret) && !strings.Contains(in, "endpoint=https://host/") {
			t.Errorf("Parse(%q): %q repeats the credential", in, err)
		}
	}
}

func TestNameHoldsNoQueryAndNoControlByte(t *testing.T) {
	s, err := Parse("s3://b/a\x1b[2J\nb?region=r", Settings{})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.Name(), `s3://b/a\x1b[2J\nb`; got != want {
		t.Errorf("Name() = %q; want %q", got, want)
	}
}

func TestLabelsTellSourcesApart(t *testing.T) {
	var sources []Source
	for _, in := range []string{"s3://a", "s3://b?as=x", "s3://b", "s3://?endpoint=https://one", "s3://?endpoint=https://two", "s3://?endpoint=https://two&region=r", "oss://"} {
		s, err := Parse(in, Settings{})
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, s)
	}
	want := []string{"s3://a", "s3://b as x", "s3://b", "s3:// at https://one", "s3:// at https://two", "s3:// #2", "oss://"}
	for i, got := range Labels(sources) {
		if got != want[i] {
			t.Errorf("label %d is %q; want %q", i, got, want[i])
		}
	}
}

func FuzzSource(f *testing.F) {
	for _, s := range []string{"s3://b/p?region=x", "cos://b-1?as=y", "oss://", "demo:?uploads=3&seed=1", "s3://a@b", "s3://b?prefix=%00", "x:?=&&=%"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, arg string) {
		s, err := Parse(arg, Settings{})
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r\x1b\x00") {
				t.Fatalf("Parse(%q): %q is not one printable line", arg, err)
			}
			return
		}
		if strings.ContainsAny(s.Name(), "\n\r\x1b\x00") {
			t.Fatalf("Name of %q is %q: not printable", arg, s.Name())
		}
		if strings.ContainsAny(s.Dir(), "/\x00") {
			t.Fatalf("directory name of %q is %q: not one name", arg, s.Dir())
		}
		if s.Account() != (s.Scheme != Demo && s.Bucket == "") {
			t.Fatalf("%q: an account is a source without a bucket", arg)
		}
		// A source is what it says it is: written again it is the same.
		if s.Scheme != Demo && !strings.Contains(s.Prefix, "?") {
			again, err := Parse(s.Scheme+"://"+s.Bucket+"/"+s.Prefix, Settings{InsecureHTTP: true})
			if s.Bucket != "" && (err != nil || again.Bucket != s.Bucket || again.Prefix != s.Prefix) {
				t.Fatalf("%q is bucket %q prefix %q; written again it is %q %q (%v)", arg, s.Bucket, s.Prefix, again.Bucket, again.Prefix, err)
			}
		}
	})
}
