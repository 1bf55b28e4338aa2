package oss

import (
	"cmp"
	"regexp"
	"strings"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// serviceRegion is where the buckets of all regions are listed when no region is
// known: any region gives the whole list (dialects.md 1.3).
const serviceRegion = "cn-hangzhou"

// hosts is how buckets are addressed.
type hosts struct {
	bucket string
	// own is set where OSS's regional hosts are meant, and fixed holds the
	// endpoint of the user's own where not.
	own   bool
	fixed wire.Endpoint
	// internal and dual are the private network's and the dual stack's hosts.
	internal, dual bool
	// home is the region of the endpoint that was named.
	home         string
	scheme, path string
	region       string
	pathStyle    *bool
	cname        bool
}

var (
	// regionalHost and dualHost are the hosts that stand for a region;
	// oss-accelerate and its like are none.
	regionalHost = regexp.MustCompile(`^oss-([a-z]{2}-[a-z0-9-]+?)(-internal)?\.aliyuncs\.com$`)
	dualHost     = regexp.MustCompile(`^([a-z]{2}-[a-z0-9-]+)\.oss\.aliyuncs\.com$`)
	// anyHost finds either behind a bucket.
	anyHost = regexp.MustCompile(`(?:^|\.)(?:oss-([a-z]{2}-[a-z0-9-]+?)(?:-internal)?|([a-z]{2}-[a-z0-9-]+)\.oss)\.aliyuncs\.com$`)
)

func newHosts(cfg remote.Config) (hosts, error) {
	h := hosts{bucket: cfg.Bucket, own: true, scheme: "https", pathStyle: cfg.PathStyle, cname: cfg.CNAME}
	if cfg.Region != "" && !wire.ValidRegion(cfg.Region) {
		return h, wire.Usage("%q is no region: a region of OSS is like cn-hangzhou", wire.Printable(cfg.Region))
	}
	h.region, h.internal = plainRegion(cfg.Region)
	h.home = h.region
	if cfg.Endpoint == "" {
		if cfg.CNAME {
			return h, wire.Usage("--cname needs --endpoint: the host that is the bucket")
		}
		return h, h.needRegion(cfg.Bucket)
	}
	e, err := wire.ParseEndpoint(cfg.Endpoint, cfg.InsecureHTTP || cfg.Base != nil)
	if err != nil {
		return h, err
	}
	name := e.Hostname()
	if rest, ok := strings.CutPrefix(name, cfg.Bucket+"."); ok && cfg.Bucket != "" && !cfg.CNAME && (regionalHost.MatchString(rest) || dualHost.MatchString(rest)) {
		// The bucket is before the host already, as the console shows it.
		name = rest
		e.Host = strings.TrimPrefix(e.Host, cfg.Bucket+".")
	}
	if !cfg.CNAME && e.Host == name {
		if m := regionalHost.FindStringSubmatch(name); m != nil {
			h.scheme, h.path, h.home, h.internal = e.Scheme, e.Path, m[1], m[2] != ""
			return h, nil
		}
		if m := dualHost.FindStringSubmatch(name); m != nil {
			h.scheme, h.path, h.home, h.internal, h.dual = e.Scheme, e.Path, m[1], false, true
			return h, nil
		}
	}
	h.own, h.fixed, h.home = false, e, ""
	if h.region == "" {
		h.region = h.RegionOf(name)
	}
	return h, nil
}

// plainRegion is the region in the words of signatures: cn-hangzhou for
// oss-cn-hangzhou-internal.
func plainRegion(s string) (region string, internal bool) {
	s = strings.TrimPrefix(s, "oss-")
	return strings.CutSuffix(s, "-internal")
}

func (h *hosts) needRegion(bucket string) error {
	if bucket == "" || h.region != "" {
		return nil
	}
	return wire.Usage("it is not known where OSS keeps bucket %s: set --region (such as cn-hangzhou) or --endpoint", wire.Printable(bucket))
}

// Address implements wire.Dialect.
func (h *hosts) Address(bucket, region string) (wire.Address, error) {
	if !h.own {
		a, err := h.fixed.In(h.style(), bucket, cmp.Or(region, h.region))
		a.Fixed = true
		return a, err
	}
	region = cmp.Or(region, h.home)
	switch {
	case region == "" && bucket != "":
		return wire.Address{}, h.needRegion(bucket)
	case region == "":
		region = serviceRegion
	}
	e := wire.Endpoint{Scheme: h.scheme, Path: h.path, Host: h.host(region)}
	return e.In(h.style(), bucket, region)
}

// host is the host of a region. The private network reaches its own region only.
func (h *hosts) host(region string) string {
	switch {
	case h.dual:
		return region + ".oss.aliyuncs.com"
	case h.internal && region == h.home:
		return "oss-" + region + "-internal.aliyuncs.com"
	}
	return "oss-" + region + ".aliyuncs.com"
}

func (h *hosts) style() wire.Style {
	switch {
	case h.cname:
		return wire.CNAME
	case !h.own && h.fixed.IP():
		return wire.PathStyle
	case h.pathStyle != nil && *h.pathStyle:
		return wire.PathStyle
	case h.pathStyle == nil && !h.own && h.fixed.Hostname() == "localhost":
		return wire.PathStyle
	}
	return wire.VirtualHost
}

// RegionOf implements wire.Dialect: it reads cn-hangzhou, oss-cn-hangzhou, and
// the hosts of OSS.
func (h *hosts) RegionOf(name string) string {
	name = strings.ToLower(name)
	if m := anyHost.FindStringSubmatch(name); m != nil {
		return m[1] + m[2]
	}
	if !strings.Contains(name, ".") && wire.ValidRegion(name) {
		region, _ := plainRegion(name)
		return region
	}
	return ""
}
