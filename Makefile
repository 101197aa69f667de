# Every target says what it does behind its `##`; bare `make` prints them.

CARGO ?= cargo
TARGET := $(or $(CARGO_TARGET_DIR),target)

.DEFAULT_GOAL := help
.PHONY: help run build test test-unit test-functional test-faults test-browser test-cases test-oracles bench lint clippy format docs \
	build-dev test-unit-dev test-functional-dev coverage-dev lint-dev format-dev run-dev build-run-dev down-dev \
	build-prod run-prod build-run-prod down-prod test-functional-prod

help: ## this list
	@awk -F ':.*## ' '/^##@/ { printf "\n%s\n", substr($$0, 5) } /^[a-z-]+:.*## / { printf "  make %-22s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

##@ On this machine, with nothing but Rust

run: build ## starts Tally on this machine: API, workers, store and queue in one process, nothing to configure
	@exec $(TARGET)/local/tally serve $(ARGS)

build: ## builds $(TARGET)/local/tally, for one machine (the first time takes some minutes)
	@test -x $(TARGET)/local/tally || echo "building Tally; the first time takes some minutes"
	@$(CARGO) build --profile local --locked -p tally-cli --bin tally

test: ## every test: unit, conformance, architecture, functional, faults; the last lines say what ran
	@tests/run.sh unit functional faults

test-unit: ## the fast tests beside the code, the conformance suites of the ports, the architecture
	@tests/run.sh unit

test-functional: ## black box over HTTP: against TALLY_TEST_URL, else against a server that the suite starts
	@tests/run.sh functional

test-faults: ## kills real processes: FAULT_RUNS=500 for more rounds, FAULT_SEED=… to replay
	@FAULT_RUNS=$(or $(FAULT_RUNS),500) tests/run.sh faults

test-browser: ## the web pages in Chromium, with axe; screenshots in $(TARGET)/screenshots (fetches packages by name)
	@tests/browser/run.sh

test-cases: ## published cases: WHATWG URLs, naughty strings, schemathesis (fetches packages by name)
	@tests/run.sh cases

test-oracles: ## every definition beside the program it is named after, on real and generated texts (fetches packages)
	@tests/oracles/run.sh

bench: ## measures counting and the store; PEERS=<folder of the peers' harness> measures the platform beside them
	@tests/bench/run.sh

lint: ## format, clippy and documentation, warnings denied
	$(CARGO) fmt --all --check
	@$(MAKE) --no-print-directory clippy
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --features tally-cli/cluster --no-deps --locked

# `--all-targets` leaves out what `cargo test` alone leaves out.
# The cluster is on for the workspace, and off in what `make build` builds.
clippy: ## clippy, warnings denied
	$(CARGO) clippy --workspace --all-targets --locked -- -D warnings
	$(CARGO) clippy --workspace --test functional --test faults --test cases --locked -- -D warnings
	$(CARGO) clippy -p tally-cli --all-targets --locked -- -D warnings

format: ## formats the code
	$(CARGO) fmt --all

docs: ## the documentation of the crates, in $(TARGET)/doc
	$(CARGO) doc --workspace --features tally-cli/cluster --no-deps --locked

##@ In containers, for those who change it: nginx, API, worker, MongoDB, RabbitMQ, the code mounted

build-dev: ## builds the image with the toolchain
	@docker/stack dev build

run-dev: ## starts the stack in the foreground; what changes is built and started again
	@docker/stack dev run

build-run-dev: ## both
	@docker/stack dev build
	@docker/stack dev run

test-unit-dev: ## the fast tests and the conformance suites, inside
	@docker/stack dev test-unit

test-functional-dev: ## brings the stack up, runs the functional suite against it through nginx, takes it down
	@docker/stack dev test-functional

coverage-dev: ## which lines the unit tests reach, in target/coverage; ARGS="-p tally-kernel" for one crate
	@docker/stack dev coverage $(ARGS)

lint-dev: ## format, clippy and documentation, inside
	@docker/stack dev lint

format-dev: ## formats the code, inside
	@docker/stack dev format

down-dev: ## stops the stack and removes its containers; CLEAN=1 its data, too
	@docker/stack dev down

##@ In containers, as in production: two APIs and two workers behind nginx, nothing else published

build-prod: ## builds the images of the API and of the worker
	@docker/stack prod build

run-prod: ## starts the stack in the foreground; API=2 WORKER=8 for other numbers, TALLY_PORT=80 for another port, TALLY_PUBLISH=0.0.0.0 for other machines
	@docker/stack prod run

build-run-prod: ## both
	@docker/stack prod build
	@docker/stack prod run

test-functional-prod: ## brings the stack up on its own data, runs the functional suite through nginx, takes it down
	@docker/stack prod test-functional

down-prod: ## stops the stack and removes its containers; CLEAN=1 its data, too
	@docker/stack prod down
