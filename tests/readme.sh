#!/bin/sh
# Runs every command of a README's ```sh blocks, line by line, from this folder; `make` targets are run by CI themselves.
set -eu
mkdir -p target
awk '/^```sh$/ {inside = 1; next} /^```$/ {inside = 0} inside && !/^make / && !/^#/ && NF' "$1" > target/readme-commands.sh
test -s target/readme-commands.sh
echo "--- commands of $1"
cat target/readme-commands.sh
sh -eux target/readme-commands.sh
