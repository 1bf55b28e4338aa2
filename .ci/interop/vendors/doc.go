// Package vendors puts the Go SDKs of AWS, Alibaba Cloud and Tencent Cloud
// behind one small interface, so that one table of behaviours runs with each of
// them as the client of the embedded store.
package vendors
