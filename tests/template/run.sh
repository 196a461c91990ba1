#!/bin/sh
# Copies the template driver, builds it against an installed Berth with nothing but pkg-config, and loads it.
# Arguments: the source tree, the build tree, the compiler, its flags.
set -eu
source=$1 build=$2 compiler=$3 flags=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cmake --install "$build" --prefix "$work/prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }
PKG_CONFIG_PATH=$(dirname "$(find "$work/prefix" -name berth.pc)")
export PKG_CONFIG_PATH

cp -R "$source/drivers/template" "$work/driver"
make -s -C "$work/driver" CC="$compiler" CFLAGS="-Wall -Wextra -Wpedantic -Werror $flags"

# shellcheck disable=SC2046,SC2086 # Flags are several words.
"$compiler" -std=c11 $flags $(pkg-config --cflags berth) "$source/tests/template/probe.c" -o "$work/probe" \
    $(pkg-config --libs berth) -Wl,-rpath,"$(pkg-config --variable=libdir berth)"

cat >"$work/expected" <<END
template 1.0: ahoy 7 0.5
SYNTAX: DROP TABLE ships: only SELECT with up to 8 parameters and integers is understood
END
BERTH_DRIVER_PATH="$work/driver" "$work/probe" >"$work/found" || { cat "$work/found"; exit 1; }
diff "$work/expected" "$work/found"

# Installed, it is found without the variable wherever it was built in.
make -s -C "$work/driver" DESTDIR="$work/stage" install
test -f "$work/stage$(pkg-config --variable=driverdir berth)/berth_driver_template.so"
