#!/bin/sh
# Bans, licences and sources of the crates, by .deny.toml. Usage: deny.sh TOOLS. cargo-deny is installed there once (a minute or two).
# Advisories are not asked: their database cannot be fetched here.
set -eu
tools=$1
if [ ! -x "$tools/cargo/bin/cargo-deny" ]; then
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --quiet --locked cargo-deny@0.20.2 --root "$tools/cargo"
fi
"$tools/cargo/bin/cargo-deny" --locked --offline --all-features check --config .deny.toml bans licenses sources
