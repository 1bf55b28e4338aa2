package cos

import (
	"context"
	"crypto/aes"
	"encoding/base64"
	"errors"
	"io/fs"
	"log/slog"
	"strings"
	"time"

	"gopkg.in/yaml.v3"

	"uploadfs/remote/creds"
)

// coscliKey is what coscli encrypts the values of its file with: the text
// "coscli-secret" padded with zeros to an AES-128 key (util/secret.go of
// tencentyun/coscli). It hides the values from a glance and protects nothing.
const coscliKey = "coscli-secret\x00\x00\x00"

// coscliFile is what ~/.cos.yaml holds (util/types.go of tencentyun/coscli).
type coscliFile struct {
	mode, role string
	keys       creds.Keys
	buckets    []coscliBucket
}

type coscliBucket struct{ name, alias, region, endpoint string }

// bucket returns the entry of that name, or else of that alias. A nil file has
// none.
func (c *coscliFile) bucket(name string) *coscliBucket {
	if c == nil || name == "" {
		return nil
	}
	for i := range c.buckets {
		if c.buckets[i].name == name {
			return &c.buckets[i]
		}
	}
	for i := range c.buckets {
		if c.buckets[i].alias == name {
			return &c.buckets[i]
		}
	}
	return nil
}

func (f *finder) coscliPath() string { return f.env.Path("", ".cos.yaml") }

// readCoscli reads ~/.cos.yaml, nil where there is none.
func (f *finder) readCoscli(log *slog.Logger) (*coscliFile, error) {
	path := f.coscliPath()
	data, err := creds.ReadFile(path, log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usage("coscli's file: %v", err)
	}
	file, err := parseCoscli(data)
	if err != nil {
		return nil, usage("%s: %v", f.env.Show(path), err)
	}
	return file, f.whole(path, "secretid", "secretkey", file.keys)
}

// parseCoscli reads the YAML by hand, because coscli takes its keys in any case
// and its values as text of any type, and because yaml's own errors quote what
// they could not decode.
func parseCoscli(data []byte) (*coscliFile, error) {
	var doc yaml.Node
	if err := yaml.Unmarshal(data, &doc); err != nil {
		return nil, errors.New("not valid YAML")
	}
	file := &coscliFile{}
	if len(doc.Content) == 0 {
		return file, nil
	}
	cos := member(doc.Content[0], "cos")
	base := member(cos, "base")
	file.mode, file.role = scalar(base, "mode"), scalar(base, "cvmrolename")
	plain := strings.EqualFold(scalar(base, "disableencryption"), "true")
	read := func(key string) string {
		v := scalar(base, key)
		if plain {
			return v
		}
		return coscliPlain(v)
	}
	file.keys = creds.Keys{ID: read("secretid"), Secret: read("secretkey"), Token: read("sessiontoken")}
	if list := member(cos, "buckets"); list != nil && list.Kind == yaml.SequenceNode {
		for _, b := range list.Content {
			file.buckets = append(file.buckets, coscliBucket{
				name: scalar(b, "name"), alias: scalar(b, "alias"),
				region: scalar(b, "region"), endpoint: scalar(b, "endpoint"),
			})
		}
	}
	return file, nil
}

// member returns the value of a key of a mapping, nil where it has none. Keys
// are compared without case. An alias is no value: no tool writes one here.
func member(n *yaml.Node, key string) *yaml.Node {
	if n == nil || n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if strings.EqualFold(n.Content[i].Value, key) {
			return n.Content[i+1]
		}
	}
	return nil
}

func scalar(n *yaml.Node, key string) string {
	v := member(n, key)
	if v == nil || v.Kind != yaml.ScalarNode || v.Tag == "!!null" {
		return ""
	}
	return strings.TrimSpace(v.Value)
}

// coscliPlain decrypts one value: base64 over AES in ECB mode, the text padded
// with zeros. What does not decrypt to printable text was never encrypted;
// coscli takes it as it is, too.
func coscliPlain(v string) string {
	data, err := base64.StdEncoding.DecodeString(v)
	if err != nil || len(data) == 0 || len(data)%aes.BlockSize != 0 {
		return v
	}
	block, err := aes.NewCipher([]byte(coscliKey))
	if err != nil {
		return v
	}
	for b := data; len(b) > 0; b = b[aes.BlockSize:] {
		block.Decrypt(b, b)
	}
	text := strings.TrimRight(string(data), "\x00")
	for i := range len(text) {
		if text[i] < 0x20 || text[i] > 0x7e {
			return v
		}
	}
	return text
}

// fromCoscli is the source that coscli itself would use, nil where its file
// names none.
func (f *finder) fromCoscli(file *coscliFile) (*creds.Source, error) {
	if file == nil {
		return nil, nil
	}
	show := f.env.Show(f.coscliPath())
	switch {
	case strings.EqualFold(file.mode, "CvmRole"):
		return f.role(file.role), nil
	case file.mode != "" && !strings.EqualFold(file.mode, "SecretKey"):
		return nil, usage("%s has the mode %q: only SecretKey and CvmRole are known", show, file.mode)
	case file.keys.ID == "":
		return nil, nil
	}
	return &creds.Source{Origin: "file " + show, Fetch: func(context.Context) (creds.Keys, time.Time, error) {
		now, err := f.readCoscli(nil)
		if err != nil {
			return creds.Keys{}, time.Time{}, err
		}
		if now == nil || now.keys.ID == "" {
			return creds.Keys{}, time.Time{}, usage("%s has no keys any more", show)
		}
		return now.keys, time.Time{}, nil
	}}, nil
}

// readINI reads an INI file, an empty one where there is none.
func (f *finder) readINI(path string, log *slog.Logger) (creds.INI, error) {
	data, err := creds.ReadFile(path, log)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, usage("the credentials file: %v", err)
	}
	file, err := creds.ParseINI(data)
	if err != nil {
		return nil, usage("%s: %v", f.env.Show(path), err)
	}
	return file, nil
}
