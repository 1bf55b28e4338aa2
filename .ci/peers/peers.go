package main

import (
	"encoding/json"
	"strings"
)

// job is how one peer answers one question: a shell script, or the reason why
// it cannot. The script finds in its environment the endpoint EP, the bucket B,
// the moment CUT, the tag ETAG, the upload KEY and ID, how many uploads to
// loop over N, and the mount point MNT.
type job struct {
	peer   string
	script string
	cannot string
	// loops says that the script starts a process for each upload.
	loops bool
	// mount is the daemon that the script needs, or empty.
	mount []string
	// again asks the mount a second time, as a row of its own.
	again bool
	// read makes a task's lines of the output; nil where they are that already.
	read func(out string) string
	// bucket, where set, is another than the task's.
	bucket string
}

var (
	ours      = []string{"uploadfs", "-f", "--endpoint", "$EP", "--region", "us-east-1", "s3://$B", "$MNT"}
	rcloneFS  = []string{"rclone", "mount", "peer:$B", "$MNT", "--read-only"}
	s3fsFS    = []string{"s3fs", "$B", "$MNT", "-f", "-o", "url=$EP,use_path_request_style,passwd_file=$HOME/.passwd-s3fs,ro"}
	noParts   = "no ListParts"
	awsList   = `aws --endpoint-url "$EP" s3api list-multipart-uploads --bucket "$B" --output text --query 'Uploads[].[Key,UploadId]'`
	awsEach   = " | awk -v n=$N 'NR <= n' | while read -r key id; do "
	awsParts  = `aws --endpoint-url "$EP" s3api list-parts --bucket "$B" --key "$key" --upload-id "$id" --output text`
	s3cmdEach = `s3cmd multipart "s3://$B" | awk -F'\t' -v n=$N '$2 ~ /^s3:/ && ++i <= n {print $2, $3}' | while read -r path id; do `
)

// listJobs: which uploads are pending.
func listJobs() []job {
	return []job{
		{peer: "uploadfs: cat", mount: ours, again: true, script: `cat "$MNT/$B/uploads.jsonl"`, read: readJSONL},
		{peer: "uploadfs: find", mount: ours, again: true, script: `find "$MNT/$B/uploads" -name parts -prune -o -name upload.json -print`, read: readPaths},
		{peer: "SDK loop", script: `loop list "$B"`},
		{peer: "rclone", script: `rclone backend list-multipart-uploads "peer:$B"`, read: readRclone},
		{peer: "mc", script: `mc ls --incomplete --recursive --json "peer/$B"`, read: readMC},
		{peer: "s3fs", script: `s3fs -u "$B" -o url="$EP",use_path_request_style,passwd_file="$HOME/.passwd-s3fs"`, read: readS3fs},
		{peer: "s3cmd", script: `s3cmd multipart "s3://$B"`, read: readS3cmd},
		{peer: "awscli", script: awsList},
	}
}

// bytesJobs: the bytes of all parts.
func bytesJobs() []job {
	return append([]job{
		{peer: "uploadfs: du", mount: ours, again: true, script: `du -s --block-size=1 "$MNT/$B/uploads"`},
		{peer: "SDK loop", script: `loop bytes "$B"`},
		{peer: "s3cmd", loops: true, script: s3cmdEach + `s3cmd listmp "$path" "$id"; done | awk -F'\t' '{s += $NF} END {printf "%d\n", s}'`},
		{peer: "awscli", loops: true, script: awsList + awsEach + awsParts + ` --query 'sum(Parts[].Size)' </dev/null; done | awk '{s += $1} END {printf "%d\n", s}'`},
	}, cannots(noParts, "rclone", "s3fs", "mc")...)
}

// oldJobs: the uploads from before CUT, with their bytes.
func oldJobs() []job {
	return append([]job{
		{peer: "uploadfs: find, du", mount: ours, again: true, read: readSizes,
			script: `find "$MNT/$B/uploads" -name parts -prune ! -newermt "$CUT" -print0 | du -sb --files0-from=-`},
		{peer: "SDK loop", script: `loop old "$B" "$CUT"`},
		{peer: "s3cmd", loops: true, script: `s3cmd multipart "s3://$B" | awk -F'\t' -v n=$N -v cut="$CUT" '$2 ~ /^s3:/ && $1 < cut && ++i <= n {print $2, $3}' | while read -r path id; do ` +
			`s3cmd listmp "$path" "$id" | awk -F'\t' -v k="${path#s3://$B/}" -v id="$id" '{s += $NF} END {printf "%s\t%s\t%d\n", k, id, s}'; done`},
		{peer: "awscli", loops: true, script: strings.Replace(awsList, "Uploads[]", "Uploads[?Initiated<`'\"$CUT\"'`]", 1) + awsEach +
			`printf '%s\t%s\t' "$key" "$id"; ` + awsParts + ` --query 'sum(Parts[].Size)' </dev/null; done`},
	}, cannots(noParts, "rclone", "s3fs", "mc")...)
}

// etagJobs: the upload that holds the part with ETAG.
func etagJobs() []job {
	return append([]job{
		{peer: "uploadfs: grep", mount: ours, again: true, script: `grep -rlF "$ETAG" "$MNT/$B/uploads"`},
		{peer: "SDK loop", script: `loop etag "$B" "$ETAG"`},
		{peer: "s3cmd", loops: true, script: s3cmdEach + `s3cmd listmp "$path" "$id" | grep -qF "$ETAG" && echo "$id"; done; true`},
		{peer: "awscli", loops: true, script: awsList + awsEach + awsParts + ` --query 'Parts[].ETag' </dev/null | grep -qF "$ETAG" && echo "$id"; done; true`},
	}, cannots(noParts, "rclone", "s3fs", "mc")...)
}

// partsJobs: number and bytes of the parts of one upload.
func partsJobs() []job {
	return append([]job{
		{peer: "uploadfs: find", mount: ours, again: true, script: `find "$MNT/$B/uploads/$KEY/$ID/parts" -type f -printf '%f\t%s\n'`},
		{peer: "SDK loop", script: `loop parts "$B" "$KEY" "$ID"`},
		{peer: "s3cmd", script: `s3cmd listmp "s3://$B/$KEY" "$ID"`, read: readListMP},
		{peer: "awscli", script: `key=$KEY id=$ID; ` + awsParts + ` --query 'Parts[].[PartNumber,Size]'`},
	}, cannots(noParts, "rclone", "s3fs", "mc")...)
}

// walkJobs: a walk over a mount, of uploads by ours, of objects by the others.
func walkJobs(script string) []job {
	return []job{
		{peer: "uploadfs, uploads", mount: ours, again: true, bucket: "list", script: script},
		{peer: "rclone mount, objects", mount: rcloneFS, again: true, bucket: "objects", script: script},
		{peer: "s3fs, objects", mount: s3fsFS, again: true, bucket: "objects", script: script},
	}
}

func cannots(why string, peers ...string) (js []job) {
	for _, p := range peers {
		js = append(js, job{peer: p, cannot: why})
	}
	return js
}

// readPaths takes paths that end in KEY/ID/upload.json.
func readPaths(out string) string {
	return eachLine(out, func(l string) string { return keyAndID(strings.TrimSuffix(l, "/upload.json")) })
}

// readSizes takes du's lines, bytes and a path that ends in KEY/ID/parts.
func readSizes(out string) string {
	return eachLine(out, func(l string) string {
		size, path, _ := strings.Cut(l, "\t")
		return keyAndID(strings.TrimSuffix(path, "/parts")) + "\t" + size
	})
}

func keyAndID(path string) string {
	_, path, _ = strings.Cut(path, "/uploads/")
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path
	}
	return path[:i] + "\t" + path[i+1:]
}

type listed struct{ Key, UploadId string }

func readJSONL(out string) string {
	return eachLine(out, func(l string) string {
		var u listed
		if json.Unmarshal([]byte(l), &u) != nil {
			return ""
		}
		return u.Key + "\t" + u.UploadId
	})
}

// readMC takes objects with a key and no id.
func readMC(out string) string {
	return eachLine(out, func(l string) string {
		var u struct{ Status, Key string }
		if json.Unmarshal([]byte(l), &u) != nil || u.Status != "success" {
			return ""
		}
		return u.Key
	})
}

func readRclone(out string) string {
	var buckets map[string][]listed
	if json.Unmarshal([]byte(out), &buckets) != nil {
		return ""
	}
	var b strings.Builder
	for _, us := range buckets {
		for _, u := range us {
			b.WriteString(u.Key + "\t" + u.UploadId + "\n")
		}
	}
	return b.String()
}

// readS3cmd takes lines of a date, a path and an id.
func readS3cmd(out string) string {
	return eachLine(out, func(l string) string {
		f := strings.Split(l, "\t")
		if len(f) != 3 || !strings.HasPrefix(f[1], "s3://") {
			return ""
		}
		_, key, _ := strings.Cut(strings.TrimPrefix(f[1], "s3://"), "/")
		return key + "\t" + f[2]
	})
}

// readListMP takes lines of a date, a number, an ETag and a size.
func readListMP(out string) string {
	return eachLine(out, func(l string) string {
		f := strings.Split(l, "\t")
		if len(f) != 4 || f[1] == "PartNumber" {
			return ""
		}
		return f[1] + "\t" + f[3]
	})
}

// readS3fs takes blocks of Path, UploadId and Date.
func readS3fs(out string) string {
	key := ""
	return eachLine(out, func(l string) string {
		name, value, _ := strings.Cut(l, ":")
		value = strings.TrimSpace(value)
		switch strings.TrimSpace(name) {
		case "Path":
			key = strings.TrimPrefix(value, "/")
		case "UploadId":
			return key + "\t" + value
		}
		return ""
	})
}

func eachLine(out string, f func(string) string) string {
	var b strings.Builder
	for l := range strings.Lines(out) {
		if s := f(strings.TrimRight(l, "\n")); s != "" {
			b.WriteString(s + "\n")
		}
	}
	return b.String()
}
