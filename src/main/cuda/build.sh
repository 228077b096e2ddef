#!/usr/bin/env bash
# Builds the CUDA operators: src/main/cuda/build.sh LIBTORCH [OUTPUT]
#
# LIBTORCH is the folder of the libtorch that the worker runs with, with include/ and lib/ in it: a libtorch release, or
# the folder of Python's torch package. OUTPUT is the library, by default target/cuda/libstreamrank_cuda.so; put beside
# libtorch's own libraries the worker finds it by itself. Every *.cu and *.cpp in this folder goes into it.
#
# NVCC, CXX and CUDA_HOME (whose include/ and lib64/ are used) choose tools; ARCHS the GPUs, by default 90a (Hopper), as
# nvcc numbers them: ARCHS="80 90a". JOBS is how many files compile at a time.
set -euo pipefail

usage() {
  sed -n '2,9s/^# \{0,1\}//p' "$0" >&2
  exit 2
}

fail() {
  echo "build.sh: $1" >&2
  exit 1
}

[ $# -ge 1 ] && [ $# -le 2 ] || usage
here=$(cd "$(dirname "$0")" && pwd)
libtorch=$1
output=${2:-$here/../../../target/cuda/libstreamrank_cuda.so}
nvcc=${NVCC:-nvcc}
cxx=${CXX:-g++}
jobs=${JOBS:-$(nproc)}

[ -f "$libtorch/include/torch/library.h" ] || fail "no include/torch/library.h in $libtorch: name libtorch's own folder"
[ -f "$libtorch/lib/libc10_cuda.so" ] || fail "no lib/libc10_cuda.so in $libtorch: it is not the CUDA build of libtorch"
command -v "$nvcc" > /dev/null || fail "$nvcc is not on the path: install the CUDA toolkit, or name it with NVCC"
cuda=${CUDA_HOME:-$(cd "$(dirname "$(readlink -f "$(command -v "$nvcc")")")/.." && pwd)}
[ -f "$cuda/include/cuda_runtime_api.h" ] || fail "no include/cuda_runtime_api.h in $cuda: name the toolkit with CUDA_HOME"

mkdir -p "$(dirname "$output")"
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

targets=()
for arch in ${ARCHS:-90a}; do
  targets+=("-gencode=arch=compute_$arch,code=sm_$arch")
done
compile() {
  local source=$1
  local object
  object=$objects/$(basename "$source").o
  case $source in
    *.cu)
      "$nvcc" -std=c++20 -O3 "${targets[@]}" -lineinfo -Xcompiler -fPIC -c "$source" -o "$object"
      ;;
    *.cpp)
      "$cxx" -std=c++20 -O2 -fPIC -Wall -isystem "$libtorch/include" -isystem "$libtorch/include/torch/csrc/api/include" \
        -isystem "$cuda/include" -c "$source" -o "$object"
      ;;
  esac
}

running=()
for source in "$here"/*.cu "$here"/*.cpp; do
  compile "$source" &
  running+=($!)
  while [ "$(jobs -rp | wc -l)" -ge "$jobs" ]; do
    wait -n || fail "a file did not compile"
  done
done
for pid in "${running[@]}"; do
  wait "$pid" || fail "a file did not compile"
done

# CUDA's runtime is linked in, so that it does not have to be libtorch's version. libtorch itself is there when the library
# is loaded. Nothing may stay undefined: a missing symbol is told now.
cudart=$cuda/lib64/libcudart_static.a
[ -f "$cudart" ] || cudart=$cuda/targets/x86_64-linux/lib/libcudart_static.a
[ -f "$cudart" ] || fail "no libcudart_static.a in $cuda/lib64: name the toolkit with CUDA_HOME"
"$cxx" -shared -Wl,--no-undefined -Wl,--exclude-libs,ALL -o "$output.new" "$objects"/*.o "$cudart" \
  -L"$libtorch/lib" -ltorch_cpu -lc10 -lc10_cuda -ldl -lrt -lpthread
mv "$output.new" "$output"
echo "$output"
