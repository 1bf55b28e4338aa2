package xmlpage

import (
	"bytes"
	"encoding/binary"

	"uploadfs/remote"
)

// The members that uploads have in common.
const (
	storageClass = iota
	initiatorID
	initiatorName
	ownerID
	ownerName
	checksumAlgorithm
	checksumType
	infoMembers
)

// rawInfo is a remote.UploadInfo as it stands in the body.
type rawInfo [infoMembers][]byte

// member reads the element that next moved to if it is a member of the info, and
// reports whether it was.
func (r *rawInfo) member(s *scanner) bool {
	switch string(s.name) {
	case "StorageClass":
		r[storageClass] = trim(s.text())
	case "Initiator":
		s.person(&r[initiatorID], &r[initiatorName])
	case "Owner":
		s.person(&r[ownerID], &r[ownerName])
	case "ChecksumAlgorithm":
		r[checksumAlgorithm] = s.notNull()
	case "ChecksumType":
		r[checksumType] = s.notNull()
	default:
		return false
	}
	return true
}

// person reads an initiator or owner. Tencent's UID and UIN are ids too
// (seeds/003); an ID beside them is the id.
func (s *scanner) person(id, name *[]byte) {
	for s.next() {
		switch string(s.name) {
		case "ID":
			if text := trim(s.text()); len(text) > 0 {
				*id = text
			}
		case "UIN", "UID":
			if text := trim(s.text()); len(*id) == 0 {
				*id = text
			}
		case "DisplayName":
			*name = trim(s.text())
		default:
			s.skip()
		}
	}
}

// notNull reads a member for which versitygw 1.8.0 sends the word null where
// there is none.
func (s *scanner) notNull() []byte {
	if text := trim(s.text()); string(text) != "null" {
		return text
	}
	return nil
}

func (r *rawInfo) equal(o *rawInfo) bool {
	for i := range r {
		if !bytes.Equal(r[i], o[i]) {
			return false
		}
	}
	return true
}

// infos shares one value between all uploads of a page that agree.
type infos struct {
	last   rawInfo
	shared *remote.UploadInfo
	byText map[string]*remote.UploadInfo
	key    []byte
}

// share returns the value of r. Most uploads agree with the one before.
func (in *infos) share(r *rawInfo) *remote.UploadInfo {
	if in.shared != nil && r.equal(&in.last) {
		return in.shared
	}
	in.key = r.appendKey(in.key[:0])
	info, ok := in.byText[string(in.key)]
	if !ok {
		if in.byText == nil {
			in.byText = make(map[string]*remote.UploadInfo)
		}
		key := string(in.key)
		info = r.build(key)
		in.byText[key] = info
	}
	in.last, in.shared = *r, info
	return info
}

// appendKey appends all texts of r, each after its length.
func (r *rawInfo) appendKey(b []byte) []byte {
	for _, text := range r {
		b = binary.AppendUvarint(b, uint64(len(text)))
		b = append(b, text...)
	}
	return b
}

// build makes the value from the key that appendKey made, so that all its
// strings are one allocation.
func (r *rawInfo) build(key string) *remote.UploadInfo {
	var out [infoMembers]string
	var length [binary.MaxVarintLen64]byte
	for i, text := range r {
		key = key[binary.PutUvarint(length[:], uint64(len(text))):]
		out[i], key = key[:len(text)], key[len(text):]
	}
	return &remote.UploadInfo{
		StorageClass:      out[storageClass],
		Initiator:         remote.Person{ID: out[initiatorID], DisplayName: out[initiatorName]},
		Owner:             remote.Person{ID: out[ownerID], DisplayName: out[ownerName]},
		ChecksumAlgorithm: out[checksumAlgorithm],
		ChecksumType:      out[checksumType],
	}
}
