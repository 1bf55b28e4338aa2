package emulator

import (
	"net"
	"strings"
)

// address is what a request's host and path name.
type address struct {
	// dialect is empty where the host does not tell.
	dialect, region string
	bucket, key     string
	// pathStyle says that the bucket stood in the path.
	pathStyle bool
	host      string
}

// suffixes of the providers' hosts. Labels before them are read by provider.
const (
	cosSuffix       = ".myqcloud.com"
	cosBackup       = ".tencentcos.cn"
	ossSuffix       = ".aliyuncs.com"
	s3Suffix        = ".amazonaws.com"
	s3ChinaSuffix   = ".amazonaws.com.cn"
	anyRegion       = ""
	acceleratedPart = "accelerate"
)

// resolve reads the host, and the bucket from the path where the host has none
// (dialects.md 1.2 to 1.5).
func (s *Store) resolve(hostport, path string) address {
	host := hostport
	if h, _, err := net.SplitHostPort(hostport); err == nil {
		host = h
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	at := address{host: hostport}
	path = strings.TrimPrefix(path, "/")

	if b := s.hostBucket(host); b != nil {
		at.dialect, at.bucket, at.key = b.dialect.name(), b.name, path
		at.region = b.region
		return at
	}
	switch {
	case strings.HasSuffix(host, cosSuffix):
		at.dialect = "cos"
		at.bucket, at.region = cosHost(strings.TrimSuffix(host, cosSuffix))
	case strings.HasSuffix(host, cosBackup):
		at.dialect = "cos"
		at.bucket, at.region = cosHost(strings.TrimSuffix(host, cosBackup))
	case strings.HasSuffix(host, ossSuffix):
		at.dialect = "oss"
		at.bucket, at.region = ossHost(strings.TrimSuffix(host, ossSuffix))
	case strings.HasSuffix(host, s3ChinaSuffix):
		at.dialect = "s3"
		at.bucket, at.region = s3Host(strings.TrimSuffix(host, s3ChinaSuffix))
	case strings.HasSuffix(host, s3Suffix):
		at.dialect = "s3"
		at.bucket, at.region = s3Host(strings.TrimSuffix(host, s3Suffix))
	default:
		if first, _, found := strings.Cut(host, "."); found && net.ParseIP(host) == nil {
			if b := s.find("", first); b != nil {
				at.dialect, at.bucket, at.key = b.dialect.name(), first, path
				return at
			}
		}
	}
	if at.bucket != "" {
		at.key = path
		return at
	}
	at.pathStyle = true
	at.bucket, at.key, _ = strings.Cut(path, "/")
	return at
}

// cosHost reads service.cos, cos.<region>, <bucket>.cos.<region> and
// cos-internal.<region>.
func cosHost(labels string) (bucket, region string) {
	if labels == "service.cos" {
		return "", anyRegion
	}
	for _, service := range []string{"cos", "cos-internal"} {
		if r, ok := strings.CutPrefix(labels, service+"."); ok {
			return "", cosRegion(r)
		}
		if b, r, ok := strings.Cut(labels, "."+service+"."); ok {
			return b, cosRegion(r)
		}
	}
	return "", anyRegion
}

func cosRegion(r string) string {
	if r == acceleratedPart {
		return anyRegion
	}
	return r
}

// ossHost reads [<bucket>.]oss-<region>[-internal] and [<bucket>.]<region>.oss.
func ossHost(labels string) (bucket, region string) {
	if rest, ok := strings.CutSuffix(labels, ".oss"); ok {
		if i := strings.LastIndexByte(rest, '.'); i >= 0 {
			return rest[:i], rest[i+1:]
		}
		return "", rest
	}
	last := labels
	if i := strings.LastIndexByte(labels, '.'); i >= 0 {
		bucket, last = labels[:i], labels[i+1:]
	}
	region = strings.TrimSuffix(strings.TrimPrefix(last, "oss-"), "-internal")
	if strings.HasPrefix(region, acceleratedPart) {
		region = anyRegion
	}
	return bucket, region
}

// s3Host reads [<bucket>.]s3[.dualstack][.<region>] and the old
// [<bucket>.]s3-<region>. A bucket may hold dots.
func s3Host(labels string) (bucket, region string) {
	parts := strings.Split(labels, ".")
	for i := len(parts) - 1; i >= 0; i-- {
		p := parts[i]
		if p != "s3" && p != "s3-fips" && !strings.HasPrefix(p, "s3-") {
			continue
		}
		bucket = strings.Join(parts[:i], ".")
		rest := parts[i+1:]
		if len(rest) > 0 && rest[0] == "dualstack" {
			rest = rest[1:]
		}
		switch {
		case len(rest) > 0:
			return bucket, rest[0]
		case p != "s3" && p != "s3-fips":
			return bucket, strings.TrimPrefix(p, "s3-")
		}
		return bucket, anyRegion
	}
	return "", anyRegion
}
