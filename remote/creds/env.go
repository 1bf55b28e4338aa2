package creds

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Env is the environment that sources are looked for in.
type Env struct {
	// Getenv is os.Getenv where nil.
	Getenv func(string) string
	// Home is the home directory, $HOME where empty. Without either there are
	// no files in the home directory, which is no error: a mount at boot has
	// no home.
	Home string
}

// Get returns a variable without the blanks around it, which a file read into
// a variable leaves and no credential has.
func (e Env) Get(name string) string {
	get := e.Getenv
	if get == nil {
		get = os.Getenv
	}
	return strings.TrimSpace(get(name))
}

// First returns the first of the variables that is set.
func (e Env) First(names ...string) string {
	for _, n := range names {
		if v := e.Get(n); v != "" {
			return v
		}
	}
	return ""
}

// Is reports whether the variable is "true" in any case.
func (e Env) Is(name string) bool { return strings.EqualFold(e.Get(name), "true") }

func (e Env) home() string {
	if e.Home != "" {
		return e.Home
	}
	return e.Get("HOME")
}

// Path returns the file that the variable names, or the one at rel in the home
// directory, or "" where there is no home directory.
func (e Env) Path(variable, rel string) string {
	if v := e.Get(variable); variable != "" && v != "" {
		if rest, ok := strings.CutPrefix(v, "~/"); ok && e.home() != "" {
			return filepath.Join(e.home(), rest)
		}
		return v
	}
	if e.home() == "" {
		return ""
	}
	return filepath.Join(e.home(), rel)
}

// Show returns path as a person writes it, with ~ for the home directory.
func (e Env) Show(path string) string {
	if h := e.home(); h != "" {
		if rel, err := filepath.Rel(h, path); err == nil && filepath.IsLocal(rel) {
			return filepath.Join("~", rel)
		}
	}
	return path
}

// Names are the variables of one spelling of a key pair.
type Names struct {
	ID, Secret string
	// Tokens are the spellings of the session token, first one first.
	Tokens []string
	// Loose names are so general that one of them alone means nothing.
	Loose bool
}

// Keys returns the first pair that is set as a source, nil where none is. Half
// a pair is an error that names the missing variable: going on would sign with
// some other identity than was meant.
func (e Env) Keys(sets ...Names) (*Source, error) {
	for _, n := range sets {
		id, secret := e.Get(n.ID), e.Get(n.Secret)
		switch {
		case id != "" && secret != "":
			return Fixed("environment "+n.ID, Keys{ID: id, Secret: secret, Token: e.First(n.Tokens...)}), nil
		case n.Loose, id == "" && secret == "":
		case secret == "":
			return nil, fmt.Errorf("%s is set but %s is not: set both", n.ID, n.Secret)
		default:
			return nil, fmt.Errorf("%s is set but %s is not: set both", n.Secret, n.ID)
		}
	}
	return nil, nil
}
