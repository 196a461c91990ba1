#!/usr/bin/env bash
# That each step of the benchmark of what grows works, up to a small one: scale.sh PROGRAM VARIABLE CASES LINES, as for
# clients.sh; and that there are charts of it.
set -euo pipefail

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
"${BASH_SOURCE[0]%/*}/clients.sh" "$@" --charts "$work"
for name in threads reading loading; do
    if [[ "$(head -c 4 "$work/performance-$name.png")" != $'\x89PNG' ]]; then
        echo "the chart of $name is no PNG"
        exit 1
    fi
done
