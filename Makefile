# All tasks. `make` lists them.

.DEFAULT_GOAL := help
.PHONY: help setup run release test sdk console check proof torture planted strangers abuse schemas load lint docs audit sbom miri mutants fuzz bench peers seeds \
	update-files

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
POSTGRES := $(wildcard /usr/lib/postgresql/*/bin/postgres)
MISSING := $(if $(POSTGRES),,postgresql-15) \
	$(if $(shell command -v cc),,gcc libc6-dev) \
	$(if $(shell command -v objcopy),,binutils) \
	$(if $(shell command -v setpriv),,util-linux) \
	$(if $(shell command -v curl),,curl)
PYTHON_MISSING := $(if $(shell python3 -m ensurepip --version 2>&1 | grep ^pip),,python3-venv)
CLIENTS_MISSING := $(PYTHON_MISSING) $(if $(shell command -v npm),,nodejs npm)
CONSOLE_MISSING := $(if $(shell command -v npm),,nodejs npm) $(if $(shell command -v chromium),,chromium)
TORTURE_MISSING := $(PYTHON_MISSING) $(if $(wildcard /usr/lib/*/faketime/libfaketime.so.1),,faketime) \
	$(if $(shell command -v mkfs.ext4),,e2fsprogs)
# Faults for a short run without root.
PROOF_FAULTS := kill9_service,sigterm_service,kill9_postgres,terminate_backends,cut_database,drop_answers,reset_clients

# One defect that loses commands, one that doubles them. `strangers` has its own leak.
PROOF_PLANTS := acknowledged_before_commit retry_not_recognised

# Tests that Miri runs, by parts of their names: those that parse and write by other crates.
MIRI_TESTS ?= json::tests text:: time:: stored:: upcast:: patch

# The toolchain for nightly Rust.
NIGHTLY ?= nightly
# $(call tool,name,version): a program from crates.io that ends up in no binary.
tool = cargo install --quiet --locked --root target/tools $(1) --version $(2)

# $(call install,packages): nothing when there are none.
install = $(if $(strip $(1)),$(SUDO) apt-get update && $(SUDO) env DEBIAN_FRONTEND=noninteractive \
	apt-get install --yes --no-install-recommends $(1))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing (Debian packages, by apt)
	$(call install,$(MISSING))
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from rustup.rs"; exit 1; }

run: release ## Build, and serve on a private PostgreSQL (ARGS="--listen …" for flags)
	./target/dist/dossier serve $(ARGS)

release: setup ## Build the release: target/dist/dossier, stripped, and its symbols in target/dist/dossier.debug
	cargo build --locked --release --package server
	crates/server/split-symbols target/release/dossier target/dist

test: setup sdk console ## Run all tests, including those with the vendors' own clients and of the console in a browser
	cargo test --locked --workspace

sdk: setup ## Run the vendors' own clients and generated clients against the service (from PyPI and npm, at pinned versions)
	$(call install,$(CLIENTS_MISSING))
	sh tests/sdk/run

console: setup ## Test the console in a browser (Debian's chromium; packages from npm, at pinned versions)
	$(call install,$(CONSOLE_MISSING))
	tests/console/run

check: setup lint test docs proof ## Run what CI runs: format, lints, tests, documentation, short fault and abuse tests

proof: setup ## Run each of the fault, abuse and isolation tests briefly
	$(call install,$(PYTHON_MISSING))
	tests/proof/run unittest discover
	tests/proof/run torture --seconds 40 --only $(PROOF_FAULTS)
	tests/proof/run planted $(PROOF_PLANTS:%=--plant %)
	tests/proof/run strangers --count 500
	tests/proof/run strangers --route 'GET /v1/customers/{ref}' --plant
	tests/proof/run abuse --count 2000 --processes 2

torture: setup ## Test the service under load and faults (TORTURE_SECONDS=120; SEED=… repeats a run's choices)
	$(call install,$(TORTURE_MISSING))
	tests/proof/run torture $(ARGS)

planted: setup ## Put each defect into a copy of the sources and check that it is found (ARGS="--seed …")
	$(call install,$(PYTHON_MISSING))
	tests/proof/run planted $(ARGS)

strangers: setup ## Test that tenants don't notice each other (ARGS="--count 12000 --seed …"; without --count all requests)
	$(call install,$(PYTHON_MISSING))
	tests/proof/run strangers $(ARGS)

abuse: setup ## Send bad input in bulk (ARGS="--count 300000 --seed …")
	$(call install,$(PYTHON_MISSING))
	tests/proof/run abuse $(ARGS)

schemas: setup ## Check answers against the OpenAPI document by schemathesis (ARGS="--examples 100 --seed …")
	$(call install,$(PYTHON_MISSING))
	tests/proof/run schemas $(ARGS)

load: setup ## Measure the service under load by wrk, with a million customers, beside the stock stack (ARGS="--soak 3600")
	$(call install,$(PYTHON_MISSING) $(if $(shell command -v wrk),,wrk))
	cargo build --locked --release --package server --package benches
	DOSSIER=$(CURDIR)/target/release/dossier BENCHES=$(CURDIR)/target/release/benches tests/proof/run load $(ARGS)

lint: setup ## Check the format, and clippy with warnings as errors
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings

docs: setup ## Build the documentation of the code, with warnings as errors
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --workspace --no-deps --document-private-items

audit: ## Check licences, sources and bans of all dependencies (ADVISORIES=1 also checks known vulnerabilities)
	$(call tool,cargo-deny,0.20.2)
	target/tools/bin/cargo-deny --locked check bans licenses sources $(if $(ADVISORIES),advisories)

sbom: ## Write the contents of the binary as CycloneDX to target/sbom
	$(call tool,cargo-cyclonedx,0.5.9)
	target/tools/bin/cargo-cyclonedx cyclonedx --format json --spec-version 1.5 --describe binaries
	mkdir -p target/sbom
	mv crates/server/dossier_bin.cdx.json benches/benches_bin.cdx.json target/sbom

miri: ## Run tests of the domain in Miri, which detects undefined behaviour (nightly; MIRI_TESTS= for all)
	rustup component add --toolchain $(NIGHTLY) miri rust-src
	PROPTEST_CASES=4 MIRIFLAGS=-Zmiri-disable-isolation \
		cargo +$(NIGHTLY) miri test --locked --package domain --lib -- $(MIRI_TESTS)

mutants: ## Change each rule of the domain and see a unit test fail, one by one (hours on two cores; ARGS="--file …", "--shard 0/8", "--iterate")
	$(call tool,cargo-mutants,27.1.0)
	CARGO_PROFILE_DEV_OPT_LEVEL=0 CARGO_PROFILE_DEV_DEBUG=0 PROPTEST_CASES=24 \
		target/tools/bin/cargo-mutants mutants --package domain --output target $(ARGS)

fuzz: setup ## Fuzz the parsers (nightly; FUZZ_SECONDS=60 for each of TARGETS)
	NIGHTLY=$(NIGHTLY) tests/fuzz/run $(TARGETS)

bench: setup ## Measure this service and the stock stack in one run on one PostgreSQL
	cargo build --locked --release --package benches
	./target/release/benches $(ARGS)

peers: setup ## Measure Emmett and eventsourcing, too (from npm and PyPI), and write docs/performance.md
	$(call install,$(CLIENTS_MISSING))
	sh benches/peers/install
	cargo build --locked --release --package benches
	./target/release/benches --peers --write docs/performance.md $(ARGS)

seeds: ## Send the vendors' example payloads to the running service, and read them back
	sh docs/examples/seeds.sh

update-files: setup ## Update the generated files that tests compare
	UPDATE_FILES=1 cargo test --locked --package api --package compat --package server
	UPDATE_FILES=1 cargo test --locked --package tests --test it -- schema:: compat::examples:: plain_language::
