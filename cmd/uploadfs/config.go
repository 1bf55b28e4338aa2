package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"time"

	"uploadfs/cmd/internal/cli"
	"uploadfs/cmd/internal/insight"
)

// sources is the state that the metrics show.
func (m *mount) sources() insight.Sources {
	s := insight.Sources{Cache: m.cache.Stats(), LogDropped: m.log.Dropped()}
	if m.server != nil {
		s.OpenDirs, s.Inodes = m.server.OpenDirectories(), m.server.Inodes()
	}
	for _, c := range m.connections {
		l := insight.Limit{Source: c.Name}
		l.Current, l.Most, l.InFlight = c.Limit()
		s.Limits = append(s.Limits, l)
	}
	return s
}

// config is what is in force: the process, every flag, and each source with
// what its client says of itself. Nothing of it is secret.
func (m *mount) config() []insight.Setting {
	out := []insight.Setting{
		{Name: "version", Value: cli.VersionString()},
		{Name: "pid", Value: strconv.Itoa(os.Getpid())},
		{Name: "started", Value: m.started.UTC().Format(time.RFC3339)},
		{Name: "mountpoint", Value: m.options.Mountpoint},
	}
	for _, kv := range m.options.Set {
		out = append(out, insight.Setting{Name: kv[0], Value: kv[1]})
	}
	for i, c := range m.connections {
		add := func(name, value string) {
			if value != "" {
				out = append(out, insight.Setting{Name: fmt.Sprintf("source.%d.%s", i+1, name), Value: value})
			}
		}
		add("name", c.Name)
		add("directory", c.Dir)
		add("bucket", c.Bucket)
		add("prefix", c.Prefix)
		described := c.Client.Describe()
		described["credentials"] = c.Credentials
		for _, name := range slices.Sorted(maps.Keys(described)) {
			add(name, described[name])
		}
	}
	return out
}

// notes is what a source's store cannot show by its nature: what is not there
// is then no failure that could be noted when it happens.
func (m *mount) notes() []string {
	var out []string
	for _, c := range m.connections {
		p := c.Client.Profile(c.Bucket)
		if p.ForgetsOnRestart {
			out = append(out, fmt.Sprintf("%s: %s lists uploads from memory: those initiated before the server's last restart are not listed, though they are there and billed; "+
				"they can be listed only by their exact key", c.Name, p.Name))
		}
		if !p.Sorted {
			out = append(out, fmt.Sprintf("%s: %s does not list in key order: the bucket is read whole, once every --ttl", c.Name, p.Name))
		}
	}
	return out
}
