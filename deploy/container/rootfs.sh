#!/bin/sh
# Lays out the root file system of the image: the programs, what they load, and nothing else: no shell, no package manager.
# Usage: rootfs.sh FOLDER PROGRAM... on Debian, with fonts-noto-cjk and ca-certificates installed; FOLDER is made anew.
set -eu
root=$1
shift
fonts=/usr/share/fonts/opentype/noto
for needed in "$fonts/NotoSansCJK-Regular.ttc" "$fonts/NotoSansCJK-Bold.ttc" /etc/ssl/certs/ca-certificates.crt; do
  test -f "$needed" || { echo "$needed is missing: apt-get install fonts-noto-cjk ca-certificates" >&2; exit 1; }
done

rm -rf "$root"
mkdir -p "$root/usr/bin" "$root/etc/ssl/certs" "$root$fonts" "$root/usr/share/doc/junheng" "$root/proc" "$root/tmp" "$root/data"
for program in "$@"; do
  install -m 0755 "$program" "$root/usr/bin/"
  # The libraries that the loader would take, at the paths where it looks for them.
  ldd "$program" | awk '$2 == "=>" && $3 ~ /^\// {print $3} $1 ~ /^\// {print $1}' | sort -u | while read -r library; do
    test -f "$root$library" || install -D -m 0755 "$(readlink -f "$library")" "$root$library"
  done
done

# Word reports have their charts as pictures, and the pictures need a font for Chinese; without one a chart is told in words.
install -m 0644 "$fonts/NotoSansCJK-Regular.ttc" "$fonts/NotoSansCJK-Bold.ttc" "$root$fonts/"
install -m 0644 /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/"
printf 'root:x:0:0:root:/:/sbin/nologin\njunheng:x:65532:65532:junheng:/data:/sbin/nologin\n' > "$root/etc/passwd"
printf 'root:x:0:\njunheng:x:65532:\n' > "$root/etc/group"
printf 'hosts: files dns\n' > "$root/etc/nsswitch.conf"

install -m 0644 LICENSE "$root/usr/share/doc/junheng/LICENSE"
for package in libc6 libgcc-s1 fonts-noto-cjk; do
  install -D -m 0644 "/usr/share/doc/$package/copyright" "$root/usr/share/doc/$package/copyright"
done
test ! -f target/sbom.cdx.json || install -m 0644 target/sbom.cdx.json "$root/usr/share/doc/junheng/"
chown -R 0:0 "$root" 2>/dev/null || true
chown 65532:65532 "$root/data" 2>/dev/null || true
chmod 1777 "$root/tmp"
