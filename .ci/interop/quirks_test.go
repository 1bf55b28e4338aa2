package interop

import "uploadfs/interop/servers"

// quirks is what one store does to uploads by itself, before any mount: the
// suite proves each of these with the store's raw answer and prints that, so
// that what is left out of the comparison is left out by name.
type quirks struct {
	kind servers.Kind
	// refused are keys that CreateMultipartUpload refuses.
	refused []string
	// renamed are keys that the store keeps under another key: that one is the truth.
	renamed map[string]string
	// mangled are keys whose listing lost their bytes: what is listed instead.
	// List Parts under the listed key is NoSuchUpload.
	mangled map[string]string
	// unanswered are keys that are created with an answer that is not XML 1.0:
	// the SDK fails, the upload is there.
	unanswered []string
	// noLongParts says that UploadPart refuses a key with a component over 255
	// bytes, whose upload it began.
	noLongParts bool
	// partsEndless says that part-number-marker does nothing: a listing of more
	// than one page never ends.
	partsEndless bool
	// pagesOff says that a listing of uploads of more than one page may not be
	// continued at all: it must be an error, never short.
	pagesOff bool
	// inclusive says that markers are taken inclusively: a page of one is the
	// marker's own upload again, and the listing cannot go on.
	inclusive bool
	// forgets says that a restart empties the listing, not the store.
	forgets bool
	// open says that any credentials are taken.
	open bool
}

// quirksOf is the table, one entry a store at its pinned version.
func quirksOf() []quirks {
	return []quirks{versitygw(), minio(), rclone(), gofakes3()}
}

// goXML is what encoding/xml makes of control characters and of what is not
// UTF-8, in the stores that write their answers with it.
func goXML() map[string]string {
	return map[string]string{
		"\ufffe":       "\ufffd",
		"ctl\x01x":     "ctl\ufffdx",
		"ctl\x1fx":     "ctl\ufffdx",
		"bell\x07":     "bell\ufffd",
		"esc\x1b[31mx": "esc\ufffd[31mx",
		"c\x01/d":      "c\ufffd/d",
		"bad\xff\xfe":  "bad\ufffd\ufffd",
		"cut\xe3\x81":  "cut\ufffd\ufffd",
		"lat\xe9n":     "lat\ufffdn",
		"\xc0\xaf":     "\ufffd\ufffd",
	}
}

func versitygw() quirks {
	return quirks{
		kind: servers.Versitygw(),
		refused: []string{
			".", "..", "../../etc/passwd", "../x", "/", "/../", "/./", "//", "a/", "trail/", "trail//", "x/..", "x/y/",
		},
		mangled: goXML(),
	}
}

func minio() quirks {
	return quirks{
		kind: servers.MinIO(),
		refused: []string{
			".", ". ", "..", "../../etc/passwd", "../x", "./x", "/", "/../", "/./", "//", "a/", "a//b", "bad\xff\xfe", "cut\xe3\x81",
			"dbl///x", "dbl//x", "lat\xe9n", "trail/", "trail//", "x/.", "x/..", "x/../y", "x/./y", "x/y/", "\xc0\xaf",
		},
		renamed:     map[string]string{"/lead": "lead", "//lead": "lead", "/lead/x": "lead/x"},
		noLongParts: true,
		forgets:     true,
	}
}

func rclone() quirks {
	return quirks{
		kind: servers.Rclone(),
		refused: []string{
			".", "..", "../../etc/passwd", "../x", "./x", "/", "/../", "/./", "//", "//lead", "/lead", "/lead/x", "a//b",
			"bad\xff\xfe", "cut\xe3\x81", "dbl///x", "dbl//x", "lat\xe9n", "x/.", "x/..", "x/../y", "x/./y", "\xc0\xaf",
		},
		renamed: map[string]string{"a/": "a", "trail/": "trail", "trail//": "trail", "x/y/": "x/y"},
		mangled: map[string]string{
			"\ufffe": "\ufffd", "ctl\x1fx": "ctl\ufffdx", "esc\x1b[31mx": "esc\ufffd[31mx",
		},
		inclusive:  true,
		unanswered: []string{"bell\x07", "c\x01/d", "ctl\x01x"},
	}
}

func gofakes3() quirks {
	return quirks{
		kind:         servers.Gofakes3(),
		mangled:      goXML(),
		inclusive:    true,
		partsEndless: true,
		pagesOff:     true,
		open:         true,
	}
}
