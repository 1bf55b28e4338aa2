// Package insight is what a mount says about itself: the files under .uploadfs,
// and the same metrics over HTTP.
//
//   - stats is Prometheus text. Every name begins with uploadfs_.
//   - requests has exactly one line, in logfmt, for each HTTP request while it
//     is open. A reader that falls behind loses lines, and is told how many.
//   - errors has the last 100 failures that a reader of the tree was given,
//     with the store's code, message and request id, and what to do.
//   - config is what is in force.
//
// Nothing here holds a secret: a [remote.Attempt] and a [remote.Error] have
// none, and what stores and keys say is quoted, so that it cannot begin a line
// or move a terminal's cursor.
package insight
