#!/bin/sh
# Lays out the image's root file system around PROGRAM and runs it there as the image does: user 65532, no capability, no new
# privilege, nothing writable but /data and /tmp. Usage: rootfs.sh PROGRAM, as root, in the root of the repository.
set -eu
program=$(readlink -f "$1")
test "$(id -u)" = 0 || { echo "rootfs.sh needs root for its mounts" >&2; exit 1; }
folder=$(mktemp -d)
chmod 0755 "$folder"
trap 'rm -rf "$folder"' EXIT
deploy/container/rootfs.sh "$folder/root" "$program"
mkdir -m 0700 "$folder/data" && chown 65532:65532 "$folder/data"

# No shell, nothing that changes its user, nothing that others could write.
test -z "$(find "$folder/root" -name sh -o -name bash -o -name busybox -o -name dash)"
test -z "$(find "$folder/root" -perm /6000 -type f)"
test -z "$(find "$folder/root" -perm /022 ! -type l ! -path "$folder/root/tmp")"

# inside ARGUMENT...: the program in that root.
inside() {
  unshare --mount --pid --fork sh -eu -c '
    mount --make-rprivate / && mount --bind "$0/root" "$0/root" && mount -o remount,bind,ro,nosuid,nodev "$0/root"
    mount -t proc proc "$0/root/proc" && mount -t tmpfs -o size=64m,nosuid,nodev tmpfs "$0/root/tmp" && mount --bind "$0/data" "$0/root/data"
    exec env -i /usr/bin/setpriv --no-new-privs /usr/sbin/chroot --userspec=65532:65532 --groups= "$0/root" /usr/bin/junheng "$@"' "$folder" "$@"
}

inside --version
inside demo --output /data/demo > "$folder/demo"
grep -q 彰武县 "$folder/demo"
if inside demo --output /usr/demo > /dev/null 2> "$folder/refused"; then
  echo "the root can be written" >&2
  exit 1
fi
grep -qi 'read-only' "$folder/refused"

# Served there, and asked from outside: the county report as a Word document, which has its charts as pictures only where a font is.
set --
! grep -q '^console_listen' services/runtime/config.default.toml || set -- --set reporting.console_listen=
inside serve "$@" --set 'database.url=sqlite:///data/junheng.db?mode=rwc' --set admin.listen= --set log.format=json \
  --set ingest.listen=127.0.0.1:0 --set evaluation.listen=127.0.0.1:0 --set reporting.listen=127.0.0.1:0 2> "$folder/log" &
server=$!
# The last of its descendants is the program itself; those between pass no signal on.
stop() {
  while below=$(pgrep -P "$server"); do server=$below; done
  kill -TERM "$server"
  wait
  rm -rf "$folder"
}
trap stop EXIT
listening() { grep -o '"listen":"[^"]*"' "$folder/log" | cut -d '"' -f 4 | sed -n "$1p"; }
for _ in $(seq 200); do
  [ -z "$(listening 3)" ] || break
  sleep 0.1
done
data=tests/data/zhangwu-2024
"$program" schools import $data/schools.csv --county 210922 --county-name 彰武县 --city-name 阜新市 --province-name 辽宁省 --server "http://$(listening 1)"
"$program" push $data/schools.csv $data/items.csv --county 210922 --month 2024-12 --server "http://$(listening 1)"
for _ in $(seq 200); do
  ! "$program" report 210922 --month 2024-12 --format docx -o "$folder/report.docx" --server "http://$(listening 3)" 2> "$folder/said" || break
  sleep 0.1
done
python3 -c 'import sys, zipfile; sys.exit(not any(name.endswith(".png") for name in zipfile.ZipFile(sys.argv[1]).namelist()))' "$folder/report.docx"
echo "rootfs: the program runs as user 65532 in a read-only root without a shell, and draws charts"
