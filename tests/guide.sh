#!/bin/sh
# Runs every command of a guide (its ```sh blocks) through tests/readme.sh, against a server on an empty database and free ports in place of 127.0.0.1:50051 and :50053.
set -eu
binary=${CARGO_TARGET_DIR:-target}/debug
folder=$(mktemp -d)
"$binary/junheng" serve --set "database.url=sqlite://$folder/guide.db?mode=rwc" --set admin.listen= --set log.format=json \
  --set ingest.listen=127.0.0.1:0 --set evaluation.listen=127.0.0.1:0 --set reporting.listen=127.0.0.1:0 --set reporting.console_listen= 2> "$folder/log" &
server=$!
trap 'kill "$server"; wait "$server" || true; rm -rf "$folder"' EXIT
reporting=""
for _ in $(seq 100); do
  # They begin to listen in this order: ingest, evaluation, reporting.
  addresses=$(grep -o '"listen":"[^"]*"' "$folder/log" | cut -d '"' -f 4)
  address=$(echo "$addresses" | sed -n 1p)
  reporting=$(echo "$addresses" | sed -n 3p)
  [ -z "$reporting" ] || break
  sleep 0.1
done
test -n "$reporting" || { cat "$folder/log"; exit 1; }
sed "s/127\.0\.0\.1:50051/$address/g; s/127\.0\.0\.1:50053/$reporting/g" "$1" > "$folder/guide.md"
PATH="$PWD/$binary:$PWD/target/tools/node_modules/.bin:$PWD/target/foreign-venv/bin:$PATH" tests/readme.sh "$folder/guide.md"
