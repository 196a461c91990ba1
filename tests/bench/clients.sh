#!/usr/bin/env bash
# That every case of the benchmark of client libraries works, each with a small block: clients.sh PROGRAM
# VARIABLE CASES LINES OPTION... The cases are those whose names begin with that, the lines how many there are. Ends with
# 77 where the variable of the environment, which leads to their server, is not set. How fast they are does not matter.
set -euo pipefail

program="$1" variable="$2" cases="$3" lines="$4"
shift 4
if [[ -z "${!variable:-}" ]]; then
    echo "there is no $variable: run this within tests/support/servers run"
    exit 77
fi
found="$("$program" --quick --cores any --only "$cases" "$@")"
printf '%s\n' "$found"
(($(grep -c "^| $cases: " <<<"$found") == lines))
