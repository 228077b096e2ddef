#!/bin/sh
# Builds the worker and the list of what is in it (CycloneDX), in the project's folder.
set -eu

cd "$(dirname -- "$(readlink -f -- "$0")")/.."
mvn -B -ntp -q -Dquick -DskipTests package org.cyclonedx:cyclonedx-maven-plugin:makeBom -pl src -am
[ -f target/sbom.json ] || { echo "package.sh: CycloneDX wrote no target/sbom.json" >&2; exit 1; }
