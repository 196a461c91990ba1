#!/usr/bin/env bash
# Servers of tests/support/servers are their own, unprivileged, and gone when a test ends, however it ends.
set -euo pipefail
servers="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)/../support/servers"
folder="$(mktemp -d)"
export TMPDIR="$folder"
trap 'rm -rf "$folder"' EXIT

fail() {
    printf 'FAILED: %s\n' "$*"
    exit 1
}

children_of() {
    grep -l "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status 2>/dev/null | cut -d / -f 3
}

# Waits until nothing is left: no process of the servers, no folder of theirs.
expect_nothing_left() {
    local pid deadline=$((SECONDS + 60))
    for pid in "$@"; do
        while [[ -d "/proc/$pid" && "$(sed 's/.*) //; s/ .*//' "/proc/$pid/stat" 2>/dev/null)" =~ [^Z] ]]; do
            ((SECONDS < deadline)) || fail "process $pid still runs"
            sleep 0.05
        done
    done
    while compgen -G "$folder/berth-servers.*" >/dev/null; do
        ((SECONDS < deadline)) || fail "a folder is left: $(ls "$folder")"
        sleep 0.05
    done
}

# What runs with the servers: tells their processes, then does as it is told.
# shellcheck disable=SC2016
tell='echo "$BERTH_TEST_POSTGRESQL_PID $BERTH_TEST_MARIADB_PID $BERTH_TEST_PGBOUNCER_PID" >"$TMPDIR/pids"'
read_pids() {
    read -r -a pids <"$folder/pids"
    ((${#pids[@]} == 3)) || fail "there are not three processes: ${pids[*]}"
}

check_crash() {
    local status=0
    "$servers" run bash -c "$tell; kill -SEGV \$\$" 2>/dev/null || status=$?
    ((status == 139)) || fail "the status of a command that crashed is $status"
    read_pids
    expect_nothing_left "${pids[@]}"
    "$servers" run --only postgresql bash -c 'exit 7' && fail "a failure was not handed on" || status=$?
    ((status == 7)) || fail "the status of a command that failed is $status"
}

check_killed_script() {
    local runner children
    mkfifo "$folder/hold"
    "$servers" run bash -c "$tell; touch \"\$TMPDIR/ready\"; read -r _ <\"\$TMPDIR/hold\"" &
    runner=$!
    while [[ ! -e "$folder/ready" ]]; do
        [[ -d "/proc/$runner" ]] || fail "the servers did not start"
        sleep 0.05
    done
    read_pids
    # With all that come from it, as ctest does to a test that takes too long.
    mapfile -t children < <(children_of "$runner")
    kill -KILL "$runner" "${children[@]}"
    wait "$runner" 2>/dev/null || true
    expect_nothing_left "${pids[@]}"
}

check_users() {
    local name pid variable
    for name in postgresql mariadb pgbouncer; do
        variable="BERTH_TEST_${name^^}_PID"
        pid="${!variable}"
        ((EUID != 0)) || [[ "$(stat -c %u "/proc/$pid")" != 0 ]] || fail "$name runs as root"
    done
}

check_restart() {
    local before
    "$servers" start "$folder/own"
    # shellcheck source=/dev/null
    source "$folder/own/env"
    check_users
    for name in POSTGRESQL MARIADB PGBOUNCER; do
        variable="BERTH_TEST_${name}_PID"
        before="${!variable}"
        "$servers" restart "$folder/own" "${name,,}"
        # shellcheck source=/dev/null
        source "$folder/own/env"
        [[ "${!variable}" != "$before" ]] || fail "$name was not started again"
    done
    kill -STOP "$BERTH_TEST_MARIADB_PID" "$BERTH_TEST_POSTGRESQL_PID"
    "$servers" stop "$folder/own"
    expect_nothing_left "$BERTH_TEST_POSTGRESQL_PID" "$BERTH_TEST_MARIADB_PID" "$BERTH_TEST_PGBOUNCER_PID"
    [[ ! -e "$folder/own" ]] || fail "the folder of stopped servers is left"
}

# state_of PID: R, S, T and so on; nothing when there is no such process.
state_of() {
    sed 's/.*) //; s/ .*//' "/proc/$1/stat" 2>/dev/null || true
}

# One server, all of whose processes are frozen, go on, are gone; and none of them is needed to start it again.
check_faults() {
    local server text pid pids=()
    "$servers" start --durable --connections 123 "$folder/own" postgresql mariadb
    for server in postgresql mariadb; do
        read -r pid _ <"$folder/own/$server/process"
        mapfile -t pids < <(children_of "$pid")
        pids+=("$pid")
        "$servers" freeze "$folder/own" "$server"
        for pid in "${pids[@]}"; do
            [[ "$(state_of "$pid")" == T ]] || fail "process $pid of a frozen $server is $(state_of "$pid")"
        done
        "$servers" thaw "$folder/own" "$server"
        for pid in "${pids[@]}"; do
            [[ "$(state_of "$pid")" != T ]] || fail "process $pid of a thawed $server does not go on"
        done
        "$servers" kill "$folder/own" "$server"
        for pid in "${pids[@]}"; do
            [[ "$(state_of "$pid")" =~ ^Z?$ ]] || fail "process $pid of a killed $server is $(state_of "$pid")"
        done
        text="$("$servers" freeze "$folder/own" "$server" 2>&1)" && fail "a dead server was frozen"
        [[ "$text" == "servers: $server does not run" ]] || fail "the message is: $text"
        "$servers" restart "$folder/own" "$server"
    done
    check_settings
    "$servers" stop "$folder/own"
}

# After a restart, too.
check_settings() {
    local text
    # shellcheck source=/dev/null
    source "$folder/own/env"
    grep -q '^synchronous_commit = on$' "$folder/own/postgresql/data/postgresql.conf" || fail "PostgreSQL is not durable"
    grep -q '^max_connections = 123$' "$folder/own/postgresql/data/postgresql.conf" || fail "PostgreSQL takes not 123"
    text="$(tr '\0' ' ' <"/proc/$BERTH_TEST_MARIADB_PID/cmdline")"
    [[ "$text" == *" --max-connections=123 "* ]] || fail "MariaDB takes not 123: $text"
    [[ "$text" == *" --innodb-flush-log-at-trx-commit=2 "* ]] || fail "MariaDB is not durable: $text"
}

check_mistakes() {
    local text
    mkdir "$folder/full"
    touch "$folder/full/something"
    text="$("$servers" start "$folder/full" 2>&1)" && fail "servers were started in a folder that is in use"
    [[ "$text" == "servers: the folder $folder/full is not empty" ]] || fail "the message is: $text"
    text="$("$servers" stop "$folder/full" 2>&1)" && fail "a folder of something else was removed"
    [[ "$text" == "servers: $folder/full has no servers that were started by this script" ]] || fail "the message is: $text"
    [[ -e "$folder/full/something" ]] || fail "a file of somebody else is gone"
    text="$("$servers" run --connections many true 2>&1)" && fail "no number of connections was accepted"
    [[ "$text" == *"servers: --connections needs a number" ]] || fail "the message is: $text"
    text="$("$servers" run --only oracle true 2>&1)" && fail "an unknown server was accepted"
    [[ "$text" == "servers: there is no server 'oracle', only postgresql mariadb pgbouncer" ]] || fail "the message is: $text"
    expect_nothing_left
}

chmod 711 "$folder"
check_crash
check_killed_script
check_restart
check_faults
check_mistakes
echo "the servers are gone whenever they should be"
