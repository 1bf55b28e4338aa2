package cli

import (
	"fmt"
	"io"
	"strings"
)

// roff escapes text for man(7): a backslash, a hyphen that can be copied, and a
// dot or quote that would begin a request.
func roff(s string) string {
	s = strings.NewReplacer(`\`, `\e`, "-", `\-`).Replace(s)
	if strings.HasPrefix(s, ".") || strings.HasPrefix(s, "'") {
		s = `\&` + s
	}
	return s
}

// PrintMan writes uploadfs.8, from the same table as the flags.
func PrintMan(w io.Writer) error {
	var b strings.Builder
	section := func(title string) { fmt.Fprintf(&b, ".SH %s\n", title) }
	para := func(s string) { fmt.Fprintf(&b, ".PP\n%s\n", roff(s)) }
	item := func(head, body string) { fmt.Fprintf(&b, ".TP\n\\fB%s\\fR\n%s\n", roff(head), roff(body)) }

	fmt.Fprintf(&b, ".TH UPLOADFS 8 \"\" \"uploadfs\" \"System Administration\"\n")
	section("NAME")
	fmt.Fprintf(&b, "uploadfs \\- %s\n", roff(summary))
	section("SYNOPSIS")
	fmt.Fprintf(&b, ".B uploadfs\n[\\fIflags\\fR] \\fISOURCE\\fR... \\fIMOUNTPOINT\\fR\n.br\n.B mount \\-t fuse.uploadfs\n\\fISOURCE\\fR \\fIMOUNTPOINT\\fR [\\-o \\fIoptions\\fR]\n")
	section("DESCRIPTION")
	para("A multipart upload that was initiated and neither completed nor aborted takes space, costs money and is shown by few tools. uploadfs shows each as a directory with its parts as files, so that ls, find, du and grep work on them. It checks each source with one request, mounts, and returns to the shell once the tree can be read; a daemon stays behind.")
	para("MOUNTPOINT/<bucket>/uploads/<key>/<upload id>/parts/<n> is a part: its size is the part's size, and reading it gives its record, one line of JSON, since no provider returns a part's bytes before the upload completes. upload.json describes the upload, and <bucket>/uploads.jsonl every pending upload of the bucket.")
	section("SOURCES")
	for _, r := range sourceForms {
		item(r[0], r[1])
	}
	para("Settings of one source follow a question mark as name=value, joined by &, and win over the flag of the same name. Values are percent-decoded; PREFIX before the question mark is taken byte for byte. as=NAME gives the bucket's directory another name, prefix=PREFIX is the decoded way to write a prefix. demo: takes uploads=N, parts=N, latency=30ms, dialect=s3|cos|oss and seed=N.")
	para("A whole account shows its buckets under their own names. A bucket that is also named on the command line is shown as named there. Where two accounts have a bucket of one name, it is that of the source given first, and listing the mount point ends in an error that names the other.")
	section("OPTIONS")
	manOptions(item)
	para("With -o every long flag can be written with - or _. The options of mount(8), fstab(5) and systemd.mount(5) that mean nothing here are taken and ignored; an unknown option is an error. A comma in a value is written \\,.")
	section("CREDENTIALS")
	for _, r := range credentials {
		item(r[0], r[1])
	}
	para("Credentials are never a flag and never a part of a source. Temporary ones are fetched again before they lapse.")
	section("SIGNALS")
	item("SIGINT, SIGTERM", "unmount and end; where the mount is busy, log who holds it, end requests under way, and try again until it is free")
	item("a second SIGINT or SIGTERM", "detach the busy mount and end")
	item("SIGHUP", "drop every cached listing and open the log file again")
	section("FILES")
	for _, r := range [][2]string{
		{".uploadfs/stats", "metrics as Prometheus text"},
		{".uploadfs/requests", "one line per request while it is read"},
		{".uploadfs/errors", "the last 100 failures, with what to do"},
		{".uploadfs/config", "the settings in force, without secrets"},
	} {
		item(r[0], r[1])
	}
	section("EXIT STATUS")
	for _, r := range statuses {
		item(r[0], r[1])
	}
	section("EXAMPLES")
	for _, e := range examples {
		fmt.Fprintf(&b, ".TP\n%s\n.nf\n.RS\n%s\n.RE\n.fi\n", roff(e[1]), roff(e[0]))
	}
	section("SEE ALSO")
	fmt.Fprintf(&b, ".BR mount (8),\n.BR fusermount3 (1),\n.BR fstab (5),\n.BR systemd.mount (5)\n")
	_, err := io.WriteString(w, b.String())
	return err
}

// manOptions gives every flag of the table to item.
func manOptions(item func(head, body string)) {
	f := newFlags(Identity{}, false)
	for _, d := range f.table {
		if d.hidden {
			continue
		}
		head := "--" + d.name
		if d.short != "" {
			head = "-" + d.short + ", " + head
		}
		if d.arg != "" {
			head += " " + d.arg
		}
		item(head, d.help)
	}
}
