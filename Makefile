# Everything one does here. `make` lists it.

.DEFAULT_GOAL := help
.PHONY: help setup run test check lint docs bench seeds update-files

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
POSTGRES := $(wildcard /usr/lib/postgresql/*/bin/postgres)
MISSING := $(if $(POSTGRES),,postgresql-15) \
	$(if $(shell command -v cc),,gcc libc6-dev) \
	$(if $(shell command -v setpriv),,util-linux) \
	$(if $(shell command -v curl),,curl)

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: ## Install what is missing (Debian packages, by apt)
ifneq ($(strip $(MISSING)),)
	$(SUDO) apt-get update
	$(SUDO) env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends $(MISSING)
endif
	@command -v cargo >/dev/null || { echo "Rust is missing: install it from rustup.rs"; exit 1; }

run: setup ## Build, and serve on a private PostgreSQL (ARGS="--listen …" for flags)
	cargo build --locked --release --package server
	./target/release/dossier serve $(ARGS)

test: setup ## Run all tests
	cargo test --locked --workspace

check: setup lint test docs ## What CI runs: format, lints, tests, documentation

lint: setup ## Check the format, and clippy with warnings as errors
	cargo fmt --all --check
	cargo clippy --locked --workspace --all-targets -- --deny warnings

docs: setup ## Build the documentation of the code, with warnings as errors
	RUSTDOCFLAGS="--deny warnings" cargo doc --locked --workspace --no-deps --document-private-items

bench: setup ## Measure this service and the stock stack, in one run on one PostgreSQL
	cargo build --locked --release --package benches
	./target/release/benches $(ARGS)

seeds: ## Send the vendors' example payloads to the running service, and read them back
	sh docs/examples/seeds.sh

update-files: setup ## Write the files that tests compare with, for review
	UPDATE_FILES=1 cargo test --locked --package api
