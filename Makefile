# Everything one does here. `make` lists it.

.DEFAULT_GOAL := help
.PHONY: help setup run test sdk check lint docs audit sbom miri fuzz bench seeds update-files

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
POSTGRES := $(wildcard /usr/lib/postgresql/*/bin/postgres)
MISSING := $(if $(POSTGRES),,postgresql-15) \
	$(if $(shell command -v cc),,gcc libc6-dev) \
	$(if $(shell command -v setpriv),,util-linux) \
	$(if $(shell command -v curl),,curl)
CLIENTS_MISSING := $(if $(shell python3 -m ensurepip --version 2>&1 | grep ^pip),,python3-venv) \
	$(if $(shell command -v npm),,nodejs npm)

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

check: setup lint test docs ## What CI runs: format, lints, tests, documentation

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

miri: ## Run the domain's tests where undefined behaviour is an error (nightly)
	rustup component add --toolchain $(NIGHTLY) miri rust-src
	PROPTEST_CASES=4 MIRIFLAGS=-Zmiri-disable-isolation \
		cargo +$(NIGHTLY) miri test --locked --package domain --lib

fuzz: setup ## Try the parsers with made-up input (nightly; FUZZ_SECONDS=60 for each of TARGETS)
	NIGHTLY=$(NIGHTLY) tests/fuzz/run $(TARGETS)

bench: setup ## Measure this service and the stock stack, in one run on one PostgreSQL
	cargo build --locked --release --package benches
	./target/release/benches $(ARGS)

seeds: ## Send the vendors' example payloads to the running service, and read them back
	sh docs/examples/seeds.sh

update-files: setup ## Write the files that tests compare with, for review
	UPDATE_FILES=1 cargo test --locked --package api
