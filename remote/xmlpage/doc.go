// Package xmlpage reads the list documents and the error documents of object
// stores: List Multipart Uploads, List Parts, List Buckets and Error.
//
// # What it is for
//
// Every store sends nearly the same XML and none sends quite the same
// (dialects.md 2). This package knows all spellings, hands back the values of
// package remote, and takes a page only when it is whole: the root's end tag was
// reached, every tag matched, and every entry has what names it. What it cannot
// read it refuses with the byte offset, as a [remote.Error] of KindMalformed
// with a [SyntaxError] below. A 200 that carries an Error document is a
// [DocumentError].
//
// It takes the whole body, since a page is worth nothing before its last byte.
// The length of the body is bounded by who read it; entries, depth and names are
// bounded here. Nothing that is returned shares memory with the body: keys, ids
// and ETags of a page are cut from one string of their exact size, and what
// uploads have in common (initiator, owner, storage class) is one shared value.
//
// # What is tolerated, and nothing else
//
//   - <X/> closes an open <X> that holds text. The Tencent COS document prints
//     <UIN>x<UIN/> (seeds/003). Elements that hold elements must be closed properly.
//   - A bare & and a reference to an entity that is not one of XML's five are the
//     characters as they stand. No document type can declare an entity here, so
//     that a & which begins no reference is a store that does not escape: the
//     literal reading is the key it stores.
//   - References to characters that XML 1.0 forbids, such as &#1; or &#x1;, are
//     those characters: rclone serve s3 sends them and keys may hold them.
//     Surrogates and numbers past U+10FFFF are refused.
//   - Control bytes, bytes that are not UTF-8 and ]]> in text are kept: keys are
//     bytes. A raw CR or CR LF becomes LF, as XML has it; only url encoding
//     brings such a key over unchanged (dialects.md 2.5).
//   - Blanks inside the prolog's brackets, a byte order mark, blanks before it.
//
// Document types, entity declarations, encodings other than UTF-8, attributes
// that are not name="value", an element or a second value where one text is
// expected, text between the elements of a list, and anything but blanks and
// comments after the root are refused.
//
// # Values
//
// Element names are matched without their namespace, in any order. Keys,
// prefixes and key markers keep every byte; ids, codes, dates, numbers and ETags
// lose the blanks around them, ETags their quotes. A part's number and size, the
// name of a bucket, and the key and id of an upload must be there and make
// sense; a truncation flag must be true, false or absent (false). A date that is
// missing, unreadable or outside the years 1 to 9999 is the zero time: not sent.
// An unknown element is passed over.
//
// # url encoding
//
// Whether names are url encoded is said by [Options] and then checked against
// the page, since some stores echo EncodingType and encode nothing (dialects.md
// 2.4). See [Options].
package xmlpage
