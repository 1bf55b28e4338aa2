// Package fs shows the pending multipart uploads of buckets as a tree of files.
// It is the only package that knows the FUSE library. What it shows it asks of
// [Buckets] and [Bucket], and what it tells of itself comes from [Insight].
//
// # Tenets
//
// Whole or an error. A listing ends where the store's listing ends, or with an
// errno after what was read. It is never silently short, and never shows an
// entry twice.
//
// One path a thing, and the path gives it back. Every key and upload id has one
// name, whatever bytes it holds. No other spelling is found.
//
// Only what was sent. A member, a date or an attribute that the store did not
// send is absent. stat(2) has no way to leave a date out and shows the time of
// mounting.
//
// One failure stops one thing. An errno belongs to the directory or file whose
// request failed.
//
// Nothing waits for ever. A reader that is interrupted gets EINTR at once, and
// the request it waited for goes on for whoever asks next.
//
// Looking changes nothing. The mount is read-only, and the one change that can be
// allowed is rmdir of an upload's directory.
//
// # The tree
//
// The root lists the buckets; .uploadfs is found there and not listed. A bucket
// holds uploads.jsonl and uploads/. Below uploads/, each component of a key is a
// directory, and a directory is at once a key, which holds the directories of
// its uploads, and a prefix of longer keys. An upload holds upload.json and
// parts/, and parts/ one file a part. Each kind of node has a file of its own
// here, and the names are made in names.go.
//
// An upload id has its plain name. A key component of the same bytes in the same
// directory is shown under a name with the marker %~~ as long as the upload is
// there, and a lookup of that name asks whether it is. A listing gives the
// uploads first and remembers eight bytes for each, so that it needs no second
// look.
//
// # Requests to the store
//
// A lookup of a name below uploads/ asks for the upload of that id where the
// directory can be a key, and then for the component. Names that cannot be are
// answered without asking: another spelling, a part that is no number, an
// attribute that the kind of file does not have. Parts are listed when parts/ is
// opened, when one of its names is looked up, and for the three attributes that
// are sums over them. Listing the names of attributes lists no parts, so
// user.last_part is named for every upload, and is empty where no part has a
// date.
//
// # The kernel's side
//
// Each request is answered by one method of rawFS (raw.go), which finds the node or
// the open file that it names and asks that. The nodes that the kernel may name are
// in inodes.go and what it has open is in files.go. A node is forgotten with the
// kernel's last FORGET.
//
// On Linux the requests are read by a device (device_linux.go). What a walk waits
// for in a small directory is less the answer than that somebody wakes on another
// processor. So the device's reader follows a walker to its own (follow_linux.go), or
// where it may not, looks for the next request for a moment before it sleeps. An
// idle mount sleeps, and binds nothing. Elsewhere the FUSE library reads requests.
//
// # Directories
//
// A directory that is refused or gone fails when it is opened: its first child,
// or its parts, are read then. After that ENOENT is answered as EIO, which
// readdir(3) cannot take for the end. A directory other than uploads/ that turns
// out empty is gone.
//
// A walker on fts (find, du, grep -r) is known by the flags that it opens
// directories with (plus.go). The bucket is told which directories it has read,
// since it goes into their children next, and in which order where that is by
// inode number (visits.go).
//
// Entry n has offset n+1, with "." and ".." first. Seeking goes back to a
// position that was remembered, one in a thousand entries, and reads on from
// there, so offsets hold as long as the directory is open. rewinddir(3) takes a
// new look. A reader that goes on after an error goes on where it stopped.
//
// # What the kernel keeps
//
// Names and attributes are kept as long as the listing that they came from has
// left to live, and at least a twentieth of the TTL, since with a timeout of 0 a
// walk asks for each name again at each step. That a name is missing is kept for
// ten seconds at most. The listings of a bucket's and an upload's directory never
// change and are kept by the kernel. Attributes come with the listing
// (READDIRPLUS) by the rule in plus.go, and past 262,144 inodes the kernel is
// asked to drop those that a walk has left behind (prune.go).
//
// Inode number and generation are two halves of one hash of the path, so a path
// has the same number at every mount. What stands at the path is hashed with it:
// a component that becomes an upload id is another file.
//
// # Contents
//
// A part's size is the part's, and its content is its record: one line of JSON
// and the end. Reading goes past the kernel's cache, as for files in /sys. Programs
// that trust st_size more than the end of the file, such as tar(1) and wc -c, see
// what they would see there. A shared mapping of a part is refused with ENODEV,
// and programs that map files then read them. upload.json has its true size and
// is an ordinary file.
//
// uploads.jsonl and the files of .uploadfs have size 0 and are streams. sendfile(2)
// takes a file of size 0 for empty, in the kernel, where nothing here can say
// otherwise: busybox cat, which copies by sendfile alone, shows nothing of them.
// cat, cp, wc, grep and busybox cp read them.
//
// # Errors
//
// The kind of a [remote.Error] decides the errno, in errors.go and nowhere else.
// Every failure that a reader is given goes to [Insight], except that a name is
// not there, which is an answer. ENOSYS and ENOTSUP are never given for a
// failure: the kernel and programs take them for a property of the mount. The
// kernel is told ENOSYS for FLUSH and LSEEK, and with [Options] NoXattr for all
// attributes, so that it stops asking.
//
// # Aborts
//
// With [Options] AllowAbort the mount is writable and rmdir of an upload's
// directory aborts that upload by the rules of [Bucket]. The directory need not
// be empty, as that of a control group. Every other change is EPERM, and EROFS
// where aborts are not allowed. Where the kernel checks modes (AllowOther),
// directories above uploads are writable for their owner.
package fs
