package xmlpage

import (
	"time"

	"uploadfs/remote"
)

// rawBucket is a bucket whose texts still stand in the body.
type rawBucket struct {
	name, location, region, endpoint []byte
	created                          time.Time
}

// Buckets reads a page of List Buckets, alias GET Service. It fails as Uploads
// does. A bucket's Region is BucketRegion (AWS) or Region (OSS), or else the
// Location as it was sent: ap-shanghai on COS, but oss-cn-hangzhou on OSS
// endpoints that send no Region. Its Endpoint is OSS's ExtranetEndpoint.
//
// The page goes on at NextMarker (COS, OSS) or ContinuationToken (AWS). AWS has
// no IsTruncated here, so that its token alone says that the list goes on.
func Buckets(body []byte, o Options) (*remote.BucketPage, error) {
	s := newScanner(body)
	if err := s.expect("ListAllMyBucketsResult"); err != nil {
		return nil, err
	}
	var list []rawBucket
	var marker, token []byte
	var truncated flag
	for s.next() {
		switch string(s.name) {
		case "Buckets":
			list = s.buckets(list, o.Zone)
		case "IsTruncated":
			s.flag(&truncated)
		case "NextMarker":
			s.once(&marker, true)
		case "ContinuationToken":
			s.once(&token, true)
		default:
			s.skip()
		}
	}
	if err := s.end(); err != nil {
		return nil, err
	}
	if len(marker) == 0 {
		marker = token
	}
	return buildBuckets(list, marker, truncated == yes || truncated == absent && len(token) > 0), nil
}

// buckets reads the wrapper of the buckets.
func (s *scanner) buckets(list []rawBucket, zone *time.Location) []rawBucket {
	for s.next() {
		if string(s.name) != "Bucket" {
			s.skip()
			continue
		}
		at := s.pos
		b := s.bucket(zone)
		if s.err == nil && len(b.name) == 0 {
			s.fail(at, "a bucket without a name")
		}
		if list = append(list, b); len(list) > MaxEntries {
			s.fail(at, "more than %d entries", MaxEntries)
		}
	}
	return list
}

func (s *scanner) bucket(zone *time.Location) (b rawBucket) {
	for s.next() {
		switch string(s.name) {
		case "Name":
			s.once(&b.name, true)
		case "Location":
			b.location = trim(s.text())
		case "Region", "BucketRegion":
			b.region = trim(s.text())
		case "ExtranetEndpoint":
			b.endpoint = trim(s.text())
		case "CreationDate":
			b.created = Date(s.text(), zone)
		default:
			s.skip()
		}
	}
	if len(b.region) == 0 {
		b.region = b.location
	}
	return b
}

func buildBuckets(list []rawBucket, marker []byte, truncated bool) *remote.BucketPage {
	page := &remote.BucketPage{Truncated: truncated}
	total := len(marker)
	for i := range list {
		total += len(list[i].name) + len(list[i].region) + len(list[i].endpoint)
	}
	var text arena
	text.grow(total)
	page.Next = text.copy(marker)
	if len(list) > 0 {
		page.Buckets = make([]remote.Bucket, len(list))
	}
	for i, raw := range list {
		page.Buckets[i] = remote.Bucket{
			Name:     text.copy(raw.name),
			Region:   text.copy(raw.region),
			Endpoint: text.copy(raw.endpoint),
			Created:  raw.created,
		}
	}
	return page
}
