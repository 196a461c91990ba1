#!/usr/bin/env bash
# What the library and the drivers show to a program: exports.sh LIBRARY SONAME ARCHIVE DRIVER-FOLDER
set -euo pipefail

library="$1"
status=0

fail() {
    printf '%s\n' "$*"
    status=1
}

exported() {
    nm --dynamic --defined-only --format=just-symbols "$1"
}

mapfile -t symbols < <(exported "$library")
((${#symbols[@]} > 0)) || fail "$library exports nothing"
for symbol in "${symbols[@]}"; do
    [[ "$symbol" == berth_* ]] || fail "$library exports $symbol"
done

# Inline in the header, and yet there for programs that were compiled without that.
for maker in null bool int64 uint64 double text text_n blob decimal date time timestamp timestamptz uuid json; do
    [[ " ${symbols[*]} " == *" berth_$maker "* ]] || fail "$library does not export berth_$maker"
done

mapfile -t symbols < <(nm --defined-only --extern-only --format=just-symbols --quiet "$3" | grep -v -E ':$|^$')
((${#symbols[@]} > 0)) || fail "$3 defines nothing"
for symbol in "${symbols[@]}"; do
    [[ "$symbol" == berth_* ]] || fail "$3 shows $symbol"
done

found="$(readelf --dynamic --wide "$library" | sed -n 's/.*SONAME.*\[\(.*\)\]/\1/p')"
[[ "$found" == "$2" && "$found" == libberth.so.[0-9]* ]] || fail "$library has the SONAME '$found', not '$2'"

shopt -s nullglob
drivers=("$4"/berth_driver_*.so)
((${#drivers[@]} > 0)) || fail "there is no driver in $4"
for driver in "${drivers[@]}"; do
    [[ "$(exported "$driver")" == berth_driver_v1 ]] || fail "$driver exports more or other than berth_driver_v1:" \
        "$(exported "$driver" | tr '\n' ' ')"
    readelf --dynamic --wide "$driver" | grep 'NEEDED.*libberth' && fail "$driver links the library"
    nm --dynamic --undefined-only "$driver" | grep ' berth_' && fail "$driver needs symbols of the library"
done
exit "$status"
