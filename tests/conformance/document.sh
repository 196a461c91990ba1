#!/bin/sh
# document.sh PROGRAM PAGE [--write]: whether the tables in PAGE are those that PROGRAM writes of the drivers here; with
# --write makes them so. Finds the drivers by BERTH_DRIVER_PATH.
set -eu
program="$1"
page="$2"
new="$(mktemp)"
trap 'rm -f "$new"' EXIT
sed '/^<!-- From here on by berth-conformance/q' "$page" >"$new"
echo >>"$new"
"$program" --document sqlite:// postgresql://host mysql://host >>"$new"
if [ "${3:-}" = --write ]; then
    cat "$new" >"$page"
elif ! diff -u "$page" "$new"; then
    echo "$page is out of date: run $0 PROGRAM PAGE --write" >&2
    exit 1
fi
