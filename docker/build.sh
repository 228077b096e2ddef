#!/bin/sh
# Builds an image of Streamrank from this folder's sources, on base images that docker/images.lock pins.
#
#   docker/build.sh cpu [TAG]
#   docker/build.sh gpu LIBTORCH [TAG]
#
# TAG is streamrank:cpu or streamrank:gpu unless given. LIBTORCH is the archive of libtorch with CUDA: the C++ release of
# the version in pom.xml for CUDA 12.8 (cxx11 ABI, shared, with dependencies), or DJL's jar pytorch-native-cu128 of that
# version for linux-x86_64. ARCHS names the GPUs that the CUDA operators are built for, as src/main/cuda/build.sh takes
# them.
set -eu

here=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")" && pwd)
root=$(dirname "$here")
lock=${STREAMRANK_LOCK:-$here/images.lock}

usage() {
    sed -n '4,5s/^# *//p' "$0" >&2
    exit 2
}

fail() {
    echo "build.sh: $1" >&2
    exit 1
}

pinned() {
    value=$(sed -n "s/^$1=//p" "$lock")
    echo "$value" | grep -Eq '@sha256:[0-9a-f]{64}$' ||
        fail "$lock does not pin $1 by digest: run docker/lock.sh and commit what it writes"
    echo "$value"
}

target=${1:-}
case $target in
    cpu) [ $# -le 2 ] || usage; libtorch='' tag=${2:-streamrank:cpu} ;;
    gpu) [ $# -ge 2 ] && [ $# -le 3 ] || usage; libtorch=$2 tag=${3:-streamrank:gpu} ;;
    *) usage ;;
esac
[ -f "$lock" ] || fail "there is no $lock: run docker/lock.sh where the images' registries can be reached, and commit it"

build=$(pinned BUILD_IMAGE)
runtime=$(pinned RUNTIME_IMAGE)
version=$(sed -n 's:^  <version>\(.*\)</version>$:\1:p' "$root/pom.xml" | head -n 1)
revision=$(git -C "$root" rev-parse HEAD 2>/dev/null || echo unknown)
created=$(git -C "$root" log -1 --format=%cI 2>/dev/null || date -u +%Y-%m-%dT%H:%M:%SZ)

set -- --file "$here/Dockerfile" --target "$target" --tag "$tag" \
    --build-arg "BUILD_IMAGE=$build" --build-arg "RUNTIME_IMAGE=$runtime" \
    --build-arg "VERSION=$version" --build-arg "REVISION=$revision" --build-arg "CREATED=$created"
if [ "$target" = gpu ]; then
    cuda=$(pinned CUDA_IMAGE)
    sum=$(sed -n 's/^LIBTORCH_SHA256=//p' "$lock")
    [ -f "$libtorch" ] || fail "there is no libtorch archive $libtorch"
    [ -n "$sum" ] || fail "$lock has no LIBTORCH_SHA256: run docker/lock.sh $libtorch"
    # The archive alone, whatever lies beside it.
    context=$(mktemp -d)
    trap 'rm -rf "$context"' EXIT
    ln "$libtorch" "$context/libtorch.zip" 2>/dev/null || cp "$libtorch" "$context/libtorch.zip"
    set -- "$@" --build-arg "CUDA_IMAGE=$cuda" --build-arg "LIBTORCH_SHA256=$sum" --build-arg "ARCHS=${ARCHS:-90a}" \
        --build-context "archive=$context"
fi
docker buildx build --load "$@" "$root"
