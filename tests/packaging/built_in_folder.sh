#!/usr/bin/env bash
# Installs where the build says that it will be, and finds the drivers there without being told:
# built_in_folder.sh BUILD-FOLDER PREFIX LIB C-COMPILER
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

prefix="$2"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
unset BERTH_DRIVER_PATH DATABASE_URL BERTH_SETTINGS_FILE

rm -rf "$prefix"
cmake --install "$1" >"$work/install.log"
"$4" -std=c11 program.c "-I$prefix/include" "-L$prefix/$3" -lberth "-Wl,-rpath,$prefix/$3" -o "$work/program"
"$work/program"
