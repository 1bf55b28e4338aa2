// Package wiretest holds what the tests of the three dialects share: a fake
// network that records what it was sent, and one suite that every dialect's
// client runs against the embedded store, which checks signatures and pages as
// the dialect's own service does.
package wiretest
