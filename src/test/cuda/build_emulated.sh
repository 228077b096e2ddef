#!/usr/bin/env bash
# Builds the operators with their kernels running on the CPU: src/test/cuda/build_emulated.sh LIBTORCH OUTPUT
#
# For check_operators.py on a machine without a GPU. LIBTORCH is as for src/main/cuda/build.sh, and may be a CPU build.
set -euo pipefail

[ $# -eq 2 ] || { sed -n '2,4s/^# \{0,1\}//p' "$0" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
sources=$here/../../main/cuda
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

for source in "$sources"/*.cu "$sources"/*.cpp; do
  object=$objects/$(basename "$source").o
  "${CXX:-g++}" -std=c++20 -O1 -fPIC -DSTREAMRANK_EMULATED -I"$here" -isystem "$1/include" \
    -isystem "$1/include/torch/csrc/api/include" -Wall -Wno-unknown-pragmas -x c++ -c "$source" -o "$object"
done
"${CXX:-g++}" -shared -o "$2" "$objects"/*.o -L"$1/lib" -ltorch_cpu -lc10
echo "$2"
