# Everything one does here. `make` lists it.

.DEFAULT_GOAL := help
.PHONY: help setup run test sdk check proof torture planted strangers abuse schemas load lint docs audit sbom miri fuzz bench peers seeds \
	update-files

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
POSTGRES := $(wildcard /usr/lib/postgresql/*/bin/postgres)
MISSING := $(if $(POSTGRES),,postgresql-15) \
	$(if $(shell command -v cc),,gcc libc6-dev) \
	$(if $(shell command -v setpriv),,util-linux) \
	$(if $(shell command -v curl),,curl)
PYTHON_MISSING := $(if $(shell python3 -m ensurepip --version 2>&1 | grep ^pip),,python3-venv)
CLIENTS_MISSING := $(PYTHON_MISSING) $(if $(shell command -v npm),,nodejs npm)
TORTURE_MISSING := $(PYTHON_MISSING) $(if $(wildcard /usr/lib/*/faketime/libfaketime.so.1),,faketime) \
	$(if $(shell command -v mkfs.ext4),,e2fsprogs)
# What can be tried in a moment, as anybody.
PROOF_FAULTS := kill9_service,sigterm_service,kill9_postgres,terminate_backends,cut_database,drop_answers,reset_clients

# One that loses, one that doubles. One that leaks is planted for strangers.
PROOF_PLANTS := acknowledged_before_commit retry_not_recognised

# What Miri runs, by parts of names: what reads and writes, through code of others.
MIRI_TESTS ?= json::tests text:: time:: stored:: upcast:: patch

# What isn't stable Rust runs on this.
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

run: setup ## Build, and serve on a private PostgreSQL (ARGS="--listen …" for flags)
	cargo build --locked --release --package server
	./target/release/dossier serve $(ARGS)

test: setup sdk ## Run all tests, those with the vendors' own clients too
	cargo test --locked --workspace

sdk: setup ## Run the vendors' own clients against the service (from PyPI and npm, at pinned versions)
	$(call install,$(CLIENTS_MISSING))
	sh tests/sdk/run

check: setup lint test docs proof ## What CI runs: format, lints, tests, documentation, a little of what is tried from outside

proof: setup ## Try the service from outside, each way for a moment
	$(call install,$(PYTHON_MISSING))
	tests/proof/run unittest discover
	tests/proof/run torture --seconds 40 --only $(PROOF_FAULTS)
	tests/proof/run planted $(PROOF_PLANTS:%=--plant %)
	tests/proof/run strangers --count 500
	tests/proof/run strangers --route 'GET /v1/customers/{ref}' --plant
	tests/proof/run abuse --count 2000 --processes 2

torture: setup ## Try the service under load and faults (TORTURE_SECONDS=120; SEED=… chooses as that run did)
	$(call install,$(TORTURE_MISSING))
	tests/proof/run torture $(ARGS)

planted: setup ## Plant each defect into a copy of the sources, and see that the checker finds it (ARGS="--seed …")
	$(call install,$(PYTHON_MISSING))
	tests/proof/run planted $(ARGS)

strangers: setup ## Try whether tenants notice each other (ARGS="--count 12000 --seed …"; all there is without --count)
	$(call install,$(PYTHON_MISSING))
	tests/proof/run strangers $(ARGS)

abuse: setup ## Send bad input in bulk (ARGS="--count 300000 --seed …")
	$(call install,$(PYTHON_MISSING))
	tests/proof/run abuse $(ARGS)

schemas: setup ## Ask schemathesis whether the service does what its document says (ARGS="--examples 100 --seed …")
	$(call install,$(PYTHON_MISSING))
	tests/proof/run schemas $(ARGS)

load: setup ## Load the service by wrk, with a million customers, beside the stock stack (ARGS="--soak 3600")
	$(call install,$(PYTHON_MISSING) $(if $(shell command -v wrk),,wrk))
	cargo build --locked --release --package server --package benches
	DOSSIER=$(CURDIR)/target/release/dossier BENCHES=$(CURDIR)/target/release/benches tests/proof/run load $(ARGS)

lint: setup ## Check the format, and clippy with warnings as errors
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings

docs: setup ## Build the documentation of the code, with warnings as errors
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --workspace --no-deps --document-private-items

audit: ## Check licences, sources and bans of all dependencies (ADVISORIES=1 asks for known flaws, too)
	$(call tool,cargo-deny,0.20.2)
	target/tools/bin/cargo-deny --locked check bans licenses sources $(if $(ADVISORIES),advisories)

sbom: ## List what the binary is made of, as CycloneDX, in target/sbom
	$(call tool,cargo-cyclonedx,0.5.9)
	target/tools/bin/cargo-cyclonedx cyclonedx --format json --spec-version 1.5 --describe binaries
	mkdir -p target/sbom
	mv crates/server/dossier_bin.cdx.json benches/benches_bin.cdx.json target/sbom

miri: ## Run tests of the domain where undefined behaviour is an error (nightly; MIRI_TESTS= for all)
	rustup component add --toolchain $(NIGHTLY) miri rust-src
	PROPTEST_CASES=4 MIRIFLAGS=-Zmiri-disable-isolation \
		cargo +$(NIGHTLY) miri test --locked --package domain --lib -- $(MIRI_TESTS)

fuzz: setup ## Try the parsers with made-up input (nightly; FUZZ_SECONDS=60 for each of TARGETS)
	NIGHTLY=$(NIGHTLY) tests/fuzz/run $(TARGETS)

bench: setup ## Measure this service and the stock stack, in one run on one PostgreSQL
	cargo build --locked --release --package benches
	./target/release/benches $(ARGS)

peers: setup ## Measure the stock stack, Emmett and eventsourcing too (from npm and PyPI), and write docs/performance.md
	$(call install,$(CLIENTS_MISSING))
	sh benches/peers/install
	cargo build --locked --release --package benches
	./target/release/benches --peers --write docs/performance.md $(ARGS)

seeds: ## Send the vendors' example payloads to the running service, and read them back
	sh docs/examples/seeds.sh

update-files: setup ## Write the files that tests compare with, for review
	UPDATE_FILES=1 cargo test --locked --package api
