# uploadfs: the pending multipart uploads of a bucket, as files.
#
# `make demo` and `make test` need Go, Linux and /dev/fuse, and nothing else typed.
# `make help` lists the rest. What continuous integration runs is .ci/run.

GO        ?= go
BIN       := .bin
UPLOADFS  := $(BIN)/uploadfs
FUZZTIME  ?= 10s
BENCH     ?= .
SCALE     ?= 2000000
# Built with the toolchain that is running: a release is `make build` alone.
BUILD     := CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w'
INTEROP   := .ci/interop
PEERS     := .ci/peers
# For each package. A slow machine needs minutes of it under the race detector.
TIMEOUT   := -timeout 20m
# Resolves with the module proxy; later releases pin a telemetry module that does not.
GOVULN    := golang.org/x/vuln/cmd/govulncheck@v1.1.4

.DEFAULT_GOAL := build
.PHONY: build demo test race scale bench fuzz lint fmt vet cross staticcheck vuln servers interop bench-peers clean help

build: ## the static binary, in .bin/uploadfs
	@mkdir -p $(BIN)
	$(BUILD) -o $(UPLOADFS) ./cmd/uploadfs

demo: build ## mounts the embedded store, shows a tour, stays up until Ctrl-C (without a terminal: ends after the tour)
	@.ci/demo $(UPLOADFS)

test: ## every test of the module; mounts, so it needs /dev/fuse
	@.ci/need test
	$(GO) test $(TIMEOUT) ./...

race: ## the same under the race detector (needs a C compiler)
	$(GO) test -race $(TIMEOUT) ./...

scale: ## find over SCALE synthetic uploads in bounded memory; three minutes a million
	UPLOADFS_TEST_SCALE=$(SCALE) $(GO) test ./cmd/uploadfs -run '^TestScale$$' -count=1 -timeout 2h -v

bench: ## benchmarks, with the ratios that the project is held to
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchtime 1x -timeout 30m ./cmd/uploadfs
	$(GO) test -run '^$$' -bench '$(BENCH)' -benchmem -timeout 10m ./remote/xmlpage ./fs

fuzz: ## every fuzz target for FUZZTIME each
	@.ci/fuzz $(FUZZTIME)

lint: fmt vet staticcheck cross vuln ## gofmt, vet, staticcheck, the other systems, known vulnerabilities

fmt:
	@out=$$(find . -name '*.go' -not -path './.interop/*' -not -path './.bin/*' -print0 | xargs -0 gofmt -l); \
	  if [ -n "$$out" ]; then echo "not gofmt'ed:"; echo "$$out"; exit 1; fi
	@for f in .ci/run .ci/demo .ci/need .ci/fuzz .ci/servers .ci/vuln .ci/peers/install; do bash -n $$f || exit 1; done

vet:
	$(GO) vet ./...
	cd $(INTEROP) && $(GO) vet ./...
	cd $(PEERS) && $(GO) vet ./...

staticcheck:
	@mkdir -p $(BIN)
	$(GO) tool staticcheck ./...
	$(GO) build -o $(BIN)/staticcheck honnef.co/go/tools/cmd/staticcheck
	cd $(INTEROP) && $(CURDIR)/$(BIN)/staticcheck ./...
	cd $(PEERS) && $(CURDIR)/$(BIN)/staticcheck ./...

cross: # what is Linux only stays in _linux.go files
	GOOS=darwin $(GO) vet ./...
	GOOS=freebsd $(GO) vet ./...
	GOOS=darwin CGO_ENABLED=0 $(GO) build ./...
	GOOS=freebsd CGO_ENABLED=0 $(GO) build ./...

vuln:
	@.ci/vuln $(GOVULN)

servers: ## builds the real stores at their pinned versions into .interop/bin
	@.ci/servers

interop: build servers ## real stores, the vendors' SDKs, the field's tools and BusyBox roots against the mount
	@.ci/need interop
	cd $(INTEROP) && UPLOADFS=$(CURDIR)/$(UPLOADFS) INTEROP_BIN=$(CURDIR)/.interop \
	  $(GO) test -count=1 -timeout 20m $(INTEROPFLAGS) ./...

bench-peers: build servers ## uploadfs beside mc, rclone, s3cmd, awscli, s3fs and an SDK loop; PEERSFLAGS=-quick for small numbers
	@$(PEERS)/install
	cd $(PEERS) && $(GO) build -o $(CURDIR)/.interop/bin/ . ./loop ./measure
	.interop/bin/peers -top $(CURDIR) $(PEERSFLAGS)

clean: ## what make built, except the stores in .interop
	rm -rf $(BIN)

help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16
