#!/bin/sh
# The image from programs that are built already: deploy/container/Containerfile.rootfs over the root file system, by buildah, without
# any network. Usage: image.sh FOLDER_OF_PROGRAMS; VERSION and REVISION may be set. Writes target/image/junheng.tar (OCI).
set -eu
programs=$1
version=${VERSION:-$(sed -n '/^\[workspace.package\]/,/^\[/ s/^version = "\(.*\)"/\1/p' Cargo.toml)}
revision=${REVISION:-$(git rev-parse HEAD)}
mkdir -p target/image/context
deploy/container/rootfs.sh target/image/rootfs "$programs/junheng" "$programs/junheng-ingest" "$programs/junheng-evaluation" \
  "$programs/junheng-reporting"
tar --create --file target/image/context/rootfs.tar --directory target/image/rootfs .
buildah="buildah --storage-driver vfs --root $PWD/target/image/storage --runroot $PWD/target/image/run"
$buildah build --isolation chroot --file deploy/container/Containerfile.rootfs --build-arg "VERSION=$version" \
  --build-arg "REVISION=$revision" --timestamp "$(git log -1 --format=%ct)" --tag "junheng:$version" target/image/context
rm -f target/image/junheng.tar
$buildah push "junheng:$version" "oci-archive:target/image/junheng.tar:junheng:$version"
rm -rf target/image/storage target/image/run target/image/context
echo "target/image/junheng.tar: junheng:$version ($revision)"
