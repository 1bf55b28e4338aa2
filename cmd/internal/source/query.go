package source

import (
	"errors"
	"fmt"
	"math"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"uploadfs/cmd/internal/units"
	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// A parameter reads one value of the query.
type parameter func(s *Source, value string) error

// shared are the parameters of every source; each is the flag of that name.
func shared() map[string]parameter {
	return map[string]parameter{
		"anonymous":   boolean(func(s *Source) *bool { return &s.Anonymous }),
		"as":          (*Source).setAs,
		"concurrency": number(func(s *Source) *int { return &s.Concurrency }, 1, 4096),
		"retries":     number(func(s *Source) *int { return &s.Retries }, 1, 100),
		"store":       func(s *Source, v string) error { s.Store = v; return CheckStore(v) },
		"timeout": func(s *Source, v string) (err error) {
			s.Timeout, err = units.Duration(v, time.Millisecond)
			return err
		},
		"cname":         boolean(func(s *Source) *bool { return &s.CNAME }),
		"endpoint":      func(s *Source, v string) error { s.Endpoint = v; return nil },
		"insecure-http": boolean(func(s *Source) *bool { return &s.InsecureHTTP }),
		"path-style": func(s *Source, v string) error {
			b, err := units.Bool(v)
			s.PathStyle = &b
			return err
		},
		"prefix":  func(s *Source, v string) error { return s.setPrefix(v) },
		"profile": func(s *Source, v string) error { s.Profile = v; return nil },
		"region":  func(s *Source, v string) error { s.Region = v; return CheckRegion(v) },
	}
}

// parameters are those of one scheme. The embedded store has no address and no
// identity of the user's.
func parameters(scheme string) map[string]parameter {
	m := shared()
	if scheme != Demo {
		return m
	}
	for _, name := range []string{"anonymous", "cname", "endpoint", "insecure-http", "path-style", "prefix", "profile", "region"} {
		delete(m, name)
	}
	m["uploads"] = number(func(s *Source) *int { return &s.Demo.Uploads }, 0, math.MaxInt32)
	m["parts"] = number(func(s *Source) *int { return &s.Demo.Parts }, 0, 10000)
	m["latency"] = func(s *Source, v string) (err error) { s.Demo.Latency, err = units.Duration(v, 0); return err }
	m["dialect"] = func(s *Source, v string) error {
		s.Demo.Dialect = v
		if v != S3 && v != COS && v != OSS {
			return fmt.Errorf("%s is none of s3, cos, oss", units.Quote(v))
		}
		return nil
	}
	m["seed"] = func(s *Source, v string) (err error) {
		if s.Demo.Seed, err = strconv.ParseInt(v, 10, 64); err != nil {
			return fmt.Errorf("%s is no whole number", units.Quote(v))
		}
		return nil
	}
	return m
}

// query reads name=value pairs. The first value of a repeated name would be as
// good as the last, so a repeated name is refused.
func (s *Source) query(query string) error {
	if query == "" {
		return nil
	}
	known := parameters(s.Scheme)
	seen := make(map[string]bool)
	for pair := range strings.SplitSeq(query, "&") {
		if pair == "" {
			continue
		}
		rawName, rawValue, _ := strings.Cut(pair, "=")
		name := strings.ReplaceAll(strings.ToLower(rawName), "_", "-")
		set, ok := known[name]
		if !ok {
			if looksSecret(name) {
				return errors.New("a parameter that looks like a credential was refused; set credentials in the environment or the provider's file")
			}
			return fmt.Errorf("unknown parameter %s; allowed: %s", units.Quote(rawName), strings.Join(names(known), ", "))
		}
		if seen[name] {
			return fmt.Errorf("parameter %s is given twice", name)
		}
		seen[name] = true
		value, err := url.PathUnescape(rawValue)
		if err != nil {
			return fmt.Errorf("parameter %s: a %% that is not followed by two hex digits; write %%25", name)
		}
		if err := set(s, value); err != nil {
			return fmt.Errorf("parameter %s: %w", name, err)
		}
	}
	return nil
}

func names(m map[string]parameter) []string {
	var out []string
	for name := range m {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}

func boolean(field func(*Source) *bool) parameter {
	return func(s *Source, v string) (err error) {
		*field(s), err = units.Bool(v)
		return err
	}
}

func number(field func(*Source) *int, least, most int) parameter {
	return func(s *Source, v string) (err error) {
		*field(s), err = units.Int(v, least, most)
		return err
	}
}

// setPrefix is the decoded way to write PREFIX.
func (s *Source) setPrefix(v string) error {
	if s.Prefix != "" {
		return errors.New("the source has a PREFIX already")
	}
	s.Prefix = v
	return nil
}

// setAs takes what can be one directory name that the mount has not taken.
func (s *Source) setAs(v string) error {
	switch {
	case v == "" || len(v) > 255 || strings.ContainsAny(v, "/\x00"):
		return errors.New("a directory's name has 1 to 255 bytes and no slash")
	case v == "." || v == ".." || v == ".uploadfs":
		return fmt.Errorf("%s is taken", units.Quote(v))
	}
	s.As = v
	return nil
}

// CheckStore refuses a name that no profile has.
func CheckStore(v string) error {
	profiles := remote.Profiles()
	if _, ok := profiles[v]; ok || v == "auto" {
		return nil
	}
	known := []string{"auto"}
	for name := range profiles {
		known = append(known, name)
	}
	slices.Sort(known)
	return fmt.Errorf("%s is no store that is known; allowed: %s", units.Quote(v), strings.Join(known, ", "))
}

// CheckRegion refuses what cannot be a region: it becomes a part of a host's name.
func CheckRegion(v string) error {
	if v != "" && !wire.ValidRegion(v) {
		return fmt.Errorf("%s is no region, such as us-east-1, ap-guangzhou or cn-hangzhou", units.Quote(v))
	}
	return nil
}

// looksSecret reports whether a name is, or could be meant as, a credential or
// a part of a presigned address.
func looksSecret(name string) bool {
	n := strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(name))
	for _, word := range []string{"secret", "accesskey", "token", "password", "passwd", "credential", "signature", "sign", "apikey", "akid"} {
		if strings.Contains(n, word) {
			return true
		}
	}
	return strings.HasPrefix(n, "akia") || strings.HasPrefix(n, "asia") || slices.Contains([]string{"key", "ak", "sk", "id", "auth", "user", "pass"}, n)
}
