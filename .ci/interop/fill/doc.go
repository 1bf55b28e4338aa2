// Package fill creates pending uploads on a store with aws-sdk-go-v2: on every
// odd key that an object store may hold, many on one key, with thousands of
// parts. What the SDK was told is the truth that a mount is compared with; what
// a store refused is kept with its raw answer.
package fill
