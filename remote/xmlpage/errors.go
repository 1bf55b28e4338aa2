package xmlpage

import (
	"fmt"

	"uploadfs/remote"
)

// SyntaxError says why a body is not the document that was asked for. It is the
// cause below a remote.Error of KindMalformed.
type SyntaxError struct {
	// Offset is the byte of the body where reading stopped.
	Offset int
	// Problem is what was found there.
	Problem string
}

// Error gives the problem and its place.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s, at byte %d", e.Problem, e.Offset)
}

// DocumentError is a body that is an error document where a page was expected,
// whatever the status of the answer. Who knows the provider gives it a kind.
type DocumentError struct {
	Doc ErrorDoc
}

// Error gives the store's code and message.
func (e *DocumentError) Error() string {
	return fmt.Sprintf("error document %.100q: %.300q", e.Doc.Code, e.Doc.Message)
}

func malformed(offset int, format string, args ...any) error {
	return &remote.Error{
		Kind: remote.KindMalformed,
		Err:  &SyntaxError{Offset: offset, Problem: fmt.Sprintf(format, args...)},
	}
}
