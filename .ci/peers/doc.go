// Peers puts uploadfs beside what people use today: the same questions, asked
// of the same stores, with the same uploads, in one run.
//
//	make bench-peers                              everything, an hour or so
//	make bench-peers PEERSFLAGS=-quick            small numbers: does it all still work
//	make bench-peers PEERSFLAGS='-stores embedded -tasks bytes -delays 30ms'
//
// # What is compared
//
// The stores are versitygw and MinIO, built by make servers, and the embedded
// store. Each is behind a proxy on loopback that waits 0, 10 or 30 ms with each
// request, and counts it. The questions (tasks) are: which uploads are pending;
// how many bytes their parts have; which are older than a week, by key, id and
// size; which one holds the part with this ETag; the parts of one upload of
// 10,000. On the side, find and ls -lR over a mount: uploadfs over pending
// uploads, rclone mount and s3fs over as many ordinary objects, for what FUSE
// itself costs.
//
// A peer's command is the shortest that its documentation allows, and is
// printed. What a peer has no command for is not made up: it cannot.
//
// # What is measured
//
// Peers take turns, and each turn is a new process with a new home folder. The
// time of uploadfs is from the start of its process, so mounting is in it, to
// the end of the tool that asked the question; nothing is cached. The rows
// "again" ask the same mount once more within --ttl: that answer is from the
// cache. CPU seconds and peak memory are of the process and its children, and
// of the mount's daemon with them.
//
// A command that takes longer than -timeout is ended and said to be; whoever
// failed or took longer than -patience gets fewer turns. A loop of one process
// for each upload is run over two small samples and continued along the line
// through both; such cells begin with a tilde.
//
// # Complete or not
//
// Every answer is compared with what was uploaded, whoever gives it. A number
// with an error beside it is how far the answer came.
package main
