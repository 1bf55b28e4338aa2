package source

import (
	"errors"

	"uploadfs/remote"
	"uploadfs/remote/wire"
)

// checkEndpoint refuses what cannot be an endpoint, and plain http to another
// machine: it would show every request's names, and lets anybody answer.
func checkEndpoint(endpoint string, insecure bool) error {
	if endpoint == "" {
		return nil
	}
	_, err := wire.ParseEndpoint(endpoint, insecure)
	if e, ok := errors.AsType[*remote.Error](err); ok {
		return errors.New(e.Message)
	}
	return err
}
