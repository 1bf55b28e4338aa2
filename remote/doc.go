// Package remote holds what the rest of uploadfs says about an object store:
// the values a listing is made of, the errors a store answers with, and the
// loop that reads a listing whole.
//
// # Values
//
// An [Upload] is a multipart upload that was initiated and neither completed
// nor aborted. It is named by its key and its upload id, and a key may have any
// number of uploads. A [Part] is one uploaded part of it. Both keep every
// member that a store sends, and nothing that it did not send: a zero
// [time.Time] is a date that was not sent, an empty string a member that was
// empty or absent.
//
// # Pages
//
// A store lists in pages. A request ([UploadsRequest], [PartsRequest],
// [BucketsRequest]) carries the position it starts from, a page says whether
// it is truncated and, where the store sends them, the markers that continue
// it. A page with an explicit cursor can be cached, cancelled and resumed, so
// that is the primitive here; loops are helpers above it.
//
// # Whole or an error
//
// Stores page badly: markers that do not advance, pages that overlap, prefixes
// that are ignored, truncated pages without a marker. [Pager] turns a store's
// pages into pages that are proven to continue one another, or fails with an
// [Error] of [KindIncomplete] or [KindUnsorted] that says which rule was broken.
//
// # Errors
//
// Every failure is an [*Error] with a [Kind], made where the protocol is read,
// with what the store said (code, message, request id, status). Nothing above
// looks into a message.
package remote
