#!/usr/bin/env bash
# Fuzzes for a while, from a copy of the kept corpus: run.sh TARGET CORPUS SECONDS
# An input that fails stays beside the target, as failed-*.
set -euo pipefail

corpus="$(mktemp -d)"
trap 'rm -rf "$corpus"' EXIT
cp -r "$2/." "$corpus"
"$1" -max_total_time="$3" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 -verbosity=0 \
    -artifact_prefix="$(dirname "$1")/failed-" "$corpus"
