#!/bin/sh
# Unpacks an archive of libtorch after checking it: libtorch.sh ARCHIVE SHA256 FOLDER
#
# FOLDER gets lib/ and, where the archive has headers, include/. The archive is a libtorch release, with both under
# libtorch/, or a jar pytorch-native-… of DJL, with the libraries alone.
set -eu

fail() {
    echo "libtorch.sh: $1" >&2
    exit 1
}

[ $# -eq 3 ] || fail "give an archive, its SHA-256 and a folder"
archive=$(readlink -f -- "$1")
[ -f "$archive" ] || fail "there is no archive $1"
echo "$2  $archive" | sha256sum -c --status ||
    fail "$1 has the checksum $(sha256sum "$archive" | cut -d ' ' -f 1), expected $2"

mkdir -p "$3"
folder=$(CDPATH= cd -- "$3" && pwd)
mkdir "$folder/unpacked"
trap 'rm -rf "$folder/unpacked"' EXIT
(cd "$folder/unpacked" && jar xf "$archive")
torch=$(find "$folder/unpacked" -name libtorch.so -type f)
[ "$(echo "$torch" | wc -w)" -eq 1 ] || fail "$1 holds not one libtorch.so, but: ${torch:-none}"
mv "$(dirname "$torch")" "$folder/lib"
if [ -d "$folder/unpacked/libtorch/include" ]; then
    mv "$folder/unpacked/libtorch/include" "$folder/include"
fi
