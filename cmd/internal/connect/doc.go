// Package connect makes a client for each source of the command line: it finds
// the credentials, takes region and endpoint from the provider's own settings
// where the source names none, and calls the provider's constructor. It sends
// nothing to a store; asking for temporary credentials may send requests to
// whoever gives them.
package connect
