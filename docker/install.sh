#!/bin/sh
# Lays out what runs in an image: install.sh FLAVOR LIBTORCH FOLDER [OPERATORS]
#
#   FLAVOR     cpu or cu128, as DJL names libtorch's builds
#   LIBTORCH   the folder of libtorch's libraries; '-' for those that the build brought, which are the CPU's
#   FOLDER     becomes the project's home in the image; it must not be there yet
#   OPERATORS  the library of CUDA operators, of src/main/cuda/build.sh
#
# It takes the built application from the project's target/quarkus-app. Native libraries are unpacked here, so that a
# running worker unpacks, downloads and writes nothing: it needs no folder but the one for temporary files.
set -eu

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

[ $# -eq 3 ] || [ $# -eq 4 ] || fail "give a flavor, libtorch's folder or -, and the folder to make"
flavor=$1
libtorch=$2
home=$3
operators=${4:-}
project=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
app=$project/target/quarkus-app
case $flavor in cpu | cu128) ;; *) fail "$flavor is no flavor: cpu or cu128" ;; esac
[ -f "$app/quarkus-run.jar" ] || fail "there is no $app/quarkus-run.jar: build the worker first (docker/package.sh)"
[ ! -e "$home" ] || fail "$home is there already"
classifier=linux-$(uname -m)

one() {
    [ $# -eq 1 ] && [ -f "$1" ] || fail "not one file of that name: $*"
    echo "$1"
}
natives=$(one "$app"/lib/main/ai.djl.pytorch.pytorch-native-cpu-*-"$classifier".jar)
bindings=$(one "$app"/lib/main/ai.djl.pytorch.pytorch-jni-*.jar)
tokenizers=$(one "$app"/lib/main/ai.djl.huggingface.tokenizers-*.jar)

mkdir -p "$home"
home=$(CDPATH= cd -- "$home" && pwd)
work=$home/unpacked
mkdir "$work"
trap 'rm -rf "$work"' EXIT

cp -R "$app" "$home/app"
# The application wants the jar, but not the libraries in it, which are unpacked below.
(cd "$work" && jar xf "$natives" native META-INF)
rm -f "$work/META-INF/MANIFEST.MF"
jar cf "$home/app/lib/main/$(basename "$natives")" -C "$work" native -C "$work" META-INF

if [ "$libtorch" = - ]; then
    [ "$flavor" = cpu ] || fail "flavor $flavor needs libtorch's folder"
    (cd "$work" && jar xf "$natives" "pytorch/cpu/$classifier")
    mv "$work/pytorch/cpu/$classifier" "$home/libtorch"
else
    [ -f "$libtorch/libtorch.so" ] || fail "there is no libtorch.so in $libtorch"
    mkdir "$home/libtorch"
    find "$libtorch" -maxdepth 1 -name '*.so*' -exec cp -P {} "$home/libtorch" \;
fi
(cd "$work" && jar xf "$bindings" "jnilib/$classifier/$flavor/libdjl_torch.so")
[ -f "$work/jnilib/$classifier/$flavor/libdjl_torch.so" ] ||
    fail "$(basename "$bindings") has no binding for $flavor on $classifier"
mv "$work/jnilib/$classifier/$flavor/libdjl_torch.so" "$home/libtorch"
mkdir "$home/tokenizers"
(cd "$work" && jar xf "$tokenizers" "native/lib/$classifier/cpu/libtokenizers.so")
mv "$work/native/lib/$classifier/cpu/libtokenizers.so" "$home/tokenizers"
if [ -n "$operators" ]; then
    # Not beside libtorch's libraries: DJL would load it before those that it needs.
    mkdir "$home/operators"
    cp "$operators" "$home/operators/libstreamrank_cuda.so"
fi

version=$(basename "$bindings" .jar)
version=${version#ai.djl.pytorch.pytorch-jni-}
{
    echo "PYTORCH_VERSION=${version%%-*}"
    echo "PYTORCH_FLAVOR=$flavor"
} >"$home/native.env"
mkdir "$home/bin" "$home/models"
cp "$project/docker/start.sh" "$home/bin/streamrank"
cp "$project/docker/health.sh" "$home/bin/health"
cp -R "$project/models/minilm-l6-reranker" "$home/models"
cp "$project/LICENSE" "$home"
[ ! -f "$project/target/sbom.json" ] || cp "$project/target/sbom.json" "$home"
chmod -R a+rX,go-w "$home"
chmod a+x "$home/bin/streamrank" "$home/bin/health"
