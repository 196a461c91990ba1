#!/usr/bin/env bash
# Compiles every C block of the documents: check.sh SOURCE-FOLDER LIBRARY-FOLDER C-COMPILER
#
# ```c          statements of a program, or functions and tables; with main() a whole program, which is linked too
# ```c driver   the same for a driver: against <berth/driver.h>
# ```text       is not compiled
#
# What the blocks take for granted is declared in prelude.h and prelude_driver.h.
set -euo pipefail

source="$1"
library="$2"
compiler="$3"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
options=(-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Wno-unused-variable -Wno-unused-parameter -Wno-unused-function
    -Wno-unused-but-set-variable -Wno-unused-value "-I$source/include" "-I$here")
blocks=0
status=0

# compile FILE: one block. "#line" lets the compiler name the document and its line.
compile() {
    if grep -q '^int main(' "$1"; then
        "$compiler" "${options[@]}" "$1" "-L$library" -lberth -o "$work/program" || status=1
    else
        "$compiler" "${options[@]}" -fsyntax-only "$1" || status=1
    fi
    blocks=$((blocks + 1))
}

cd "$source"
shopt -s nullglob globstar
for document in README.md CONTRIBUTING.md docs/**/*.md; do
    [[ -f "$document" ]] || continue
    rm -f "$work"/block-*.c
    awk -v document="$document" -v folder="$work" -f "$here/extract.awk" "$document" || status=1
    for block in "$work"/block-*.c; do
        compile "$block"
    done
done
printf '%d blocks compiled\n' "$blocks"
((blocks > 0)) || status=1
exit "$status"
