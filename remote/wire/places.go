package wire

import "sync"

// maxPlaces bounds what a client remembers of buckets' regions. An account has
// at most some thousand buckets; past the bound one is forgotten, and learned
// again from the next refusal.
const maxPlaces = 16384

// Places remembers in which region each bucket was seen to be. The zero value
// is ready.
type Places struct {
	mu      sync.Mutex
	regions map[string]string
	// service is the region of everything at an endpoint of the user's own.
	service string
}

// Region returns the bucket's region, or "" where it is not known.
func (p *Places) Region(bucket string) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	if r, ok := p.regions[bucket]; ok && bucket != "" {
		return r
	}
	return p.service
}

// LearnAll notes the region of the service and of every bucket of which nothing
// else is known.
func (p *Places) LearnAll(region string) {
	if !ValidRegion(region) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.service = region
}

// Learn notes a bucket's region. Anything that is not a region's name is
// dropped: it comes from a server.
func (p *Places) Learn(bucket, region string) {
	if bucket == "" || !ValidRegion(region) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.regions == nil {
		p.regions = map[string]string{}
	}
	if _, ok := p.regions[bucket]; !ok && len(p.regions) >= maxPlaces {
		for b := range p.regions {
			delete(p.regions, b)
			break
		}
	}
	p.regions[bucket] = region
}
