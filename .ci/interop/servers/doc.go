// Package servers starts the real stores that the mount is tried on: each on a
// loopback port of its own, with its data in a temporary folder, and with a life
// that ends with the test, or with the test's process if that is killed.
package servers
