// Package source reads the SOURCE arguments of the command line.
//
// A source is written like the address of an object:
//
//	s3://BUCKET[/PREFIX][?name=value&...]
//	cos://BUCKET-APPID[/PREFIX][?...]
//	oss://BUCKET[/PREFIX][?...]
//	s3://[?...]                      every bucket that the credentials can list
//	demo:[?...]                      the embedded store
//
// The query begins at the first question mark. PREFIX is taken byte for byte,
// as the vendors' own tools take it: nothing in it is decoded. The parameter
// prefix= is the way to write a prefix that holds a question mark or a control
// byte; like every parameter's value it is percent-decoded, and a plus stays a
// plus.
//
// Parameters are the flags of one source ([Settings]) and win over the flag of
// the same name. What could be a credential is refused wherever it stands, and
// no error repeats it.
package source
