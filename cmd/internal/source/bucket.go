package source

import (
	"errors"
	"fmt"
	"strings"
)

// checkBucket holds what a bucket's name can be. The rules are those that no
// store breaks, since S3-alikes are laxer than S3: what a store refuses beyond
// them it says itself.
func checkBucket(scheme, bucket string) error {
	if strings.HasPrefix(bucket, "arn:") {
		return errors.New("write the access point's alias, which is used like a bucket's name, not its ARN")
	}
	switch scheme {
	case COS:
		return checkCOS(bucket)
	case OSS:
		if err := plain(bucket, 3, 63, false); err != nil {
			return fmt.Errorf("an OSS bucket's name is 3 to 63 lower case letters, digits and hyphens: %w", err)
		}
	default:
		if err := plain(bucket, 1, 255, true); err != nil {
			return fmt.Errorf("an S3 bucket's name is 3 to 63 lower case letters, digits, hyphens and dots: %w", err)
		}
	}
	return nil
}

// checkCOS: the APPID is part of the name, and the whole is one host label of
// at most 60 characters (dialects.md 1.2).
func checkCOS(bucket string) error {
	name, appid, ok := cutLast(bucket, "-")
	if !ok || name == "" || appid == "" || strings.Trim(appid, "0123456789") != "" {
		return errors.New("a COS bucket's name ends in its APPID, as in example-1250000000; the console shows the full name")
	}
	if err := plain(bucket, 3, 60, false); err != nil {
		return fmt.Errorf("a COS bucket's name is at most 60 lower case letters, digits and hyphens: %w", err)
	}
	return nil
}

func cutLast(s, sep string) (before, after string, ok bool) {
	i := strings.LastIndex(s, sep)
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+len(sep):], true
}

// plain checks length and letters. Where lax, capitals, dots and underscores are
// taken too: old buckets of us-east-1 and S3-alikes have them.
func plain(s string, least, most int, lax bool) error {
	if len(s) < least || len(s) > most {
		return fmt.Errorf("it has %d", len(s))
	}
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-' && i > 0:
		case lax && (c >= 'A' && c <= 'Z' || (c == '.' || c == '_') && i > 0):
		default:
			return fmt.Errorf("%q does not fit at byte %d", string(rune(c)), i+1)
		}
	}
	if strings.HasSuffix(s, "-") || strings.HasSuffix(s, ".") || strings.Contains(s, "..") {
		return errors.New("it ends in a hyphen or a dot, or has two dots in a row")
	}
	return nil
}
