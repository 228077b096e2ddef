#!/bin/sh
# Asks the process in this container how it is: health [started|ready|live], by default ready. Status 0: it is.
set -eu

home=$(CDPATH= cd -- "$(dirname -- "$(readlink -f -- "$0")")/.." && pwd)
java=${JAVA_HOME:+$JAVA_HOME/bin/}java

exec "$java" -Xmx16m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:-UsePerfData -cp "$home/app/app/*" \
    io.streamrank.cli.HealthProbe "$@"
