// Package buckets is the list of directories under the mount point, over every
// source of the command line. It implements fs.Buckets.
//
// A source names one bucket or stands for a whole account. Every bucket has one
// object for as long as the process lives, made when it is first opened, so that
// whoever opens it again finds what is cached.
//
// # Names
//
// A named bucket always has its directory, whether or not it can be read: what
// is wrong shows when somebody goes in, and nothing else suffers. An account's
// buckets have their own names. Where names meet:
//
//   - Two named buckets: refused before the mount, with a line that says as=.
//   - A named bucket and the same bucket of an account at the same endpoint:
//     it is shown once, as it was named and with those settings.
//   - Any other two: the directory belongs to the source that was given first.
//     The other bucket cannot be shown, so listing the mount point ends in an
//     error that names both, after everything else was shown.
package buckets
