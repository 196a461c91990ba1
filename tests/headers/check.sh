#!/usr/bin/env bash
# Compiles each public header alone, as C11 and as C++17: check.sh INCLUDE-FOLDER C-COMPILER C++-COMPILER
set -euo pipefail

include="$1"
strict=(-Wall -Wextra -Wpedantic -Werror -fsyntax-only "-I$include")
status=0

mapfile -t headers < <(cd "$include" && find . -name '*.h' | sort)
((${#headers[@]} > 0)) || status=1
for header in "${headers[@]}"; do
    line="#include <${header#./}>"
    "$2" -std=c11 "${strict[@]}" -x c - <<<"$line" || status=1
    "$3" -std=c++17 "${strict[@]}" -x c++ - <<<"$line" || status=1
done
exit "$status"
