package emulator

import (
	"fmt"
	"strings"
	"time"

	"uploadfs/remote"
)

// DemoOptions are the query of the source demo:.
type DemoOptions struct {
	// Uploads, where not 0, makes each bucket a synthetic one of so many
	// uploads. Parts is the most parts an upload has; alone it makes a synthetic
	// bucket of 1,000 uploads.
	Uploads, Parts int
	// MinParts is the fewest parts of a synthetic upload, 1 where 0.
	MinParts int
	// Shape is that of synthetic keys, ShapeTree where empty.
	Shape   string
	Latency time.Duration
	// Dialect leaves only that dialect's bucket.
	Dialect string
	Seed    int64
	// Now is what dates are relative to, the present where zero.
	Now time.Time
}

// DemoBucket is one bucket of Demo and how a client reaches it through
// Store.Transport.
type DemoBucket struct {
	Name, Dialect, Region string
	// Endpoint is the URL of the provider's own endpoint for the region.
	Endpoint string
	// ID and Secret are the key pair.
	ID, Secret string
}

// Demo makes the store behind demo:: one bucket a dialect, with a few dozens of
// realistic uploads or with synthetic ones.
func Demo(o DemoOptions) (*Store, []DemoBucket, error) {
	if o.Now.IsZero() {
		o.Now = time.Now()
	}
	o.Now = o.Now.UTC().Truncate(time.Second)
	if o.Parts > 0 && o.Uploads == 0 {
		o.Uploads = 1000
	}
	s := New(Options{Latency: o.Latency, Seed: o.Seed})
	var made []DemoBucket
	for _, b := range demoBuckets() {
		if o.Dialect != "" && o.Dialect != b.Dialect {
			continue
		}
		err := s.AddBucket(BucketOptions{
			Name: b.Name, Dialect: b.Dialect, Region: b.Region, Created: o.Now.AddDate(-2, 0, 0),
			Population: Population{Uploads: o.Uploads, Parts: o.Parts, MinParts: o.MinParts, Seed: o.Seed, Shape: o.Shape, Now: o.Now},
		})
		if err != nil {
			return nil, nil, err
		}
		if o.Uploads == 0 {
			if err := s.fillDemo(b, o); err != nil {
				return nil, nil, err
			}
		}
		made = append(made, b)
	}
	if len(made) == 0 {
		return nil, nil, fmt.Errorf("emulator: no dialect is called %q", o.Dialect)
	}
	return s, made, nil
}

func demoBuckets() []DemoBucket {
	return []DemoBucket{
		{Name: "demo-s3", Dialect: "s3", Region: "us-east-1", Endpoint: "https://s3.us-east-1.amazonaws.com", ID: DemoID, Secret: DemoSecret},
		{Name: "demo-cos-1250000000", Dialect: "cos", Region: "ap-guangzhou", Endpoint: "https://cos.ap-guangzhou.myqcloud.com", ID: DemoID, Secret: DemoSecret},
		{Name: "demo-oss", Dialect: "oss", Region: "cn-hangzhou", Endpoint: "https://oss-cn-hangzhou.aliyuncs.com", ID: DemoID, Secret: DemoSecret},
	}
}

// demoUpload is one upload of the small population.
type demoUpload struct {
	key   string
	age   time.Duration
	parts int
	// gap leaves out part numbers 3 and 4.
	gap bool
}

const day = 24 * time.Hour

// demoUploads are what people find in their buckets: retries of one key, a key
// that is a directory too, odd names, something stuck since spring.
func demoUploads(dialect string) []demoUpload {
	list := []demoUpload{
		{key: "backups/2026-11-18/orders.dump", age: 3 * day, parts: 42},
		{key: "backups/2026-11-18/orders.dump", age: 2*day + 7*time.Hour, parts: 17},
		{key: "backups/2026-11-18/orders.dump", age: 90 * time.Minute, parts: 3},
		{key: "backups/2026-11-18/users.dump", age: 3 * day, parts: 5, gap: true},
		{key: "backups/2026-11-19/orders.dump", age: 2 * day, parts: 12},
		{key: "genomics/cohort-7/sample-0001.bam", age: 26 * day, parts: 2500},
		{key: "genomics/cohort-7/sample-0002.bam", age: 26 * day, parts: 310},
		{key: "stuck/installer-from-spring.iso", age: 205 * day, parts: 64},
		{key: "stuck/never-began.iso", age: 205 * day},
		{key: "videos/raw/interview.mov", age: 40 * time.Minute, parts: 8},
		{key: "videos/raw/interview.mov-old", age: 9 * day, parts: 2},
		{key: "videos/raw/interview.mov/proxy.mp4", age: 35 * time.Minute, parts: 1},
		{key: "reports/Q3 final (2).pdf", age: 11 * day, parts: 1},
		{key: "reports/100% done + signed & sealed.xlsx", age: 11 * day, parts: 2},
		{key: "reports/literal%20percent%7E.txt", age: 12 * day, parts: 1},
		{key: "reports/%", age: 12 * day, parts: 1},
		{key: "reports/résumé.docx", age: 12 * day, parts: 1},
		{key: "数据/照片/二〇二六年.zip", age: 4 * day, parts: 9},
		{key: "emoji/🎬 cut.mp4", age: 5 * day, parts: 4},
		{key: "doubled//slash/object.bin", age: 6 * day, parts: 2},
		{key: "trailing/slash/", age: 6 * day, parts: 1},
		{key: "long/" + strings.Repeat("a-very-long-name-", 18) + ".tar.gz", age: 8 * day, parts: 3},
		{key: "long/" + strings.Repeat("很长的名字", 20) + ".tar.gz", age: 8 * day, parts: 3},
		{key: ".hidden/.profile", age: 7 * day, parts: 1},
		{key: "at-the-top.bin", age: 20 * time.Minute, parts: 6},
	}
	for i := range 12 {
		list = append(list, demoUpload{key: fmt.Sprintf("logs/2026/11/20/host-%02d.log.gz", i), age: day + time.Duration(i)*time.Minute, parts: 1 + i%4})
	}
	if dialect != "cos" {
		list = append(list, demoUpload{key: "dots/../up.txt", age: 30 * day, parts: 1}, demoUpload{key: "dots/./here.txt", age: 30 * day, parts: 1})
	}
	if dialect == "s3" {
		list = append(list,
			demoUpload{key: "/leading/slash.bin", age: 13 * day, parts: 1},
			demoUpload{key: "control/bell\a and\x01one.bin", age: 14 * day, parts: 1},
			demoUpload{key: "control/line\nbreak.bin", age: 14 * day, parts: 1})
	}
	return list
}

// fillDemo puts the small population into a bucket.
func (s *Store) fillDemo(b DemoBucket, o DemoOptions) error {
	d, _ := dialectOf(b.Dialect)
	p := &population{dialect: d, seed: mix(uint64(o.Seed) ^ nameHash(b.Name, "")), now: o.Now}
	var first string
	list := demoUploads(b.Dialect)
	for i, u := range list {
		id, err := s.PutUpload(b.Name, u.key, "", o.Now.Add(-u.age), p.demoParts(i, u)...)
		if err != nil {
			return err
		}
		if i == 0 {
			first = id
		}
	}
	// A key whose last component is the id of an upload of the key above it.
	last := demoUpload{key: list[0].key + "/" + first, age: day, parts: 1}
	_, err := s.PutUpload(b.Name, last.key, "", o.Now.Add(-last.age), p.demoParts(len(list), last)...)
	return err
}

// demoParts are u's parts: equal sizes and a smaller last one, a minute apart.
func (p *population) demoParts(i int, u demoUpload) []remote.Part {
	q := *p
	q.parts, q.minParts = max(u.parts, 1), max(u.parts, 1)
	var parts []remote.Part
	for j := range u.parts {
		part := q.part(i, j)
		part.Number = j + 1
		if u.gap && j >= 2 {
			part.Number += 2
		}
		part.LastModified = p.now.Add(-u.age + u.age*time.Duration(j+1)/time.Duration(20*(u.parts+1))).Truncate(time.Second)
		parts = append(parts, part)
	}
	return parts
}
