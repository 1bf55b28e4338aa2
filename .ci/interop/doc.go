// Package interop holds the mount against stores, clients and tools that its
// authors did not write. It is a module of its own, so that the vendors' SDKs
// are dependencies of these tests and of nothing else.
//
//   - The stores: MinIO, versitygw, gofakes3, rclone serve s3 and s3rver, each
//     at one pinned version on loopback. aws-sdk-go-v2 creates uploads on odd
//     keys there, and the mount's tree must be what it created.
//   - The SDKs of AWS, Alibaba Cloud and Tencent Cloud against the embedded
//     store, so that neither side of a conversation was written by us alone.
//   - The field's tools (coreutils, findutils, grep, attr, tree, ncdu, ripgrep,
//     fd, rsync, tar, BusyBox, Python, jq) over a mount.
//   - A root file system of BusyBox and the binary alone, entered with chroot
//     and as an unprivileged user namespace.
//
// What a store must show is worked out by package truth, which reads the
// interface's rules again and shares no code with the product. `make interop`
// builds the stores and the binary and runs everything; UPLOADFS names the
// binary and INTEROP_BIN the folder that holds the stores.
package interop
