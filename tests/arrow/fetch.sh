#!/usr/bin/env bash
# Installs DuckDB's library below a build folder, for the test arrow_duckdb: fetch.sh BUILD-FOLDER
#
# It comes from the npm registry, in the version and with the checksum of package-lock.json.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"

die() {
    printf 'fetch.sh: %s\n' "$*" >&2
    exit 1
}

[[ $# == 1 && -d "$1" ]] || die "give one build folder, such as build/gcc"
[[ "$(uname -sm)" == "Linux x86_64" ]] || die "the library is for Linux on x86-64"
command -v npm >/dev/null || die "there is no npm: install the package npm"
folder="$1/tests/arrow"

mkdir -p "$folder"
cp "$here/package.json" "$here/package-lock.json" "$folder/"
cd "$folder"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
