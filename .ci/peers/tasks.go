package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// task is one question.
type task struct {
	name, title, bucket string
	jobs                []job
	// check says how an answer compares with the truth, and whether it is all of it.
	check func(t *truths, lines string) (string, bool)
	// loops is how many uploads a loop goes over.
	loops func(t *truths) int
	// objects says that the store must have ordinary objects.
	objects bool
}

func tasks() []task {
	return []task{
		{name: "list", bucket: "list", title: "All pending uploads", jobs: listJobs(), check: checkList},
		{name: "bytes", bucket: "parts", title: "Bytes of all parts, uploads of two parts", jobs: bytesJobs(), check: checkBytes,
			loops: func(t *truths) int { return len(t.parts) }},
		{name: "old", bucket: "parts", title: "Uploads older than a week, by key, id and size", jobs: oldJobs(), check: checkOld,
			loops: func(t *truths) int { return len(oldOf(t.parts)) }},
		{name: "etag", bucket: "parts", title: "The upload that holds the part with a given ETag", jobs: etagJobs(), check: checkETag,
			loops: func(t *truths) int { return len(t.parts) }},
		{name: "parts", bucket: "big", title: "The parts of one upload", jobs: partsJobs(), check: checkParts},
		{name: "find", title: "`find` over a mount", jobs: walkJobs(`find "$MNT"`), check: checkFind, objects: true},
		{name: "ls", title: "`ls -lR` over a mount", jobs: walkJobs(`ls -lR "$MNT"`), check: checkLs, objects: true},
	}
}

func oldOf(us []upload) []upload {
	return slices.DeleteFunc(slices.Clone(us), func(u upload) bool { return !u.old })
}

// sought is the upload whose second part's ETag is asked for: the middle one.
func (t *truths) sought() *upload { return &t.parts[len(t.parts)/2] }

// environment is what a script finds of a task.
func (t *truths) environment(bucket string, n int) []string {
	sought, big := t.sought(), &t.big[0]
	return []string{
		"B=" + bucket, "N=" + strconv.Itoa(n), "CUT=" + t.cut.UTC().Format(time.RFC3339),
		"ETAG=" + sought.parts[1].ETag, "KEY=" + big.key, "ID=" + big.id,
	}
}

// compare holds lines against those that are wanted.
func compare(want map[string]bool, lines, what string) (string, bool) {
	seen := map[string]bool{}
	twice, wrong := 0, 0
	for l := range strings.Lines(lines) {
		l = strings.TrimRight(l, "\n")
		switch {
		case seen[l]:
			twice++
		case !want[l]:
			wrong++
		default:
			seen[l] = true
		}
	}
	text := fmt.Sprintf("%s of %s%s", thousands(len(seen)), thousands(len(want)), what)
	if len(seen) == len(want) {
		text = "all " + thousands(len(want)) + what
	}
	if twice > 0 {
		text += fmt.Sprintf(", %s twice", thousands(twice))
	}
	if wrong > 0 {
		text += fmt.Sprintf(", %s wrong", thousands(wrong))
	}
	return text, len(seen) == len(want) && twice+wrong == 0
}

// checkList takes keys and ids; a peer that shows no ids is said to.
func checkList(t *truths, lines string) (string, bool) {
	if first, _, _ := strings.Cut(lines, "\n"); first != "" && !strings.Contains(first, "\t") {
		keys := map[string]bool{}
		for _, u := range t.list {
			keys[u.key] = true
		}
		text, _ := compare(keys, lines, " keys")
		return text + ", no ids", false
	}
	want := map[string]bool{}
	for _, u := range t.list {
		want[u.key+"\t"+u.id] = true
	}
	return compare(want, lines, "")
}

// checkBytes takes a number: the bytes, or what du counts, in blocks of 512.
func checkBytes(t *truths, lines string) (string, bool) {
	var exact, blocks int64
	for _, u := range t.parts {
		exact += u.bytes()
		for _, p := range u.parts {
			blocks += (p.Size + 511) / 512 * 512
		}
	}
	field, _, _ := strings.Cut(strings.TrimSpace(lines), "\t")
	got, err := strconv.ParseInt(field, 10, 64)
	switch {
	case err != nil:
		return "no number", false
	case got == exact:
		return "exact", true
	case got == blocks:
		return "exact, in blocks of 512", true
	default:
		return fmt.Sprintf("%.1f %% of it", 100*float64(got)/float64(exact)), false
	}
}

func checkOld(t *truths, lines string) (string, bool) {
	want := map[string]bool{}
	for _, u := range oldOf(t.parts) {
		want[fmt.Sprintf("%s\t%s\t%d", u.key, u.id, u.bytes())] = true
	}
	return compare(want, lines, "")
}

func checkETag(t *truths, lines string) (string, bool) {
	lines = strings.TrimSpace(lines)
	if strings.Contains(lines, t.sought().id) && !strings.Contains(lines, "\n") {
		return "found", true
	}
	return "not found", false
}

func checkParts(t *truths, lines string) (string, bool) {
	want := map[string]bool{}
	for _, p := range t.big[0].parts {
		want[fmt.Sprintf("%d\t%d", p.Number, p.Size)] = true
	}
	return compare(want, lines, "")
}

// checkFind takes paths. The files of a bucket of uploads are its uploads.jsonl
// and each upload's upload.json, those of a bucket of objects the objects.
func checkFind(t *truths, lines string) (string, bool) {
	files, ours := 0, strings.Contains(lines, "/uploads.jsonl\n")
	for l := range strings.Lines(lines) {
		l = strings.TrimRight(l, "\n")
		if ours && (strings.HasSuffix(l, "/upload.json") || strings.HasSuffix(l, "/uploads.jsonl")) ||
			!ours && (strings.HasSuffix(l, ".bin") || strings.HasSuffix(l, ".bin.2")) {
			files++
		}
	}
	return t.files(files, strings.Count(lines, "\n"), ours)
}

// checkLs takes the lines of ls -lR; those of files begin with "-".
func checkLs(t *truths, lines string) (string, bool) {
	files, dirs := 0, 0
	for l := range strings.Lines(lines) {
		switch {
		case strings.HasPrefix(l, "-"):
			files++
		case strings.HasPrefix(l, "d"):
			dirs++
		}
	}
	return t.files(files, files+dirs, strings.Contains(lines, " uploads.jsonl\n"))
}

func (t *truths) files(got, entries int, ours bool) (string, bool) {
	want := t.objects
	if ours {
		want = len(t.list) + 1
	}
	if got == want {
		return fmt.Sprintf("all %s files, %s entries", thousands(want), thousands(entries)), true
	}
	return fmt.Sprintf("%s of %s files, %s entries", thousands(got), thousands(want), thousands(entries)), false
}

// thousands is n with commas.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// expand replaces $NAME in a daemon's arguments.
func expand(args, env []string) []string {
	vars := map[string]string{}
	for _, e := range env {
		k, v, _ := strings.Cut(e, "=")
		vars[k] = v
	}
	out := make([]string, len(args))
	for i, a := range args {
		out[i] = os.Expand(a, func(k string) string { return vars[k] })
	}
	return out
}
