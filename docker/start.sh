#!/bin/sh
# Starts Streamrank in an image: streamrank COMMAND …
#
# JAVA_OPTS goes to the JVM. Without it the heap may take 30% of the container's memory: weights, document states and
# forward passes lie beside it.
set -eu

home=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

. "$home/native.env"
export PYTORCH_VERSION PYTORCH_FLAVOR
export PYTORCH_LIBRARY_PATH="$home/libtorch"
export RUST_LIBRARY_PATH="$home/tokenizers/libtokenizers.so"
if [ -f "$home/operators/libstreamrank_cuda.so" ]; then
    export STREAMRANK_MODEL_OPERATORS="${STREAMRANK_MODEL_OPERATORS:-$home/operators/libstreamrank_cuda.so}"
fi
# Nothing is put there; what asks for it must not look for a home that this user has not got.
export DJL_CACHE_DIR="${DJL_CACHE_DIR:-${TMPDIR:-/tmp}/djl}"

exec "$java" "-Djava.io.tmpdir=${TMPDIR:-/tmp}" ${JAVA_OPTS:--XX:MaxRAMPercentage=30 -XX:+ExitOnOutOfMemoryError} \
    "-Dstreamrank.home=$home" -jar "$home/app/quarkus-run.jar" "$@"
