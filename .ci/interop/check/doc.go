// Package check compares a mount with the truth: by the system calls themselves
// and by what find, du, grep, getfattr and jq make of them. Each function says
// every difference it finds, up to a bound.
package check
