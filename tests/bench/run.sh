#!/usr/bin/env bash
# The workers of the pool benchmark, and the benchmark itself: run.sh FOLDER-OF-THE-BENCHMARK FOLDER-OF-THE-CHEATS
set -euo pipefail

bench="$1"
cheats="$2"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
status=0

fail() {
    printf '%s\n' "$*"
    cat "$work/found" "$work/errors"
    status=1
}

# refused WORKER CELL TEXT: the worker must end with status 2, and this text.
refused() {
    local code=0
    printf '%b\n' "$2" | "$cheats/pool-worker-$1" >"$work/found" 2>"$work/errors" || code=$?
    ((code == 2)) || fail "$1 ended with status $code"
    grep -q -F "$3" "$work/errors" || fail "$1 did not say: $3"
}

refused two-owners '2\t1000\t20000000\t1' 'two owners: a connection has two owners'
refused two-owners 'many threads' 'two owners: not understood: many threads'
refused too-many '1\t0\t10000\t0' 'too many: more than 15 connections'

# Both ways to run a cell, with fewer and with more threads than connections, busy and asleep.
for worker in berth mutex; do
    printf '%b\n' '1\t0\t10000\t0' '1\t0\t10000\t1' '20\t0\t10000\t0' '20\t5\t10000\t1' '20\t50\t10000\t1' |
        "$bench/pool-worker-$worker" >"$work/found" 2>"$work/errors" || fail "$worker failed"
    (($(wc -l <"$work/found") == 6)) || fail "$worker gave not 6 lines"
done

# What it measures is of no matter here, so that it may end with 1.
code=0
"$bench/berth-bench-pool" --rounds 1 --seconds 0.01 --only "32 threads" --chart "$work/chart.png" \
    >"$work/found" 2>"$work/errors" || code=$?
((code <= 1)) || fail "the benchmark ended with status $code"
(($(grep -c '^| Berth |' "$work/found") == 5)) || fail "the benchmark gave not 5 lines for Berth"
[[ "$(head -c 4 "$work/chart.png")" == $'\x89PNG' ]] || fail "the chart is no PNG"

code=0
"$bench/berth-bench-pool" --only "no such cell" >"$work/found" 2>"$work/errors" || code=$?
((code == 0)) || fail "no cell at all ended with status $code"
code=0
"$bench/berth-bench-pool" --rounds 0 >"$work/found" 2>"$work/errors" || code=$?
((code == 2)) || fail "no round at all ended with status $code"
exit "$status"
