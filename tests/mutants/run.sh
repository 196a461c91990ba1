#!/usr/bin/env bash
# run.sh SOURCE FOLDER COMPILER SUPPORT BASE SUITES PATCH...: puts the fault of each patch into a copy of the pool, below
# FOLDER, and says which of the suites finds it. None may find anything where there is no fault. BASE and SUITES are
# objects, with semicolons between: the pool's and those of what it needs, and the suites'; SUPPORT is their library.
set -euo pipefail

source="$1" folder="$2" compiler="$3" support="$4"
IFS=';' read -ra base <<<"$5"
IFS=';' read -ra suites <<<"$6"
shift 6
at_once=6 # They mostly wait for what a fault keeps from coming.

die() {
    printf '%s\n' "$*"
    exit 1
}

# Compiles what the patch changed, and leaves the rest as it was compiled before: `objects` are both.
build_pool() {
    local object name
    for object in "${base[@]}"; do
        name="$(basename "$object" .o)"
        if [[ -e "core/$name" ]] && ! cmp -s "core/$name" "$source/core/$name"; then
            "$compiler" -std=c11 -D_GNU_SOURCE -O1 -g -w -I. -I"$source" -I"$source/include" -c "core/$name" -o "$name.o"
            object="$name.o"
        fi
        objects+=("$object")
    done
}

# start_suites SECONDS: in the background, each with the log NAME.log; `running` has their processes.
start_suites() {
    local seconds="$1" object name
    for object in "${suites[@]}"; do
        name="$(basename "$object" .c.o)"
        "$compiler" "$object" "${objects[@]}" "$support" -lcunit -lm -pthread -o "$name"
        timeout "$seconds" stdbuf -oL "./$name" >"$name.log" 2>&1 &
        running["$name"]=$!
    done
}

# how_ended NAME: how a suite that is over has found a fault; nothing when it has not.
how_ended() {
    local status=0
    wait "${running[$1]}" 2>/dev/null || status=$?
    if ((status == 124)); then
        awk '/^ *Test: / { test = $2 } END { print test " does not end" }' "$1.log"
    elif ((status != 0)); then
        awk -v status="$status" '/^ *Test: / { test = $2 } END { print test " ends with status " status }' "$1.log"
    fi
}

# Until all suites have ended, or one has found something: `found` is that one and how, or nothing.
await_findings() {
    local name how
    while [[ -z "$found" ]] && ((${#running[@]} > 0)); do
        sleep 0.1
        for name in "${!running[@]}"; do
            how="$(awk '/^ *Test: / { test = $2 } /FAILED/ { print test " fails"; exit }' "$name.log")"
            if [[ -z "$how" ]] && ! kill -0 "${running[$name]}" 2>/dev/null; then
                how_ended "$name" >"$name.end"
                how="$(<"$name.end")"
                unset "running[$name]"
            fi
            [[ -z "$how" ]] || found="$name: $how"
        done
    done
}

end_suites() {
    ((${#running[@]} == 0)) || kill "${running[@]}" 2>/dev/null || true
    wait 2>/dev/null
}

# try NAME SECONDS [PATCH]: in a folder of its own, with a bound for each suite.
try() {
    local name="$1" seconds="$2" patch="${3:-}" objects=() found=""
    local -A running=()
    mkdir -p "$folder/$name/core"
    cd "$folder/$name"
    cp "$source"/core/*.h "$source"/core/pool*.c core
    if [[ -n "$patch" ]] && ! patch --strip=1 --forward --fuzz=0 <"$patch" >patch.log; then
        cat patch.log
        die "$name: the patch fits core/ no longer; make it anew, with the same fault in what is there now"
    fi
    build_pool
    start_suites "$seconds"
    await_findings
    end_suites
    if [[ -z "$patch" ]]; then
        [[ -z "$found" ]] || die "$name: $found; see $PWD"
        echo "$name: nothing found, rightly"
    else
        [[ -n "$found" ]] || die "$name: no suite finds it"
        echo "$name: found by $found"
    fi
}

rm -rf "$folder"
(try no-fault 100)
tries=()
for patch in "$@"; do
    while (($(jobs -r | wc -l) >= at_once)); do
        sleep 0.1
    done
    (try "$(basename "$patch" .patch)" 30 "$patch") &
    tries+=("$!")
done
status=0
for process in "${tries[@]}"; do
    wait "$process" || status=1
done
exit "$status"
