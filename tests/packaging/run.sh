#!/usr/bin/env bash
# Installs into a folder that the build knows nothing of, and builds a program against it in every way there is:
# run.sh BUILD-FOLDER C-COMPILER LIB
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

build="$1"
compiler="$2"
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
prefix="$work/prefix"
strict=(-std=c11 -Wall -Wextra -Wpedantic -Werror)

cmake --install "$build" --prefix "$prefix" >"$work/install.log"
export PKG_CONFIG_PATH="$prefix/$3/pkgconfig"
export BERTH_DRIVER_PATH="$prefix/$3/berth"
unset DATABASE_URL BERTH_SETTINGS_FILE LD_LIBRARY_PATH

printf 'with find_package:\n'
cmake -S consumer -B "$work/consumer" -DCMAKE_C_COMPILER="$compiler" -DCMAKE_PREFIX_PATH="$prefix" >"$work/cmake.log"
cmake --build "$work/consumer" >"$work/make.log" || { cat "$work/make.log"; exit 1; }
"$work/consumer/shared_program"

printf 'with a linked driver, no driver file in reach:\n'
BERTH_DRIVER_PATH="$work" "$work/consumer/static_program"
if readelf --dynamic "$work/consumer/static_program" | grep 'NEEDED.*libberth'; then
    exit 1
fi

printf 'with pkg-config:\n'
read -r -a flags <<<"$(pkg-config --cflags --libs berth)"
"$compiler" "${strict[@]}" program.c "${flags[@]}" "-Wl,-rpath,$prefix/$3" -o "$work/program"
"$work/program"

printf 'the folder of berth.pc:\n'
[[ "$(realpath "$(pkg-config --variable=driverdir berth)")" == "$(realpath "$BERTH_DRIVER_PATH")" ]]

printf 'the installed programs:\n'
for program in "$prefix"/bin/*; do
    "$program" --help >"$work/help.log"
    printf '%s\n' "$(basename "$program")"
done
