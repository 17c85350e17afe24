# Every command that a person or CI runs. `make` lists them.
.DEFAULT_GOAL := help
.PHONY: help unit-check demo test bench drill drill-short lint proto-lint fmt fmt-check readme deploy-check deny sbom image ci clean tools

TOOLS := target/tools
BUF_VERSION := 1.75.0
BUF := $(CURDIR)/$(TOOLS)/node_modules/.bin/buf
CARGO_FLAGS := --locked
PROGRAMS := -p junheng -p junheng-ingest -p junheng-evaluation -p junheng-reporting
BUILT := $(or $(CARGO_TARGET_DIR),target)/debug
DEPLOY := $(TOOLS)/deploy-venv/bin
# Behind what the machine has: what it lacked and tests/tools.sh installed.
export PATH := $(PATH):$(CURDIR)/$(TOOLS)/bin

help: ## List the commands
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

demo: ## A county's month goes in, a judged and explained county comes out (embedded database, no network)
	cargo run $(CARGO_FLAGS) -p junheng -- demo

test: tools ## All tests, on SQLite and on a private PostgreSQL that the tests start themselves
	cargo build $(CARGO_FLAGS) -p junheng
	cargo test $(CARGO_FLAGS) --workspace --no-fail-fast

bench: tools ## Measure, and print ratios against references of the same run
	cargo run $(CARGO_FLAGS) --release -p junheng-e2e --bin bench

drill: tools ## Kill, cut off, flood and stop the real programs, and hold them to what callers are promised
	cargo build $(CARGO_FLAGS) --release -p junheng -p junheng-e2e --bin junheng --bin drill
	JUNHENG_BIN=$(CURDIR)/target/release/junheng target/release/drill $(DRILL)

drill-short: tools ## The same for seconds each, unoptimised, as CI does
	cargo build $(CARGO_FLAGS) -p junheng -p junheng-e2e --bin junheng --bin drill
	JUNHENG_BIN=$(CURDIR)/target/debug/junheng target/debug/drill --short $(DRILL)

lint: ## clippy and rustdoc, warnings denied
	cargo clippy $(CARGO_FLAGS) --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings" cargo doc $(CARGO_FLAGS) --workspace --no-deps --quiet

proto-lint: $(BUF) ## buf lint (STANDARD, COMMENTS) and format of the protobuf files
	cd proto && $(BUF) lint && $(BUF) format -d --exit-code

fmt: $(BUF) ## Format Rust and protobuf
	cargo fmt --all
	cd proto && $(BUF) format -w

fmt-check:
	cargo fmt --all --check

readme: tools $(BUF) ## Run the commands that the README and the guides of integrators and operators show
	tests/tools.sh $(TOOLS) deploy
	cargo build $(CARGO_FLAGS) -p junheng
	tests/guide.sh README.md
	tests/guide.sh proto/README.md
	tests/guide.sh deploy/README.md

deploy-check: tools $(BUF) ## Hold deploy/ against the programs: manifests, settings, the image's root file system, the gateway
	tests/tools.sh $(TOOLS) deploy
	cargo build $(CARGO_FLAGS) --bins $(PROGRAMS)
	$(DEPLOY)/hadolint deploy/container/Containerfile deploy/container/Containerfile.rootfs
	$(DEPLOY)/python tests/deploy/manifests.py $(BUILT) $(TOOLS)
	$(DEPLOY)/python tests/deploy/settings.py
	$(DEPLOY)/python tests/deploy/observability.py
	$(DEPLOY)/python tests/deploy/gateway.py $(BUILT)/junheng $(DEPLOY)/envoy $(BUF)
	tests/deploy/rootfs.sh $(BUILT)/junheng
	tests/deploy/backup.sh $(BUILT)/junheng $(DEPLOY)/python
	$(DEPLOY)/python tests/deploy/containers.py $(BUILT)

unit-check: tools $(TOOLS)/debian.tar ## Run the unit of deploy/systemd under a systemd in a container, with a Debian that mmdebstrap fetches (two minutes)
	tests/tools.sh $(TOOLS) deploy
	cargo build $(CARGO_FLAGS) -p junheng
	$(DEPLOY)/python tests/deploy/containers.py $(BUILT) $(TOOLS)/debian.tar

# Whole or not there: one that was cut off half-way must not be taken for it the next time.
$(TOOLS)/debian.tar: | tools
	command -v mmdebstrap > /dev/null || apt-get install -y -qq --no-install-recommends mmdebstrap
	mmdebstrap --quiet --variant=minbase --format=tar --include=systemd-sysv,curl bookworm $@.new $(wildcard /etc/apt/sources.list.d/debian.sources)
	mv $@.new $@

image: sbom ## The image as target/image/junheng.tar (an OCI archive), from release programs built on this machine; needs buildah
	cargo build $(CARGO_FLAGS) --release --bins $(PROGRAMS)
	deploy/container/image.sh target/release

sbom: ## What the programs are made of, as target/sbom.cdx.json (CycloneDX)
	tests/deploy/sbom.sh $(TOOLS) target/sbom.cdx.json

deny: tools ## Licences and sources of the crates we use, and those that we do not want, by .deny.toml
	tests/deploy/deny.sh $(TOOLS)

ci: fmt-check proto-lint deny lint test drill-short demo readme deploy-check ## What CI runs
	@echo "ci: all passed"

clean: ## Remove what was built
	cargo clean

tools: ## Install what the tests need and the machine lacks
	tests/tools.sh $(TOOLS)

$(BUF):
	tests/tools.sh $(TOOLS) npm
	npm install --silent --no-fund --no-audit --prefix $(TOOLS) @bufbuild/buf@$(BUF_VERSION)
