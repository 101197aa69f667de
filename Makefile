# Every target says what it does behind its `##`; bare `make` prints them.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.PHONY: help run build test test-unit test-functional test-faults test-cases bench lint format docs

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-17s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

build: ## builds the release executable (the first time takes some minutes)
	@test -x $(TARGET)/release/tally || echo "building Tally; the first time takes some minutes"
	@$(CARGO) build --release --locked -p tally-cli

run: build ## starts Tally on this machine: API, workers, store and queue in one process, nothing to configure
	@exec $(TARGET)/release/tally serve $(ARGS)

test: ## every test: unit, conformance, architecture, functional, faults; the last lines say what ran
	@tests/run.sh unit architecture functional faults

test-unit: ## the fast tests beside the code, and the conformance suites of the ports
	@tests/run.sh unit architecture

test-functional: ## black box over HTTP: against TALLY_TEST_URL, else against a server that the suite starts
	@tests/run.sh functional

test-faults: ## kills real processes: FAULT_RUNS=500 for more rounds, FAULT_SEED=… to replay
	@FAULT_RUNS=$(or $(FAULT_RUNS),500) tests/run.sh faults

test-cases: ## published cases: WHATWG URLs, naughty strings, schemathesis (fetches packages by name)
	@tests/run.sh cases

bench: ## measures counting and the store; PEERS=<folder of the peers' harness> measures the platform beside them
	@tests/bench/run.sh

lint: ## format, clippy and documentation, warnings denied
	$(CARGO) fmt --all --check
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --locked

format: ## formats the code
	$(CARGO) fmt --all

docs: ## the documentation of the crates, in $(TARGET)/doc
	$(CARGO) doc --workspace --no-deps --locked
