# Two commands matter: `make run` and `make test`. Both set up what is missing on a Debian 12
# machine with a Swift 6.3 toolchain; everything else is a part of them or for developers.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# Build jobs; `make JOBS=4 build` for more or fewer than the machine has cores.
JOBS ?= $(shell nproc)
RELEASE := .build/release
# One executable per process, the Swift runtime linked in.
BUILD := swift build -c release --static-swift-stdlib -j $(JOBS)
SOURCES := Package.swift Sources Tests Benchmarks
PYTHON := .venv/bin/python

.PHONY: help run demo build test setup setup-test lint format unit-test end-to-end conformance \
	fuzz bench soak deb systemd-test clean

help: ## Shows this list.
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):[^#]*## */  make \1\t/' | expand -t 22

run: setup build ## Starts everything in capture mode on 127.0.0.1:3000 and shows an event before and after.
	@RELAY_BIN=$(RELEASE) scripts/demo.sh

demo: setup build ## As run, but ends after the demonstration (used by CI).
	@RELAY_DEMO_EXIT=1 RELAY_BIN=$(RELEASE) scripts/demo.sh

build: ## Builds the release executables into .build/release.
	@$(BUILD)

test: setup-test lint unit-test build end-to-end systemd-test fuzz conformance ## Runs every test.

setup:
	@scripts/install-dependencies.sh

setup-test:
	@scripts/install-dependencies.sh --test

lint: ## Checks the formatting.
	@swift format lint --strict --recursive $(SOURCES)

format: ## Formats the sources.
	@swift format --in-place --recursive $(SOURCES)

unit-test: ## Runs the Swift tests (debug build).
	@swift test -j $(JOBS)

end-to-end: setup-test build ## Runs the tests with real processes.
	@RELAY_BIN=$(abspath $(RELEASE)) $(PYTHON) -m pytest Tests/EndToEnd
	@RELAY_DEMO_EXIT=1 RELAY_PORT=0 RELAY_BIN=$(RELEASE) scripts/demo.sh >/dev/null

systemd-test: setup build ## Installs the package in a machine with a real systemd and tests it; needs root.
	@if [ "$$(id -u)" = 0 ]; then RELAY_BIN=$(RELEASE) scripts/build-deb.sh >/dev/null; fi
	@Tests/Systemd/run.sh

# The parts below are scripts where they exist, so that one can also call them with arguments.
conformance: ## Compares the processor with the reference engine.
	@if [ -x scripts/conformance.sh ]; then scripts/conformance.sh; fi

fuzz: ## Runs every fuzz target in its CI-sized form; FUZZ_SECONDS=600 for longer.
	@if [ -x scripts/fuzz.sh ]; then scripts/fuzz.sh; fi

bench: setup-test build ## Prints the benchmarks, each as a ratio to a reference of the same run.
	@scripts/bench.sh

soak: setup-test build ## The long comparisons with the reference, then a relay under load for a long time.
	@PII_CASES=20000 FILTER_CASES=20000 OPTION_CASES=10000 scripts/conformance.sh --mutations 100000 --progress \
		--seconds $${SOAK_SECONDS:-3600}
	@if [ -x scripts/soak.sh ]; then scripts/soak.sh; fi

deb: setup build ## Builds the Debian package into out/.
	@scripts/build-deb.sh

clean: ## Removes what was built.
	@rm -rf .build out .venv
