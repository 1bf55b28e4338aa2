package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"
)

const synopsis = "uploadfs [flags] SOURCE... MOUNTPOINT"

const summary = "shows the pending multipart uploads of buckets as files"

// sourceForms are the rows of the table of sources.
var sourceForms = [...][2]string{
	{"s3://BUCKET[/PREFIX]", "Amazon S3 and everything that speaks it (MinIO, Ceph, R2, GCS, ...)"},
	{"cos://BUCKET-APPID[/PREFIX]", "Tencent Cloud COS"},
	{"oss://BUCKET[/PREFIX]", "Alibaba Cloud OSS"},
	{"s3:// cos:// oss://", "every bucket that the credentials can list"},
	{"demo:", "an embedded store to try: no account, no network"},
}

var examples = [...][2]string{
	{"uploadfs demo: /mnt && find /mnt", "look around without an account"},
	{"uploadfs s3://my-bucket /mnt", "credentials and region from the environment or ~/.aws"},
	{"uploadfs 's3://b?endpoint=http://127.0.0.1:9000&region=us-east-1' /mnt", "a store on this machine"},
	{"uploadfs oss://logs 'cos://media-1250000000/video/' /mnt", "two providers, one mount"},
	{"mount -t fuse.uploadfs s3://my-bucket /mnt -o allow_other,ttl=5m", "as a mount helper; the same in /etc/fstab"},
	{"du -sh /mnt/*/uploads; fusermount3 -u /mnt", "what the parts take, and the end of the mount"},
}

var credentials = [...][2]string{
	{"s3", "AWS_ACCESS_KEY_ID ..., ~/.aws, SSO, web identity, container and instance roles"},
	{"cos", "COS_SECRETID, COS_SECRETKEY, COS_SESSIONTOKEN; TENCENTCLOUD_SECRET_ID ...; ~/.cos.yaml"},
	{"oss", "OSS_ACCESS_KEY_ID, OSS_ACCESS_KEY_SECRET, OSS_SESSION_TOKEN; ~/.ossutilconfig"},
}

var statuses = [...][2]string{
	{"0", "done"},
	{"1", "the mount or a source failed; one line on stderr says what to do"},
	{"2", "usage: a bad flag, -o option, source or source parameter"},
}

// PrintHelp writes what --help prints.
func PrintHelp(w io.Writer) error {
	f := newFlags(Identity{}, false)
	var b strings.Builder
	fmt.Fprintf(&b, "uploadfs %s.\n\nUsage: %s\n", summary, synopsis)
	rows(&b, "Sources", sourceForms[:], 30)
	b.WriteString("\n  Settings of one source follow a question mark and win over the flag of the same\n" +
		"  name: s3://b?region=eu-west-1&profile=ops. as=NAME gives the bucket's directory\n" +
		"  another name. demo: takes uploads=N, parts=N, latency=30ms, dialect=s3|cos|oss, seed=N.\n")
	rows(&b, "Credentials (never a flag, never a source's query)", credentials[:], 6)
	b.WriteString("\nExamples:\n")
	for _, e := range examples {
		fmt.Fprintf(&b, "  %s\n      %s\n", e[0], e[1])
	}
	for _, group := range []string{groupSource, groupCache, groupTree, groupProcess} {
		fmt.Fprintf(&b, "\n%s:\n", group)
		for _, d := range f.table {
			if d.group == group && !d.hidden {
				flagRow(&b, d)
			}
		}
	}
	rows(&b, "Exit status", statuses[:], 4)
	b.WriteString("\nfusermount3 -u MOUNTPOINT, umount, SIGINT or SIGTERM end the mount; a second signal detaches a\n" +
		"busy one. SIGHUP drops every cached listing. MOUNTPOINT/.uploadfs has stats, requests, errors, config.\n")
	_, err := io.WriteString(w, b.String())
	return err
}

func rows(b *strings.Builder, title string, table [][2]string, width int) {
	fmt.Fprintf(b, "\n%s:\n", title)
	for _, r := range table {
		fmt.Fprintf(b, "  %-*s %s\n", width, r[0], r[1])
	}
}

// flagRow prints a flag and its help, wrapped at 100 columns.
func flagRow(b *strings.Builder, d def) {
	const left, right = 30, 68
	name := "    --" + d.name
	if d.short != "" {
		name = "-" + d.short + ", --" + d.name
	}
	if d.arg != "" {
		name += " " + d.arg
	}
	lines := wrap(d.help, right)
	if len(name) > left {
		fmt.Fprintf(b, "  %s\n", name)
		name = ""
	}
	for _, line := range lines {
		fmt.Fprintf(b, "  %-*s %s\n", left, name, line)
		name = ""
	}
}

func wrap(s string, width int) []string {
	var out []string
	line := ""
	for word := range strings.FieldsSeq(s) {
		if line != "" && len(line)+1+len(word) > width {
			out = append(out, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(out, line)
}

// VersionString is the version that the build recorded, with its commit.
func VersionString() string {
	version, commit := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		if info.Main.Version != "" {
			version = info.Main.Version
		}
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				commit = " " + s.Value[:min(12, len(s.Value))]
			}
		}
	}
	return fmt.Sprintf("uploadfs %s%s %s %s/%s", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
}
