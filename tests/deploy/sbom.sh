#!/bin/sh
# What the programs are made of, by cargo-cyclonedx (CycloneDX 1.5, JSON); the program junheng has all of what the services have. Usage: sbom.sh TOOLS FILE.
set -eu
tools=$1
if [ ! -x "$tools/cargo/bin/cargo-cyclonedx" ]; then
  CARGO_PROFILE_RELEASE_OPT_LEVEL=1 CARGO_PROFILE_RELEASE_LTO=off CARGO_PROFILE_RELEASE_CODEGEN_UNITS=16 \
    cargo install --quiet --locked cargo-cyclonedx@0.5.9 --root "$tools/cargo"
fi
"$tools/cargo/bin/cargo-cyclonedx" cyclonedx --manifest-path services/cli/Cargo.toml --format json --spec-version 1.5 \
  --override-filename sbom --quiet
find services proto tests -name 'sbom.json' ! -path services/cli/sbom.json -delete
mkdir -p "$(dirname "$2")"
# Where it was built is nobody's business.
sed "s#$PWD/##g" services/cli/sbom.json > "$2"
rm services/cli/sbom.json
