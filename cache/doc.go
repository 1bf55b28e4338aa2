// Package cache is the keyspace: what is known of a bucket's pending uploads,
// what to fetch next, and what to forget. It makes a tree of directories cost
// what the flat listing costs.
//
// # Blocks
//
// What is kept of a bucket is not directories but blocks of its sorted keyspace:
// between these two positions there are exactly these uploads. A page of List
// Multipart Uploads is such a block. Its ends are positions (bound): before a
// key, or just after one upload of a key, whose order inside the key only the
// store knows. Blocks stand in an index in the order of their positions. They
// do not change: a newer page cuts what it overlaps out of older ones, and a
// reader that holds one can go on with it whatever is evicted meanwhile.
// Together with the lists of parts they stand in one LRU under one budget in
// bytes, and lapse after the TTL.
//
// # Directories are views
//
// A directory is named by its prefix: "" for uploads itself, and otherwise the
// key components above it, each followed by a slash. It is at once the directory
// of the key that is its prefix without the last slash. Its children are that
// key's uploads, and the distinct components of the keys below. Where blocks
// cover it, listing it, looking a child up and saying that there is none cost no
// request: an absent name is an empty block.
//
// In key order "a" sorts before "a-b", and that before "a/c", so that a
// component can come up twice in one scan. A reader keeps the few components
// that are still open in this sense, and gives each once.
//
// # What is asked for
//
// A lookup of an unknown name sends two small requests side by side, for the
// keys that begin with the name and for those below it. A listing goes on with
// flat pages, and keeps to its own prefix unless a walk is under way, which will
// want what follows. Where a page ends below a child whose subtree it does not
// finish, the directory's other children are asked for alone, with a delimiter
// or with a marker behind the subtree; a walk, or a page that shows many
// children, reads on flat instead, since it will come back for the subtree.
// Who takes many pages in a row (sequence) has ranges ahead read side by side
// (split), whose beginnings are guessed from the keys seen (ruler), corrected by
// the directories that were listed alone (snap), and which the pages read pay for
// (guesses), and which go no further ahead than the reader's pace is worth (lead).
// A walk (Walk, or many directories opened one below another) is one sequence,
// whatever directories it opens, and has ranges early; one who may only want a
// listing has them when it has waited.
//
// Parts are fetched ahead of a walk in any order (ahead), along the walk's own
// where the reader says what that is (plan), without those that it leaves out by
// their date (choice), and from its first question on where it is known to be a
// walk (walker).
//
// # Stores that do not sort
//
// Blocks need a store that lists in key order. Every page is checked
// (remote.Pager). A store that fails, or is known not to sort, is read whole, in
// its own paging, into one block for the whole bucket, which must fit the
// budget.
//
// # Shared requests
//
// Whoever asks for what is on its way already waits for that flight, or for a page
// that begins before it and reaches further; and one that begins looks first whether
// another has brought it meanwhile. A flight outlives an interrupted reader, so that
// the call it makes again finds the answer. An error is given to all who wait and not
// kept, except that an upload is gone. No lock is held over a request.
package cache
