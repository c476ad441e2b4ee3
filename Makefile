# Everything one does here. `make` lists it.

.DEFAULT_GOAL := help
.PHONY: help setup run test sdk check lint docs bench peers seeds update-files

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
POSTGRES := $(wildcard /usr/lib/postgresql/*/bin/postgres)
MISSING := $(if $(POSTGRES),,postgresql-15) \
	$(if $(shell command -v cc),,gcc libc6-dev) \
	$(if $(shell command -v setpriv),,util-linux) \
	$(if $(shell command -v curl),,curl)
CLIENTS_MISSING := $(if $(shell python3 -m ensurepip --version 2>&1 | grep ^pip),,python3-venv) \
	$(if $(shell command -v npm),,nodejs npm)

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
