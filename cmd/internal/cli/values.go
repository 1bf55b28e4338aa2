package cli

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"uploadfs/cmd/internal/units"
)

// The constructors below make a flag's value of the variable it sets. What does
// not parse leaves the variable alone.

func text(p *string, check func(string) error) *value {
	return &value{kind: "string", get: func() string { return *p }, put: func(s string) error {
		if check != nil {
			if err := check(s); err != nil {
				return err
			}
		}
		*p = s
		return nil
	}}
}

func boolean(p *bool) *value {
	return &value{kind: "bool", get: func() string { return strconv.FormatBool(*p) }, put: func(s string) error {
		b, err := units.Bool(s)
		if err == nil {
			*p = b
		}
		return err
	}}
}

func duration(p *time.Duration, least time.Duration) *value {
	return &value{kind: "duration", get: func() string { return units.FormatDuration(*p) }, put: func(s string) error {
		d, err := units.Duration(s, least)
		if err == nil {
			*p = d
		}
		return err
	}}
}

func size(p *int64, least int64) *value {
	return &value{kind: "size", get: func() string { return units.FormatSize(*p) }, put: func(s string) error {
		n, err := units.Size(s, least)
		if err == nil {
			*p = n
		}
		return err
	}}
}

func number(p *int, least, most int) *value {
	return &value{kind: "int", get: func() string { return strconv.Itoa(*p) }, put: func(s string) error {
		n, err := units.Int(s, least, most)
		if err == nil {
			*p = n
		}
		return err
	}}
}

func mode(p *uint32) *value {
	return &value{kind: "mode", get: func() string { return fmt.Sprintf("%04o", *p) }, put: func(s string) error {
		m, err := units.Mode(s)
		if err == nil {
			*p = m
		}
		return err
	}}
}

func oneOf(p *string, allowed ...string) *value {
	return &value{kind: "string", get: func() string { return *p }, put: func(s string) error {
		for _, a := range allowed {
			if s == a {
				*p = s
				return nil
			}
		}
		return fmt.Errorf("%s is none of %s", units.Quote(s), strings.Join(allowed, ", "))
	}}
}

// act is a switch that asks for something other than mounting.
func act(p *Action, a Action) *value {
	return &value{kind: "bool", get: func() string { return strconv.FormatBool(*p == a) }, put: func(s string) error {
		on, err := units.Bool(s)
		if err == nil && on {
			*p = a
		}
		return err
	}}
}

func completion(p *Action) *value {
	return &value{kind: "string", get: func() string { return "" }, put: func(s string) error {
		shells := map[string]Action{"bash": CompletionBash, "zsh": CompletionZsh, "fish": CompletionFish}
		a, ok := shells[s]
		if !ok {
			return fmt.Errorf("%s is none of bash, zsh, fish", units.Quote(s))
		}
		*p = a
		return nil
	}}
}
