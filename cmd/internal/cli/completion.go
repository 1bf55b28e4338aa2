package cli

import (
	"fmt"
	"io"
	"strings"
)

// schemes are what a source begins with, for completion.
const schemes = "s3:// cos:// oss:// demo:"

// PrintCompletion writes the completion script of one shell.
func PrintCompletion(w io.Writer, shell Action) error {
	f := newFlags(Identity{}, false)
	var shown []def
	for _, d := range f.table {
		if !d.hidden {
			shown = append(shown, d)
		}
	}
	script := bash(shown)
	switch shell {
	case CompletionZsh:
		script = zsh(shown)
	case CompletionFish:
		script = fish(shown)
	}
	_, err := io.WriteString(w, script)
	return err
}

// choices are the fixed values of a flag, or nil.
func choices(d def) []string {
	if d.name == "log-level" {
		return []string{"debug", "info", "warn", "error"}
	}
	if strings.Contains(d.arg, "|") {
		return strings.Split(d.arg, "|")
	}
	return nil
}

func bash(table []def) string {
	var all, files, none []string
	var cases strings.Builder
	for _, d := range table {
		all = append(all, "--"+d.name)
		switch {
		case d.arg == "":
		case choices(d) != nil:
			fmt.Fprintf(&cases, "    --%s) COMPREPLY=($(compgen -W %q -- \"$cur\")); return ;;\n", d.name, strings.Join(choices(d), " "))
		case d.arg == "FILE":
			files = append(files, "--"+d.name)
		default:
			none = append(none, "--"+d.name)
		}
	}
	return "_uploadfs() {\n  local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}\n  case $prev in\n" + cases.String() +
		"    " + strings.Join(files, "|") + ") COMPREPLY=($(compgen -f -- \"$cur\")); return ;;\n" +
		"    " + strings.Join(none, "|") + "|-o) return ;;\n  esac\n" +
		"  case $cur in\n    -*) COMPREPLY=($(compgen -W \"" + strings.Join(all, " ") + "\" -- \"$cur\")) ;;\n" +
		"    *) COMPREPLY=($(compgen -W \"" + schemes + "\" -- \"$cur\") $(compgen -d -- \"$cur\")) ;;\n  esac\n}\n" +
		"complete -o nospace -o filenames -F _uploadfs uploadfs\n"
}

func zsh(table []def) string {
	var b strings.Builder
	b.WriteString("#compdef uploadfs\n_arguments -s \\\n")
	for _, d := range table {
		help := strings.NewReplacer("'", "", "[", "(", "]", ")", ":", "\\:").Replace(d.help)
		arg := ""
		switch {
		case d.arg == "":
		case choices(d) != nil:
			arg = "=:value:(" + strings.Join(choices(d), " ") + ")"
		case d.arg == "FILE":
			arg = "=:file:_files"
		default:
			arg = "=:value:"
		}
		if arg == "" {
			fmt.Fprintf(&b, "  '--%s[%s]' \\\n", d.name, help)
			continue
		}
		name, tail, _ := strings.Cut(arg, ":")
		fmt.Fprintf(&b, "  '--%s%s[%s]:%s' \\\n", d.name, name, help, tail)
	}
	fmt.Fprintf(&b, "  '*:source or mount point:{compadd -S \"\" %s; _files -/}'\n", schemes)
	return b.String()
}

func fish(table []def) string {
	var b strings.Builder
	b.WriteString("complete -c uploadfs -f\n")
	for _, d := range table {
		fmt.Fprintf(&b, "complete -c uploadfs -l %s", d.name)
		if d.short != "" {
			fmt.Fprintf(&b, " -s %s", d.short)
		}
		switch {
		case choices(d) != nil:
			fmt.Fprintf(&b, " -x -a %q", strings.Join(choices(d), " "))
		case d.arg == "FILE":
			b.WriteString(" -r -F")
		case d.arg != "":
			b.WriteString(" -x")
		}
		fmt.Fprintf(&b, " -d %q\n", d.help)
	}
	fmt.Fprintf(&b, "complete -c uploadfs -a %q\ncomplete -c uploadfs -a '(__fish_complete_directories)'\n", schemes)
	return b.String()
}
