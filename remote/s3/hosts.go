package s3

import (
	"cmp"
	"regexp"
	"strings"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// defaultRegion signs where no region is known: S3 answers with the right one.
const defaultRegion = "us-east-1"

// hosts is how buckets are addressed.
type hosts struct {
	// amazon is set for Amazon's own regional hosts, and makes one from a region.
	amazon *family
	// fixed is the endpoint of the user's own, where amazon is nil.
	fixed wire.Endpoint
	// scheme and path are those of an endpoint that names a regional host.
	scheme, path string
	region       string
	pathStyle    *bool
	cname        bool
}

// family is one way Amazon names its regional hosts: what stands before the
// region, such as s3, s3.dualstack or s3-fips.
type family struct{ prefix string }

func (f family) host(region string) string {
	suffix := ".amazonaws.com"
	if strings.HasPrefix(region, "cn-") {
		suffix = ".amazonaws.com.cn"
	}
	return f.prefix + "." + region + suffix
}

// regional are the host names that stand for a region: s3.R, s3-R (old),
// s3.dualstack.R, s3-fips.R, s3-fips.dualstack.R.
var regional = regexp.MustCompile(`^(s3(?:-fips)?(?:\.dualstack)?)[.-]([a-z]{2}(?:-[a-z]+)+-[0-9]+)\.amazonaws\.com(?:\.cn)?$`)

// global are the old names of us-east-1.
var global = regexp.MustCompile(`^s3(-external-1)?\.amazonaws\.com$`)

// anyRegional finds a region in the host of a store that names its hosts
// likewise: s3.us-west-004.backblazeb2.com, s3.fr-par.scw.cloud.
var anyRegional = regexp.MustCompile(`(?:^|\.)(?:s3|obs)[.-]([a-z]{2}-[a-z0-9]+(?:-[a-z0-9]+)*)\.[a-z0-9-]+\.`)

func newHosts(cfg remote.Config) (hosts, error) {
	h := hosts{scheme: "https", region: cfg.Region, pathStyle: cfg.PathStyle, cname: cfg.CNAME}
	if h.region != "" && !wire.ValidRegion(h.region) {
		return h, wire.Usage("%q is no region: a region is like eu-west-1", wire.Printable(h.region))
	}
	if cfg.Endpoint == "" {
		if cfg.CNAME {
			return h, wire.Usage("--cname needs --endpoint: the host that is the bucket")
		}
		h.amazon = &family{prefix: "s3"}
		return h, nil
	}
	e, err := wire.ParseEndpoint(cfg.Endpoint, cfg.InsecureHTTP || cfg.Base != nil)
	if err != nil {
		return h, err
	}
	name := e.Hostname()
	if rest, ok := strings.CutPrefix(name, cfg.Bucket+"."); ok && cfg.Bucket != "" && !cfg.CNAME && isRegional(rest) {
		// The bucket is before the host already, as consoles show it.
		name = rest
		e.Host = strings.TrimPrefix(e.Host, cfg.Bucket+".")
	}
	if !cfg.CNAME && e.Host == name && isRegional(name) {
		h.amazon, h.scheme, h.path = &family{prefix: "s3"}, e.Scheme, e.Path
		if m := regional.FindStringSubmatch(name); m != nil {
			// An endpoint was named for a reason: it wins over --region and the
			// environment, but not over what S3 says of one bucket.
			h.amazon.prefix, h.region = m[1], m[2]
		}
		return h, nil
	}
	h.fixed = e
	h.region = cmp.Or(h.region, fixedRegion(name))
	return h, nil
}

func isRegional(name string) bool { return regional.MatchString(name) || global.MatchString(name) }

// fixedRegion is the region that a host of another's tells (dialects.md 1.5).
func fixedRegion(name string) string {
	switch {
	case strings.HasSuffix(name, ".r2.cloudflarestorage.com"), name == "storage.googleapis.com":
		return "auto"
	}
	if m := anyRegional.FindStringSubmatch(name); m != nil {
		return m[1]
	}
	return ""
}

// store is the profile that auto begins with, and whether the host settles it.
func (h *hosts) store() (name string, certain bool) {
	if h.amazon != nil {
		return "aws", true
	}
	host := h.fixed.Hostname()
	for _, own := range []struct{ suffix, name string }{
		{".amazonaws.com", "aws"}, {".amazonaws.com.cn", "aws"}, {".r2.cloudflarestorage.com", "r2"},
		{".backblazeb2.com", "b2"}, {"storage.googleapis.com", "gcs"}, {".myhuaweicloud.com", "obs"},
	} {
		if strings.HasSuffix(host, own.suffix) {
			return own.name, true
		}
	}
	return "generic", false
}

// Address implements wire.Dialect.
func (h *hosts) Address(bucket, region string) (wire.Address, error) {
	region = cmp.Or(region, h.region, defaultRegion)
	style := h.style(bucket)
	if h.amazon == nil {
		a, err := h.fixed.In(style, bucket, region)
		a.Fixed = true
		return a, err
	}
	e := wire.Endpoint{Scheme: h.scheme, Host: h.amazon.host(region), Path: h.path}
	if wire.DirectoryBucket(bucket) {
		zone, ok := expressZone(bucket)
		if !ok {
			return wire.Address{}, wire.Usage("the directory bucket %q does not end in --ZONE--x-s3", wire.Printable(bucket))
		}
		e.Host = "s3express-" + zone + "." + region + ".amazonaws.com"
		a, err := e.In(wire.VirtualHost, bucket, region)
		a.Express = true
		return a, err
	}
	return e.In(style, bucket, region)
}

// oneLabel is a bucket name that TLS certificates of *.s3.R.amazonaws.com cover.
var oneLabel = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)

func (h *hosts) style(bucket string) wire.Style {
	switch {
	case h.cname:
		return wire.CNAME
	case h.amazon == nil && h.fixed.IP():
		return wire.PathStyle
	case h.pathStyle != nil && *h.pathStyle:
		return wire.PathStyle
	case h.pathStyle != nil:
		return wire.VirtualHost
	}
	amazon := h.amazon != nil || strings.HasSuffix(h.fixed.Hostname(), ".amazonaws.com") || strings.HasSuffix(h.fixed.Hostname(), ".amazonaws.com.cn")
	if amazon && (bucket == "" || oneLabel.MatchString(bucket)) {
		return wire.VirtualHost
	}
	return wire.PathStyle
}

var zoneOf = regexp.MustCompile(`--([a-z0-9]+-az[0-9]+)--x-s3$`)

// expressZone is the zone in a directory bucket's name (dialects.md 1.4).
func expressZone(bucket string) (string, bool) {
	m := zoneOf.FindStringSubmatch(bucket)
	if m == nil {
		return "", false
	}
	return m[1], true
}

// amazonRegion finds the region in a host of Amazon's, with or without a bucket
// before it.
var amazonRegion = regexp.MustCompile(`(?:^|\.)s3(?:-fips)?(?:\.dualstack)?[.-]([a-z]{2}(?:-[a-z]+)+-[0-9]+)\.amazonaws\.com(?:\.cn)?$`)

// RegionOf implements wire.Dialect: it reads the region's own name, or a host of
// Amazon's.
func (h *hosts) RegionOf(name string) string {
	if m := amazonRegion.FindStringSubmatch(strings.ToLower(name)); m != nil {
		return m[1]
	}
	if !strings.Contains(name, ".") && wire.ValidRegion(name) {
		return name
	}
	return ""
}
