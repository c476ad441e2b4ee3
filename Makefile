# Everything one does here. `make` lists it.

.DEFAULT_GOAL := help
.PHONY: help setup run test sdk check proof strangers abuse lint docs bench seeds update-files

SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)
POSTGRES := $(wildcard /usr/lib/postgresql/*/bin/postgres)
MISSING := $(if $(POSTGRES),,postgresql-15) \
	$(if $(shell command -v cc),,gcc libc6-dev) \
	$(if $(shell command -v setpriv),,util-linux) \
	$(if $(shell command -v curl),,curl)
PYTHON_MISSING := $(if $(shell python3 -m ensurepip --version 2>&1 | grep ^pip),,python3-venv)
CLIENTS_MISSING := $(PYTHON_MISSING) $(if $(shell command -v npm),,nodejs npm)

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
	tests/proof/run unittest discover --start-directory abuse/tests --top-level-directory .
	tests/proof/run strangers --count 500
	tests/proof/run strangers --count 60 --plant
	tests/proof/run abuse --count 2000 --processes 2

strangers: setup ## Try whether tenants notice each other (ARGS="--count 12000 --seed …"; all there is without --count)
	$(call install,$(PYTHON_MISSING))
	tests/proof/run strangers $(ARGS)

abuse: setup ## Send bad input in bulk (ARGS="--count 300000 --seed …")
	$(call install,$(PYTHON_MISSING))
	tests/proof/run abuse $(ARGS)

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
