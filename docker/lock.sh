#!/bin/sh
# Writes docker/images.lock: every image of docker/images by the digest that its tag has today.
#
#   docker/lock.sh [FILE]        FILE is the archive of CUDA's libtorch, whose checksum is written too
#
# It needs docker with buildx and the way to the images' registries. Look at what changed and commit the file: everybody
# then builds from the same bytes. Compare the archive's checksum with its publisher's before.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
lock=${STREAMRANK_LOCK:-$here/images.lock}
new=$lock.new
trap 'rm -f "$new"' EXIT

fail() {
    echo "lock.sh: $1" >&2
    exit 1
}

echo "# Written by docker/lock.sh from docker/images." >"$new"
grep -E '^[A-Z_]+=' "$here/images" | while IFS='=' read -r name tag; do
    digest=$(docker buildx imagetools inspect --format '{{.Manifest.Digest}}' "$tag") ||
        fail "the digest of $tag cannot be had, see above"
    echo "$digest" | grep -Eq '^sha256:[0-9a-f]{64}$' || fail "$tag: '$digest' is not a digest"
    echo "$name=$tag@$digest"
done >>"$new"
if [ $# -gt 0 ]; then
    [ -f "$1" ] || fail "there is no file $1"
    echo "LIBTORCH_SHA256=$(sha256sum "$1" | cut -d ' ' -f 1)" >>"$new"
elif [ -f "$lock" ]; then
    grep '^LIBTORCH_SHA256=' "$lock" >>"$new" || true
fi
mv "$new" "$lock"
echo "$lock"
