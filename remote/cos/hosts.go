package cos

import (
	"cmp"
	"regexp"
	"strings"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// service lists the buckets of every region (dialects.md 1.2).
const service = "service.cos.myqcloud.com"

// hosts is how buckets are addressed.
type hosts struct {
	bucket string
	// own is set where Tencent's regional hosts are meant, and fixed holds the
	// endpoint of the user's own where not.
	own   bool
	fixed wire.Endpoint
	// label and domain make a regional host: label.REGION.domain.
	label, domain string
	// regional says that an endpoint named a regional host, which then also
	// lists the buckets, and home which region's.
	regional     bool
	home         string
	scheme, path string
	region       string
	pathStyle    *bool
	cname        bool
}

// regionalHost are the hosts that stand for a region; accelerate is none.
var regionalHost = regexp.MustCompile(`^(cos|cos-internal)\.([a-z]{2}-[a-z0-9-]+)\.(myqcloud\.com|tencentcos\.cn)$`)

func newHosts(cfg remote.Config) (hosts, error) {
	h := hosts{bucket: cfg.Bucket, own: true, label: "cos", domain: "myqcloud.com", scheme: "https", region: cfg.Region, pathStyle: cfg.PathStyle, cname: cfg.CNAME}
	if h.region != "" && !wire.ValidRegion(h.region) {
		return h, wire.Usage("%q is no region: a region of COS is like ap-guangzhou", wire.Printable(h.region))
	}
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
	if rest, ok := strings.CutPrefix(name, cfg.Bucket+"."); ok && cfg.Bucket != "" && !cfg.CNAME && regionalHost.MatchString(rest) {
		// The bucket is before the host already, as the console shows it.
		name = rest
		e.Host = strings.TrimPrefix(e.Host, cfg.Bucket+".")
	}
	m := regionalHost.FindStringSubmatch(name)
	switch {
	case cfg.CNAME || e.Host != name:
	case name == service:
		h.scheme, h.path = e.Scheme, e.Path
		return h, h.needRegion(cfg.Bucket)
	case m != nil:
		h.scheme, h.path, h.regional = e.Scheme, e.Path, true
		h.label, h.home, h.domain = m[1], m[2], m[3]
		return h, nil
	}
	h.own, h.fixed = false, e
	return h, nil
}

func (h *hosts) needRegion(bucket string) error {
	if bucket == "" || h.region != "" {
		return nil
	}
	return wire.Usage("COS does not tell where bucket %s is: set --region (such as ap-guangzhou) or --endpoint", wire.Printable(bucket))
}

// Address implements wire.Dialect.
func (h *hosts) Address(bucket, region string) (wire.Address, error) {
	if !h.own {
		a, err := h.fixed.In(h.style(), bucket, cmp.Or(region, h.region))
		a.Fixed = true
		return a, err
	}
	// An endpoint was named for a reason, so that it wins over --region, but not
	// over what COS says of one bucket.
	region = cmp.Or(region, h.home, h.region)
	e := wire.Endpoint{Scheme: h.scheme, Path: h.path, Host: service}
	switch {
	case bucket != "" && region == "":
		return wire.Address{}, h.needRegion(bucket)
	case bucket != "":
		e.Host = h.host(region)
	case h.regional:
		e.Host = h.host(h.home)
	}
	return e.In(h.style(), bucket, region)
}

// host is the host of a region. The private network reaches its own region only.
func (h *hosts) host(region string) string {
	label := h.label
	if region != h.home {
		label = "cos"
	}
	return label + "." + region + "." + h.domain
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

// anyHost finds the region in one of COS's hosts, with or without a bucket.
var anyHost = regexp.MustCompile(`(?:^|\.)(?:cos|cos-internal)\.([a-z]{2}-[a-z0-9-]+)\.(?:myqcloud\.com|tencentcos\.cn)$`)

// RegionOf implements wire.Dialect: it reads a Location such as ap-guangzhou, or
// a host of COS's.
func (h *hosts) RegionOf(name string) string {
	if m := anyHost.FindStringSubmatch(strings.ToLower(name)); m != nil {
		return m[1]
	}
	if !strings.Contains(name, ".") && wire.ValidRegion(name) {
		return name
	}
	return ""
}
