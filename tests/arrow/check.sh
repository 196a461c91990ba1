#!/usr/bin/env bash
# Lets DuckDB read a stream, where fetch.sh has installed its library: check.sh PROGRAM FOLDER
set -euo pipefail

library="$2/node_modules/@duckdb/node-bindings-linux-x64/libduckdb.so"
if [[ ! -e "$library" ]]; then
    printf 'there is no DuckDB: install it by tests/arrow/fetch.sh BUILD-FOLDER\n'
    exit 77
fi
exec "$1" "$library"
