package fill

import (
	"fmt"
	"strings"
)

// Plain returns keys that every store takes: nested directories as people have
// them, n keys in all.
func Plain(n int) []string {
	keys := make([]string, 0, n)
	for i := range n {
		switch i % 3 {
		case 0:
			keys = append(keys, fmt.Sprintf("logs/2026/%02d/%02d/host-%03d.log.gz", i%12+1, i%28+1, i))
		case 1:
			keys = append(keys, fmt.Sprintf("video/%c/%c/clip-%03d.mp4", 'a'+i%5, 'k'+i%7, i))
		default:
			keys = append(keys, fmt.Sprintf("backup-%03d.tar", i))
		}
	}
	return keys
}

// Odd returns the nasty keys. Nearly all are legal in S3; each store refuses or
// changes some.
func Odd() []string {
	var keys []string
	for _, group := range [][]string{conflicts(), slashes(), dots(), treeNames(), percents(), blanks(), quotes(), unicode(), controls(), long(), invalid()} {
		keys = append(keys, group...)
	}
	return keys
}

// conflicts are keys that are prefixes of others, and neighbours that sort
// between a key and what is below it.
func conflicts() []string {
	return []string{
		"a", "a/b", "a/b/c", "a-b", "a.b", "a!b", "a0", "a/b-c", "a/b0", "a+b", "ab", "a//b",
		"dir/file", "dir", "dir-1/file", "dir.d/file", "dir0", "Case", "case", "CASE", "case/x",
	}
}

func slashes() []string {
	return []string{"/", "//", "/lead", "//lead", "/lead/x", "trail/", "trail//", "dbl//x", "dbl///x", "a/", "x/y/"}
}

func dots() []string {
	return []string{
		".", "..", "...", "./x", "../x", "x/.", "x/..", "x/./y", "x/../y", "../../etc/passwd", "/./", "/../",
		".hidden", "dot/.hidden", "end.", "..x", "x..", ". ",
	}
}

// treeNames are keys spelled like what the tree itself has.
func treeNames() []string {
	return []string{
		"uploads", "uploads/x", "uploads.jsonl", "upload.json", "parts", "parts/1", "upload.json/parts/1",
		".uploadfs", ".uploadfs/stats", ".Trash", ".git/HEAD", "autorun.inf",
	}
}

func percents() []string {
	return []string{
		"%", "%/%", "%%", "%25", "%2F", "%2f", "%2E", "%2E%2E", "%41", "%4", "%4g", "%zz", "100%", "100%/x", "50% off",
		"%~", "%~~", "%~0123456789abcdef0123456789abcdef", "%~~0123456789abcdef0123456789abcdef",
		"x%~y", "%00", "%0A", "a%2Fb", "a%20b", "a+%2B", "%E8%AA%9E", "%%41", "%25%32%46",
	}
}

func blanks() []string {
	return []string{" ", "  ", " lead", "trail ", "a b", "a  b", "a b/c d", " / ", "a+b c", "+", "++", "\u00a0", "x\u00a0y", "\u3000", "tab\tx"}
}

// quotes are what shells, XML, JSON and URLs read as something else.
func quotes() []string {
	return []string{
		"'", "\"", "`", "it's", "say \"hi\"", "\\", "back\\slash", "\\n", "<", ">", "<tag>", "&", "&amp;", "&lt;", "&#65;", "]]>",
		"<![CDATA[x]]>", "<!--x-->", "<Key>", "</Key>", "*", "?", "a?b", "a?uploads", "a&uploadId=x", "a=b", "[x]", "{x}", "$HOME", "$(x)", ";",
		"|", "~", "~root", "#", "a#b", ":", "a:b", "!", "@", "^", "-", "--", "-rf", "--help", ",", "(x)", "c:\\x",
	}
}

func unicode() []string {
	return []string{
		"é", "e\u0301", "日本語/ファイル.txt", "привет", "שלום", "\U0001f4e6", "\U0001f4e6/\U0001f469\u200d\U0001f4bb", "\u202ertl", "\ufeffbom",
		"\U0010ffff", "\ufffd", "\ufffe", "x\u0085y", "x\u2028y", "zero\u200bwidth", "ﬀ", "İ", "ß", "\u0000a"[1:] + "\u0300",
	}
}

func controls() []string {
	return []string{"ctl\x01x", "ctl\x1fx", "del\x7fx", "nl\nx", "cr\rx", "crlf\r\nx", "bell\x07", "esc\x1b[31mx", "\n", "c\x01/d"}
}

func long() []string {
	x, u := strings.Repeat("x", 400), strings.Repeat("語", 100)
	return []string{
		x[:254], x[:255], x[:256], x[:300], x[:299] + "y", "deep/" + x[:260] + "/" + x[:255] + "/leaf",
		u, u[:255], u[:252] + "abcd", strings.Repeat("%41", 90), x[:220] + "%41" + x[:60], x[:219] + "語" + x[:60],
		strings.Repeat("d/", 120) + "leaf", strings.Repeat("0123456789abcdef/", 59) + "end",
	}
}

// invalid are keys that are not UTF-8.
func invalid() []string {
	return []string{"bad\xff\xfe", "cut\xe3\x81", "lat\xe9n", "\xc0\xaf"}
}
