package cache

import (
	"strings"
)

// Visit is a child of a directory that a walker is about to go into.
type Visit struct {
	// Name is a component or, where Upload is set, the id of an upload of the
	// directory's own key.
	Name   string
	Upload bool
}

// plan is the order in which a walker goes into the children of a directory,
// where that is not listing order. Lists of parts are fetched ahead along it.
//
// The cache's lock guards it.
type plan struct {
	dir    string
	visits []Visit
	// next is the visit whose uploads come next, and at the position inside it,
	// the zero bound for its beginning.
	next int
	at   bound
	// steps counts the blocks that were looked through for this visit.
	steps int
	// followed says that the current round goes along it.
	followed bool
}

// Expect tells in which order a walker goes into the children of the directory
// of that prefix. It costs no request, and replaces what was told before.
func (b *Bucket) Expect(prefix string, visits []Visit) {
	b.c.mu.Lock()
	defer b.c.mu.Unlock()
	b.ahead.plan = &plan{dir: prefix, visits: visits}
}

// visit returns the visit that leads to an upload.
func (p *plan) visit(name partsKey) (Visit, bool) {
	if name.key+"/" == p.dir {
		return Visit{Name: name.id, Upload: true}, true
	}
	if !strings.HasPrefix(name.key, p.dir) {
		return Visit{}, false
	}
	text, _ := component(name.key, p.dir)
	return Visit{Name: text}, true
}

// seek goes to just after an upload, if the plan leads to it.
func (p *plan) seek(name partsKey) bool {
	p.followed = false
	v, ok := p.visit(name)
	for i := 0; ok && i < len(p.visits); i++ {
		// A walker is mostly just behind what was fetched for it.
		if j := (p.next + i) % len(p.visits); p.visits[j] == v {
			p.next, p.at, p.steps, p.followed = j, name.bound(), 0, true
			if v.Upload {
				p.skip()
			}
			break
		}
	}
	return p.followed
}

func (p *plan) skip() { p.next, p.at, p.steps = p.next+1, bound{}, 0 }

// nextPlanned returns the next upload along the plan whose parts are not there.
// At the end of the plan the round has ended; where the plan leads to what is
// not listed yet it is no longer followed. The lock is held.
func (b *Bucket) nextPlanned() (partsKey, bool) {
	p := b.ahead.plan
	for p.followed && b.room() {
		if p.next >= len(p.visits) {
			b.ahead.plan, b.ahead.end = nil, true
			break
		}
		v := p.visits[p.next]
		if v.Upload {
			p.skip()
			if name := (partsKey{strings.TrimSuffix(p.dir, "/"), v.Name}); b.wanted(name) {
				return name, true
			}
			continue
		}
		if name, ok := b.nextUnder(p, p.dir+v.Name); ok {
			return name, true
		}
	}
	return partsKey{}, false
}

// nextUnder returns the next upload of a key, and then of the keys below it,
// whose parts are not there. After the last it goes to the plan's next visit.
func (b *Bucket) nextUnder(p *plan, key string) (partsKey, bool) {
	if p.at == (bound{}) {
		p.at = bound{key: key}
	}
	own := p.at.key == key
	k := b.knownLocked(p.dir, p.at, !own)
	if p.steps++; k == nil || p.steps > b.steps() {
		p.followed = false
		return partsKey{}, false
	}
	i := k.from(p.at)
	if i < 0 {
		i = k.from(bound{key: p.at.key})
	}
	end := afterPrefix(key + "/")
	if own {
		end = afterKey(key)
	}
	for ; i < len(k.uploads) && (bound{key: k.uploads[i].Key}).less(end); i++ {
		u := &k.uploads[i]
		if u.UploadID == "" {
			continue // a common prefix
		}
		name := partsKey{u.Key, u.UploadID}
		p.at = name.bound()
		if b.wanted(name) {
			p.steps = 0
			return name, true
		}
	}
	switch {
	case i == len(k.uploads) && k.hi.less(end):
		p.at = k.hi
	case own:
		p.at = bound{key: key + "/"}
	default:
		p.skip()
	}
	return partsKey{}, false
}

// wanted reports whether the parts of an upload are neither there nor under way.
func (b *Bucket) wanted(name partsKey) bool {
	_, flying := b.ahead.flying[name]
	return !flying && b.freshParts(name) == nil
}
